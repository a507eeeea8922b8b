import { randomStream } from '../random.ts';
import { ALT_AZ_TERMS, EQUATORIAL_TERMS, type PointingTerm } from '../records/observatory/pointing.ts';
import type { Observatory } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD } from '../units.ts';
import { leastSquares } from './least-squares.ts';
import type { Place } from './mount.ts';
import { equatorialOf } from './mount-axes.ts';
import { type MountPlace, termEffect, termRotation } from './pointing-terms.ts';

export type PierSide = 'east' | 'west';

/** One term of a mount: as it is, and as the control system found it. */
export interface FittedTerm {
  name: PointingTerm;
  trueArcsec: number;
  fittedArcsec: number;
  standardErrorArcsec: number;
}

/** The pointing of one mount: its errors, and the model of them that corrects it. */
export interface PointingModel {
  terms: FittedTerm[];
  /** Stars of the run. */
  stars: number;
  /** Distance from star to field centre in the run, root mean square over the stars, arcsec: without the model, and with it. */
  rmsBeforeArcsec: number;
  rmsAfterArcsec: number;
}

/** Where a field lies against where it was asked for. */
export interface PointingOffset {
  /** On the sky, from the place asked for to the centre of the field. */
  eastArcsec: number;
  northArcsec: number;
  /** How far the field is turned, from north through east. */
  rotationDeg: number;
}

const NO_OFFSET: PointingOffset = { eastArcsec: 0, northArcsec: 0, rotationDeg: 0 };
/** A mount is the same every night. */
const HARDWARE_SEED = 0;
/** Pointing runs leave out what lies low, where refraction rules. */
const RUN_ALTITUDE_MIN_DEG = 25;
const RUN_ALTITUDE_MAX_DEG = 85;
const GOLDEN_ANGLE_DEG = 180 * (3 - Math.sqrt(5));

/**
 * The pointing model of a mount. Its terms are drawn once, from the rms sizes in the observatory, by its id. The control system
 * does not know them: it took a pointing run of stars all over the sky (equal areas from 25 to 85 degrees of altitude), each with the
 * error of its plate solution and what the mount does not repeat, and fitted the terms to it by least squares. What remains of
 * each term is the difference. Undefined when the observatory has no such section, or is without the effect `pointingError`.
 */
export function pointingModel(observatory: Observatory): PointingModel | undefined {
  const { mount, id } = observatory;
  const { pointing } = mount;
  if (!pointing || observatory.without.includes('pointingError')) return undefined;
  const names = (mount.kind === 'altAz' ? ALT_AZ_TERMS : EQUATORIAL_TERMS).filter(
    (name) => (pointing.termsRmsArcsec[name] ?? 0) > 0,
  );
  // Each term has a stream of its own: a mount that gets one more keeps the others.
  const truth = names.map(
    (name) =>
      (pointing.termsRmsArcsec[name] ?? 0) * randomStream(HARDWARE_SEED, 'pointingError', `${id}#${name}`).normal(),
  );
  const run = randomStream(HARDWARE_SEED, 'pointingError', `${id}#run`);
  const scatter = Math.hypot(pointing.runNoiseArcsec, pointing.randomRmsArcsec);
  const rows: number[][] = [];
  const measured: number[] = [];
  const turnDeg = 360 * run.uniform();
  for (let star = 0; star < pointing.runStars; star++) {
    const { at, sign } = mountPlace(observatory, runStar(star, pointing.runStars, turnDeg), undefined);
    const effects = names.map((name) => termEffect(name, mount.kind, at));
    for (const side of ['along', 'across'] as const) {
      const row = effects.map((effect) => sign * effect[side]);
      rows.push(row);
      measured.push(row.reduce((sum, each, i) => sum + each * truth[i], 0) + scatter * run.normal());
    }
  }
  const fit = names.length > 0 ? leastSquares(rows, measured) : undefined;
  const fitted = fit?.values ?? names.map(() => 0);
  const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / pointing.runStars);
  return {
    terms: names.map((name, i) => ({
      name,
      trueArcsec: truth[i],
      fittedArcsec: fitted[i],
      standardErrorArcsec: fit?.standardErrors[i] ?? Number.POSITIVE_INFINITY,
    })),
    stars: pointing.runStars,
    rmsBeforeArcsec: rms(measured),
    rmsAfterArcsec: rms(measured.map((value, k) => value - rows[k].reduce((sum, x, i) => sum + x * fitted[i], 0))),
  };
}

/**
 * Where the field of an exposure lies: the tube is sent to the place with the fitted terms and lands where the true ones put it,
 * so what they differ by comes in with the other sign; besides, what the mount does not repeat, drawn anew for every exposure's
 * key. East and north are those of date (from ICRS's they differ by less than 0.2 degrees). A leaning axis turns the field, whatever
 * the model says: only a rotator could turn it back. Zeros without a model.
 * @param offset.key what the random part belongs to: a visit where all its frames share one slew, else an exposure's id
 * @param offset.pierSide of a German mount; others have none
 */
