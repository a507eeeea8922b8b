import { type Background, backgroundRow } from './background.ts';
import { type Plane, SMOOTH_NOISE, smooth3x3 } from './filters.ts';

/** A piece of the image that stands out of the sky, with one summit. */
export interface Detection {
  /** Places in the plane, ascending. */
  pixels: number[];
  /** Of the smoothed image. */
  summit: number;
  /** It touches another one. */
  isBlended: boolean;
}

/** A lower summit is one of its own when it stands this many sigma, and this share of itself, above the saddle to a higher one. */
const SUMMIT_SIGMAS = 3;
const SUMMIT_SHARE = 0.05;

/**
 * Sources of an image: pixels of the image, smoothed by 3 x 3 pixels, that are `sigmas` times its noise above the sky, put together with their
 * eight neighbours, and parted at the saddles between summits (from the highest pixel down, each goes to the summit of its highest neighbour).
 * Summits that stand only a little above the saddle to a higher one belong to that, and so do saturated ones side by side.
 * @param signal the image without its sky, and without worthless pixels
 * @param uncertainty one sigma of each pixel
 */
export function detect(
  signal: Plane,
  background: Background,
  sigmas: number,
  uncertainty: Float32Array,
  isSaturated: (place: number) => boolean,
): Detection[] {
  const { widthPix, heightPix } = signal;
  const smooth = smooth3x3(signal);
  const bright = new Uint8Array(smooth.length);
  const noise = new Float32Array(widthPix);
  const first: number[] = [];
  for (let y = 0; y < heightPix; y++) {
    backgroundRow(background, background.rms, y, noise);
    for (let x = 0, i = y * widthPix; x < widthPix; x++, i++) {
      if (!(smooth[i] > sigmas * SMOOTH_NOISE * noise[x] && smooth[i] > 0)) continue;
      bright[i] = 1;
      first.push(i);
    }
  }
  const noiseAt = (place: number) => SMOOTH_NOISE * uncertainty[place];
  const around = neighboursIn(widthPix, heightPix);
  const detections: Detection[] = [];
  for (const place of first) {
    if (bright[place] !== 1) continue;
    const pixels = flood(place, bright, around);
    detections.push(...parted(pixels, smooth, around, noiseAt, isSaturated));
  }
  return detections;
}

type Around = (place: number, out: Int32Array) => number;

/** Places of the up to eight neighbours of one. */
function neighboursIn(widthPix: number, heightPix: number): Around {
  return (place, out) => {
    const x = place % widthPix;
    const y = (place - x) / widthPix;
    let count = 0;
    for (let v = Math.max(0, y - 1); v <= Math.min(heightPix - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(widthPix - 1, x + 1); u++) {
        if (u !== x || v !== y) out[count++] = v * widthPix + u;
      }
    }
    return count;
  };
}

/** All bright pixels that hang together with one; they are marked 2. */
function flood(place: number, bright: Uint8Array, around: Around): number[] {
  const near = new Int32Array(8);
  const pixels = [place];
  bright[place] = 2;
  for (let next = 0; next < pixels.length; next++) {
    const count = around(pixels[next], near);
    for (let k = 0; k < count; k++) {
      if (bright[near[k]] !== 1) continue;
      bright[near[k]] = 2;
      pixels.push(near[k]);
    }
  }
  return pixels;
}

interface Hill {
  summit: number;
  summitPlace: number;
  isSaturated: boolean;
  /** The hill that it turned out to be a part of. */
  into?: Hill;
}

/** Takes a piece apart at its saddles. */
function parted(
  pixels: number[],
  smooth: Float32Array,
  around: Around,
  noiseAt: (place: number) => number,
  isSaturated: (place: number) => boolean,
): Detection[] {
  const near = new Int32Array(8);
  const hillAt = new Map<number, Hill>();
  const whole = (hill: Hill): Hill => {
    let top = hill;
    while (top.into) top = top.into;
    return top;
  };
  for (const place of pixels.toSorted((a, b) => smooth[b] - smooth[a] || a - b)) {
    const count = around(place, near);
    let highest: number | undefined;
    const hills: Hill[] = [];
    for (let k = 0; k < count; k++) {
      const hill = hillAt.get(near[k]);
      if (!hill) continue;
      if (highest === undefined || smooth[near[k]] > smooth[highest]) highest = near[k];
      const top = whole(hill);
      if (!hills.includes(top)) hills.push(top);
    }
    if (highest === undefined) {
      hillAt.set(place, { summit: smooth[place], summitPlace: place, isSaturated: isSaturated(place) });
      continue;
    }
    hillAt.set(place, hillAt.get(highest) as Hill);
    const [main, ...lower] = hills.sort((a, b) => b.summit - a.summit);
    if (isSaturated(place)) main.isSaturated = true;
    for (const hill of lower) {
      const height = hill.summit - smooth[place];
      const isOwn = height > SUMMIT_SIGMAS * noiseAt(hill.summitPlace) && height > SUMMIT_SHARE * hill.summit;
      if (isOwn && !(hill.isSaturated && main.isSaturated)) continue;
      hill.into = main;
      main.isSaturated ||= hill.isSaturated;
    }
  }
  const byHill = new Map<Hill, number[]>();
  for (const place of pixels) {
    const hill = whole(hillAt.get(place) as Hill);
    const members = byHill.get(hill);
    if (members) members.push(place);
    else byHill.set(hill, [place]);
  }
  return [...byHill].map(([hill, members]) => ({
    pixels: members.sort((a, b) => a - b),
    summit: hill.summit,
    isBlended: byHill.size > 1,
  }));
}
