import type { Plane } from './filters.ts';

/** Light in a circle. */
export interface ApertureSum {
  sum: number;
  /** Of `sum`: squares of the uncertainties, times the squares of the shares. */
  variance: number;
  areaPix: number;
  /** Flags of all pixels that it touches, OR-ed. */
  flags: number;
  /** All of it lies in the image. */
  isWhole: boolean;
}

/** Parts in which a pixel at the rim is cut along each side. */
const PARTS = 8;

/**
 * Sums up the light in a circle. Pixels at the rim count by the share of them that lies inside, to a part in 64.
 * @param xPix of its centre; the centre of the first pixel is 0
 */
export function apertureSum(
  signal: Plane,
  uncertainty: Float32Array,
  dq: Uint8Array,
  { xPix, yPix, radiusPix }: { xPix: number; yPix: number; radiusPix: number },
): ApertureSum {
  const { widthPix, heightPix, data } = signal;
  const [left, right] = [Math.round(xPix - radiusPix), Math.round(xPix + radiusPix)];
  const [bottom, top] = [Math.round(yPix - radiusPix), Math.round(yPix + radiusPix)];
  const result: ApertureSum = {
    sum: 0,
    variance: 0,
    areaPix: 0,
    flags: 0,
    isWhole: left >= 0 && bottom >= 0 && right < widthPix && top < heightPix,
  };
  for (let y = Math.max(0, bottom); y <= Math.min(heightPix - 1, top); y++) {
    for (let x = Math.max(0, left); x <= Math.min(widthPix - 1, right); x++) {
      const share = shareInside(x - xPix, y - yPix, radiusPix);
      if (share === 0) continue;
      const place = y * widthPix + x;
      result.sum += share * data[place];
      result.variance += (share * uncertainty[place]) ** 2;
      result.areaPix += share;
      result.flags |= dq[place];
    }
  }
  return result;
}

/** Of a pixel whose centre is off the circle's by (dx, dy). */
function shareInside(dx: number, dy: number, radius: number): number {
  const distance = Math.hypot(dx, dy);
  if (distance + Math.SQRT1_2 <= radius) return 1;
  if (distance - Math.SQRT1_2 >= radius) return 0;
  let inside = 0;
  for (let j = 0; j < PARTS; j++) {
    const v = dy + (j + 0.5) / PARTS - 0.5;
    for (let i = 0; i < PARTS; i++) {
      const u = dx + (i + 0.5) / PARTS - 0.5;
      if (u * u + v * v <= radius * radius) inside++;
    }
  }
  return inside / (PARTS * PARTS);
}
