import { describe, expect, it } from 'vitest';
import { ConfigureFailed } from '../../../core/errors.ts';
import { observatory } from '../../../core/records/observatory.ts';
import { faultStrikes } from '../../../core/twin/faults.ts';
import { configureTimeS, exposureTimeline } from '../../../core/twin/instrument.ts';
import { parkedTelescope } from '../../../core/twin/mount.ts';
import { smallObservatory } from './observatory.ts';

const small = smallObservatory();
const beginMs = Date.UTC(2026, 10, 21, 22);

describe('the filter wheel', () => {
  it('turns only when the filter changes', () => {
    expect(configureTimeS(small, 'g', 'r')).toBe(8);
    expect(configureTimeS(small, 'r', 'r')).toBe(0);
  });

  it('names the filters it has when asked for another', () => {
    expect(() => configureTimeS(small, 'r', 'Halpha')).toThrow(ConfigureFailed);
    expect(() => configureTimeS(small, 'r', 'Halpha')).toThrow(/"Halpha".*u, g, r, i, z/);
  });
});

describe('a filter changer with fewer places than filters', () => {
  const full = smallObservatory({ camera: { mountedFilters: ['r', 'g'] } });

  it('brings in what is mounted, and names it when asked for more', () => {
    expect(configureTimeS(full, 'r', 'g')).toBe(8);
    expect(() => configureTimeS(full, 'r', 'u')).toThrow(ConfigureFailed);
    expect(() => configureTimeS(full, 'r', 'u')).toThrow('filter u is not mounted; in the changer are r, g');
  });

  it('holds its first filter in the beam by day', () => {
    expect(parkedTelescope(full).filter).toBe('r');
  });

  it('holds no filter that the observatory does not have', () => {
    const result = observatory.safeParse({ ...full, camera: { ...full.camera, mountedFilters: ['r', 'H'] } });
    expect(result.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['camera.mountedFilters.1', 'no such filter; must be one of u, g, r, i, z'],
    ]);
  });
});

describe('the course of an exposure', () => {
  it('is begin, middle, end and readout', () => {
    expect(exposureTimeline(small.camera, beginMs, 30)).toEqual({
      beginMs,
      midMs: beginMs + 15_000,
      endMs: beginMs + 30_000,
      readyMs: beginMs + 34_000,
      darkTimeS: 30,
    });
  });

  it('of a bias frame is the readout alone', () => {
    const timeline = exposureTimeline(small.camera, beginMs, 0);
    expect(timeline).toEqual({ beginMs, midMs: beginMs, endMs: beginMs, readyMs: beginMs + 4000, darkTimeS: 0 });
  });

  it.each([0.05, -1, 1801, Number.NaN])('refuses %d s, and says what the camera takes', (exposureTimeS) => {
    expect(() => exposureTimeline(small.camera, beginMs, exposureTimeS)).toThrow(ConfigureFailed);
    expect(() => exposureTimeline(small.camera, beginMs, exposureTimeS)).toThrow(/0\.1 to 1800 s/);
  });
});

describe('faults', () => {
  it('strike their share of attempts, each attempt always alike', () => {
    const attempts = 20_000;
    const strikes = (step: 'slew' | 'expose') =>
      Array.from({ length: attempts }, (_, i) => faultStrikes({ slew: 0.1, expose: 0.1 }, step, 5, `v${i}`));
    const slews = strikes('slew');
    const count = slews.filter(Boolean).length;
    expect(Math.abs(count - 2000)).toBeLessThan(4.5 * Math.sqrt(attempts * 0.1 * 0.9));
    expect(strikes('slew')).toEqual(slews);
    const both = strikes('expose').filter((strike, i) => strike && slews[i]).length;
    expect(Math.abs(both - 200)).toBeLessThan(4.5 * Math.sqrt(200));
  });

  it('never strike a step that is not named, always one with a share of 1', () => {
    for (let i = 0; i < 1000; i++) {
      expect(faultStrikes({ slew: 1 }, 'configure', 1, String(i))).toBe(false);
      expect(faultStrikes({ slew: 1 }, 'slew', 1, String(i))).toBe(true);
    }
  });
});
