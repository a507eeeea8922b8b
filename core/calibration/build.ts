import { FramesDisagree, TooFewFrames } from '../errors.ts';
import type { CalibrationSet, Quality } from '../records/calibration.ts';
import type { CalibrationPolicy, Combination } from '../records/observatory/calibration-policy.ts';
import { assembled, centralMedian, frameLevels } from './assemble.ts';
import { comparePlanes } from './compare.ts';
import { markBiasPixels, markDeviantPixels, markHotPixels } from './defects.ts';
import type { Donut } from './donuts.ts';
import type { Expected, FrameSource } from './frames.ts';
import { noiseOfPairs } from './photon-transfer.ts';
import { DQ, type Planes } from './planes.ts';
import { gainOf, judgeMaster } from './quality.ts';
import { medianOf } from './robust.ts';
import type { Samples } from './samples.ts';
import { checkSet, type Rejection } from './set.ts';
import { cut, type HeldFrame, holdFrames, type Preparation } from './strips.ts';

/** A master that is taken off the frames of another, or compared with one. */
export interface MasterPlanes {
  masterId: string;
  planes: Planes;
}

export interface MasterRequest {
  instrument: string;
  set: CalibrationSet;
  policy: CalibrationPolicy;
  sources: readonly FrameSource[];
  /** For darks and flats. */
  bias?: MasterPlanes | undefined;
  /** For flats: ADU per second, or ADU in the dark time that it is for. */
  dark?: (MasterPlanes & { bunit: BuiltMaster['bunit']; darkTimeS: number }) | undefined;
  /** The master before, of the same key. */
  previous?: MasterPlanes | undefined;
}

export interface AmplifierValue {
  amplifier: string;
  value: number;
}

/** What is worth telling of a master besides its planes. */
export interface MasterFacts {
  overscan: CalibrationPolicy['overscan'];
  combination: Combination;
  /** Of a flat: counts of its frames at the centre, mean. */
  normValueAdu?: number;
  /** Measured from pairs of biases. */
  readNoiseE?: AmplifierValue[];
  /** Measured from pairs of flats. */
  gainEPerAdu?: AmplifierValue[];
  /** Of a dark: above it a pixel is hot; in the unit of the master. */
  hotPixelsFrom?: number;
  movedDust: Donut[];
  biasId?: string;
  darkId?: string;
  exposureTimeS: number;
  darkTimeS: number;
  takenFromMs: number;
  takenToMs: number;
}

export interface BuiltMaster {
  planes: Planes;
  bunit: 'adu' | 'adu/s' | '';
  isScalable: boolean;
  temperatureC?: number;
  /** In the order of combination. */
  accepted: string[];
  rejected: Rejection[];
  quality: Quality;
  facts: MasterFacts;
}

/** Fewer frames never make a master. */
const FEWEST_FRAMES = 2;
/** A median of many is noisier than a mean by that: sqrt(pi / 2). */
const MEDIAN_NOISE = Math.sqrt(Math.PI / 2);

/**
 * Makes a master from raw frames: judges each of them, takes off overscan, bias and dark, combines what is fit, and judges the result.
 * The same frames give the same bits, in whatever order they come and however much memory there is. A master that is not good is still
 * given back, with its grade.
 *
 * Throws TooFewFrames, which names every frame that was turned down with the reason, and FramesDisagree for masters that do not fit.
 */
