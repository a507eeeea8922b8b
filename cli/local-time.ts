import { isoOf } from '../core/time.ts';

/** How a site tells the time of day. */
export interface LocalClock {
  /** Whose time it is: an IANA time zone, or local mean time. */
  name: string;
  /** Local time minus UTC at an instant, ms. */
  offsetMs(utcMs: number): number;
}

const MS_PER_DEGREE_OF_LONGITUDE = 240_000;
const MS_PER_MINUTE = 60_000;

/** The clock of a site's time zone; local mean time where it has none, or one that this Node does not know. */
export function siteClock(site: { longitudeDeg: number; timeZone?: string | undefined }): LocalClock {
  return (site.timeZone === undefined ? undefined : zoneClock(site.timeZone)) ?? meanClock(site.longitudeDeg);
}

function zoneClock(timeZone: string): LocalClock | undefined {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    return { name: timeZone, offsetMs: (utcMs) => readOffset(format, utcMs) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `GMT-03:00`; plain `GMT` at Greenwich. */
function readOffset(format: Intl.DateTimeFormat, utcMs: number): number {
  const text = format.formatToParts(utcMs).find(({ type }) => type === 'timeZoneName')!.value;
  const [, sign, hours, minutes, seconds = '0'] = /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

function meanClock(longitudeDeg: number): LocalClock {
  const offsetMs = Math.round((longitudeDeg * MS_PER_DEGREE_OF_LONGITUDE) / 1000) * 1000;
  return { name: 'local mean time', offsetMs: () => offsetMs };
}

/** Date and time to the nearest minute, UTC: `2026-10-24 13:12`. */
export function utcText(utcMs: number): string {
  return isoOf(Math.round(utcMs / MS_PER_MINUTE) * MS_PER_MINUTE)
    .slice(0, 16)
    .replace('T', ' ');
}

/** Date and time to the nearest minute as the site's clocks show it, with its distance from UTC: `2026-10-24 14:12 +01:00`. */
export const localText = (utcMs: number, clock: LocalClock): string =>
  `${utcText(utcMs + clock.offsetMs(utcMs))} ${offsetText(clock.offsetMs(utcMs))}`;

/** `+01:00`; with seconds where there are any: `-01:11:32`. */
export function offsetText(offsetMs: number): string {
  const text = isoOf(Math.abs(offsetMs)).slice(11, 19);
  return `${offsetMs < 0 ? '-' : '+'}${text.endsWith(':00') ? text.slice(0, 5) : text}`;
}
