import type { NightContext, NightInput } from '../../core/records/night.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { type Programme, programme as programmeSchema } from '../../core/records/programme.ts';
import { dayObsBounds, isoOf, utcMsOf } from '../../core/time.ts';
import { createWeather, type Weather } from '../../core/twin/weather.ts';
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

/** The weather of a night: a function of its seed, its day and the site's climate. */
export function weatherOf(night: NightInput, { climate, site }: Observatory): Weather {
  const { startMs } = dayObsBounds(night.dayObs, site.longitudeDeg);
  return createWeather({ climate, site, seed: night.seed, dayBeginMs: startMs });
}

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