export async function buildMaster(request: MasterRequest): Promise<BuiltMaster> {
  const { instrument, set, policy, sources, bias, dark } = request;
  const memoryBytes = policy.masterMemoryMiB * 2 ** 20;
  const held = await holdFrames(sources, policy.overscan, memoryBytes);
  const expected: Expected = { set, instrument, biasLevelsAdu: bias && levelsOfBias(bias.planes, held) };
  const { accepted, rejected } = checkSet(held, expected, policy);
  enough(accepted, rejected, set);
  const faults = [
    ...misfits(accepted[0], 'bias', bias),
    ...misfits(accepted[0], 'dark', dark),
    ...lacking(request, accepted[0]),
  ];
  if (faults.length > 0) throw new FramesDisagree(faults);

  const isScalable = set.type === 'dark' && policy.darkScaling.allowed;
  const offDark = set.type === 'flat' ? dark : undefined;
  const preparation: Preparation = {
    bias: set.type === 'bias' ? undefined : bias?.planes,
    dark: offDark?.planes,
    darkFactors: accepted.map(({ about }) =>
      offDark?.bunit === 'adu' ? about.darkTimeS / offDark.darkTimeS : about.darkTimeS,
    ),
  };
  let frames = accepted;
  let normValueAdu: number | undefined;
  if (set.type === 'flat') {
    const levels = await frameLevels(accepted, preparation);
    for (const [i, level] of levels.entries()) {
      if (level.electrons > 0) continue;
      rejected.push({
        exposureId: accepted[i].about.exposureId,
        reason: 'empty: no light at the centre above bias and dark',
      });
    }
    frames = accepted.filter((_, i) => levels[i].electrons > 0);
    enough(frames, rejected, set);
    const lit = levels.filter(({ electrons }) => electrons > 0);
    preparation.darkFactors = preparation.darkFactors!.filter((_, i) => levels[i].electrons > 0);
    // In electrons, so that amplifiers of different gain make one flat.
    preparation.scales = frames.map(({ about }, i) =>
      about.amplifiers.map((each) => each.gainEPerAdu / lit[i].electrons),
    );
    normValueAdu = lit.reduce((sum, { adu }) => sum + adu, 0) / lit.length;
  } else if (isScalable) {
    preparation.scales = frames.map(({ about }) => about.amplifiers.map(() => 1 / about.darkTimeS));
  }

  const combination = policy.combine[set.type];
  const noiseFactor = combination.method === 'median' && frames.length > 2 ? MEDIAN_NOISE : 1;
  const { planes, scatter, samples } = await assembled(frames, preparation, { combination, noiseFactor, memoryBytes });
  const facts: MasterFacts = {
    overscan: policy.overscan,
    combination,
    movedDust: [],
    ...(bias && set.type !== 'bias' && { biasId: bias.masterId }),
    ...(offDark && { darkId: offDark.masterId }),
    ...timesOf(frames),
    ...finish(planes, scatter, samples, frames, request),
    ...(normValueAdu !== undefined && { normValueAdu }),
  };
  const comparison =
    request.previous &&
    comparePlanes(planes, request.previous.planes, set.type, readNoiseIn(samples, isScalable ? facts.darkTimeS : 1));
  facts.movedDust = comparison?.movedDust ?? [];
  const temperatures = frames.flatMap(({ about }) => about.temperatureC ?? []);
  return {
    planes,
    bunit: set.type === 'flat' ? '' : isScalable ? 'adu/s' : 'adu',
    isScalable,
    ...(temperatures.length > 0 && { temperatureC: meanOf(temperatures) }),
    accepted: frames.map(({ about }) => about.exposureId),
    rejected,
    quality: judgeMaster({
      set,
      policy,
      planes,
      frames,
      rejectedCount: lostCount(frames, rejected),
      samples,
      comparison,
      noiseFactor,
    }),
    facts,
  };
}

/** Marks the defects that frames of this type show, normalises a flat; tells what was measured on the way. */
function finish(
  planes: Planes,
  scatter: Float32Array,
  samples: readonly Samples[],
  frames: readonly HeldFrame[],
  { set, policy }: MasterRequest,
): Partial<MasterFacts> {
  if (set.type === 'bias') {
    for (const { detector, readNoiseE, gainEPerAdu } of frames[0].about.amplifiers) {
      markBiasPixels(planes, detector, readNoiseE / gainEPerAdu);
    }
    return {
      readNoiseE: samples.map((each) => ({ amplifier: each.name, value: noiseOfPairs(each) * each.gainEPerAdu })),
    };
  }
  if (set.type === 'dark') return { hotPixelsFrom: markHotPixels(planes, scatter) };
  normalise(planes, policy.reduction?.lowFlat ?? LOW_FLAT);
  markDeviantPixels(planes);
  return { gainEPerAdu: samples.map((each) => ({ amplifier: each.name, value: gainOf(each) })) };
}

