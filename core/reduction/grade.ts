import type { Constraints } from '../records/programme.ts';
import { isoOf, utcMsOf } from '../time.ts';

export type FrameGrade = 'A' | 'B' | 'C';

/** What is known of a frame when it is graded; `undefined` where nobody can tell. */
export interface FrameFacts {
  /** Median FWHM of its stars, arcsec. */
  seeingArcsec: number | undefined;
  /** Of the filter, nm. */
  wavelengthNm: number;
  /** FWHM that telescope and camera alone give at the zenith, arcsec. */
  systemFwhmArcsec: number;
  /** At the middle of the exposure. */
  airmass: number | undefined;
  altitudeDeg: number | undefined;
  hourAngleHours: number | undefined;
  moonSeparationDeg: number | undefined;
  /** Lit part of the Moon, 0 to 1; 0 with the Moon below the horizon. */
  moonIllumination: number | undefined;
  sunAltitudeDeg: number | undefined;
  /** Of the exposure, ms since 1970 UTC. */
  beginMs: number;
  endMs: number;
}

export interface GradedFrame {
  grade: FrameGrade;
  /** One line for each constraint that is broken or of which nobody can tell; none for an A. */
  reasons: string[];
}

/** By how much of its limit one constraint may be broken in a B. */
const B_SHARE = 0.1;
/** Altitude of the Sun at which each twilight ends, deg. */
const SUN_MOST_DEG = { civil: -6, nautical: -12, astronomical: -18 } as const;

interface Broken {
  /** Share of the limit; infinite where it has none, or where the value is not known. */
  share: number;
  reason: string;
}

/**
 * ESO's grades of an observation against what was asked for: A when all constraints are met, B when one is broken by up to 10 % of its limit,
 * C otherwise. A constraint whose value nobody knows is not met. Seeing counts in the image: the limit, which is of the atmosphere at the zenith at
 * 500 nm, is brought to airmass and wavelength of the frame and joined with the telescope's own width (`deliveredFwhmArcsec`).
 * Times and the Sun have no limit of which 10 % would mean anything: outside of every window, or in twilight, is C.
 */
export function gradeFrame(constraints: Constraints, facts: FrameFacts): GradedFrame {
  const broken = [
    atMost('airmass', facts.airmass, constraints.airmassMax, ''),
    atLeast('altitude', facts.altitudeDeg, constraints.altitudeMinDeg, ' deg'),
    atLeast('separation from the Moon', facts.moonSeparationDeg, constraints.moonSeparationMinDeg, ' deg'),
    atMost('lit part of the Moon', facts.moonIllumination, constraints.moonIlluminationMax, ''),
    atMost('|hour angle|', facts.hourAngleHours && Math.abs(facts.hourAngleHours), constraints.hourAngleMaxHours, ' h'),
    seeing(constraints, facts),
    twilight(constraints, facts),
    windows(constraints, facts),
  ].filter((each) => each !== undefined);
  const isSlight = broken.length === 1 && broken[0].share <= B_SHARE;
  return {
    grade: broken.length === 0 ? 'A' : isSlight ? 'B' : 'C',
    reasons: broken.map(({ reason }) => reason),
  };
}

/**
 * Width that stars have in an image, FWHM in arcsec, by Rubin's model (LSST document-20160, and SMTN-002): the atmosphere's width falls with
 * wavelength as lambda^-0.3; it and the telescope's grow with airmass as X^0.6 and add in squares, the atmosphere's times 1.04; and the
 * Gaussian that covers as many pixels of noise is 1.16 times as wide.
 */
export function deliveredFwhmArcsec(of: {
  zenith500Arcsec: number;
  systemFwhmArcsec: number;
  airmass: number;
  wavelengthNm: number;
}): number {
  const atmosphere = of.zenith500Arcsec * (500 / of.wavelengthNm) ** 0.3;
  return 1.16 * of.airmass ** 0.6 * Math.sqrt(of.systemFwhmArcsec ** 2 + 1.04 * atmosphere ** 2);
}

function seeing({ seeingMaxArcsec }: Constraints, facts: FrameFacts): Broken | undefined {
  if (seeingMaxArcsec === undefined) return undefined;
  const { airmass, wavelengthNm, systemFwhmArcsec } = facts;
  const name = `FWHM, for a seeing of ${seeingMaxArcsec} arcsec at the zenith at 500 nm,`;
  if (airmass === undefined) return unknown(name);
  const limit = deliveredFwhmArcsec({ zenith500Arcsec: seeingMaxArcsec, systemFwhmArcsec, airmass, wavelengthNm });
  return atMost(name, facts.seeingArcsec, limit, ' arcsec');
}

function twilight({ twilight: kind }: Constraints, { sunAltitudeDeg }: FrameFacts): Broken | undefined {
  const limit = SUN_MOST_DEG[kind];
  if (sunAltitudeDeg === undefined) return unknown('altitude of the Sun');
  if (sunAltitudeDeg <= limit) return undefined;
  return {
    share: Number.POSITIVE_INFINITY,
    reason: `the Sun at ${sunAltitudeDeg.toFixed(2)} deg is above ${limit} deg (${kind})`,
  };
}

function windows({ windows: given }: Constraints, { beginMs, endMs }: FrameFacts): Broken | undefined {
  if (!given || given.length === 0) return undefined;
  if (given.some(({ from, to }) => beginMs >= utcMsOf(from) && endMs <= utcMsOf(to))) return undefined;
  return {
    share: Number.POSITIVE_INFINITY,
    reason: `${isoOf(beginMs)} to ${isoOf(endMs)} is in none of the ${given.length} windows`,
  };
}

function atMost(name: string, value: number | undefined, limit: number | undefined, unit: string): Broken | undefined {
  if (limit === undefined || (value !== undefined && value <= limit)) return undefined;
  if (value === undefined) return unknown(name);
  return brokenBy(
    value - limit,
    limit,
    `${name} ${value.toFixed(2)}${unit} is above ${Number(limit.toFixed(3))}${unit}`,
  );
}

function atLeast(name: string, value: number | undefined, limit: number | undefined, unit: string): Broken | undefined {
  if (limit === undefined || (value !== undefined && value >= limit)) return undefined;
  if (value === undefined) return unknown(name);
  return brokenBy(
    limit - value,
    limit,
    `${name} ${value.toFixed(2)}${unit} is below ${Number(limit.toFixed(3))}${unit}`,
  );
}

function brokenBy(excess: number, limit: number, reason: string): Broken {
  const share = limit > 0 ? excess / limit : Number.POSITIVE_INFINITY;
  return { share, reason: Number.isFinite(share) ? `${reason} (by ${(100 * share).toFixed(1)} %)` : reason };
}

function unknown(name: string): Broken {
  return { share: Number.POSITIVE_INFINITY, reason: `${name} is not known` };
}
