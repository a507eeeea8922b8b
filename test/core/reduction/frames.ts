import type { Planes, RawAmplifier, RawFrame, Section } from '../../../core/calibration/planes.ts';
import { type RandomStream, randomStream } from '../../../core/random.ts';
import { type CalibrationPolicy, calibrationPolicy } from '../../../core/records/observatory/calibration-policy.ts';

/** Electrons where a star of Gaussian profile stands; `angleDeg` is that of its long axis. */
export interface TestStar {
  xPix: number;
  yPix: number;
  fluxE: number;
  fwhmPix: number;
  /** Of the long axis to the short one. */
  axisRatio?: number;
  angleDeg?: number;
}

/** Adds stars, each pixel being the mean of 5 x 5 points of it. */
export function addStars(chargesE: Float32Array, widthPix: number, stars: readonly TestStar[]): void {
  const heightPix = chargesE.length / widthPix;
  for (const { xPix, yPix, fluxE, fwhmPix, axisRatio = 1, angleDeg = 0 } of stars) {
    const [cos, sin] = [Math.cos((angleDeg * Math.PI) / 180), Math.sin((angleDeg * Math.PI) / 180)];
    const sigma = fwhmPix / Math.sqrt(8 * Math.LN2);
    const [long, short] = [sigma * Math.sqrt(axisRatio), sigma / Math.sqrt(axisRatio)];
    const reach = Math.ceil(6 * long);
    for (let y = Math.max(0, Math.round(yPix) - reach); y <= Math.min(heightPix - 1, Math.round(yPix) + reach); y++) {
      for (let x = Math.max(0, Math.round(xPix) - reach); x <= Math.min(widthPix - 1, Math.round(xPix) + reach); x++) {
        let sum = 0;
        for (let k = 0; k < 25; k++) {
          const dx = x - xPix + ((k % 5) - 2) / 5;
          const dy = y - yPix + (Math.floor(k / 5) - 2) / 5;
          const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin];
          sum += Math.exp(-((along / long) ** 2 + (across / short) ** 2) / 2);
        }
        chargesE[y * widthPix + x] += (fluxE * sum) / 25 / (2 * Math.PI * sigma * sigma);
      }
    }
  }
}

/** An even sky with stars, with the noise of its photons and of the read-out; in electrons, with the uncertainty of both. */
export function noisyPlanes(
  of: { widthPix: number; heightPix: number; skyE: number; readNoiseE: number; stars?: readonly TestStar[] },
  chance: RandomStream,
): Planes {
  const { widthPix, heightPix, skyE, readNoiseE } = of;
  const mean = new Float32Array(widthPix * heightPix).fill(skyE);
  addStars(mean, widthPix, of.stars ?? []);
  const data = new Float32Array(mean.length);
  chance.fillPoisson(mean, data);
  const noise = new Float32Array(mean.length);
  chance.fillNormal(noise);
  for (let i = 0; i < data.length; i++) data[i] += readNoiseE * noise[i];
  return {
    widthPix,
    heightPix,
    data,
    uncertainty: data.map((value) => Math.sqrt(Math.max(0, value) + readNoiseE ** 2)),
    dq: new Uint8Array(mean.length),
  };
}

/** Stars at random places at least `apartPix` from each other and from the edge, with fluxes even in their logarithm. */
export function scatteredStars(
  of: {
    widthPix: number;
    heightPix: number;
    count: number;
    apartPix: number;
    fluxE: [number, number];
    fwhmPix: number;
  },
  chance: RandomStream,
): TestStar[] {
  const stars: TestStar[] = [];
  for (let tries = 0; stars.length < of.count && tries < 100 * of.count; tries++) {
    const xPix = of.apartPix + chance.uniform() * (of.widthPix - 2 * of.apartPix);
    const yPix = of.apartPix + chance.uniform() * (of.heightPix - 2 * of.apartPix);
    if (stars.some((star) => Math.hypot(star.xPix - xPix, star.yPix - yPix) < of.apartPix)) continue;
    const fluxE = of.fluxE[0] * (of.fluxE[1] / of.fluxE[0]) ** chance.uniform();
    stars.push({ xPix, yPix, fluxE, fwhmPix: of.fwhmPix });
  }
  return stars;
}

export const stream = (key: string) => randomStream(20261121, 'test of the reduction', key);

/** Planes of one value, with one uncertainty. */
export function evenPlanes(widthPix: number, heightPix: number, value: number, sigma = 0): Planes {
  const length = widthPix * heightPix;
  return {
    widthPix,
    heightPix,
    data: new Float32Array(length).fill(value),
    uncertainty: new Float32Array(length).fill(sigma),
    dq: new Uint8Array(length),
  };
}

/** A raw frame of amplifiers side by side, each with two columns of prescan and four of overscan; `countOf` is told detector pixels. */
export function rawFrame(
  of: { widthPix: number; heightPix: number; amplifiers?: number; exposureTimeS?: number } & Partial<RawAmplifier>,
  levelAdu: (amplifier: number) => number,
  countOf: (xPix: number, yPix: number) => number,
): RawFrame {
  const { widthPix, heightPix, amplifiers: count = 1, exposureTimeS = 60 } = of;
  const amplifiers = Array.from({ length: count }, (_, k): RawAmplifier => {
    const [from, to] = [Math.floor((k * widthPix) / count), Math.floor(((k + 1) * widthPix) / count)];
    const width = to - from + 6;
    const data: Section = { x0: 2, y0: 0, x1: 2 + to - from, y1: heightPix };
    const pixels = new Uint16Array(width * heightPix).fill(levelAdu(k));
    for (let y = 0; y < heightPix; y++) {
      for (let x = from; x < to; x++) pixels[y * width + 2 + x - from] = countOf(x, y);
    }
    return {
      name: `${k + 1}`,
      widthPix: width,
      heightPix,
      pixels,
      data,
      overscan: { x0: data.x1, y0: 0, x1: width, y1: heightPix },
      detector: { x0: from, y0: 0, x1: to, y1: heightPix },
      gainEPerAdu: of.gainEPerAdu ?? 1.5,
      readNoiseE: of.readNoiseE ?? 6,
      saturationAdu: of.saturationAdu ?? 60_000,
    };
  });
  return {
    exposureId: 'test_20261121_000001',
    instrument: 'test',
    imageType: 'object',
    exposureTimeS,
    darkTimeS: exposureTimeS,
    dayObs: 20261121,
    beginMs: 0,
    midMs: 0,
    endMs: 0,
    binning: 1,
    widthPix,
    heightPix,
    amplifiers,
  };
}

/** A policy with the usual values, and a reduction. */
export function policyWith(reduction: Record<string, unknown>): CalibrationPolicy {
  const sets = [{ id: 'bias', type: 'bias', count: 5, when: 'afternoon', everyDays: 1, validDays: 1 }];
  return calibrationPolicy.parse({ sets, reduction });
}
