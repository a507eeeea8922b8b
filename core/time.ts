/**
 * Time scales of the observatory. Inside, an instant is `utcMs`: milliseconds since 1970-01-01T00:00:00 UTC, leap seconds not
 * counted (POSIX), as in JavaScript's Date. ISO texts exist only at the edges. UT1 is taken as UTC everywhere (|UT1-UTC| < 0.9 s).
 */

const MS_PER_DAY = 86_400_000;
const MS_PER_DEGREE_OF_LONGITUDE = MS_PER_DAY / 360;
const MJD_OF_UNIX_EPOCH = 40_587;
const NOON_MS = MS_PER_DAY / 2;
const MORNING_MS = MS_PER_DAY / 4;

/** TT - TAI in seconds, by definition (IAU 1991). */
const TT_MINUS_TAI_S = 32.184;

/**
 * Days on which TAI-UTC became one second longer, at 0 h UTC; it was 10 s from 1972-01-01. Source: IERS Bulletin C, as in
 * IANA's leap-seconds.list; checked 2026-11-21: the last one so far is that of 2017-01-01, TAI-UTC = 37 s.
 */
const LEAP_SECONDS_MS: readonly number[] = [
  '1972-07-01',
  '1973-01-01',
  '1974-01-01',
  '1975-01-01',
  '1976-01-01',
  '1977-01-01',
  '1978-01-01',
  '1979-01-01',
  '1980-01-01',
  '1981-07-01',
  '1982-07-01',
  '1983-07-01',
  '1985-07-01',
  '1988-01-01',
  '1990-01-01',
  '1991-01-01',
  '1992-07-01',
  '1993-07-01',
  '1994-07-01',
  '1996-01-01',
  '1997-07-01',
  '1999-01-01',
  '2006-01-01',
  '2009-01-01',
  '2012-07-01',
  '2015-07-01',
  '2017-01-01',
].map((date) => Date.parse(`${date}T00:00:00Z`));
const TAI_MINUS_UTC_1972_S = 10;
const UTC_BEGINS_MS = Date.UTC(1972, 0, 1);

/** A text or number that is not an instant or a date that exists; `got` is what was given. */
export class InvalidDate extends Error {
  readonly got: string | number;

  constructor(got: string | number, allowed: string) {
    super(`not a date: got ${JSON.stringify(got)}; must be ${allowed}`);
    this.name = 'InvalidDate';
    this.got = got;
  }
}

/**
 * Instant of an ISO 8601 text. Exactly the form that `isoOf` writes: UTC, milliseconds, `2026-11-21T19:42:10.123Z`.
 * Throws InvalidDate for any other form, for days that do not exist (30 February) and for a leap second (23:59:60), which
 * milliseconds since the epoch cannot tell.
 */
export function utcMsOf(iso: string): number {
  const utcMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(iso) ? Date.parse(iso) : Number.NaN;
  // Date.parse moves days and hours that do not exist to the next day: what it read must be what was written.
  if (Number.isNaN(utcMs) || new Date(utcMs).toISOString() !== iso) {
    throw new InvalidDate(iso, 'an instant in UTC with milliseconds, such as 2026-11-21T19:42:10.123Z');
  }
  return utcMs;
}

/** ISO 8601 text of an instant, rounded to the millisecond: `2026-11-21T19:42:10.123Z`. Throws InvalidDate beyond years 0 to 9999. */
export function isoOf(utcMs: number): string {
  const rounded = Math.round(utcMs);
  const iso = Math.abs(rounded) <= 8.64e15 ? new Date(rounded).toISOString() : '';
  if (iso.length !== 24) throw new InvalidDate(utcMs, 'milliseconds since 1970 in the years 0 to 9999');
  return iso;
}

/**
 * TAI text of an instant, rounded to the millisecond: `2026-11-21T18:00:37.000` for 18:00:00 UTC. It has no Z, so that nobody takes it
 * for UTC. Throws InvalidDate before 1972 and beyond the year 9999.
 */
export function taiOf(utcMs: number): string {
  const rounded = Math.round(utcMs);
  return isoOf(rounded + taiMinusUtcS(rounded) * 1000).slice(0, -1);
}

/**
 * Instant of a TAI text of the form that `taiOf` writes. In a leap second (23:59:60 UTC), which instants do not have, it is the
 * first instant after it. Throws InvalidDate for another form, days that do not exist, and what was before 1972 UTC.
 */
export function utcMsOfTai(tai: string): number {
  const taiMs = taiMsOf(tai);
  const first = UTC_BEGINS_MS + TAI_MINUS_UTC_1972_S * 1000;
  if (!(taiMs >= first)) throw new InvalidDate(tai, TAI_FORM);
  let leaps = LEAP_SECONDS_MS.length;
  // The second is inserted before midnight: TAI of that midnight has the new difference.
  while (leaps > 0 && taiMs < LEAP_SECONDS_MS[leaps - 1] + (TAI_MINUS_UTC_1972_S + leaps) * 1000) leaps--;
  const utcMs = taiMs - (TAI_MINUS_UTC_1972_S + leaps) * 1000;
  return leaps < LEAP_SECONDS_MS.length ? Math.min(utcMs, LEAP_SECONDS_MS[leaps]) : utcMs;
}

