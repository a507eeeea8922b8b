import { describe, expect, it } from 'vitest';
import { comingEvenings, comingNights, localNoonCron } from '../../../core/night/schedule.ts';

const laPalma = { latitudeDeg: 28.7606, longitudeDeg: -17.8816, elevationM: 2396 };
const tololo = { latitudeDeg: -30.169, longitudeDeg: -70.806, elevationM: 2207 };
const maunaKea = { latitudeDeg: 19.8207, longitudeDeg: -155.4681, elevationM: 4205 };
const longyearbyen = { latitudeDeg: 78.22, longitudeDeg: 15.65, elevationM: 30 };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ms = (iso: string) => Date.parse(iso);
/** Fires every `periodMs`, at a distance from 0 h UTC. */
const every =
  (periodMs: number, phaseMs = 0) =>
  (utcMs: number) =>
    Math.floor((utcMs - phaseMs) / periodMs + 1) * periodMs + phaseMs;
/** Both ends of a night in the almanac, to ten seconds: what the Sun's refraction and the site's height leave open. */
const isAbout = (gotMs: number | undefined, iso: string) => expect(Math.abs(gotMs! - ms(iso))).toBeLessThan(10_000);

describe('localNoonCron', () => {
  it.each([
    [0, 'cron(0 12 * * ? *)'],
    [15, 'cron(0 11 * * ? *)'],
    [-17.8816, 'cron(12 13 * * ? *)'], // 12 h + 17.8816 / 15 h = 13 h 11.5 min
    [-155.4681, 'cron(22 22 * * ? *)'], // 22 h 21.9 min
    [179.9, 'cron(0 0 * * ? *)'], // 0 h 0.4 min
    [180, 'cron(0 0 * * ? *)'],
    [-180, 'cron(0 0 * * ? *)'],
    [-179.9, 'cron(0 0 * * ? *)'], // 23 h 59.6 min
    [-0.1, 'cron(0 12 * * ? *)'],
  ])('at longitude %d', (longitudeDeg, cron) => {
    expect(localNoonCron(longitudeDeg)).toBe(cron);
  });
});

// Expected instants: astropy 8.0.2, get_sun in AltAz without pressure, centre of the Sun at -0.833 and -18 degrees.
describe('coming nights', () => {
  it('have the sunset, the dark and the sunrise of the almanac, on both sides of a clock change', () => {
    const [before, after] = comingNights(laPalma, every(DAY_MS, 13.2 * HOUR_MS), ms('2026-10-24T00:00:00Z'), 2);
    expect([before.firesAtMs, after.firesAtMs]).toEqual([ms('2026-10-24T13:12:00Z'), ms('2026-10-25T13:12:00Z')]);
    expect([before.times.dayObs, after.times.dayObs]).toEqual([20261024, 20261025]);
    isAbout(before.times.sunsetMs, '2026-10-24T18:32:54Z');
    isAbout(before.times.astronomical.eveningMs, '2026-10-24T19:52:09Z');
    isAbout(before.times.astronomical.morningMs, '2026-10-25T05:59:27Z');
    isAbout(before.times.sunriseMs, '2026-10-25T07:18:49Z');
    isAbout(after.times.sunsetMs, '2026-10-25T18:32:00Z');
    isAbout(after.times.sunriseMs, '2026-10-26T07:19:30Z');
  });

  it('are those of the southern spring at Cerro Tololo', () => {
    const [night] = comingNights(tololo, every(DAY_MS, 16 * HOUR_MS), ms('2026-09-05T12:00:00Z'), 1);
    expect(night.times.dayObs).toBe(20260905);
    isAbout(night.times.sunsetMs, '2026-09-05T22:30:22Z');
    isAbout(night.times.astronomical.eveningMs, '2026-09-05T23:49:59Z');
    isAbout(night.times.astronomical.morningMs, '2026-09-06T09:33:02Z');
    isAbout(night.times.sunriseMs, '2026-09-06T10:52:32Z');
  });

  it('have the date of the evening, which at Mauna Kea is the day before by UTC', () => {
    const [night] = comingNights(maunaKea, every(DAY_MS, 22 * HOUR_MS + 22 * 60_000), ms('2026-11-21T12:00:00Z'), 1);
    expect(night.firesAtMs).toBe(ms('2026-11-21T22:22:00Z'));
    expect(night.times.dayObs).toBe(20261121);
    isAbout(night.times.sunsetMs, '2026-11-22T03:41:20Z');
    isAbout(night.times.sunriseMs, '2026-11-22T16:34:47Z');
  });

  it('are one for each evening, however often the rule fires, and each has its first start', () => {
    const nights = comingNights({ ...laPalma, longitudeDeg: 0 }, every(HOUR_MS), ms('2026-11-21T20:30:00Z'), 3);
    // An evening is the date's from 6 h to 6 h local mean time.
    expect(nights.map(({ firesAtMs, firesAgain, times }) => [firesAtMs, firesAgain, times.dayObs])).toEqual([
      [ms('2026-11-21T21:00:00Z'), true, 20261121],
      [ms('2026-11-22T06:00:00Z'), true, 20261122],
      [ms('2026-11-23T06:00:00Z'), true, 20261123],
    ]);
  });

  it('come as seldom as the rule fires, and end when it does', () => {
    const once = (utcMs: number) => (utcMs < ms('2027-01-01T12:00:00Z') ? ms('2027-01-01T12:00:00Z') : undefined);
    const nights = comingNights(laPalma, once, ms('2026-11-21T00:00:00Z'), 5);
    expect(nights.map(({ times, firesAgain }) => [times.dayObs, firesAgain])).toEqual([[20270101, false]]);
  });

  it('are there, and say so, where the Sun does not set or rise', () => {
    const kindIn = (iso: string) => comingNights(longyearbyen, every(DAY_MS), ms(iso), 1)[0].times.kind;
    expect(kindIn('2026-06-21T00:00:00Z')).toBe('polarDay');
    expect(kindIn('2026-12-21T00:00:00Z')).toBe('polarNight');
  });
});

it('coming evenings begin with tonight', () => {
  const days = (iso: string) => comingEvenings(laPalma, ms(iso), 2).map(({ dayObs }) => dayObs);
  expect(days('2026-11-21T12:00:00Z')).toEqual([20261121, 20261122]);
  // 4 h local mean time: last evening's night goes on.
  expect(days('2026-11-22T05:12:00Z')).toEqual([20261121, 20261122]);
});
