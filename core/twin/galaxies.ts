import { bandMag } from '../sky/colours.ts';
import type { Galaxy, GalaxyCatalogue } from '../sky/galaxies.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD } from '../units.ts';
import type { Light } from './light.ts';
import type { Projection } from './projection.ts';
import { addPointSource, cutRadiusPix, pixelShare } from './psf.ts';
import { type SersicProfile, sersicOf } from './sersic.ts';

/** Galaxies are looked for this much farther out than the field reaches: M31, the largest, is followed to 3 degrees. */
const LARGEST_RADIUS_DEG = 3;
/** Around the centre, within this many FWHM, the seeing changes the picture; farther out the light is smooth already. */
const BLURRED_FWHM = 16;
const TABLE_STEPS = 8192;

/** An ellipse on the pixel grid: squared radius along the major axis (pixels) of an offset is a dx^2 + b dx dy + c dy^2. */
interface Ellipse {
  x: number;
  y: number;
  a: number;
  b: number;
  c: number;
}

/** Adds every galaxy of the catalogue that reaches into the field, blurred by the seeing. Gives back how many there were. */
export function addGalaxies(light: Light, catalogue: GalaxyCatalogue): number {
  const { projection, image } = light;
  const { raDeg, decDeg } = projection.centre;
  const fieldDeg = (projection.scaleDegPerPix * Math.hypot(image.width, image.height)) / 2;
  let added = 0;
  for (const galaxy of catalogue.cone(raDeg, decDeg, fieldDeg + LARGEST_RADIUS_DEG)) {
    if (addGalaxy(light, galaxy)) added++;
  }
  return added;
}

function addGalaxy(light: Light, galaxy: Galaxy): boolean {
  const { projection, image, psf } = light;
  const scaleArcsec = projection.scaleDegPerPix * ARCSEC_PER_DEG;
  const profile = sersicOf(galaxy);
  const ellipse = ellipseOf(projection, galaxy, profile.axisRatio);
  const cutPix = profile.cutRadiusArcsec / scaleArcsec;
  const kernelPix = Math.ceil(cutRadiusPix(psf, 1));
  const reach = cutPix + kernelPix;
  if (ellipse === undefined || !overlaps(image, ellipse, reach)) return false;

  const mag = bandMag(light.filter.band, galaxy.vMag, galaxy.bMinusV);
  const { x, y } = ellipse;
  const fluxE = light.electronsOf(mag, projection.airmassAt(x, y), ellipse);
  const { name: id, raDeg, decDeg } = galaxy;
  light.truth?.({ kind: 'galaxy', id, raDeg, decDeg, x, y, mag, electrons: fluxE });
  // Smaller than a pixel, and too narrow for the grid below: a star.
  if (cutPix < 1) return addPointSource(image, psf, ellipse.x, ellipse.y, fluxE);
  const perPixE = fluxE * scaleArcsec ** 2;
  // Nothing beyond the galaxy's own edge and the kernel's needs blurring.
  const blurredPix = Math.ceil(Math.min(BLURRED_FWHM * psf.fwhmPix, reach));
  const brightness = (radiusPix: number) => perPixE * profile.shareAt(radiusPix * scaleArcsec);
  const gathered = gather(ellipse, brightness, blurredPix + kernelPix);
  if (cutPix < blurredPix + kernelPix) normalise(gathered, fluxE);
  spread(light, ellipse, gathered, blurredPix, kernelPix);
  addOuter(light, ellipse, brightness, cutPix, blurredPix);
  return true;
}

/** Ellipse of an axis ratio about a galaxy's centre, its major axis at the position angle from the north at that place. */
function ellipseOf(projection: Projection, galaxy: Galaxy, axisRatio: SersicProfile['axisRatio']): Ellipse | undefined {
  const centre = projection.pixelOf(galaxy.raDeg, galaxy.decDeg);
  // A step north, or near the north pole a step south and turned round.
  const stepDeg = galaxy.decDeg > 89 ? -1e-3 : 1e-3;
  const step = projection.pixelOf(galaxy.raDeg, galaxy.decDeg + stepDeg);
  if (centre === undefined || step === undefined) return undefined;
  const towards = Math.sign(stepDeg);
  const north = Math.atan2(towards * (step.y - centre.y), towards * (step.x - centre.x));
  // East is a quarter turn from north against the clock, so position angles turn that way.
  const major = north + galaxy.positionAngleDeg * DEG_TO_RAD;
  const [cos, sin] = [Math.cos(major), Math.sin(major)];
  const flat = 1 / axisRatio ** 2;
  return {
    ...centre,
    a: cos * cos + flat * sin * sin,
    b: 2 * cos * sin * (1 - flat),
    c: sin * sin + flat * cos * cos,
  };
}

function overlaps({ width, height }: Light['image'], { x, y }: Ellipse, reach: number): boolean {
  return x > -reach && y > -reach && x < width - 1 + reach && y < height - 1 + reach;
}

/**
 * The light around the centre, electrons, on a square grid of pixel pitch that is centred on the galaxy and reaches `half` pixels
 * to each side.
 */