export function pointingOffset(offset: {
  observatory: Observatory;
  seed: number;
  key: string;
  target: Place;
  utcMs: number;
  pierSide?: PierSide | undefined;
}): PointingOffset {
  const { observatory, seed, key, target, utcMs, pierSide } = offset;
  const model = pointingModel(observatory);
  const scatter = observatory.mount.pointing?.randomRmsArcsec ?? 0;
  if (!model) return NO_OFFSET;
  const left = modelOffset(observatory, model, 'left', target, utcMs, pierSide);
  const random = randomStream(seed, 'pointingError', key);
  return {
    eastArcsec: left.eastArcsec + scatter * random.normal(),
    northArcsec: left.northArcsec + scatter * random.normal(),
    rotationDeg: modelOffset(observatory, model, 'true', target, utcMs, pierSide).rotationDeg,
  };
}

/**
 * What the terms of a model, as they are (`true`) or as far as the fit missed them (`left`), do to the pointing at a place: how
 * far the tube lands from it, and how far its field is turned.
 */
export function modelOffset(
  observatory: Observatory,
  model: PointingModel,
  part: 'true' | 'left',
  { raDeg, decDeg }: Place,
  utcMs: number,
  pierSide?: PierSide | undefined,
): PointingOffset {
  const { kind } = observatory.mount;
  const seen = skyAt(utcMs, observatory.site).horizontal(raDeg, decDeg);
  const tube = { altitudeDeg: seen.altitudeRefractedDeg, azimuthDeg: seen.azimuthDeg };
  const { at, sign } = mountPlace(observatory, tube, pierSide);
  let [along, across, turn] = [0, 0, 0];
  for (const { name, trueArcsec, fittedArcsec } of model.terms) {
    const size = part === 'true' ? trueArcsec : trueArcsec - fittedArcsec;
    const effect = termEffect(name, kind, at);
    along -= sign * size * effect.along;
    across -= sign * size * effect.across;
    // The same on both sides of a pier: it is the axis that leans, not the tube.
    turn += size * termRotation(name, at);
  }
  const rotationDeg = turn / ARCSEC_PER_DEG;
  // Hour angle grows to the west.
  if (kind === 'equatorial') return { eastArcsec: -along, northArcsec: across, rotationDeg };
  // Altitude grows towards the position angle q, azimuth towards q - 90.
  const q = seen.parallacticAngleDeg * DEG_TO_RAD;
  return {
    eastArcsec: across * Math.sin(q) - along * Math.cos(q),
    northArcsec: across * Math.cos(q) + along * Math.sin(q),
    rotationDeg,
  };
}

/**
 * A place in the coordinates of the mount. A German mount with its tube west of the pier stands half a turn further and beyond the
 * pole; there its own longitude and latitude grow the other way on the sky, which is what `sign` says.
 */
function mountPlace(
  { mount, site }: Observatory,
  tube: { altitudeDeg: number; azimuthDeg: number },
  pierSide: PierSide | undefined,
): { at: MountPlace; sign: 1 | -1 } {
  const siteLatitudeDeg = site.latitudeDeg;
  if (mount.kind === 'altAz') {
    return { at: { longitudeDeg: tube.azimuthDeg, latitudeDeg: tube.altitudeDeg, siteLatitudeDeg }, sign: 1 };
  }
  const { longitudeDeg, latitudeDeg } = equatorialOf(tube, siteLatitudeDeg);
  const isWest = mount.german !== undefined && (pierSide ?? (longitudeDeg < 0 ? 'west' : 'east')) === 'west';
  return isWest
    ? { at: { longitudeDeg: longitudeDeg + 180, latitudeDeg: 180 - latitudeDeg, siteLatitudeDeg }, sign: -1 }
    : { at: { longitudeDeg, latitudeDeg, siteLatitudeDeg }, sign: 1 };
}

/** Stars of a pointing run, spread over equal areas by the golden angle. */
function runStar(star: number, stars: number, turnDeg: number): { altitudeDeg: number; azimuthDeg: number } {
  const low = Math.sin(RUN_ALTITUDE_MIN_DEG * DEG_TO_RAD);
  const high = Math.sin(RUN_ALTITUDE_MAX_DEG * DEG_TO_RAD);
  const up = low + ((high - low) * (star + 0.5)) / stars;
  return { altitudeDeg: Math.asin(up) / DEG_TO_RAD, azimuthDeg: (turnDeg + star * GOLDEN_ANGLE_DEG) % 360 };
}
