import { randomStream } from '../random.ts';
import type { Observatory } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD, MS_PER_S } from '../units.ts';
import { fieldRotationDeg } from './field-rotation.ts';
import type { Place } from './mount.ts';
import { modelOffset, type PierSide, pointingModel } from './pointing.ts';

/** How the telescope moves against the stars during an exposure. East and north on the sky, arcsec. */
export interface ImageMotion {
  /** Even motion from the beginning to the end. */
  driftEastArcsec: number;
  driftNorthArcsec: number;
  /** Fast and random, rms on each axis: vibration, wind, and what a guider leaves. */
  jitterRmsArcsec: number;
  /** Where the field lies on average, from where it lay as the shutter opened. */
  meanEastArcsec: number;
  meanNorthArcsec: number;
  /** Second moments of all of it about the mean, arcsec squared: they add to those of the point spread function. */
  moments: { eastEast: number; northNorth: number; eastNorth: number };
  /** Width of the round Gaussian with as large moments; adds in squares to that of the point spread function. */
  fwhmArcsec: number;
  /** How far the field turns about its centre, from north through east. */
  rotationDeg: number;
}

const STILL: ImageMotion = {
  driftEastArcsec: 0,
  driftNorthArcsec: 0,
  jitterRmsArcsec: 0,
  meanEastArcsec: 0,
  meanNorthArcsec: 0,
  moments: { eastEast: 0, northNorth: 0, eastNorth: 0 },
  fwhmArcsec: 0,
  rotationDeg: 0,
};
const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.log(2));
/** Wind at which `windShakeArcsec` is given, m/s; the pressure grows with the square of the speed. */
const WIND_SCALE_M_PER_S = 10;
const SIDEREAL_ARCSEC_PER_S = 15.041067;
/** Phase of the drive, radians, within which its error counts as a straight line: the closed forms cancel there. */
const STRAIGHT_RAD = 1e-3;

/**
 * The motion of the image in an exposure. An hour-angle axis that turns at the sidereal rate drifts off its star as the terms of the
 * mount (a leaning polar axis above all) and the refraction change; a mount that follows its model, by what the fit left
 * of the terms. To this come the periodic error of the drive, whose phase belongs to the place of the axis, vibration, and the
 * wind. A guider takes out drift and periodic error and leaves its own rms. Zeros, but for the turning of an altAz field, without
 * the section, without the effect `trackingError`, and in a bias frame.
 * @param of.pierSide of a German mount
 */
export function imageMotion(of: {
  observatory: Observatory;
  pointing: Place;
  beginMs: number;
  exposureTimeS: number;
  windSpeedMPerS: number;
  pierSide?: PierSide | undefined;
}): ImageMotion {
  const { observatory, pointing, beginMs, exposureTimeS, windSpeedMPerS, pierSide } = of;
  const { tracking } = observatory.mount;
  if (exposureTimeS === 0) return STILL;
  const turn = turnDeg(observatory, pointing, beginMs, exposureTimeS);
  if (!tracking || observatory.without.includes('trackingError')) return { ...STILL, rotationDeg: turn };
  const { guider, jitterRmsArcsec, windShakeArcsec } = tracking;
  const windRms = windShakeArcsec * (windSpeedMPerS / WIND_SCALE_M_PER_S) ** 2;
  const jitter = Math.hypot(jitterRmsArcsec, windRms, guider?.rmsArcsec ?? 0);
  const drift = driftOf(observatory, pointing, beginMs, exposureTimeS, pierSide);
  const rotationDeg = turn + drift.rotationDeg;
  const jitter2 = jitter * jitter;
  if (guider) {
    const moments = { eastEast: jitter2, northNorth: jitter2, eastNorth: 0 };
    return { ...STILL, jitterRmsArcsec: jitter, moments, fwhmArcsec: FWHM_PER_SIGMA * jitter, rotationDeg };
  }
  const { eastArcsec: east, northArcsec: north } = drift;
  const wave = periodicError(observatory, pointing, beginMs, exposureTimeS, pierSide);
  const moments = {
    eastEast: (east * east) / 12 + 2 * east * wave.withTime + wave.variance + jitter2,
    northNorth: (north * north) / 12 + jitter2,
    eastNorth: (east * north) / 12 + north * wave.withTime,
  };
  return {
    driftEastArcsec: east,
    driftNorthArcsec: north,
    jitterRmsArcsec: jitter,
    meanEastArcsec: east / 2 + wave.mean,
    meanNorthArcsec: north / 2,
    moments,
    fwhmArcsec: FWHM_PER_SIGMA * Math.sqrt((moments.eastEast + moments.northNorth) / 2),
    rotationDeg,
  };
}

