import { describe, expect, it } from 'vitest';
import { movedDeg, moveOf, moveTimeS } from '../../../core/twin/axis.ts';
import truth from '../../truth/twin/axis.json' with { type: 'json' };

describe('the quickest move of an axis', () => {
  it.each(truth.cases)(
    'takes as long as Rubin computes: $name, $distanceDeg deg',
    ({ axis, distanceDeg, durationS }) => {
      expect(moveTimeS(distanceDeg, axis)).toBeCloseTo(durationS, 9);
    },
  );

  it('takes Rubin to a neighbouring field, 3.5 deg in azimuth, in 1.68 s', () => {
    // Full speed is not reached (that takes 7 + 7/4 deg): a/j + sqrt((a/j)^2 + 4 d/a) = 0.25 + sqrt(0.0625 + 2).
    const azimuth = { speedDegPerS: 7, accelerationDegPerS2: 7, jerkDegPerS3: 28 };
    expect(moveTimeS(3.5, azimuth)).toBeCloseTo(0.25 + Math.sqrt(2.0625), 12);
  });

  it.each(truth.cases)('covers its distance within its limits: $name, $distanceDeg deg', ({ axis, distanceDeg }) => {
    const move = moveOf(-distanceDeg, axis);
    expect(move.durationS).toBeCloseTo(moveTimeS(distanceDeg, axis), 12);
    expect(move.phases.reduce((sum, phase) => sum + phase.durationS, 0)).toBeCloseTo(move.durationS, 9);
    // Integrates the jerk, or where it has no limit the acceleration, through each phase on its own, by the trapezoid rule.
    let [moved, speed, acceleration] = [0, 0, 0];
    let [fastest, slowest, hardest] = [0, 0, 0];
    const steps = 2000;
    for (const phase of move.phases) {
      expect(phase.movedDeg).toBeCloseTo(moved, 6);
      expect(phase.speedDegPerS).toBeCloseTo(speed, 6);
      if (axis.jerkDegPerS3 === undefined) acceleration = phase.accelerationDegPerS2;
      expect(phase.accelerationDegPerS2).toBeCloseTo(acceleration, 6);
      expect(Math.abs(phase.jerkDegPerS3)).toBeLessThanOrEqual((axis.jerkDegPerS3 ?? 0) * (1 + 1e-12));
      const dt = phase.durationS / steps;
      for (let step = 0; step < steps; step++) {
        const before = speed;
        speed += dt * (acceleration + (dt / 2) * phase.jerkDegPerS3);
        acceleration += dt * phase.jerkDegPerS3;
        moved += (dt * (before + speed)) / 2;
        fastest = Math.max(fastest, speed);
        slowest = Math.min(slowest, speed);
        hardest = Math.max(hardest, Math.abs(acceleration));
      }
    }
    expect(fastest).toBeLessThanOrEqual(axis.speedDegPerS * (1 + 1e-9));
    expect(slowest).toBeGreaterThanOrEqual(-1e-9);
    expect(hardest).toBeLessThanOrEqual(axis.accelerationDegPerS2 * (1 + 1e-9));
    expect(moved).toBeCloseTo(distanceDeg, 5);
    expect(speed).toBeCloseTo(0, 9);
  });

  it('tells how far it has come', () => {
    // 1 deg/s^2 up to 2 deg/s: after 1 s half a degree, after 3 s 4 degrees, at the end all 10.
    const move = moveOf(10, { speedDegPerS: 2, accelerationDegPerS2: 1 });
    expect(move.durationS).toBeCloseTo(7, 12);
    expect([-1, 0, 1, 3, 6, 7, 99].map((t) => movedDeg(move, t))).toEqual([0, 0, 0.5, 4, 9.5, 10, 10]);
  });

  it('of 0 degrees takes no time', () => {
    expect(moveTimeS(0, { speedDegPerS: 2, accelerationDegPerS2: 1, jerkDegPerS3: 4 })).toBe(0);
    expect(moveOf(0, { speedDegPerS: 2, accelerationDegPerS2: 1 }).phases).toEqual([]);
  });
});
