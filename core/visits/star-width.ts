import type { TruthEntry } from '../twin/light.ts';
import { MOFFAT_BETA } from '../twin/psf.ts';
import type { MadeFrame } from './frame.ts';

/** Half the side of the box about a star, pixels, and the width of the frame about it that tells the background. */
const HALF_BOX_PIX = 12;
const BORDER_PIX = 3;
const MOST_STARS = 40;
const MOST_TRIED = 2000;
/** Share of the saturation level up to which a star's peak may reach. */
const PEAK_SHARE = 0.6;
/** Light of the neighbours about a star, as a share of its own. */
const NEIGHBOUR_SHARE = 0.1;
/**
 * Full width at half maximum over the root of the noise-equivalent area (sum p)^2 / sum p^2 of a Moffat profile (King 1983, PASP 95, 163,
 * for the area): 2 sqrt(2^(1/b) - 1) / sqrt(pi (2 b - 1) / (b - 1)^2).
 */
const FWHM_PER_ROOT_AREA =
  (2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1)) / Math.sqrt((Math.PI * (2 * MOFFAT_BETA - 1)) / (MOFFAT_BETA - 1) ** 2);

/**
 * Width of the stars in a frame of one amplifier, FWHM in pixels: the median over its brightest stars that are neither saturated nor
 * near another, each from its noise-equivalent area. Pixels of the camera widen it a little. Undefined where there is no such star.
 * @param entries what the frame's sources are, for their places
 */
export function starWidthPix(made: MadeFrame, entries: readonly TruthEntry[]): number | undefined {
  const { frame, readOut } = made.rendered;
  const [{ saturationAdu, biasLevelAdu }] = readOut.amplifiers;
  const { x: left, y: bottom } = readOut.imageOrigin;
  const reach = HALF_BOX_PIX + BORDER_PIX;
  const lightNear = lightByCell(entries, reach);
  const isAlone = (star: TruthEntry): boolean =>
    lightNear(star.x, star.y) - star.electrons < NEIGHBOUR_SHARE * star.electrons;
  const widths: number[] = [];
  const stars = entries.filter(({ kind }) => kind === 'star' || kind === 'faintStar');
  const brightest = stars.toSorted((a, b) => b.electrons - a.electrons).slice(0, MOST_TRIED);
  for (const star of brightest) {
    if (widths.length === MOST_STARS) break;
    const [x, y] = [left + Math.round(star.x), bottom + Math.round(star.y)];
    if (x < left + reach || y < bottom + reach || x + reach >= frame.width || y + reach >= frame.height) continue;
    if (frame.pixels[y * frame.width + x] - biasLevelAdu > PEAK_SHARE * (saturationAdu - biasLevelAdu)) continue;
    if (!isAlone(star)) continue;
    const area = noiseEquivalentArea(frame, x, y);
    if (area !== undefined) widths.push(FWHM_PER_ROOT_AREA * Math.sqrt(area));
  }
  return widths.length === 0 ? undefined : widths.toSorted((a, b) => a - b)[Math.floor(widths.length / 2)];
}

/** Light of all sources in the cell of a place and the eight around it. */
function lightByCell(entries: readonly TruthEntry[], cellPix: number): (x: number, y: number) => number {
  const cells = new Map<string, number>();
  const keyOf = (column: number, row: number) => `${column},${row}`;
  for (const { x, y, electrons } of entries) {
    const key = keyOf(Math.floor(x / cellPix), Math.floor(y / cellPix));
    cells.set(key, (cells.get(key) ?? 0) + electrons);
  }
  return (x, y) => {
    let light = 0;
    for (const dx of [-1, 0, 1]) {
      for (const dy of [-1, 0, 1]) {
        light += cells.get(keyOf(Math.floor(x / cellPix) + dx, Math.floor(y / cellPix) + dy)) ?? 0;
      }
    }
    return light;
  };
}

/** Of the star in the middle of a box; undefined when it does not stand out of the noise. */
function noiseEquivalentArea(
  { width, pixels }: { width: number; pixels: Uint16Array },
  x: number,
  y: number,
): number | undefined {
  const [inside, border]: [number[], number[]] = [[], []];
  const reach = HALF_BOX_PIX + BORDER_PIX;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const isInside = Math.max(Math.abs(dx), Math.abs(dy)) <= HALF_BOX_PIX;
      (isInside ? inside : border).push(pixels[(y + dy) * width + x + dx]);
    }
  }
  const mean = border.reduce((sum, value) => sum + value, 0) / border.length;
  const variance = border.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (border.length - 1);
  const light = inside.reduce((sum, value) => sum + value - mean, 0);
  // The background's noise adds its variance to every square.
  const squares = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) - variance * inside.length;
  return light > 100 * Math.sqrt(variance) && squares > 0
    ? (light * light - variance * inside.length) / squares
    : undefined;
}
