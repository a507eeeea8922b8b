import { describe, expect, it } from 'vitest';
import { parseWeather } from '../../cli/weather-file.ts';
import { replayGap, replay as replaySchema } from '../../core/records/observatory/weather.ts';
import { observatory as observatorySchema } from '../../core/records/observatory.ts';
import { createWeather } from '../../core/twin/weather.ts';
import { smallObservatory } from '../core/twin/observatory.ts';

const observatory = smallObservatory();
const { climate, site } = observatory;
const NIGHT = `# station 3
utc,seeing_arcsec,cloud_mag,wind_m_s,wind_dir_deg,humidity_percent,temperature_c,pressure_hpa
2026-11-21T20:00:00Z,0.8,0,4,350,30,10,771
2026-11-21T20:10:00Z,1.0,0.2,6,10,40,9,771.5
2026-11-21 20:20:00,,0.4,5,nan,50,8,772
2026-11-21T20:30:00.500Z,1.6,0,5,40,60,7,772
`;
const read = (text: string, maxGapS = 1800) => {
  const faults: string[] = [];
  return { replay: parseWeather(text, 'night.csv', maxGapS, faults), faults };
};
const at = (iso: string) => Date.parse(iso);

describe('a weather file', () => {
  it('is read with its missing values filled by straight lines, directions the short way', () => {
    const { replay, faults } = read(NIGHT);
    expect(faults).toEqual([]);
    expect(replaySchema.parse(replay)).toEqual(replay);
    expect(replay?.utcMs).toEqual(
      ['20:00:00Z', '20:10:00Z', '20:20:00Z', '20:30:00.500Z'].map((time) => at(`2026-11-21T${time}`)),
    );
    // 600 s of the 1200.5 s between 1.0 and 1.6, and between 10 and 40 degrees.
    expect(replay?.seeingArcsec?.[2]).toBeCloseTo(1 + (0.6 * 600) / 1200.5, 10);
    expect(replay?.windFromDeg?.[2]).toBeCloseTo(10 + (30 * 600) / 1200.5, 10);
  });

  it('is played back straight between its rows, and held at its ends', () => {
    const weather = createWeather({ climate, site, seed: 1, replay: read(NIGHT).replay });
    const half = weather.at(at('2026-11-21T20:05:00Z'));
    expect(half).toMatchObject({ cloudExtinctionMag: 0.1, windSpeedMPerS: 5, humidityPercent: 35, temperatureC: 9.5 });
    expect(half.seeingZenith500Arcsec).toBeCloseTo(0.9, 12);
    expect(half.windFromDeg).toBeCloseTo(0, 10);
    expect(half.pressureHpa).toBeCloseTo(771.25, 10);
    // Dew point of 9.5 C and 35 %: Magnus with 17.625 and 243.04 by hand, gamma = ln 0.35 + 17.625 * 9.5 / 252.54 = -0.38681.
    expect(half.dewPointC).toBeCloseTo((243.04 * -0.386814) / (17.625 + 0.386814), 3);
    expect(weather.at(at('2026-11-21T19:30:00Z')).temperatureC).toBe(10);
    expect(weather.at(at('2026-11-21T21:00:00Z')).temperatureC).toBe(7);
    expect(() => weather.at(at('2026-11-21T19:29:59Z'))).toThrow(
      /no weather at 2026-11-21T19:29:59.000Z; it is known from/,
    );
  });

  it('leaves to the climate what it has no column for', () => {
    const { replay } = read('utc,temperature_c\n2026-11-21T20:00Z,3\n2026-11-21T20:30Z,4\n');
    const utcMs = at('2026-11-21T20:15:00Z');
    const drawn = createWeather({ climate, site, seed: 7 }).at(utcMs);
    const played = createWeather({ climate, site, seed: 7, replay }).at(utcMs);
    expect(played.seeingZenith500Arcsec).toBe(drawn.seeingZenith500Arcsec);
    expect(played.temperatureC).toBe(3.5);
  });

  it('is told all that is wrong with it, line by line', () => {
    const bad = `utc,seeing_arcsec,rain,humidity_percent
2026-11-21T20:00:00Z,0.8,0,30
yesterday,0.8,0,130
2026-11-21T19:00:00Z,-1,0
2026-11-21T22:00:00Z,x,0,40
`;
    const { replay, faults } = read(bad);
    expect(replay).toBeUndefined();
    expect(faults.map((fault) => fault.replace(/^weather: night.csv /, ''))).toEqual([
      'line 1: unknown column "rain"; there are utc, seeing_arcsec, cloud_mag, wind_m_s, wind_dir_deg, humidity_percent, temperature_c, pressure_hpa',
      expect.stringMatching(/^line 3: utc is "yesterday"; must be UTC like/),
      expect.stringMatching(/^line 3: humidity_percent is "130"; .*<=100/),
      'line 4: 3 values for 4 columns',
      expect.stringMatching(/^line 5: seeing_arcsec is "x"; /),
    ]);
  });

  it('is refused where it has gaps that are too long', () => {
    const rows = ['20:00', '20:10', '20:20', '20:30', '21:30'];
    const text = `utc,seeing_arcsec,cloud_mag\n${rows.map((time, i) => `2026-11-21T${time}:00Z,${i === 1 || i === 2 ? '' : 1},0`).join('\n')}\n`;
    const { faults } = read(text, 1200);
    expect(faults).toEqual([
      'weather: night.csv line 3: seeing_arcsec has no value in 2 rows from here, 1800 s; gaps are filled up to 1200 s',
      'weather: night.csv line 6: comes 3600 s after the row before it; gaps are filled up to 1200 s',
    ]);
    expect(read('', 1200).faults[0]).toMatch(/line 1: the file is empty/);
    expect(read('utc,cloud_mag\n2026-11-21T20:00Z,\n2026-11-21T20:01Z,\n').faults[0]).toMatch(
      /cloud_mag has no values at all/,
    );
  });

  it('must hold for the whole night', () => {
    const { replay } = read(NIGHT);
    expect(replayGap(replay!, at('2026-11-21T19:30:00Z'), at('2026-11-21T21:00:00Z'))).toBeUndefined();
    expect(replayGap(replay!, at('2026-11-21T19:29:00Z'), at('2026-11-21T21:00:00Z'))).toMatch(
      /needed from 2026-11-21T19:29/,
    );
    expect(replayGap(replay!, at('2026-11-21T20:00:00Z'), at('2026-11-22T06:00:00Z'))).toMatch(/needed from/);
  });

  it('is part of an observatory', () => {
    const { replay } = read(NIGHT);
    expect(observatorySchema.parse({ ...observatory, weather: { replay } }).weather?.replay).toEqual(replay);
    const broken = { ...replay, utcMs: [5, 4, 3, 2], cloudMag: [1] };
    const { error } = observatorySchema.safeParse({ ...observatory, weather: { replay: broken } });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(
      expect.arrayContaining(['weather.replay.utcMs.1', 'weather.replay.utcMs.3', 'weather.replay.cloudMag']),
    );
  });
});
