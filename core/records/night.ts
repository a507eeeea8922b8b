import * as z from 'zod';
import { faults } from './observatory.ts';
import { dayObs, id, instant, nonNegative, number, pointer, positive } from './primitives.ts';

/** How fast the night goes by: as fast as the machine can, or at a multiple of the wall clock. */
const mode = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('simulated') }),
  z.strictObject({ kind: z.literal('paced'), speed: positive.max(100_000).describe('1 is real time') }),
]);
export type NightMode = z.infer<typeof mode>;

/** Input of the `night` state machine. */
export const nightInput = z.strictObject({
  /** The night's id: running the same one again continues it. */
  nightId: id,
  dayObs,
  seed: z.int().min(0).max(0xffffffff),
  /** Namespace of the requests: nights with the same campaign continue each other's requests. */
  campaign: id,
  observatory: pointer,
  programme: pointer,
  mode,
  faults: faults.default({}),
});
export type NightInput = z.infer<typeof nightInput>;

/** Input of the `night` state machine when a rule starts it: which night it is follows from the time of the event. */
export const scheduledStart = z.strictObject({
  /** Name of the schedule; the night is `<schedule>-<dayObs>`. */
  schedule: id.max(54, 'must leave room for the date behind it: at most 54 characters'),
  /** Id of the event. */
  id: z.string().min(1),
  /** When the rule fired, UTC. */
  time: z.iso.datetime(),
  observatory: pointer,
  programme: pointer,
  seed: z.int().min(0).max(0xffffffff).default(1),
  /** By default the schedule's own: its nights continue each other's requests. */
  campaign: id.optional(),
  mode: mode.default({ kind: 'simulated' }),
  faults: faults.default({}),
});
export type ScheduledStart = z.infer<typeof scheduledStart>;

/** Id of the night that a schedule starts on a day. */
export const scheduledNightId = (schedule: string, dayObs: number): string => `${schedule}-${dayObs}`;

/** What a step needs to know of its night; carried through every payload. */
export const nightContext = nightInput.extend({
  beginAt: instant,
  endAt: instant,
  /** Which execution of the night this is, from 1: a night that was stopped is continued by the next. */
  run: positive.int(),
  /** Wall clock at which a paced night began; the simulated one needs none. */
  wallBeginAt: instant.optional(),
});
export type NightContext = z.infer<typeof nightContext>;

/** Where the telescope is and how it is set, between steps. */
export const telescopeState = z.strictObject({
  /** Place that the mount follows, ICRS; null when it stands still at `altitudeDeg`, `azimuthDeg`. */
  tracking: z.strictObject({ raDeg: number, decDeg: number }).nullable(),
  altitudeDeg: number,
  azimuthDeg: number,
  domeAzimuthDeg: number,
  domeOpen: z.boolean(),
  filter: z.string(),
  azimuthAxisDeg: number.optional().describe('where the azimuth axis stands in its cable wrap, 0 is north, any turn'),
  pierSide: z.enum(['east', 'west']).optional().describe('of a German mount: east looks west, its normal state'),
  rotatorDeg: number.optional().describe('where the rotator stood when the mount last arrived'),
  cameraTurned: z.boolean().optional().describe('the camera stands 180 degrees from its position angle'),
  focusUm: number.optional().describe('where the controller has put the focuser'),
});
export type TelescopeState = z.infer<typeof telescopeState>;

/** What the seconds of a night go to. Every second is in exactly one. */
export const BUDGET_CATEGORIES = [
  'science',
  'calibration',
  'slew',
  'configure',
  'readout',
  'waiting',
  'weather',
  'fault',
  'unused',
] as const;
export type BudgetCategory = (typeof BUDGET_CATEGORIES)[number];

const budget = z.partialRecord(z.enum(BUDGET_CATEGORIES), nonNegative);

/** Something that took time, or that a person would want to know of, in the order of observatory time. */
export const nightEvent = z.strictObject({
  nightId: id,
  /** Sorts by time, then by step: `event#<beginAt>#<sequence>#<step>`. */
  item: z.string(),
  kind: z.enum(['open', 'decision', 'wait', 'slew', 'configure', 'exposure', 'finish', 'fault', 'close']),
  sequence: z.int().nonnegative(),
  beginAt: instant,
  endAt: instant,
  /** Seconds by category; they add up to endAt - beginAt. */
  budget,
  sunAltitudeDeg: number,
  /** One line for people. */
  message: z.string(),
  requestId: z.string().optional(),
  observationId: z.string().optional(),
  exposureId: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type NightEvent = z.infer<typeof nightEvent>;

export const EVENT_PREFIX = 'event#';

/** A later item of the same instant sorts after an earlier one by its sequence and step number. */
export const eventItem = (beginAt: string, sequence: number, step: string): string =>
  `${EVENT_PREFIX}${beginAt}#${String(sequence).padStart(6, '0')}#${step}`;

export const nightStatus = z.enum(['RUNNING', 'COMPLETED', 'ABORTED', 'FAILED']);
export type NightStatus = z.infer<typeof nightStatus>;

/** How far a night has come: the state after the last finished decision. Item `progress`. */
export const nightProgress = z.strictObject({
  nightId: id,
  item: z.literal('progress'),
  /** Decisions that are finished. */
  sequence: z.int().nonnegative(),
  now: instant,
  telescope: telescopeState,
  /** Number that the next frame of the day gets. */
  nextSeqNum: z.int().positive(),
});
export type NightProgress = z.infer<typeof nightProgress>;

/** One execution of a night, and the software that it began with. */
const nightRun = z.strictObject({
  run: positive.int(),
  executionArn: z.string(),
  softwareVersion: z.string(),
  /** Version of the functions; `$LATEST` where functions are not published as versions. */
  functionVersion: z.string(),
  /** The schedule that started it; absent when a person did. */
  startedBy: z.strictObject({ schedule: id, eventId: z.string(), time: z.iso.datetime() }).optional(),
});
export type NightRun = z.infer<typeof nightRun>;

/** The night itself. Item `night`. */
export const nightRecord = z.strictObject({
  nightId: id,
  item: z.literal('night'),
  siteDay: z.string().describe('`<observatory id>#<dayObs>`: the key of the index by site and day'),
  status: nightStatus,
  input: nightInput,
  context: nightContext,
  /** The execution that owns the night: no other may write to it. */
  executionArn: z.string(),
  observatoryId: z.string(),
  programmeId: z.string(),
  softwareVersion: z.string(),
  darkTimeS: nonNegative,
  /** Absent in polar night. */
  sunsetAt: instant.optional(),
  sunriseAt: instant.optional(),
  /** Number of the first frame of this night in its day. */
  firstSeqNum: z.int().positive(),
  /** Its executions, the first one first. */
  runs: z.array(nightRun).default([]),
  /** Every time the night was begun, continued and ended: observatory time and cause. */
  history: z.array(z.strictObject({ status: nightStatus, at: instant, cause: z.string() })),
  /** Set when an operator asks the night to stop at the next safe point. */
  haltRequested: z.boolean().default(false),
});
export type NightRecord = z.infer<typeof nightRecord>;
