import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dayObs,
  dayObsBounds,
  dayObsOfDate,
  InvalidDate,
  isoOf,
  mjdTai,
  mjdTt,
  mjdUtc,
  taiDifferenceMs,
  taiMinusUtcS,
  taiOf,
  utcMsOf,
  utcMsOfTai,
} from '../../core/time.ts';

interface TimeRow {
  iso: string;
  unixMs: number;
  mjdUtc: number;
  mjdTai: number;
  mjdTt: number;
  taiMinusUtcS: number;
}
const truth: { rows: TimeRow[] } = JSON.parse(
  readFileSync(new URL('../truth/sky/times.json', import.meta.url), 'utf8'),
);

describe('time scales against astropy', () => {
  it.each(truth.rows)('$iso', (row) => {
    const utcMs = utcMsOf(row.iso);
    expect(utcMs).toBe(row.unixMs);
    expect(taiMinusUtcS(utcMs)).toBe(row.taiMinusUtcS);
    // 1e-10 days are 9 microseconds. On the day of a leap second astropy stretches the UTC day by 1/86400.
    expect(Math.abs(mjdTai(utcMs) - row.mjdTai)).toBeLessThan(1e-10);
    expect(Math.abs(mjdTt(utcMs) - row.mjdTt)).toBeLessThan(1e-10);
    expect(Math.abs(mjdUtc(utcMs) - row.mjdUtc)).toBeLessThan(1.2e-5);
  });

  it('knows the epoch of J2000 and the leap second of 2017', () => {
    expect(mjdUtc(utcMsOf('2000-01-01T12:00:00.000Z'))).toBe(51544.5);
    expect(taiMinusUtcS(Date.UTC(2016, 11, 31, 23, 59, 59, 999))).toBe(36);
    expect(taiMinusUtcS(Date.UTC(2017, 0, 1))).toBe(37);
  });

  it('refuses instants before leap seconds began', () => {
    expect(() => taiMinusUtcS(Date.UTC(1971, 11, 31))).toThrow(InvalidDate);
    expect(() => taiMinusUtcS(Number.NaN)).toThrow(InvalidDate);
  });
});

describe('TAI texts', () => {
  // astropy 8.0.2: Time(utc, scale='utc', format='isot', precision=3).tai.isot
  const ASTROPY = [
    ['1972-01-01T00:00:00.000Z', '1972-01-01T00:00:10.000'],
    ['1972-06-30T23:59:59.999Z', '1972-07-01T00:00:09.999'],
    ['1972-07-01T00:00:00.000Z', '1972-07-01T00:00:11.000'],
    ['2005-12-31T23:59:59.500Z', '2006-01-01T00:00:31.500'],
    ['2006-01-01T00:00:00.000Z', '2006-01-01T00:00:33.000'],
    ['2016-12-31T23:59:59.999Z', '2017-01-01T00:00:35.999'],
    ['2017-01-01T00:00:00.000Z', '2017-01-01T00:00:37.000'],
    ['2026-11-21T19:42:10.123Z', '2026-11-21T19:42:47.123'],
  ] as const;

  it.each(ASTROPY)('%s is %s', (utc, tai) => {
    expect(taiOf(utcMsOf(utc))).toBe(tai);
    expect(utcMsOfTai(tai)).toBe(utcMsOf(utc));
  });

  it('takes a leap second for the instant after it', () => {
    // 2016-12-31T23:59:60.000 and 60.999 UTC, by astropy 8.0.2.
    for (const tai of ['2017-01-01T00:00:36.000', '2017-01-01T00:00:36.999']) {
      expect(utcMsOfTai(tai)).toBe(Date.UTC(2017, 0, 1));
    }
    expect(taiDifferenceMs('2017-01-01T00:00:35.000', '2017-01-01T00:00:37.000')).toBe(2000);
  });

  it('goes there and back, and sorts by time', () => {
    const instant = fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2200, 0, 1) });
    fc.assert(
      fc.property(instant, instant, (one, other) => {
        expect(utcMsOfTai(taiOf(one))).toBe(one);
        expect(taiOf(one) < taiOf(other)).toBe(one < other);
      }),
    );
  });

  it.each([
    '2026-11-21T19:42:47.123Z',
    '2026-11-21T19:42:47',
    '2026-02-30T00:00:00.000',
    '1972-01-01T00:00:09.999',
    '',
  ])('refuses %j', (text) => {
    expect(() => utcMsOfTai(text)).toThrow(InvalidDate);
  });
});

