import { DQ, type Planes, type RawFrame } from '../calibration/planes.ts';
import { FramesDisagree } from '../errors.ts';
import { pixelToSky, type Wcs } from '../gnomonic.ts';
import type { CalibrationType, StepOutcome } from '../records/calibration.ts';
import type { CalibrationPolicy } from '../records/observatory.ts';
import type { Background } from './background.ts';
import { calibrate } from './calibrate.ts';
import { removeCosmicRays } from './cosmic-rays.ts';
import { type Matching, matchSources, type Reference } from './match.ts';
import { backgroundBetweenSources, findSources, type Source, type SourceList, starShape } from './sources.ts';
import { type ZeroPoint, zeroPointOf } from './zero-point.ts';

export type { Reference } from './match.ts';
export { SOURCE_FLAGS, type Source } from './sources.ts';

export interface MasterBias {
  id: string;
  /** ADU above the overscan. */
  planes: Planes;
}

export interface MasterDark {
  id: string;
  planes: Planes;
  /** Per second, and then it serves every dark time; or for the dark time it was taken with. */
  bunit: 'adu' | 'adu/s';
  /** Of its frames. */
  exposureTimeS: number;
  /** Of its frames; the exposure time when left out. */
  darkTimeS?: number | undefined;
}

export interface MasterFlat {
  id: string;
  /** Centre 1. */
  planes: Planes;
}

export interface Reduction {
  raw: RawFrame;
  masters: { bias?: MasterBias | undefined; dark?: MasterDark | undefined; flat?: MasterFlat | undefined };
  /** Why there is no master of a type: told in its step. */
  missing?: Partial<Record<CalibrationType, string>> | undefined;
  policy: CalibrationPolicy;
  /** Of the reduced image: its first pixel is (1, 1). */
  wcs?: Wcs | undefined;
  /** Of one pixel as binned. */
  plateScaleArcsecPerPix: number;
  /** Stars of a catalogue in and about the field, AB magnitudes in the band of the frame. */
  references: readonly Reference[];
  airmass?: number | undefined;
  extinctionMagPerAirmass?: number | undefined;
}

export interface ReducedFrame {
  /** Electrons; the sky is in them. */
  planes: Planes;
  wcs?: Wcs;
  /** In the order in which they were done. */
  steps: StepOutcome[];
  /** Types of masters that there were none of. */
  missing: CalibrationType[];
  /** INCOMPLETE without one of its masters. */
  status: 'COMPLETE' | 'INCOMPLETE';
  background: { levelE: number; rmsE: number; meshPix: number };
  /** The brightest first. */
  sources: Source[];
  cosmicRayPixels: number;
  saturatedPixels: number;
  /** Bad, hot, dim or without data. */
  maskedPixels: number;
  /** Sources that are a reference that stands alone. */
  matchedCount: number;
  /** By how much the sources are off their places by the world coordinates, pixels; absent without a match. */
  offsetPix?: { dxPix: number; dyPix: number };
  /** AB magnitude of one electron a second as observed; and what it would be with one airmass. */
  zeroPointMag?: number;
  zeroPointErrorMag?: number;
  zeroPointAtAirmass1Mag?: number;
  /** Median FWHM of clear stars that stand alone, less the pixel. */
  seeingArcsec?: number;
  /** Median of the same stars. */
  ellipticity?: number;
  skyElectronsPerPix?: number;
  skyMagPerArcsec2?: number;
}

type ReductionPolicy = NonNullable<CalibrationPolicy['reduction']>;

const MASKED = DQ.BAD_PIXEL | DQ.HOT_PIXEL | DQ.LOW_FLAT | DQ.NO_DATA;
/** Of a pixel of an amplifier's full scale: a star with more in its peak is no measure, amplifiers bend there. */
const PEAK_SHARE = 0.6;
/** How far a source may be from its reference, and how far other references must be, in FWHM. */
const MATCH_REACH_FWHM = 2;

/**
 * Reduces one frame of the sky: overscan and trim, bias, dark, flat, electrons, uncertainty and data quality in one pass, then cosmic rays,
 * sky, sources, and the zero point against the references. Each step says COMPLETE, or SKIPPED and why; a master that is missing does not
 * stop the others. The steps of the policy's `reduction` are taken with its parameters. Nothing that it is given is modified.
 *
 * Throws FramesDisagree when a master has another size than the frame, and for a policy without `reduction`.
 */
