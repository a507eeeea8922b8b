import * as z from 'zod';
import { instant, nonNegative, number, pointer, positive } from './primitives.ts';

/** Kinds of frames that make masters. */
export const CALIBRATION_TYPES = ['bias', 'dark', 'flat'] as const;
export const calibrationType = z.enum(CALIBRATION_TYPES);
export type CalibrationType = z.infer<typeof calibrationType>;

/** What flats look at: the screen in the dome, or the twilight sky. */
export const FLAT_TARGETS = ['dome', 'twilight'] as const;
export const flatTarget = z.enum(FLAT_TARGETS);
export type FlatTarget = z.infer<typeof flatTarget>;

/** When calibration frames are taken: dome closed before sunset; open after it; closed after the last visit; open before sunrise. */
export const CALIBRATION_TIMES = ['afternoon', 'evening', 'nightEnd', 'morning'] as const;
export const calibrationTime = z.enum(CALIBRATION_TIMES);
export type CalibrationTime = z.infer<typeof calibrationTime>;

/** How the camera is set up. A master serves frames of the same configuration. */
export const configuration = z.strictObject({
  binning: z.int().min(1).max(8).default(1),
  setTemperatureC: number
    .min(-150)
    .max(40)
    .optional()
    .describe('that the cooler keeps; absent for a camera without one'),
});
export type Configuration = z.infer<typeof configuration>;

/** What the frames of one set are, all alike. */
export const calibrationSet = z.strictObject({
  type: calibrationType,
  target: flatTarget.optional().describe('of a flat'),
  filter: z.string().min(1).max(8).optional().describe('of a flat'),
  exposureTimeS: nonNegative
    .max(86_400)
    .optional()
    .describe('of a dark; of a flat only when it is fixed: else it is what `levelAdu` takes'),
  levelAdu: positive.max(60_000).optional().describe('counts above bias that a flat is to have at the centre'),
  count: z.int().min(2).max(100),
  minimum: z.int().min(2).max(100).describe('frames without which there is no master'),
  configuration,
});
export type CalibrationSet = z.infer<typeof calibrationSet>;

/**
 * What a master is for: frames of one camera in one configuration. A dark that may be scaled serves every exposure time and has
 * none in its key.
 */
export interface CalibrationKeyOf {
  instrument: string;
  type: CalibrationType;
  target?: FlatTarget | undefined;
  filter?: string | undefined;
  /** Of a dark that may not be scaled. */
  exposureTimeS?: number | undefined;
  configuration: Configuration;
}

/** `noc1.bias.b1.t-60`, `noc1.dark.e300.b1.t-60`, `noc1.flat.twilight.g.b1.t-60`. */
export function calibrationKeyOf(of: CalibrationKeyOf): string {
  const { instrument, type, target, filter, exposureTimeS, configuration } = of;
  const { binning, setTemperatureC } = configuration;
  return [
    instrument,
    type,
    ...(target ? [target] : []),
    ...(filter ? [filter] : []),
    ...(exposureTimeS === undefined ? [] : [`e${exposureTimeS}`]),
    `b${binning}`,
    ...(setTemperatureC === undefined ? [] : [`t${setTemperatureC}`]),
  ].join('.');
}

/** Of a master or a frame. BAD is not used; WARN may be, where the policy says so. */
export const grade = z.enum(['GOOD', 'WARN', 'BAD']);
export type Grade = z.infer<typeof grade>;

/** One thing that was measured, and between what it had to lie. A limit that is absent does not exist. */
export const metric = z.strictObject({
  name: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  /** NaN and infinities cannot be stored: what could not be measured is absent. */
  value: number.optional(),
  unit: z.string(),
  meaning: z.string(),
  goodMin: number.optional(),
  goodMax: number.optional(),
  badMin: number.optional().describe('below it BAD; between it and goodMin WARN'),
  badMax: number.optional(),
  grade,
});
export type Metric = z.infer<typeof metric>;

/** A judgement with everything that it rests on. */
export const quality = z.strictObject({
  grade,
  metrics: z.array(metric),
  /** One line for each metric or rule that is not GOOD, in words. */
  reasons: z.array(z.string()),
});
export type Quality = z.infer<typeof quality>;

/** Where a request for a calibration set stands. */
export const calibrationStatus = z.enum(['QUEUED', 'RUNNING', 'DONE', 'ERROR']);
export type CalibrationStatus = z.infer<typeof calibrationStatus>;

/** A calibration set that was asked for: by the policy of the observatory, a programme, or a person. Table `Requests`. */
export const calibrationRequest = z.strictObject({
  /** `<campaign>.<id>`, or `<nightId>.<time>.<key without the instrument>` for what the policy asks. */
  requestId: z.string(),
  kind: z.literal('calibration'),
  programmeId: z.string().describe('`calibrations.<campaign>` for those that no programme asked for'),
  campaign: z.string(),
  origin: z.enum(['policy', 'programme', 'person']),
  set: calibrationSet,
  calibrationKey: z.string(),
  when: calibrationTime,
  /** 1 is the most urgent, 10 the least. */
  priority: z.int().min(1).max(10),
  reason: z.string().describe('why it is taken'),
  validDays: positive.describe('how long its master is valid'),
  status: calibrationStatus,
  history: z.array(
    z.strictObject({ status: calibrationStatus, at: instant, cause: z.string(), nightId: z.string().optional() }),
  ),
  /** Set when it is DONE. */
  masterId: z.string().optional(),
  version: z.int().nonnegative(),
});
export type CalibrationRequest = z.infer<typeof calibrationRequest>;

/** An instant in TAI with milliseconds: ISO 8601 without a zone, so that no text of UTC is taken for it. Sorts by time. */
export const taiInstant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/, 'must be TAI like 2026-11-21T19:42:47.123, without Z');

