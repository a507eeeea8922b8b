import * as z from 'zod';
import { nonNegative, number, positive } from '../primitives.ts';

/** What writes telemetry, each with a clock of its own, and how often it does by default, seconds. */
export const TELEMETRY_INTERVALS_S = {
  mount: 1,
  dome: 5,
  filter: 30,
  shutter: 1,
  detector: 10,
  weather: 60,
  guider: 5,
  focuser: 60,
} as const;
export type TelemetrySubsystem = keyof typeof TELEMETRY_INTERVALS_S;

const subsystem = z.strictObject({
  intervalS: positive.min(0.2).max(3600).optional().describe('time between samples'),
  clockOffsetMs: number.min(-60_000).max(60_000).default(0).describe('by how much its clock is ahead of UTC'),
  clockJitterMs: nonNegative.max(10_000).default(0).describe('standard deviation of its stamps about that'),
});

const names = Object.keys(TELEMETRY_INTERVALS_S) as TelemetrySubsystem[];
const sections = Object.fromEntries(names.map((name) => [name, subsystem.optional()])) as Record<
  TelemetrySubsystem,
  z.ZodOptional<typeof subsystem>
>;

/** What each subsystem writes while a night goes on, apart from the log of commands; `{}` takes all by default. */
export const telemetry = z.strictObject(sections);
export type Telemetry = z.infer<typeof telemetry>;