export function reduceFrame(of: Reduction): ReducedFrame {
  const { raw, masters, policy, references, wcs } = of;
  const parameters = reductionPolicy(of);
  const steps: StepOutcome[] = [];
  const done = (step: string, detail: string) => steps.push({ step, status: 'COMPLETE', detail });
  const skipped = (step: string, detail: string) => steps.push({ step, status: 'SKIPPED', detail });

  const dark = masters.dark && { planes: masters.dark.planes, factor: darkFactor(masters.dark, raw) };
  const calibrated = calibrate(raw, {
    bias: masters.bias?.planes,
    dark,
    flat: masters.flat?.planes,
    overscan: policy.overscan,
    lowFlat: parameters.lowFlat,
  });
  const counts = countFlags(calibrated.dq);
  const missing = calibrationSteps(of, { dark, lowFlat: parameters.lowFlat, counts, done, skipped });

  let planes = calibrated;
  let cosmicRayPixels = 0;
  if (parameters.cosmicRays) {
    const cleaned = removeCosmicRays(calibrated, parameters.cosmicRays);
    ({ planes, hitPixels: cosmicRayPixels } = cleaned);
    const { sigma, objectContrast } = parameters.cosmicRays;
    done(
      'cosmicRays',
      `L.A.Cosmic: ${pixelsOf(cosmicRayPixels)} replaced in ${cleaned.iterations} passes (sigma ${sigma}, contrast ${objectContrast})`,
    );
  } else skipped('cosmicRays', 'the policy has no reduction.cosmicRays');

  const background = backgroundBetweenSources(planes, parameters.detectionSigma);
  const { level, noise } = background;
  const frame: ReducedFrame = {
    planes,
    ...(wcs && { wcs }),
    steps,
    missing,
    status: missing.length === 0 ? 'COMPLETE' : 'INCOMPLETE',
    background: { levelE: level, rmsE: noise, meshPix: background.meshPix },
    sources: [],
    cosmicRayPixels,
    ...counts,
    matchedCount: 0,
  };
  if (!(noise > 0)) {
    skipped('background', 'no cell of the mesh shows the sky');
    skipped('sources', 'there is no background to find them over');
    skipped('photometry', 'there are no sources');
    return frame;
  }
  done(
    'background',
    `${background.columns} x ${background.rows} cells: ${level.toFixed(2)} e-, rms ${noise.toFixed(2)} e-; not subtracted`,
  );
  const list = findSources(planes, background, parameters.detectionSigma);
  return {
    ...frame,
    skyElectronsPerPix: level,
    ...photometry(of, { list, background, references, done, skipped, sigmas: parameters.detectionSigma }),
  };
}

type Tell = (step: string, detail: string) => void;

function photometry(
  of: Reduction,
  from: {
    list: SourceList;
    background: Background;
    references: readonly Reference[];
    done: Tell;
    skipped: Tell;
    sigmas: number;
  },
): Partial<ReducedFrame> {
  const { raw, wcs, plateScaleArcsecPerPix } = of;
  const { list, background, references, done, skipped, sigmas } = from;
  const { sources, aperture } = list;
  const shape = starShape(sources);
  const stars = shape && {
    seeingArcsec: shape.fwhmPix * plateScaleArcsecPerPix,
    ellipticity: shape.ellipticity,
  };
  const width = shape
    ? `FWHM ${shape.fwhmPix.toFixed(2)} pixels of ${shape.stars} stars`
    : 'no star clear enough for a width';
  const correction =
    aperture.stars > 0
      ? `times ${aperture.correction.toFixed(4)} by ${aperture.stars} stars`
      : 'not corrected: too few clear stars';
  done(
    'sources',
    `${sources.length} above ${sigmas} sigma, ${width}; aperture of ${aperture.radiusPix.toFixed(2)} pixels, ${correction}`,
  );
  const placed = wcs
    ? sources.map((source) => ({ ...source, ...pixelToSky(wcs, source.xPix + 1, source.yPix + 1) }))
    : sources;
  const none = (why: string) => {
    skipped('photometry', why);
    return { sources: placed, ...stars };
  };
  if (!wcs) return none('the frame has no world coordinates');
  if (references.length === 0) return none('there are no reference stars');
  if (!(raw.exposureTimeS > 0)) return none(`an exposure of ${raw.exposureTimeS} s collects no light`);
  const reachPix = Math.max(2, MATCH_REACH_FWHM * (shape?.fwhmPix ?? aperture.radiusPix));
  const matching = matchSources(placed, references, wcs, raw, { reachPix, alonePix: 2 * aperture.radiusPix });
  const matched = { sources: placed, ...stars, matchedCount: matching.matches.length, ...offsetOf(matching) };
  const zeroPoint = zeroPointOf(matching.matches, raw.exposureTimeS, PEAK_SHARE * leastFullScaleE(raw));
  if (!zeroPoint) {
    skipped(
      'photometry',
      `${matching.matches.length} sources are reference stars that stand alone: too few that are bright enough`,
    );
    return matched;
  }
  const { mag, errorMag } = zeroPoint;
  done(
    'photometry',
    `zero point ${mag.toFixed(4)} +- ${errorMag.toFixed(4)} mag by ${zeroPoint.stars} stars, ${zeroPoint.clipped} clipped`,
  );
  const areaArcsec2 = plateScaleArcsecPerPix ** 2;
  const skyPerS = background.level / raw.exposureTimeS / areaArcsec2;
  return {
    ...matched,
    sources: placed.map((source) => ({ ...source, ...magnitudeOf(source, zeroPoint, raw.exposureTimeS) })),
    zeroPointMag: mag,
    zeroPointErrorMag: errorMag,
    ...(of.airmass !== undefined &&
      of.extinctionMagPerAirmass !== undefined && {
        zeroPointAtAirmass1Mag: mag + of.extinctionMagPerAirmass * (of.airmass - 1),
      }),
    ...(skyPerS > 0 && { skyMagPerArcsec2: mag - 2.5 * Math.log10(skyPerS) }),
  };
}

