import { describe, expect, it } from 'vitest';
import { faultTexts, readFaults } from '../../../cli/fault-option.ts';
import { type Faults, SUBSYSTEMS, type Subsystem } from '../../../core/records/observatory.ts';
import {
  type Attempt,
  degradationAt,
  degradedObservatory,
  type FaultStep,
  faultsAt,
  stepFault,
  UNDEGRADED,
} from '../../../core/twin/faults.ts';
import { smallObservatory } from './observatory.ts';

const nightBeginMs = Date.UTC(2026, 10, 21, 19);
const minute = 60_000;
const attempt = (faults: Faults, atMs = nightBeginMs + 3600_000, more: Partial<Attempt> = {}): Attempt => ({
  faults,
  seed: 3,
  key: 'one',
  beginMs: atMs,
  endMs: atMs + minute,
  nightBeginMs,
  ...more,
});
const at = (subsystem: Subsystem, durationS = 600): Faults => ({
  scheduled: [{ subsystem, at: '2026-11-21T20:00:00.000Z', durationS }],
});

describe('a fault at a set time', () => {
  const eight = Date.UTC(2026, 10, 21, 20);

  it.each([
    ['before it', -2 * minute, false],
    ['when it begins', -minute / 2, true],
    ['in the middle', 5 * minute, true],
    ['at its end', 10 * minute - 1, true],
    ['after it', 10 * minute, false],
  ])('strikes what goes on then: %s', (_when, ms, strikes) => {
    expect(stepFault(attempt(at('mount'), eight + ms), 'slew') !== undefined).toBe(strikes);
    const relative: Faults = { scheduled: [{ subsystem: 'mount', afterBeginS: 3600, durationS: 600 }] };
    expect(stepFault(attempt(relative, eight + ms), 'slew') !== undefined).toBe(strikes);
  });

  it.each([
    ['mount', 'slew', 'mount out of order (simulated fault)'],
    ['dome', 'slew', 'dome out of order (simulated fault)'],
    ['rotator', 'slew', 'rotator out of order (simulated fault)'],
    ['filterChanger', 'configure', 'filter changer out of order (simulated fault)'],
    ['focuser', 'configure', 'focuser out of order (simulated fault)'],
    ['camera', 'expose', 'camera out of order (simulated fault)'],
    ['storage', 'save', 'storage out of order (simulated fault)'],
  ] as const)('of the %s fails the %s step and no other', (subsystem, step, message) => {
    for (const each of ['slew', 'configure', 'expose', 'save'] as FaultStep[]) {
      expect(stepFault(attempt(at(subsystem), eight), each)).toBe(each === step ? message : undefined);
    }
  });

  it('degrades frames while shutter, guider, lamp or amplifier are broken', () => {
    const observatory = smallObservatory();
    const none = { shutterStuck: false, chipWarmingC: 0, guiderLost: false, lampOn: false, deadAmplifier: false };
    expect(UNDEGRADED).toEqual(none);
    expect(degradationAt(attempt({}, eight), observatory, 10)).toEqual(none);
    expect(degradationAt(attempt(at('shutter'), eight), observatory, 10)).toEqual({ ...none, shutterStuck: true });
    expect(degradationAt(attempt(at('guider'), eight), observatory, 10)).toEqual({ ...none, guiderLost: true });
    expect(degradationAt(attempt(at('lamp'), eight), observatory, 10)).toEqual({ ...none, lampOn: true });
    expect(degradationAt(attempt(at('amplifier'), eight), observatory, 10)).toEqual({ ...none, deadAmplifier: true });
    expect(degradedObservatory(observatory, none)).toBe(observatory);
  });

  it('lets the chip warm up to the air, and cool down again', () => {
    const observatory = smallObservatory();
    const setC = -20;
    const { temperature: _, ...camera } = observatory.camera;
    const plain = { ...observatory, camera };
    const warming = (ms: number, durationS: number) =>
      degradationAt(attempt(at('cooling', durationS), eight + ms - minute / 2), plain, 10).chipWarmingC;
    expect(warming(0, 3600)).toBe(0);
    // One time constant of 1800 s: 1 - 1/e of the 30 degrees.
    expect(warming(30 * minute, 3600)).toBeCloseTo((10 - setC) * (1 - Math.exp(-1)), 10);
    expect(warming(90 * minute, 3600)).toBeCloseTo((10 - setC) * (1 - Math.exp(-2)) * Math.exp(-1), 10);
    const warm = degradedObservatory(plain, { ...UNDEGRADED, chipWarmingC: 12 });
    expect(warm.camera.darkCurrentEPerS).toBeCloseTo(4 * camera.darkCurrentEPerS, 12);
    const kept = { ...camera, temperature: { setC: -40, regulationC: 0.1, referenceC: -40 } };
    const warmer = degradedObservatory({ ...plain, camera: kept }, { ...UNDEGRADED, chipWarmingC: 12 });
    expect(warmer.camera.temperature?.setC).toBe(-28);
  });
});

describe('faults by chance', () => {
  it('strike each subsystem for its share, independently of the others', () => {
    const attempts = 10_000;
    const faults: Faults = { mount: 0.1, dome: 0.2 };
    const struck = Array.from({ length: attempts }, (_, i) =>
      faultsAt(attempt(faults, nightBeginMs, { key: String(i) }), ['mount', 'dome', 'camera']),
    );
    const count = (of: (list: Subsystem[]) => boolean) => struck.filter(of).length;
    const within = (got: number, share: number) =>
      expect(Math.abs(got - attempts * share)).toBeLessThan(4.5 * Math.sqrt(attempts * share * (1 - share)));
    within(
      count((list) => list.includes('mount')),
      0.1,
    );
    within(
      count((list) => list.includes('dome')),
      0.2,
    );
    within(
      count((list) => list.length === 2),
      0.02,
    );
    expect(count((list) => list.includes('camera'))).toBe(0);
  });
});

describe('the option --fault', () => {
  it('reads shares and set times, and they can be written again', () => {
    const faults: string[] = [];
    const read = readFaults(['slew=0.2', 'guider=1', 'mount@2026-11-21T22:10:00Z/60', 'shutter@+3600'], faults);
    expect(faults).toEqual([]);
    expect(read).toEqual({
      slew: 0.2,
      guider: 1,
      scheduled: [
        { subsystem: 'mount', at: '2026-11-21T22:10:00.000Z', durationS: 60 },
        { subsystem: 'shutter', afterBeginS: 3600, durationS: 600 },
      ],
    });
    expect(readFaults(faultTexts(read), faults)).toEqual(read);
  });

  it('tells every mistake', () => {
    const faults: string[] = [];
    readFaults(['slew', 'mount=2', 'door=1', 'window@+5', 'mount@tonight', 'dome@+5/-1'], faults);
    const told = faults.join('\n');
    for (const part of [
      'slew',
      'mount',
      'door',
      'scheduled[0].subsystem',
      'scheduled[1].at',
      'scheduled[2].durationS',
    ]) {
      expect(told).toContain(part);
    }
    expect(told).toContain(Object.keys(SUBSYSTEMS)[0]);
  });
});
