import type { NightContext, NightInput } from '../../core/records/night.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { type Programme, programme as programmeSchema } from '../../core/records/programme.ts';
import { isoOf, utcMsOf } from '../../core/time.ts';
import { type Attempt, faultsAt } from '../../core/twin/faults.ts';
import { type Safety, safetyAt } from '../../core/twin/safety.ts';
import { type Weather, weatherFor } from '../../core/twin/weather.ts';
import { MS_PER_S } from '../../core/units.ts';
import { getJson } from './objects.ts';

/** Files of a night never change once they are stored, so a warm function keeps what it has parsed. */
const parsed = new Map<string, unknown>();
const KEPT = 8;

async function parsedOnce<T>(pointer: Pointer, parse: (value: unknown) => T): Promise<T> {
  const key = `${pointer.bucket}/${pointer.key}`;
  if (!parsed.has(key)) {
    const value = parse(await getJson(pointer));
    if (parsed.size >= KEPT) parsed.delete(parsed.keys().next().value as string);
    parsed.set(key, value);
  }
  return parsed.get(key) as T;
}

export const loadObservatory = ({ observatory }: Pick<NightInput, 'observatory'>): Promise<Observatory> =>
  parsedOnce(observatory, (value) => observatorySchema.parse(value));

export const loadProgramme = ({ programme }: Pick<NightInput, 'programme'>): Promise<Programme> =>
  parsedOnce(programme, (value) => programmeSchema.parse(value));

/** The weather of a night: what was measured, or else a function of its seed and the site's climate. */
export const weatherOf = (night: NightInput, observatory: Observatory): Weather => weatherFor(observatory, night.seed);

/** Whether the dome may be open at an instant, as far as the weather station can tell. */
export function nightSafety(night: NightContext, observatory: Observatory, utcMs: number): Safety {
  const blind = faultsAt(attemptOf(night, isoOf(utcMs), utcMs, utcMs), ['weatherStation']).length > 0;
  if (blind) return { safe: false, reasons: ['the weather station is out of order (simulated fault)'] };
  return safetyAt({ weather: weatherOf(night, observatory), observatory, utcMs });
}

/** An attempt at something in a night, for the faults that may strike it. */
export const attemptOf = (night: NightContext, key: string, beginMs: number, endMs: number): Attempt => ({
  faults: night.faults,
  seed: night.seed,
  key,
  beginMs,
  endMs,
  nightBeginMs: utcMsOf(night.beginAt),
});

/**
 * Wall-clock instant at which a step that ends at `now` lets the machine go on. A simulated night waits for nothing: its
 * instant is its own beginning of time.
 */
export function resumeAt(night: NightContext, now: string): string {
  if (night.mode.kind === 'simulated' || !night.wallBeginAt) return '1970-01-01T00:00:00.000Z';
  const passedMs = (utcMsOf(now) - utcMsOf(night.beginAt)) / night.mode.speed;
  return isoOf(utcMsOf(night.wallBeginAt) + passedMs);
}

/** The instant `seconds` after another. */
export const later = (instant: string, seconds: number): string => isoOf(utcMsOf(instant) + seconds * MS_PER_S);