/** Where the policy says nothing of reduction. */
const LOW_FLAT = 0.2;

/** Brings the central quarter of a flat to 1, in place, and marks what is too low to divide by. */
function normalise({ data, uncertainty, dq, widthPix, heightPix }: Planes, lowFlat: number): void {
  const norm = centralMedian({ data, dq, widthPix, heightPix });
  if (!(norm > 0)) {
    throw new FramesDisagree([`the centre of the flat is at ${norm}: it must be above 0 to be brought to 1`]);
  }
  for (let i = 0; i < data.length; i++) {
    data[i] /= norm;
    uncertainty[i] /= norm;
    if (!(data[i] > lowFlat)) dq[i] |= DQ.LOW_FLAT;
  }
}

/** Exposures that are not in the master; one that was only delivered twice is. */
function lostCount(frames: readonly HeldFrame[], rejected: readonly Rejection[]): number {
  const used = new Set(frames.map(({ about }) => about.exposureId));
  return new Set(rejected.map(({ exposureId }) => exposureId).filter((id) => !used.has(id))).size;
}

function enough(
  accepted: readonly HeldFrame[],
  rejected: readonly Rejection[],
  { minimum, type }: CalibrationSet,
): void {
  const fewest = Math.max(FEWEST_FRAMES, minimum);
  if (accepted.length >= fewest) return;
  const reasons = rejected.map(({ exposureId, reason }) => `\n${exposureId}: ${reason}`).join('');
  throw new TooFewFrames(`${accepted.length} frames fit for a master ${type}; needs ${fewest}${reasons}`);
}

function misfits({ about }: HeldFrame, what: string, master: MasterPlanes | undefined): string[] {
  if (!master) return [];
  const { widthPix, heightPix } = master.planes;
  if (widthPix === about.widthPix && heightPix === about.heightPix) return [];
  return [
    `the master ${what} has ${widthPix} x ${heightPix} pixels; the frames have ${about.widthPix} x ${about.heightPix}`,
  ];
}

/** A camera without overscan tells its bias level by the master bias alone. */
function lacking({ set, policy, bias }: MasterRequest, { about }: HeldFrame): string[] {
  if (set.type === 'bias' || bias) return [];
  const blind = policy.overscan === 'none' || about.amplifiers.some(({ overscan }) => !overscan);
  return blind ? [`a master ${set.type} needs a master bias: no overscan tells the level of the frames`] : [];
}

function levelsOfBias({ data, widthPix }: Planes, frames: readonly HeldFrame[]): number[] {
  const fits = frames.find(({ about }) => about.widthPix === widthPix);
  return fits?.about.amplifiers.map(({ detector }) => medianOf(cut(data, widthPix, detector))) ?? [];
}

function readNoiseIn(samples: readonly Samples[], darkTimeS: number): number {
  return meanOf(samples.map(({ readNoiseE, gainEPerAdu }) => readNoiseE / gainEPerAdu)) / darkTimeS;
}

function timesOf(
  frames: readonly HeldFrame[],
): Pick<MasterFacts, 'exposureTimeS' | 'darkTimeS' | 'takenFromMs' | 'takenToMs'> {
  return {
    exposureTimeS: meanOf(frames.map(({ about }) => about.exposureTimeS)),
    darkTimeS: meanOf(frames.map(({ about }) => about.darkTimeS)),
    takenFromMs: Math.min(...frames.map(({ about }) => about.beginMs)),
    takenToMs: Math.max(...frames.map(({ about }) => about.endMs)),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