describe('ISO 8601', () => {
  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2200, 0, 1) }), (utcMs) => {
        expect(utcMsOf(isoOf(utcMs))).toBe(utcMs);
      }),
    );
  });

  it('rounds to the millisecond', () => {
    expect(isoOf(1999.5)).toBe('1970-01-01T00:00:02.000Z');
    expect(isoOf(1999.4)).toBe('1970-01-01T00:00:01.999Z');
  });

  it.each([
    '2026-02-30T00:00:00.000Z',
    '2026-11-21T24:00:00.000Z',
    '2016-12-31T23:59:60.000Z',
    '2026-11-21T19:42:10Z',
    '2026-11-21T19:42:10.123',
    '2026-11-21T19:42:10.123+01:00',
    '2026-11-21 19:42:10.123Z',
    '2026-13-01T00:00:00.000Z',
    'yesterday',
    '',
  ])('refuses %j and says so', (text) => {
    expect(() => utcMsOf(text)).toThrow(InvalidDate);
    expect(() => utcMsOf(text)).toThrow(JSON.stringify(text));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e18, -1e15])('refuses to write %d', (utcMs) => {
    expect(() => isoOf(utcMs)).toThrow(InvalidDate);
  });
});

describe('day of observation', () => {
  it('rolls over at local mean noon', () => {
    // 15 degrees west: local mean noon is 13:00 UTC.
    expect(dayObs(Date.UTC(2026, 10, 21, 12, 59, 59, 999), -15)).toBe(20261120);
    expect(dayObs(Date.UTC(2026, 10, 21, 13), -15)).toBe(20261121);
    expect(dayObs(Date.UTC(2026, 10, 22, 5), -15)).toBe(20261121);
    // 179.6 degrees east: noon of 21 November is one minute and 36 seconds after 0 h UTC.
    expect(dayObs(Date.UTC(2026, 10, 21, 0, 1, 36), 179.6)).toBe(20261121);
    expect(dayObs(Date.UTC(2026, 10, 21, 0, 1, 35), 179.6)).toBe(20261120);
    expect(dayObs(Date.UTC(2027, 0, 1, 2), 0)).toBe(20261231);
  });

  it('has bounds that agree with it, 24 hours apart', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1972, 0, 2), max: Date.UTC(2100, 0, 1) }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (utcMs, longitudeDeg) => {
          const day = dayObs(utcMs, longitudeDeg);
          const { startMs, endMs } = dayObsBounds(day, longitudeDeg);
          expect(startMs <= utcMs && utcMs < endMs).toBe(true);
          expect(endMs - startMs).toBe(86_400_000);
          expect(dayObs(startMs, longitudeDeg)).toBe(day);
          expect(dayObs(endMs, longitudeDeg)).not.toBe(day);
        },
      ),
    );
  });

  it('reads dates that exist and no others', () => {
    expect(dayObsOfDate('2024-02-29')).toBe(20240229);
    for (const text of ['2026-02-30', '2026-02-29', '2026-00-10', '2026-1-1', '20261121', '2026-11-21T00:00', '']) {
      expect(() => dayObsOfDate(text), text).toThrow(InvalidDate);
    }
    for (const day of [20260230, 20261301, 2026112, 20261121.5, Number.NaN]) {
      expect(() => dayObsBounds(day, 0), String(day)).toThrow(InvalidDate);
    }
  });
});
