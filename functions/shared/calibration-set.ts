import * as z from 'zod';
import { RecordMissing } from '../../core/errors.ts';
import { type CalibrationRequest, type Certificate, calibrationTime } from '../../core/records/calibration.ts';
import { framesItem, IMAGE_TYPES, lostItem, sequenceText } from '../../core/records/ids.ts';
import { eventItem, type NightEvent, telescopeState } from '../../core/records/night.ts';
import { type CalibrationPolicy, calibrationPolicy } from '../../core/records/observatory/calibration-policy.ts';
import type { Observatory } from '../../core/records/observatory.ts';
import { decDeg, instant, nonNegative, raDeg } from '../../core/records/primitives.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { utcMsOf } from '../../core/time.ts';
import { MS_PER_S } from '../../core/units.ts';
import { listKeys, previousCertificate } from './calibrations.ts';
import { stepState } from './step.ts';
import { findDecision, getExposures, putEvent, settleDecision } from './tables.ts';

/** One set on its way through the calibration machine. */
export const calibrationTask = z.strictObject({
  requestId: z.string(),
  observationId: z.string(),
  when: calibrationTime,
  /** When its first frame's preparations began. */
  beganAt: instant,
  firstSeqNum: z.int().positive(),
  /** Rounds of frames that are settled: the first one, then replacements. */
  rounds: z.int().nonnegative(),
  masterId: z.string().optional(),
});
export type CalibrationTask = z.infer<typeof calibrationTask>;

/** Payload of every step of a calibration set. */
export const calibrationState = stepState.extend({ calibration: calibrationTask });
export type CalibrationState = z.infer<typeof calibrationState>;

/** One frame of a set as it is settled before it is taken. */
export const settledFrame = z.strictObject({
  index: z.int().nonnegative(),
  seqNum: z.int().positive(),
  exposureId: z.string(),
  imageType: z.enum(IMAGE_TYPES),
  /** When the frame before it was read: moves, changes of filter and waiting come first. */
  fromAt: instant,
  beginAt: instant,
  readyAt: instant,
  exposureTimeS: nonNegative,
  filter: z.string(),
  pointing: z.strictObject({ raDeg, decDeg }).nullable(),
  telescope: telescopeState,
  slewTimeS: nonNegative,
  configureTimeS: nonNegative,
  /** Wall clock at which a paced night takes it; long past in a simulated one. */
  resumeAt: z.string(),
});
export type SettledFrame = z.infer<typeof settledFrame>;

/** A set as it is settled before anything of it is done. */
export interface SettledSet {
  request: Pick<CalibrationRequest, 'requestId' | 'set' | 'calibrationKey' | 'when' | 'reason'>;
  beginAt: string;
}

/** Where it stands in table `Nights`. */
export const setItem = (sequence: number): string => `calibration#${sequenceText(sequence)}`;

/** The policy of an observatory; one that has none takes what is asked for, and makes and judges masters as is usual. */
export const policyOf = ({ calibration }: Observatory): CalibrationPolicy => calibration ?? calibrationPolicy.parse({});

/** Of each key of a camera the certificate that begins last before an instant in TAI: what tells whether a new master is due. */
export async function newestCertificates(instrument: string, tai: string): Promise<Certificate[]> {
  const keys = await listKeys(`${instrument}.`);
  const newest = await Promise.all(keys.map((key) => previousCertificate(key, tai)));
  return newest.flatMap((each) => each ?? []);
}

/** Every frame that was settled for a set, in order. */
export async function settledFrames(nightId: string, sequence: number, rounds?: number): Promise<SettledFrame[]> {
  const frames: SettledFrame[] = [];
  for (let round = 0; rounds === undefined || round < rounds; round++) {
    const settled = await findDecision<SettledFrame[]>(nightId, framesItem(sequence, round));
    if (!settled) {
      if (rounds === undefined) break;
      throw new RecordMissing(`night ${nightId} has no frames of round ${round} of set ${sequenceText(sequence)}`);
    }
    frames.push(...settled);
  }
  return frames;
}

/** Why a frame has no exposure. */
interface Lost {
  reason: string;
}

/** Keeps why a frame was lost, for the events of its set. */
export async function noteLost(nightId: string, exposureId: string, reason: string): Promise<void> {
  await settleDecision<Lost>(nightId, lostItem(exposureId), { reason });
}

/** Why a frame was lost, as far as anybody could tell. */
export const lostReason = async (nightId: string, exposureId: string): Promise<string | undefined> =>
  (await findDecision<Lost>(nightId, lostItem(exposureId)))?.reason;

/** What a frame that was taken, or lost, took of the night. */
export function frameEvent(
  of: { nightId: string; sequence: number; requestId: string; observationId: string; observatory: Observatory },
  frame: SettledFrame,
  taken: Pick<ExposureRecord, 'frame' | 'verdict'> | undefined,
  reason?: string,
): NightEvent {
  const spanS = (utcMsOf(frame.readyAt) - utcMsOf(frame.fromAt)) / MS_PER_S;
  const { slewTimeS, configureTimeS, exposureTimeS } = frame;
  const { readoutS } = of.observatory.camera;
  const waiting = Math.max(0, spanS - slewTimeS - configureTimeS - exposureTimeS - readoutS);
  const why = taken?.verdict?.accepted === false ? `, turned down: ${taken.verdict.reasons.join('; ')}` : '';
  return {
    nightId: of.nightId,
    item: eventItem(frame.fromAt, of.sequence, `4-exposure-${sequenceText(frame.index)}`),
    kind: taken ? 'exposure' : 'fault',
    sequence: of.sequence,
    beginAt: frame.fromAt,
    endAt: frame.readyAt,
    budget: taken
      ? { slew: slewTimeS, configure: configureTimeS, waiting, calibration: exposureTimeS, readout: readoutS }
      : { fault: spanS },
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(frame.beginAt), of.observatory.site),
    requestId: of.requestId,
    observationId: of.observationId,
    ...(taken && { exposureId: frame.exposureId }),
    message: taken
      ? `${taken.frame.key.slice(taken.frame.key.lastIndexOf('/') + 1)}  ${frame.imageType} ${exposureTimeS} s${why}`
      : `${frame.exposureId} was lost${reason === undefined ? '' : `: ${reason}`}`,
  };
}

/**
 * Accounts for the frames of a set up to the last that was taken, or to the last of all: those in between that are missing are lost
 * time. Gives that last frame; undefined when none was taken.
 */
export async function accountFrames(
  of: Parameters<typeof frameEvent>[0],
  frames: readonly SettledFrame[],
  { toEnd = false }: { toEnd?: boolean } = {},
): Promise<{ last: SettledFrame | undefined; exposures: ExposureRecord[] }> {
  const exposures = await getExposures(frames.map(({ exposureId }) => exposureId));
  const taken = new Map(exposures.map((each) => [each.exposureId, each]));
  const lastAt = toEnd ? frames.length - 1 : frames.findLastIndex(({ exposureId }) => taken.has(exposureId));
  for (const frame of frames.slice(0, lastAt + 1)) {
    const exposure = taken.get(frame.exposureId);
    const reason = exposure ? undefined : await lostReason(of.nightId, frame.exposureId);
    await putEvent(frameEvent(of, frame, exposure, reason));
  }
  return { last: frames[lastAt], exposures };
}
