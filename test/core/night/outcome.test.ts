import { describe, expect, it } from 'vitest';
import { completionShare } from '../../../core/night/completion.ts';
import { faultTimeS, statusAfterFailure, VISIT_STEPS, type VisitStep } from '../../../core/night/outcome.ts';
import { type RequestStatus, TRANSITIONS } from '../../../core/records/status.ts';

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
      // A visit that fails to be announced may have been announced half.
      const stands =
        step === 'check' ? ['SCHEDULED'] : step === 'announce' ? ['SCHEDULED', 'EXECUTING'] : ['EXECUTING'];
      for (const error of step === 'check' ? ['WeatherUnsafe', 'OperatorHalt', 'X'] : errors) {
        if (step !== 'expose' && error === 'SaveFailed') continue;
        for (const taken of [0, 2]) {
          const status = statusAfterFailure(step, error, taken);
          for (const from of stands) expect(TRANSITIONS[from as RequestStatus]).toContain(status);
        }
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

  it('is exactly 1 when all is done, whatever the number of frames', () => {
    for (let frames = 1; frames <= 100; frames++) {
      const exposures = Array.from({ length: frames }, () => exposure(60.1));
      const done = Object.fromEntries(exposures.map((_, index) => [index, 'x']));
      expect(completionShare(exposures, done)).toBe(1);
    }
  });

  it('counts frames when none takes time', () => {
    expect(completionShare([exposure(0), exposure(0), exposure(0), exposure(0)], { 0: 'x' })).toBe(0.25);
  });
});