/** How far the field of an altAz mount without a derotator turns. */
function turnDeg(observatory: Observatory, pointing: Place, beginMs: number, exposureTimeS: number): number {
  if (!observatory.mount.fieldRotates) return 0;
  const angleDeg = (utcMs: number) => fieldRotationDeg({ observatory, telescope: {}, pointing, utcMs });
  const deg = angleDeg(beginMs + exposureTimeS * MS_PER_S) - angleDeg(beginMs);
  return deg - 360 * Math.round(deg / 360);
}

/** How far tube and star part from the beginning to the end. */
function driftOf(
  observatory: Observatory,
  pointing: Place,
  beginMs: number,
  exposureTimeS: number,
  pierSide: PierSide | undefined,
): { eastArcsec: number; northArcsec: number; rotationDeg: number } {
  const isSidereal = observatory.mount.tracking?.rate === 'sidereal';
  const model = pointingModel(observatory);
  const at = (utcMs: number) => {
    const lift = isSidereal ? refractionArcsec(observatory, pointing, utcMs) : { east: 0, north: 0 };
    const off = (part: 'true' | 'left') =>
      model
        ? modelOffset(observatory, model, part, pointing, utcMs, pierSide)
        : { eastArcsec: 0, northArcsec: 0, rotationDeg: 0 };
    const { eastArcsec, northArcsec } = off(isSidereal ? 'true' : 'left');
    // A star that is lifted away leaves the tube behind.
    return { east: eastArcsec - lift.east, north: northArcsec - lift.north, rotationDeg: off('true').rotationDeg };
  };
  const begin = at(beginMs);
  const end = at(beginMs + exposureTimeS * MS_PER_S);
  return {
    eastArcsec: end.east - begin.east,
    northArcsec: end.north - begin.north,
    rotationDeg: end.rotationDeg - begin.rotationDeg,
  };
}

/** By how much the air lifts a star, towards the zenith. */
function refractionArcsec(
  observatory: Observatory,
  { raDeg, decDeg }: Place,
  utcMs: number,
): { east: number; north: number } {
  const seen = skyAt(utcMs, observatory.site).horizontal(raDeg, decDeg);
  const lift = (seen.altitudeRefractedDeg - seen.altitudeUnrefractedDeg) * ARCSEC_PER_DEG;
  const q = seen.parallacticAngleDeg * DEG_TO_RAD;
  return { east: lift * Math.sin(q), north: lift * Math.cos(q) };
}

/** Phase of the drive's periodic error where the hour-angle axis stands, radians: the worm is ahead by its amplitude times the sine. */
export function drivePhaseRad(observatoryId: string, periodS: number, axisDeg: number): number {
  const zero = 2 * Math.PI * randomStream(0, 'trackingError', observatoryId).uniform();
  return zero + (2 * Math.PI * axisDeg * ARCSEC_PER_DEG) / (SIDEREAL_ARCSEC_PER_S * periodS);
}

/**
 * What the periodic error a sin(phase) does along east in an exposure: its mean against the beginning, its variance, and its
 * covariance with the share of the time that has gone by. Closed forms of the integrals over the phase.
 */
function periodicError(
  observatory: Observatory,
  { raDeg, decDeg }: Place,
  beginMs: number,
  exposureTimeS: number,
  pierSide: PierSide | undefined,
): { mean: number; variance: number; withTime: number } {
  const periodic = observatory.mount.tracking?.periodic;
  if (!periodic) return { mean: 0, variance: 0, withTime: 0 };
  // A worm that runs ahead takes the tube to the west.
  const amplitude = -periodic.amplitudeArcsec * Math.cos(decDeg * DEG_TO_RAD);
  const axisDeg =
    15 * skyAt(beginMs, observatory.site).horizontal(raDeg, decDeg).hourAngleHours + (pierSide === 'west' ? 180 : 0);
  const phase0 = drivePhaseRad(observatory.id, periodic.periodS, axisDeg);
  const span = (2 * Math.PI * exposureTimeS) / periodic.periodS;
  const phase1 = phase0 + span;
  const [sin0, cos0, sin1, cos1] = [Math.sin(phase0), Math.cos(phase0), Math.sin(phase1), Math.cos(phase1)];
  if (span < STRAIGHT_RAD) {
    const rise = amplitude * (sin1 - sin0);
    return { mean: rise / 2, variance: (rise * rise) / 12, withTime: rise / 12 };
  }
  const mean = (cos0 - cos1) / span;
  const meanSquare = 0.5 - (sin1 * cos1 - sin0 * cos0) / (2 * span);
  const withTime = -cos1 / span + (sin1 - sin0) / (span * span) - mean / 2;
  return {
    mean: amplitude * (mean - sin0),
    variance: amplitude * amplitude * (meanSquare - mean * mean),
    withTime: amplitude * withTime,
  };
}
