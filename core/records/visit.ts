import * as z from 'zod';
import { IMAGE_TYPES } from './ids.ts';
import { instant, nonNegative, number, pointer, positive } from './primitives.ts';
import { constraints, dither, target } from './programme.ts';
import { requestStatus, statusChange } from './status.ts';

/** One frame that a visit is going to take. */
export const plannedExposure = z.strictObject({
  filter: z.string(),
  exposureTimeS: nonNegative,
  /** Dither: offset of the pointing on the sky from the target, east and north positive. */
  offsetEastArcsec: number,
  offsetNorthArcsec: number,
});
export type PlannedExposure = z.infer<typeof plannedExposure>;

/** A request as the table holds it: what was asked, and where it stands. */
export const requestRecord = z.strictObject({
  requestId: z.string(),
  campaign: z.string(),
  programmeId: z.string(),
  programmeName: z.string(),
  observer: z.string(),
  target,
  exposures: z.array(plannedExposure),
  priority: z.int(),
  constraints,
  dither: dither.optional(),
  group: z.string().optional(),
  reason: z.string(),
  completeAtShare: number,
  /** Which of `exposures` are done, by index, with the exposure that did it. */
  done: z.record(z.string(), z.string()),
  status: requestStatus,
  history: z.array(statusChange),
  /** Raised by one at each write; a write names the version that it read. */
  version: z.int().nonnegative(),
});
export type RequestRecord = z.infer<typeof requestRecord>;

/** One visit on its way through the observation machine. */
export const visit = z.strictObject({
  observationId: z.string(),
  requestId: z.string(),
  target,
  /** What is left to do for the request, in order; `index` is the place in the request's own list. */
  plan: z.array(plannedExposure.extend({ index: z.int().nonnegative() })).max(100),
  /** Frames of the plan that are taken. */
  taken: z.int().nonnegative(),
  firstSeqNum: z.int().positive(),
  nextStep: z.enum(['configure', 'expose', 'finish']),
});
export type Visit = z.infer<typeof visit>;

/** What is true of the sky and the weather at one instant, as far as headers and decisions want it. */
export const conditions = z.strictObject({
  at: instant,
  sunAltitudeDeg: number,
  moonAltitudeDeg: number,
  moonIllumination: number,
  cloudExtinctionMag: nonNegative,
  seeingZenith500Arcsec: positive,
  windSpeedMPerS: nonNegative,
  windFromDeg: number.describe('where the wind comes from, north through east, [0, 360)'),
  windGustMPerS: nonNegative,
  humidityPercent: number,
  temperatureC: number,
  dewPointC: number,
  pressureHpa: positive,
});
export type Conditions = z.infer<typeof conditions>;

/** The visit record of one exposure: all that its header says and more. Table `Exposures`, and the frame's JSON sidecar. */
export const exposureRecord = z.strictObject({
  exposureId: z.string(),
  nightId: z.string(),
  observationId: z.string(),
  requestId: z.string(),
  programmeId: z.string(),
  observatoryId: z.string(),
  dayObs: z.int(),
  seqNum: z.int(),
  imageType: z.enum(IMAGE_TYPES),
  targetName: z.string().optional(),
  /** Every card of the header, by the property names of the header table. */
  header: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  conditions,
  beginAt: instant,
  endAt: instant,
  /** End of the readout: when the next step may begin. */
  readyAt: instant,
  /** Of a calibration frame: whether it is fit for a master, and what speaks against it. */
  verdict: z
    .strictObject({
      accepted: z.boolean(),
      reasons: z.array(z.string()),
      levelAdu: number.optional().describe('above the overscan where there is one; mean of the amplifiers'),
      noiseAdu: nonNegative.optional().describe('of one pixel; root mean square of the amplifiers'),
    })
    .optional(),
  frame: pointer,
  sidecar: pointer,
  /** SHA-256 of the file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().positive(),
});
export type ExposureRecord = z.infer<typeof exposureRecord>;

/** One edge of the provenance graph; table `Provenance`. */
export const provenanceEdge = z.strictObject({
  subject: z.string(),
  relationObject: z.string().describe('`<relation>#<object>`'),
  relation: z.enum(['wasGeneratedBy', 'used', 'wasAssociatedWith', 'wasInformedBy', 'wasDerivedFrom']),
  object: z.string(),
  attributes: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
export type ProvenanceEdge = z.infer<typeof provenanceEdge>;