function magnitudeOf(
  { fluxE, fluxErrorE }: Source,
  zeroPoint: ZeroPoint,
  exposureTimeS: number,
): { mag: number; magError: number } {
  return {
    mag: zeroPoint.mag - 2.5 * Math.log10(fluxE / exposureTimeS),
    magError: Math.hypot((2.5 / Math.LN10) * (fluxErrorE / fluxE), zeroPoint.errorMag),
  };
}

function offsetOf({ matches, offset }: Matching): Pick<ReducedFrame, 'offsetPix'> {
  return matches.length > 0 ? { offsetPix: offset } : {};
}

/** Electrons that fill the converter, or the well, of the amplifier that takes the fewest. */
function leastFullScaleE({ amplifiers }: RawFrame): number {
  return Math.min(...amplifiers.map(({ saturationAdu, gainEPerAdu }) => saturationAdu * gainEPerAdu));
}

/** Tells the steps that `calibrate` did in its one pass. Gives the types that it had no master of. */
function calibrationSteps(
  { raw, masters, missing: why, policy }: Reduction,
  {
    dark,
    lowFlat,
    counts,
    done,
    skipped,
  }: { dark: { factor: number } | undefined; lowFlat: number; counts: FlagCounts; done: Tell; skipped: Tell },
): CalibrationType[] {
  const without = raw.amplifiers.filter(({ overscan }) => overscan === undefined);
  if (policy.overscan === 'none') skipped('overscan', 'the policy takes none off');
  else if (without.length > 0)
    skipped('overscan', `the camera reads none with amplifier ${without.map(({ name }) => name).join(', ')}`);
  else
    done(
      'overscan',
      `level of each ${policy.overscan === 'row' ? 'row of each amplifier' : 'amplifier'}, trimmed to ${raw.widthPix} x ${raw.heightPix}`,
    );
  done(
    'saturation',
    `${pixelsOf(counts.saturatedPixels)} at or above ${raw.amplifiers.map(({ saturationAdu }) => saturationAdu).join(', ')} ADU`,
  );
  const missing: CalibrationType[] = [];
  const lack = (type: CalibrationType) => {
    missing.push(type);
    skipped(type, why?.[type] ?? `there is no master ${type}`);
  };
  if (masters.bias) done('bias', masters.bias.id);
  else lack('bias');
  if (masters.dark && dark) {
    done(
      'dark',
      `${masters.dark.id}, times ${Number(dark.factor.toPrecision(6))}${masters.dark.bunit === 'adu/s' ? ' s' : ''}`,
    );
  } else lack('dark');
  if (masters.flat) done('flat', `${masters.flat.id}, ${pixelsOf(counts.lowFlatPixels)} below ${lowFlat} not divided`);
  else lack('flat');
  done('gain', `${raw.amplifiers.map(({ gainEPerAdu }) => gainEPerAdu).join(', ')} e-/ADU`);
  const used = [masters.bias, masters.dark, masters.flat].filter((master) => master !== undefined).length;
  done(
    'uncertainty',
    `photons, read noise of ${raw.amplifiers.map(({ readNoiseE }) => readNoiseE).join(', ')} e-, ${used} masters`,
  );
  done('dataQuality', `${pixelsOf(counts.maskedPixels)} masked`);
  return missing;
}

interface FlagCounts {
  saturatedPixels: number;
  maskedPixels: number;
  lowFlatPixels: number;
}

function countFlags(dq: Uint8Array): FlagCounts {
  const counts: FlagCounts = { saturatedPixels: 0, maskedPixels: 0, lowFlatPixels: 0 };
  for (const flags of dq) {
    if (flags === 0) continue;
    if (flags & DQ.SATURATED) counts.saturatedPixels++;
    if (flags & MASKED) counts.maskedPixels++;
    if (flags & DQ.LOW_FLAT) counts.lowFlatPixels++;
  }
  return counts;
}

function pixelsOf(count: number): string {
  return count === 1 ? '1 pixel' : `${count} pixels`;
}

function darkFactor(dark: MasterDark, raw: RawFrame): number {
  return dark.bunit === 'adu/s' ? raw.darkTimeS : raw.darkTimeS / (dark.darkTimeS ?? dark.exposureTimeS);
}

function reductionPolicy({ raw, masters, policy }: Reduction): ReductionPolicy {
  const faults = Object.entries(masters).flatMap(([type, master]) => {
    if (!master) return [];
    const { widthPix, heightPix } = master.planes;
    if (widthPix === raw.widthPix && heightPix === raw.heightPix) return [];
    return [
      `master ${type} ${master.id} has ${widthPix} x ${heightPix} pixels, the frame ${raw.exposureId} has ${raw.widthPix} x ${raw.heightPix}`,
    ];
  });
  if (!policy.reduction) faults.push('the policy has no `reduction`: frames of the sky stay raw');
  if (faults.length > 0 || !policy.reduction) throw new FramesDisagree(faults);
  return policy.reduction;
}
