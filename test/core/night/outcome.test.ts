import { describe, expect, it } from 'vitest';
import { completionShare } from '../../../core/night/completion.ts';
import { faultTimeS, statusAfterFailure, VISIT_STEPS, type VisitStep } from '../../../core/night/outcome.ts';
import { TRANSITIONS } from '../../../core/records/status.ts';

describe('statusAfterFailure', () => {
  it.each<[VisitStep, string, number, string]>([
    ['check', 'WeatherUnsafe', 0, 'FAILED_PRECHECK'],
    ['check', 'TargetNotObservable', 0, 'FAILED_PRECHECK'],
    ['check', 'OperatorHalt', 0, 'ABORTED'],
    ['slew', 'SlewFailed', 0, 'FAILED_SLEW'],
    ['configure', 'ConfigureFailed', 2, 'FAILED_CONFIG'],
    ['expose', 'ExposureFailed', 1, 'FAILED_EXPOSURE'],
    ['expose', 'SaveFailed', 1, 'FAILED_SAVE'],
    ['expose', 'NightEnded', 3, 'PARTIAL'],
    ['expose', 'NightEnded', 0, 'ABORTED'],
    ['expose', 'WeatherUnsafe', 1, 'PARTIAL'],
    ['expose', 'OperatorHalt', 3, 'ABORTED'],
    ['expose', 'Sandbox.Timedout', 0, 'FAILED_EXPOSURE'],
  ])('%s failing with %s after %i frames is %s', (step, error, taken, status) => {
    expect(statusAfterFailure(step, error, taken)).toBe(status);
  });

  it('is always a status that the visit may go to from where it stands then', () => {
    const errors = ['WeatherUnsafe', 'OperatorHalt', 'NightEnded', 'SaveFailed', 'Sandbox.Timedout'];
    for (const step of VISIT_STEPS) {
      const from = step === 'check' || step === 'announce' ? 'SCHEDULED' : 'EXECUTING';
      for (const error of step === 'check' ? ['WeatherUnsafe', 'OperatorHalt', 'X'] : errors) {
        if (step !== 'expose' && error === 'SaveFailed') continue;
        for (const taken of [0, 2]) expect(TRANSITIONS[from]).toContain(statusAfterFailure(step, error, taken));
      }
    }
  });
});

describe('faultTimeS', () => {
  it('costs a recovery for a subsystem, and nothing for weather, night end, a person or the store', () => {
    expect(faultTimeS('slew', 'SlewFailed')).toBeGreaterThan(0);
    expect(faultTimeS('expose', 'ExposureFailed')).toBeGreaterThan(0);
    for (const error of ['WeatherUnsafe', 'NightEnded', 'OperatorHalt', 'SaveFailed']) {
      expect(faultTimeS('expose', error)).toBe(0);
    }
    expect(faultTimeS('check', 'TargetNotObservable')).toBe(0);
  });
});

describe('completionShare', () => {
  const exposure = (exposureTimeS: number) => ({
    filter: 'r',
    exposureTimeS,
    offsetEastArcsec: 0,
    offsetNorthArcsec: 0,
  });

  it('weighs by exposure time', () => {
    expect(completionShare([exposure(30), exposure(90)], { 1: 'x' })).toBe(0.75);
  });

  it('counts frames when none takes time', () => {
    expect(completionShare([exposure(0), exposure(0), exposure(0), exposure(0)], { 0: 'x' })).toBe(0.25);
  });
});