/** Milliseconds between two TAI texts, `to - from`: elapsed time, leap seconds counted. Throws InvalidDate. */
export function taiDifferenceMs(from: string, to: string): number {
  return taiMsOf(to) - taiMsOf(from);
}

const TAI_FORM = 'an instant in TAI from 1972 on with milliseconds and no Z, such as 2026-11-21T19:42:47.123';

/** Milliseconds of a count that runs with TAI: only differences of it mean something. */
function taiMsOf(tai: string): number {
  if (/Z$/.test(tai)) throw new InvalidDate(tai, TAI_FORM);
  try {
    return utcMsOf(`${tai}Z`);
  } catch (error) {
    if (error instanceof InvalidDate) throw new InvalidDate(tai, TAI_FORM);
    throw error;
  }
}

/** Modified Julian Date in UTC, days. */
export function mjdUtc(utcMs: number): number {
  return utcMs / MS_PER_DAY + MJD_OF_UNIX_EPOCH;
}

/** TAI - UTC in whole seconds, from 10 in 1972 to 37 since 2017. Throws InvalidDate before 1972, when UTC had no leap seconds. */
export function taiMinusUtcS(utcMs: number): number {
  if (!(utcMs >= UTC_BEGINS_MS)) throw new InvalidDate(utcMs, 'an instant from 1972-01-01 on, when leap seconds begin');
  let leaps = LEAP_SECONDS_MS.length;
  while (leaps > 0 && utcMs < LEAP_SECONDS_MS[leaps - 1]) leaps--;
  return TAI_MINUS_UTC_1972_S + leaps;
}

/** Modified Julian Date in TAI, days. From 1972 on. */
export function mjdTai(utcMs: number): number {
  return mjdUtc(utcMs + taiMinusUtcS(utcMs) * 1000);
}

/** Modified Julian Date in TT = TAI + 32.184 s, days: the time scale of the ephemerides. From 1972 on. */
export function mjdTt(utcMs: number): number {
  return mjdUtc(utcMs + (taiMinusUtcS(utcMs) + TT_MINUS_TAI_S) * 1000);
}

/**
 * Day of observation, integer YYYYMMDD: the date, in the site's local mean solar time, of the evening to which the instant
 * belongs. It rolls over at local mean noon, a fixed offset from UTC (longitude / 15 hours), so no time zone is needed.
 * @param longitudeDeg of the site, east positive, -180 to 180
 */
export function dayObs(utcMs: number, longitudeDeg: number): number {
  const noonBasedMs = utcMs + offsetMs(longitudeDeg) - NOON_MS;
  return dayObsOfDate(isoOf(Math.floor(noonBasedMs / MS_PER_DAY) * MS_PER_DAY).slice(0, 10));
}

/**
 * Day of observation of the night that goes on, or comes, at an instant: tonight. It changes at 6 h local mean time, so a night
 * that is still going on keeps its date, and whoever asks some hours before or after noon gets the same answer.
 */
export function eveningOf(utcMs: number, longitudeDeg: number): number {
  return dayObs(utcMs + MORNING_MS, longitudeDeg);
}

/**
 * The first instant, ms, at which `eveningOf` no longer gives a day: 6 h local mean time of the next date. Throws InvalidDate
 * when `day` is not the YYYYMMDD of a date that exists.
 */
export function eveningEndMs(day: number, longitudeDeg: number): number {
  return dayObsBounds(day, longitudeDeg).endMs - MORNING_MS;
}

/**
 * The day of observation from local mean noon to local mean noon: startMs is in it, endMs is the first instant of the next.
 * Throws InvalidDate when `day` is not the YYYYMMDD of a date that exists.
 */
export function dayObsBounds(day: number, longitudeDeg: number): { startMs: number; endMs: number } {
  const text = String(day).padStart(8, '0');
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  if (!isDate(date)) throw new InvalidDate(day, 'an integer YYYYMMDD of a date that exists, such as 20261121');
  const startMs = Date.parse(`${date}T00:00:00.000Z`) + NOON_MS - offsetMs(longitudeDeg);
  return { startMs, endMs: startMs + MS_PER_DAY };
}

/** Day of observation that begins on a date: '2026-11-21' gives 20261121. Throws InvalidDate for another form or an impossible date. */
export function dayObsOfDate(date: string): number {
  if (!isDate(date)) throw new InvalidDate(date, 'a date that exists, written YYYY-MM-DD, such as 2026-11-21');
  return Number(date.replaceAll('-', ''));
}

function offsetMs(longitudeDeg: number): number {
  return Math.round(longitudeDeg * MS_PER_DEGREE_OF_LONGITUDE);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const utcMs = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(utcMs) && new Date(utcMs).toISOString().startsWith(text);
}
