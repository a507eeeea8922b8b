import type { Site } from '../sky/coordinates.ts';
import { type NightTimes, nightTimes } from '../sky/twilight.ts';
import { dayObsBounds, eveningEndMs, eveningOf } from '../time.ts';
import { MS_PER_DAY } from '../units.ts';

export type { NightTimes };

const MINUTES_PER_HOUR = 60;
const MS_PER_MINUTE = 60_000;
/** Mean noon is at the same time of every day. */
const ANY_DAY = 20000101;

/**
 * Local mean noon of every day, to the whole minute, as EventBridge writes it in UTC. Mean time is a fixed distance from UTC,
 * so no clock change moves it, and noon is far from both ends of the time that starts the same night.
 * @param longitudeDeg east positive, -180 to 180
 */
export function localNoonCron(longitudeDeg: number): string {
  const noonMs = dayObsBounds(ANY_DAY, longitudeDeg).startMs % MS_PER_DAY;
  const minutes = Math.round(noonMs / MS_PER_MINUTE) % (MS_PER_DAY / MS_PER_MINUTE);
  return `cron(${minutes % MINUTES_PER_HOUR} ${Math.floor(minutes / MINUTES_PER_HOUR)} * * ? *)`;
}

/** A night that a rule will start. */
export interface ComingNight {
  /** When the rule fires for it first. */
  firesAtMs: number;
  /** True when the rule fires for the same night once more; that starts nothing. */
  firesAgain: boolean;
  times: NightTimes;
}

/**
 * The next nights that a rule starts at a site: one for each evening, however often it fires.
 * @param nextAfter the first instant after another at which the rule fires, ms; undefined when it never does again
 */
export function comingNights(
  site: Site,
  nextAfter: (utcMs: number) => number | undefined,
  nowMs: number,
  count: number,
): ComingNight[] {
  const nights: ComingNight[] = [];
  let firesAtMs = nextAfter(nowMs);
  while (firesAtMs !== undefined && nights.length < count) {
    const dayObs = eveningOf(firesAtMs, site.longitudeDeg);
    const endMs = eveningEndMs(dayObs, site.longitudeDeg);
    const againMs = nextAfter(firesAtMs);
    const firesAgain = againMs !== undefined && againMs < endMs;
    nights.push({ firesAtMs, firesAgain, times: nightTimes(dayObs, site) });
    firesAtMs = firesAgain ? nextAfter(endMs - 1) : againMs;
  }
  return nights;
}

/** The nights of the next evenings, tonight first, whatever starts them. */
export function comingEvenings(site: Site, nowMs: number, count: number): NightTimes[] {
  const nights: NightTimes[] = [];
  let utcMs = nowMs;
  while (nights.length < count) {
    const dayObs = eveningOf(utcMs, site.longitudeDeg);
    nights.push(nightTimes(dayObs, site));
    utcMs = eveningEndMs(dayObs, site.longitudeDeg);
  }
  return nights;
}
