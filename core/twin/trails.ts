import { randomStream } from '../random.ts';
import type { Observatory } from '../records/observatory.ts';
import { bandMag } from '../sky/colours.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import type { Vector3 } from '../sky/earth.ts';
import { sunAt } from '../sky/sun-moon.ts';
import { DEG_TO_RAD, RAD_TO_DEG, S_PER_HOUR } from '../units.ts';
import type { Light } from './light.ts';
import { gaussLegendre, type Psf } from './psf.ts';

const EARTH_RADIUS_KM = 6371;
/** GM of the Earth, km^3 s^-2 (WGS 84). */
const GM_KM3_PER_S2 = 398_600.4418;
/** Sunlight with no colour of its own: the Sun's B-V. */
const SUN_B_MINUS_V = 0.65;
/** A trail is followed to this many core radii of the point spread function: 1e-4 of its light lies outside. */
const REACH_ALPHAS = 6;
const POINTS = gaussLegendre(3);

/**
 * Adds the satellites that crossed the field, by chance: in the mean `trailsPerHourPerDeg` times the field's diagonal, in any
 * direction, at any distance from the centre, each in sunlight or not by where it stands (the Earth's shadow is a cylinder). A
 * trail is straight and crosses the whole field: a satellite needs seconds for it. Its brightness: V at 1000 km with a normal
 * spread, falling with the square of the range, spread over pixels by its speed, that of a circular orbit over the range, across
 * the line of sight (the fastest it can have). Gives back how many there were.
 */
export function addTrails(
  light: Light,
  from: {
    satellites: NonNullable<Observatory['site']['satellites']>;
    instant: SkyInstant;
    exposureTimeS: number;
    seed: number;
    exposureId: string;
  },
): number {
  const { satellites, instant, exposureTimeS, seed, exposureId } = from;
  const { projection, image, filter, psf, truth } = light;
  const radiusPix = Math.hypot(image.width, image.height) / 2;
  const widthDeg = 2 * radiusPix * projection.scaleDegPerPix;
  const stream = randomStream(seed, 'satelliteTrails', exposureId);
  const crossing = stream.poisson((satellites.trailsPerHourPerDeg * widthDeg * exposureTimeS) / S_PER_HOUR);
  const rangeKm = rangeTo(satellites.altitudeKm, instant, projection.centre);
  const lit = isLit(rangeKm, instant, projection.centre);
  const speedKmPerS = Math.sqrt(GM_KM3_PER_S2 / (EARTH_RADIUS_KM + satellites.altitudeKm));
  const pixPerS = ((speedKmPerS / rangeKm) * RAD_TO_DEG) / projection.scaleDegPerPix;
  let added = 0;
  for (let i = 0; i < crossing; i++) {
    stream.enterLane(i + 1);
    const turn = Math.PI * stream.uniform();
    const offset = radiusPix * (2 * stream.uniform() - 1);
    const vMag = satellites.magAt1000Km + satellites.magSpread * stream.normal() + 5 * Math.log10(rangeKm / 1000);
    if (!lit) continue;
    const line = {
      x: (image.width - 1) / 2 - offset * Math.sin(turn),
      y: (image.height - 1) / 2 + offset * Math.cos(turn),
      cos: Math.cos(turn),
      sin: Math.sin(turn),
    };
    const mag = bandMag(filter.band, vMag, SUN_B_MINUS_V);
    const airmass = projection.airmassAt(line.x, line.y);
    const electrons = light.electronsOf(mag, airmass, line) / exposureTimeS / pixPerS;
    if (!addStreak(light.image, psf, line, electrons)) continue;
    added++;
    truth?.({ kind: 'trail', ...projection.skyOf(line.x, line.y), x: line.x, y: line.y, mag, electrons });
  }
  return added;
}

/** A straight line through a pixel, along (cos, sin). */
interface Line {
  x: number;
  y: number;
  cos: number;
  sin: number;
}

/**
 * Adds an endless line of `electronsPerPix` along its length, with the profile that the Moffat point spread function (beta 3.5) has
 * when summed along one direction: 8 / (3 pi alpha) (1 + d^2 / alpha^2)^-3. False when none of it falls on the image.
 */
export function addStreak(
  { width, height, electrons: out }: Light['image'],
  { alphaPix }: Psf,
  { x, y, cos, sin }: Line,
  electronsPerPix: number,
): boolean {
  const reach = REACH_ALPHAS * alphaPix + 1;
  const peak = (8 * electronsPerPix) / (3 * Math.PI * alphaPix);
  const inverse2 = 1 / (alphaPix * alphaPix);
  const { places, weights } = POINTS;
  let any = false;
  // Along the shorter way: rows of a flat line would be crossed everywhere.
  const steep = Math.abs(sin) > Math.abs(cos);
  const [outer, inner] = steep ? [height, width] : [width, height];
  for (let a = 0; a < outer; a++) {
    const centre = steep ? x + ((a - y) * cos) / sin : y + ((a - x) * sin) / cos;
    const half = reach / Math.abs(steep ? sin : cos);
    const last = Math.min(inner - 1, Math.floor(centre + half));
    for (let b = Math.max(0, Math.ceil(centre - half)); b <= last; b++) {
      const [column, row] = steep ? [b, a] : [a, b];
      const distance = (row - y) * cos - (column - x) * sin;
      let share = 0;
      for (let j = 0; j < places.length; j++) {
        for (let i = 0; i < places.length; i++) {
          const d = distance + places[j] * cos - places[i] * sin;
          const w = 1 + d * d * inverse2;
          share += (weights[i] * weights[j]) / (w * w * w);
        }
      }
      out[row * width + column] += peak * share;
      any = true;
    }
  }
  return any;
}

/** Range to a height above the ground in a direction of the sky, km, on a round Earth. */
function rangeTo(altitudeKm: number, instant: SkyInstant, place: { raDeg: number; decDeg: number }): number {
  const sin = Math.sin(instant.horizontal(place.raDeg, place.decDeg).altitudeUnrefractedDeg * DEG_TO_RAD);
  const up = EARTH_RADIUS_KM * sin;
  return Math.sqrt(up * up + altitudeKm * (2 * EARTH_RADIUS_KM + altitudeKm)) - up;
}

/** Whether the Sun shines at a range in a direction: not behind the Earth, or wide of its shadow. */
function isLit(rangeKm: number, instant: SkyInstant, place: { raDeg: number; decDeg: number }): boolean {
  const sun = unit(sunAt(instant));
  const towards = unit(place);
  const at = [0, 1, 2].map((i) => instant.siteKm[i] + rangeKm * towards[i]);
  const along = at[0] * sun[0] + at[1] * sun[1] + at[2] * sun[2];
  if (along > 0) return true;
  return at[0] ** 2 + at[1] ** 2 + at[2] ** 2 - along * along > EARTH_RADIUS_KM ** 2;
}

function unit({ raDeg, decDeg }: { raDeg: number; decDeg: number }): Vector3 {
  const cos = Math.cos(decDeg * DEG_TO_RAD);
  return [cos * Math.cos(raDeg * DEG_TO_RAD), cos * Math.sin(raDeg * DEG_TO_RAD), Math.sin(decDeg * DEG_TO_RAD)];
}
