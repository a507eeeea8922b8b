import { describe, expect, it } from 'vitest';
import { conditions as conditionsSchema } from '../../../core/records/visit.ts';
import { conditionsAt } from '../../../core/twin/conditions.ts';
import { createWeather } from '../../../core/twin/weather.ts';
import { smallObservatory } from './observatory.ts';

const observatory = smallObservatory();
const { site, climate } = observatory;

function at(iso: string) {
  const utcMs = Date.parse(iso);
  const weather = createWeather({ climate, site, seed: 1 });
  return { conditions: conditionsAt({ observatory, weather, utcMs }), weather: weather.at(utcMs) };
}

describe('the conditions', () => {
  it('have the Sun where it is: at noon of the winter solstice 90 - 28.76 - 23.44 degrees high', () => {
    // La Palma's mean noon is at 13:11:32 UTC; the equation of time is 2 minutes on that day.
    expect(at('2026-12-21T13:10:00Z').conditions.sunAltitudeDeg).toBeCloseTo(90 - 28.7606 - 23.436, 1);
  });

  it.each([
    ['2026-11-09T07:02:00Z', 0],
    ['2026-11-24T14:53:00Z', 1],
    ['2026-11-17T11:48:00Z', 0.5],
  ])('have the Moon of new, full and first quarter: %s', (iso, illumination) => {
    // Phases of the almanac; parallax moves the illumination of a half Moon by up to 0.9 %.
    expect(Math.abs(at(iso).conditions.moonIllumination - illumination)).toBeLessThan(0.01);
  });

  it('carry the weather and fit their record', () => {
    const { conditions, weather } = at('2026-11-21T22:00:00Z');
    expect(conditions).toMatchObject(weather);
    expect(conditions.at).toBe('2026-11-21T22:00:00.000Z');
    expect(conditionsSchema.parse(conditions)).toEqual(conditions);
  });
});