/** A master as it was built: what it is, from what, how good. Its sidecar, and what a certificate is made from. */
export const masterRecord = z.strictObject({
  masterId: z.string(),
  calibrationKey: z.string(),
  instrument: z.string(),
  set: calibrationSet,
  /** Of a dark: whether it is stored per second and may serve other exposure times. */
  isScalable: z.boolean(),
  /** Mean of what was measured while its frames were taken; absent for a camera that does not tell. */
  temperatureC: number.optional(),
  dayObs: z.int(),
  nightId: z.string().optional(),
  requestId: z.string().optional(),
  observatoryId: z.string(),
  /** From the begin of its first frame to the end of its last, TAI. */
  takenFrom: taiInstant,
  takenTo: taiInstant,
  /** Exposures that are in it, in the order of combination, and those that were turned down, with the reason. */
  frames: z.array(z.string()).min(2),
  rejected: z.array(z.strictObject({ exposureId: z.string(), reason: z.string() })),
  /** Masters that were taken off its frames. */
  biasId: z.string().optional(),
  darkId: z.string().optional(),
  quality,
  file: pointer,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().positive(),
  softwareVersion: z.string(),
});
export type MasterRecord = z.infer<typeof masterRecord>;

/** A master that may be used in [validFrom, validTo), TAI. Table `Calibrations`. Intervals of one key never overlap. */
export const certificate = z.strictObject({
  calibrationKey: z.string(),
  validFrom: taiInstant,
  validTo: taiInstant,
  id: z.string().describe('of the master'),
  nightId: z.string().optional(),
  master: masterRecord,
});
export type Certificate = z.infer<typeof certificate>;

/** Something that was done to the validity of a key; nothing of it is ever removed. */
export const validityChange = z.strictObject({
  calibrationKey: z.string(),
  action: z.enum(['certify', 'supersede', 'decertify', 'recertify']),
  masterId: z.string(),
  /** What it was about: the interval that a certify or recertify asked for, the one that a decertify or supersede took away. */
  validFrom: taiInstant,
  validTo: taiInstant,
  /** Wall clock or observatory time at which it was done, UTC. */
  at: instant,
  by: z.string().describe('a night, or the name of a person'),
  cause: z.string(),
});
export type ValidityChange = z.infer<typeof validityChange>;

/** One master that might have served a frame, with what spoke for and against it. */
export const candidate = z.strictObject({
  masterId: z.string(),
  calibrationKey: z.string(),
  validFrom: taiInstant,
  validTo: taiInstant,
  grade,
  criteria: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  /** From the middle of its frames to the middle of the exposure; negative when it was taken before it. */
  distanceS: number,
  chosen: z.boolean(),
});

/** Which master serves a frame for one type, and why: every candidate with every criterion. */
export const choice = z.strictObject({
  type: calibrationType,
  wanted: z.string().describe('key that was looked for, or keys in the order of preference'),
  /** Absent when none will do. */
  masterId: z.string().optional(),
  file: pointer.optional(),
  /** Of a dark that is scaled: frame time over its own. */
  scale: positive.optional(),
  candidates: z.array(candidate),
  reason: z.string().describe('one line: why this one, or what is missing'),
});
export type Choice = z.infer<typeof choice>;

/** All choices for one frame: what `why` shows. Stored beside the reduced frame. */
export const answerSheet = z.strictObject({
  exposureId: z.string(),
  at: taiInstant.describe('middle of the exposure'),
  choices: z.array(choice),
  complete: z.boolean(),
});
export type AnswerSheet = z.infer<typeof answerSheet>;

/** Raw frames that are reduced together, with the masters of each. The input of a child execution points at it. */
export const reductionBlock = z.strictObject({
  blockId: z.string(),
  nightId: z.string(),
  observatoryId: z.string(),
  rule: z.string().describe('name of the rule that made it'),
  frames: z.array(z.strictObject({ exposureId: z.string(), frame: pointer, sheet: answerSheet })),
});
export type ReductionBlock = z.infer<typeof reductionBlock>;

/** What a step of the reduction did to a frame. */
export const stepOutcome = z.strictObject({
  step: z.string(),
  status: z.enum(['COMPLETE', 'SKIPPED']),
  detail: z.string().describe('with what, or why not'),
});
export type StepOutcome = z.infer<typeof stepOutcome>;

/** A reduced frame as the table `Nights` and its sidecar hold it. */
export const reducedRecord = z.strictObject({
  nightId: z.string(),
  item: z.string().describe('`reduced#<exposureId>`'),
  exposureId: z.string(),
  requestId: z.string(),
  blockId: z.string(),
  status: z.enum(['COMPLETE', 'INCOMPLETE']),
  /** Types of masters that were missing. */
  missing: z.array(calibrationType),
  file: pointer,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().positive(),
  preview: pointer,
  sidecar: pointer,
  steps: z.array(stepOutcome),
  sheet: answerSheet,
  /** Measured on the frame; absent where there was nothing to measure. */
  sourceCount: z.int().nonnegative(),
  matchedCount: z.int().nonnegative(),
  zeroPointMag: number.optional().describe('AB magnitude of one electron a second, measured against the catalogue'),
  zeroPointErrorMag: nonNegative.optional(),
  seeingArcsec: positive.optional().describe('median FWHM of its stars'),
  skyElectronsPerPix: number.optional(),
  skyMagPerArcsec2: number.optional(),
  ellipticity: nonNegative.optional(),
  /** ESO's grades: A all constraints met, B one violated by up to 10 %, C out. */
  grade: z.enum(['A', 'B', 'C']),
  gradeReasons: z.array(z.string()),
  softwareVersion: z.string(),
});
export type ReducedRecord = z.infer<typeof reducedRecord>;
