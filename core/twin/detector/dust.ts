import { randomStream } from '../../random.ts';
import type { Observatory } from '../../records/observatory.ts';
import { dayObsBounds } from '../../time.ts';
import { MS_PER_DAY } from '../../units.ts';

/** The shadow of one speck, unbinned pixels. */
export interface DustShadow {
  xPix: number;
  yPix: number;
  /** Of the ring: as wide as the beam where the speck is, and the hole that the central obstruction makes. */
  outerRadiusPix: number;
  innerRadiusPix: number;
  /** Half width of the soft edges: the speck's own radius. */
  softPix: number;
  /** Share of the light that is missing in the ring, 0 to 1. */
  depth: number;
}

const UM_PER_MM = 1000;

/**
 * The shadows of all specks in a night. A speck at a distance d from the focal plane lies in a beam of diameter d / N for a focal
 * ratio N, and takes its own area out of it: a ring of that diameter whose depth is speck area over beam area. Specks keep
 * their places from one cleaning to the next but for a random walk from day to day.
 * @param dayObs day of observation, YYYYMMDD
 */
export function dustShadows(
  { camera, telescope }: Pick<Observatory, 'camera' | 'telescope'>,
  filter: string,
  dayObs: number,
): DustShadow[] {
  if (camera.dust === undefined) return [];
  const { surfaces, speckDiameterUm, spread, driftUmPerDay, cleanedEveryDays } = camera.dust;
  const { widthPix, heightPix, pixelSizeUm } = camera;
  const day = Math.floor(dayObsBounds(dayObs, 0).startMs / MS_PER_DAY);
  const epoch = Math.floor(day / cleanedEveryDays);
  const days = day - epoch * cleanedEveryDays;
  const driftPix = driftUmPerDay / pixelSizeUm;
  const obstruction = telescope.obstructionM / telescope.apertureM;
  const focalRatio = telescope.focalLengthM / telescope.apertureM;
  const shadows: DustShadow[] = [];
  for (const { name, distanceMm, specks, perFilter } of surfaces) {
    const key = `${camera.id}/${name}/${perFilter ? filter : ''}/${epoch}`;
    const stream = randomStream(0, 'dust', key);
    const beamUm = (distanceMm * UM_PER_MM) / focalRatio;
    for (let i = 0; i < specks; i++) {
      stream.enterLane(i);
      let xPix = stream.uniform() * widthPix - 0.5;
      let yPix = stream.uniform() * heightPix - 0.5;
      const diameterUm = speckDiameterUm * Math.exp(spread * stream.normal());
      for (let step = 0; step < days; step++) {
        xPix += driftPix * stream.normal();
        yPix += driftPix * stream.normal();
      }
      const beamArea = beamUm * beamUm * (1 - obstruction * obstruction);
      shadows.push({
        xPix,
        yPix,
        outerRadiusPix: beamUm / 2 / pixelSizeUm,
        innerRadiusPix: (obstruction * beamUm) / 2 / pixelSizeUm,
        softPix: diameterUm / 2 / pixelSizeUm,
        depth: Math.min(1, (diameterUm * diameterUm) / beamArea),
      });
    }
  }
  return shadows;
}

/** Multiplies a map with the shadows of the dust. Where two fall on each other, both take their share. */
export function multiplyDust(observatory: Observatory, filter: string, dayObs: number, map: Float32Array): void {
  const { widthPix, heightPix } = observatory.camera;
  for (const shadow of dustShadows(observatory, filter, dayObs)) {
    const { xPix, yPix, outerRadiusPix, softPix } = shadow;
    const reach = outerRadiusPix + softPix;
    const [left, right] = [Math.max(0, Math.ceil(xPix - reach)), Math.min(widthPix - 1, Math.floor(xPix + reach))];
    const [low, high] = [Math.max(0, Math.ceil(yPix - reach)), Math.min(heightPix - 1, Math.floor(yPix + reach))];
    if (left > right) continue;
    for (let y = low; y <= high; y++) {
      multiplyRing(map.subarray(y * widthPix + left, y * widthPix + right + 1), xPix - left, (y - yPix) ** 2, shadow);
    }
  }
}

/** Multiplies a piece of a row with a ring, whose centre lies `centreX` from its first pixel and the square root of `dy2` above it. */
function multiplyRing(row: Float32Array, centreX: number, dy2: number, shadow: DustShadow): void {
  const { outerRadiusPix, innerRadiusPix, softPix, depth } = shadow;
  for (let x = 0; x < row.length; x++) {
    const radius = Math.sqrt((x - centreX) * (x - centreX) + dy2);
    row[x] *= 1 - depth * (step(outerRadiusPix - radius, softPix) - step(innerRadiusPix - radius, softPix));
  }
}

/** From 0 to 1 as `inside` goes from -soft to soft, in a straight line; a sharp step without softness. */
function step(inside: number, soft: number): number {
  if (soft <= 0) return inside > 0 ? 1 : 0;
  return Math.max(0, Math.min(1, 0.5 + inside / (2 * soft)));
}
