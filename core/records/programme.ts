import * as z from 'zod';
import { calibrationTime, calibrationType, flatTarget } from './calibration.ts';
import {
  asArray,
  asciiText,
  decDeg,
  EVEN_WHEN_FAULTY,
  id,
  instant,
  nonNegative,
  number,
  positive,
  raDeg,
} from './primitives.ts';

/** Limits under which a request may be observed; each one that is broken vetoes it, with its margin as the reason. */
export const constraints = z.strictObject({
  altitudeMinDeg: number.min(0).max(90).optional(),
  airmassMax: number.min(1).max(40).default(2.5),
  moonSeparationMinDeg: number.min(0).max(180).default(20),
  moonIlluminationMax: number.min(0).max(1).optional(),
  hourAngleMaxHours: positive.max(12).optional().describe('largest |hour angle|'),
  twilight: z.enum(['civil', 'nautical', 'astronomical']).default('astronomical'),
  seeingMaxArcsec: positive.optional().describe('FWHM at zenith and 500 nm'),
  windows: z
    .array(z.strictObject({ from: instant, to: instant }))
    .max(50)
    .optional(),
});
export type Constraints = z.infer<typeof constraints>;

const exposures = z.strictObject({
  filter: z.string().min(1).max(8),
  exposureTimeS: nonNegative.max(86_400),
  count: z.int().min(1).max(100),
});

export const dither = z.strictObject({
  /** `box`: the corners of a square, then outward; `line`: along declination. */
  pattern: z.enum(['box', 'line']),
  stepArcsec: positive.max(3600),
});
export type Dither = z.infer<typeof dither>;

export const target = z.strictObject({ name: asciiText(60), raDeg, decDeg });
export type Target = z.infer<typeof target>;

export const programmeRequest = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'must be 1 to 40 letters, digits, - and _'),
  target,
  exposures: z.array(exposures).min(1).max(20),
  dither: dither.optional(),
  /** 1 is the most urgent, 10 the least. */
  priority: z.int().min(1).max(10).default(5),
  constraints: constraints.prefault({}),
  /** Requests of one group belong together: the frames carry it as GROUPID. */
  group: id.optional(),
  reason: asciiText(60).default('science'),
});
export type ProgrammeRequest = z.infer<typeof programmeRequest>;

/** A set of calibration frames that a programme asks for, whether or not the observatory's policy finds one due. */
export const programmeCalibration = z
  .strictObject({
    type: calibrationType,
    target: flatTarget.optional().describe('of a flat'),
    filter: z.string().min(1).max(8).optional().describe('of a flat'),
    exposureTimeS: positive.max(86_400).optional().describe('of a dark'),
    levelAdu: positive.max(60_000).optional().describe('counts above bias of a flat'),
    binning: z.int().min(1).max(8).default(1),
    count: z.int().min(2).max(100),
    minimum: z.int().min(2).max(100).optional().describe('frames without which there is no master'),
    when: calibrationTime.optional().describe('absent: in the afternoon, twilight flats in the evening'),
    validDays: positive.max(3660).default(1),
    priority: z.int().min(1).max(10).default(1),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { type, target, filter, exposureTimeS, levelAdu, count, minimum, when } = value;
    const isFlat = type === 'flat';
    if (isFlat && !target) refuse('target', 'is missing; a flat looks at the dome or at twilight');
    if (isFlat && !filter) refuse('filter', 'is missing; a flat is taken through one');
    if (!isFlat && (target || filter || levelAdu !== undefined)) {
      refuse('type', `a ${type} has no target, filter or levelAdu; leave them out`);
    }
    if ((type === 'dark') !== (exposureTimeS !== undefined)) {
      refuse('exposureTimeS', 'belongs to a dark, which must have one');
    }
    if (minimum !== undefined && minimum > count) refuse('minimum', `must be at most count, ${count}`);
    const byDay = target !== 'twilight';
    if (when && byDay !== (when === 'afternoon' || when === 'nightEnd')) {
      refuse(
        'when',
        byDay
          ? 'must be afternoon or nightEnd: the dome stays closed'
          : 'must be evening or morning for twilight flats',
      );
    }
  }, EVEN_WHEN_FAULTY);

/** What observers ask for: requests, the calibration frames to begin with, and how failures are treated. */
export const programme = z
  .strictObject({
    id,
    name: asciiText(60),
    observer: asciiText(60).default('nocturne'),
    calibrations: z.array(programmeCalibration).max(10).default([]),
    requests: z.array(programmeRequest).min(1).max(5000),
    /** A request is complete when this share of its exposure time is good. */
    completeAtShare: number.min(0.01).max(1).default(0.9),
    /** How long to wait when nothing is observable. */
    waitS: positive.min(10).max(3600).default(300),
    /** `skip`: not again this night; `retry`: again, up to `attemptsMax` attempts a night. */
    onFailure: z.enum(['skip', 'retry']).default('retry'),
    attemptsMax: z.int().min(1).max(20).default(3),
  })
  .superRefine((value, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const firstAt = new Map<string, number>();
    asArray(value.requests).forEach((request, index) => {
      if (request?.id === undefined) return;
      const earlier = firstAt.get(request.id);
      if (earlier === undefined) firstAt.set(request.id, index);
      else refuse(['requests', index, 'id'], `stands twice: requests[${earlier}] has it too; request ids must differ`);
      const frames = asArray(request?.exposures).reduce((sum, each) => sum + each?.count, 0);
      if (frames > 100) {
        refuse(['requests', index, 'exposures'], `ask for ${frames} frames; at most 100 in one request, so split it`);
      }
      asArray(request?.constraints?.windows).forEach((window, at) => {
        if (window?.from >= window?.to) {
          refuse(['requests', index, 'constraints', 'windows', at, 'to'], `must be later than from, ${window.from}`);
        }
      });
    });
  }, EVEN_WHEN_FAULTY);
export type Programme = z.infer<typeof programme>;
