import { describe, expect, it } from 'vitest';
import { localText, offsetText, siteClock, utcText } from '../../cli/local-time.ts';

const local = (timeZone: string | undefined, utc: string, longitudeDeg = 0) =>
  localText(Date.parse(utc), siteClock({ longitudeDeg, timeZone }));

// IANA tz database, files europe (EU rule: last Sundays of March and October, 1:00 UTC), southamerica (Chile) and northamerica.
describe('local time of a site', () => {
  it.each([
    ['Atlantic/Canary', '2026-10-25T00:59:00Z', '2026-10-25 01:59 +01:00'],
    ['Atlantic/Canary', '2026-10-25T01:00:00Z', '2026-10-25 01:00 +00:00'],
    ['Atlantic/Canary', '2027-03-28T00:59:00Z', '2027-03-28 00:59 +00:00'],
    ['Atlantic/Canary', '2027-03-28T01:00:00Z', '2027-03-28 02:00 +01:00'],
    ['America/Santiago', '2026-09-06T03:59:00Z', '2026-09-05 23:59 -04:00'],
    ['America/Santiago', '2026-09-06T04:00:00Z', '2026-09-06 01:00 -03:00'],
    ['America/Santiago', '2027-04-04T02:59:00Z', '2027-04-03 23:59 -03:00'],
    ['America/Santiago', '2027-04-04T03:00:00Z', '2027-04-03 23:00 -04:00'],
    ['Pacific/Honolulu', '2026-07-01T00:00:00Z', '2026-06-30 14:00 -10:00'],
    ['Pacific/Honolulu', '2026-12-01T00:00:00Z', '2026-11-30 14:00 -10:00'],
    ['Asia/Kolkata', '2026-11-21T00:00:00Z', '2026-11-21 05:30 +05:30'],
    ['UTC', '2026-11-21T00:00:00Z', '2026-11-21 00:00 +00:00'],
  ])('%s at %s', (zone, utc, text) => {
    expect(local(zone, utc)).toBe(text);
  });

  // 15 degrees of longitude are an hour, so -17.8816 degrees are -1 h 11 min 31.584 s.
  it('is mean time where there is no zone, or none that is known', () => {
    expect(local(undefined, '2026-11-21T13:11:32Z', -17.8816)).toBe('2026-11-21 12:00 -01:11:32');
    expect(local('Atlantic/Lyonesse', '2026-11-21T12:00:00Z', 15)).toBe('2026-11-21 13:00 +01:00');
    expect(siteClock({ longitudeDeg: 15 }).name).toBe('local mean time');
  });
});

it('rounds to the nearest minute, over midnight too', () => {
  expect(utcText(Date.parse('2026-12-31T23:59:30Z'))).toBe('2027-01-01 00:00');
  expect(utcText(Date.parse('2026-12-31T23:59:29Z'))).toBe('2026-12-31 23:59');
});

it('writes offsets with their sign', () => {
  expect([0, 3_600_000, -12_600_000].map(offsetText)).toEqual(['+00:00', '+01:00', '-03:30']);
});