function gather(ellipse: Ellipse, brightness: (radiusPix: number) => number, half: number): Float64Array {
  const side = 2 * half + 1;
  const gathered = new Float64Array(side * side);
  for (let j = -half; j <= half; j++) {
    for (let i = -half; i <= half; i++) {
      gathered[(j + half) * side + i + half] = pixelBrightness(ellipse, brightness, i, j);
    }
  }
  return gathered;
}

/** Takes out what the sampling of a small galaxy got wrong: all of it lies on the grid, so the sum is known. */
function normalise(gathered: Float64Array, fluxE: number): void {
  const factor = fluxE / gathered.reduce((sum, electrons) => sum + electrons, 0);
  for (let i = 0; i < gathered.length; i++) gathered[i] *= factor;
}

/** Adds the part around the centre, each grid point spread by the point spread function, whose phase is the same for all. */
function spread(
  { image, psf }: Light,
  ellipse: Ellipse,
  gathered: Float64Array,
  blurredPix: number,
  kernelPix: number,
): void {
  const half = blurredPix + kernelPix;
  const side = 2 * half + 1;
  const nearX = Math.round(ellipse.x);
  const nearY = Math.round(ellipse.y);
  const kernelSide = 2 * kernelPix + 1;
  const kernel = new Float64Array(kernelSide * kernelSide);
  for (let j = -kernelPix; j <= kernelPix; j++) {
    for (let i = -kernelPix; i <= kernelPix; i++) {
      const share = pixelShare(psf, i + nearX - ellipse.x, j + nearY - ellipse.y);
      kernel[(j + kernelPix) * kernelSide + i + kernelPix] = share;
    }
  }

  const { x0, x1, y0, y1 } = blurredBox(image, ellipse, blurredPix);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      // Grid point (i, j) sends kernel (x - nearX - i, y - nearY - j) to pixel (x, y).
      const column = x - nearX + half;
      const row = y - nearY + half;
      let sum = 0;
      for (let j = 0; j < kernelSide; j++) {
        const from = (row - j + kernelPix) * side + column + kernelPix;
        for (let i = 0; i < kernelSide; i++) sum += kernel[j * kernelSide + i] * gathered[from - i];
      }
      image.electrons[y * image.width + x] += sum;
    }
  }
}

/** The rest: brightness at each pixel's centre, read from a table over the radius. */
function addOuter(
  { image }: Light,
  ellipse: Ellipse,
  brightness: (radiusPix: number) => number,
  cutPix: number,
  blurredPix: number,
): void {
  const steps = cutPix / TABLE_STEPS;
  const table = new Float64Array(TABLE_STEPS + 2);
  for (let i = 0; i <= TABLE_STEPS; i++) table[i] = brightness(Math.min(i * steps, cutPix));

  const box = blurredBox(image, ellipse, blurredPix);
  const { a, b, c } = ellipse;
  const { width, height, electrons } = image;
  const cut2 = cutPix * cutPix;
  for (let y = Math.max(0, Math.ceil(ellipse.y - cutPix)); y <= Math.min(height - 1, ellipse.y + cutPix); y++) {
    const dy = y - ellipse.y;
    // Where the row crosses the ellipse of the cut.
    const root = Math.sqrt(b * b * dy * dy - 4 * a * (c * dy * dy - cut2));
    if (Number.isNaN(root)) continue;
    const x0 = Math.max(0, Math.ceil(ellipse.x + (-b * dy - root) / (2 * a)));
    const x1 = Math.min(width - 1, Math.floor(ellipse.x + (-b * dy + root) / (2 * a)));
    const blurredRow = y >= box.y0 && y <= box.y1;
    for (let x = x0; x <= x1; x++) {
      if (blurredRow && x >= box.x0 && x <= box.x1) continue;
      const dx = x - ellipse.x;
      const place = Math.sqrt(dx * (a * dx + b * dy) + c * dy * dy) / steps;
      const before = place | 0;
      electrons[y * width + x] += table[before] + (place - before) * (table[before + 1] - table[before]);
    }
  }
}

/** Pixels of the image in the part around the centre, which may be none. */
function blurredBox({ width, height }: Light['image'], { x, y }: Ellipse, blurredPix: number) {
  return {
    x0: Math.max(0, Math.round(x) - blurredPix),
    x1: Math.min(width - 1, Math.round(x) + blurredPix),
    y0: Math.max(0, Math.round(y) - blurredPix),
    y1: Math.min(height - 1, Math.round(y) + blurredPix),
  };
}

/** Light on the unit square about grid point (i, j) from the centre: the mean over a finer grid, the finer the nearer. */
function pixelBrightness(
  { a, b, c }: Ellipse,
  brightness: (radiusPix: number) => number,
  i: number,
  j: number,
): number {
  const fine = Math.max(1, Math.ceil(16 / (1 + Math.max(Math.abs(i), Math.abs(j)))));
  let sum = 0;
  for (let v = 0; v < fine; v++) {
    const dy = j + (v + 0.5) / fine - 0.5;
    for (let u = 0; u < fine; u++) {
      const dx = i + (u + 0.5) / fine - 0.5;
      sum += brightness(Math.sqrt(dx * (a * dx + b * dy) + c * dy * dy));
    }
  }
  return sum / (fine * fine);
}
