import { describe, expect, it } from 'vitest';
import { ALT_AZ_TERMS, EQUATORIAL_TERMS, type PointingTerm } from '../../../core/records/observatory/pointing.ts';
import type { Observatory } from '../../../core/records/observatory.ts';
import { skyAt } from '../../../core/sky/coordinates.ts';
import { leastSquares } from '../../../core/twin/least-squares.ts';
import { modelOffset, type PointingModel, pointingModel, pointingOffset } from '../../../core/twin/pointing.ts';
import { termEffect, termRotation } from '../../../core/twin/pointing-terms.ts';
import { smallObservatory } from './observatory.ts';

const utcMs = Date.UTC(2026, 10, 21, 22);
const RAD = Math.PI / 180;
const EQUATORIAL = { IH: 90, ID: 60, CH: 40, NP: 30, MA: 80, ME: 70, TF: 20 };
const ALT_AZ = { IA: 90, IE: 60, CA: 40, NPAE: 30, AN: 80, AW: 70, TF: 20 };

function withPointing(kind: 'altAz' | 'equatorial', more: object = {}, id = 'a-mount'): Observatory {
  const termsRmsArcsec = kind === 'altAz' ? ALT_AZ : EQUATORIAL;
  const pointing = { termsRmsArcsec, runStars: 100, runNoiseArcsec: 1, randomRmsArcsec: 3, ...more };
  return { ...smallObservatory({ mount: { kind, pointing } }), id };
}

type Vector = [number, number, number];
const direction = (longitudeDeg: number, latitudeDeg: number): Vector => {
  // Hour angle and azimuth grow clockwise, seen from above the pole.
  const [l, b] = [-longitudeDeg * RAD, latitudeDeg * RAD];
  return [Math.cos(b) * Math.cos(l), Math.cos(b) * Math.sin(l), Math.sin(b)];
};
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const turned = (axis: Vector, angle: number, v: Vector): Vector => {
  const [c, s, along, side] = [Math.cos(angle), Math.sin(angle), dot(axis, v), cross(axis, v)];
  return [0, 1, 2].map((i) => v[i] * c + side[i] * s + axis[i] * along * (1 - c)) as Vector;
};
const northAt = (v: Vector): Vector => {
  const r = Math.hypot(v[0], v[1]);
  return [(-v[0] * v[2]) / r, (-v[1] * v[2]) / r, r];
};

describe('the terms of a pointing model', () => {
  // Formulas as the TPOINT manual prints them, without the factor cos(latitude), written out for one place.
  const [h, d, phi] = [35 * RAD, 50 * RAD, 28.7606 * RAD];
  it.each<[PointingTerm, number, number]>([
    ['IH', 1, 0],
    ['ID', 0, 1],
    ['CH', 1 / Math.cos(d), 0],
    ['NP', Math.tan(d), 0],
    ['ME', Math.sin(h) * Math.tan(d), Math.cos(h)],
    ['MA', -Math.cos(h) * Math.tan(d), Math.sin(h)],
    [
      'TF',
      (Math.cos(phi) * Math.sin(h)) / Math.cos(d),
      Math.cos(phi) * Math.cos(h) * Math.sin(d) - Math.sin(phi) * Math.cos(d),
    ],
  ])('%s of an equatorial mount', (term, hourAngle, declination) => {
    const effect = termEffect(term, 'equatorial', { longitudeDeg: 35, latitudeDeg: 50, siteLatitudeDeg: 28.7606 });
    expect(effect.along / Math.cos(d)).toBeCloseTo(hourAngle, 12);
    expect(effect.across).toBeCloseTo(declination, 12);
  });

  it.each<[PointingTerm, number, number]>([
    ['IA', -1, 0],
    ['IE', 0, 1],
    ['CA', -1 / Math.cos(d), 0],
    ['NPAE', -Math.tan(d), 0],
    ['AN', -Math.sin(h) * Math.tan(d), -Math.cos(h)],
    ['AW', -Math.cos(h) * Math.tan(d), Math.sin(h)],
    ['TF', 0, -Math.cos(d)],
  ])('%s of an altAz mount', (term, azimuth, altitude) => {
    const effect = termEffect(term, 'altAz', { longitudeDeg: 35, latitudeDeg: 50, siteLatitudeDeg: 28.7606 });
    expect(effect.along / Math.cos(d)).toBeCloseTo(azimuth, 12);
    expect(effect.across).toBeCloseTo(altitude, 12);
  });

  it.each<[PointingTerm, Vector]>([
    ['ME', [0, -1, 0]],
    ['MA', [-1, 0, 0]],
    ['AN', [0, 1, 0]],
    ['AW', [-1, 0, 0]],
  ])('%s is a rotation of the sphere, of the field too', (term, axis) => {
    const kind = term.startsWith('A') ? 'altAz' : 'equatorial';
    const angle = 1e-6;
    for (const [longitudeDeg, latitudeDeg] of [
      [20, 10],
      [-70, 65],
      [160, -30],
    ]) {
      const at = { longitudeDeg, latitudeDeg, siteLatitudeDeg: 28.76 };
      const star = direction(longitudeDeg, latitudeDeg);
      const read = turned(axis, angle, star);
      const readLatitude = Math.asin(read[2]);
      const along = -(Math.atan2(read[1], read[0]) - Math.atan2(star[1], star[0])) * Math.cos(latitudeDeg * RAD);
      const effect = termEffect(term, kind, at);
      expect(along / angle).toBeCloseTo(effect.along, 4);
      expect((readLatitude - latitudeDeg * RAD) / angle).toBeCloseTo(effect.across, 4);
      // The camera is upright for the mount: where is its north against that of the sky, carried along by the rotation?
      const skyNorth = turned(axis, angle, northAt(star));
      const mountNorth = northAt(read);
      const east = cross(skyNorth, read);
      expect(dot(mountNorth, east) / angle).toBeCloseTo(termRotation(term, at), 4);
    }
  });
});

describe('the pointing run', () => {
  it.each(['equatorial', 'altAz'] as const)('finds the terms of an %s mount within their errors', (kind) => {
    let chi2 = 0;
    let count = 0;
    let scatter = 0;
    const mounts = 60;
    for (let i = 0; i < mounts; i++) {
      const model = pointingModel(withPointing(kind, {}, `mount-${i}`))!;
      expect(model.terms.map(({ name }) => name)).toEqual(kind === 'altAz' ? [...ALT_AZ_TERMS] : [...EQUATORIAL_TERMS]);
      for (const { trueArcsec, fittedArcsec, standardErrorArcsec } of model.terms) {
        chi2 += ((fittedArcsec - trueArcsec) / standardErrorArcsec) ** 2;
        count++;
      }
      expect(model.rmsBeforeArcsec).toBeGreaterThan(30);
      scatter += model.rmsAfterArcsec ** 2 / mounts;
    }
    // 420 squares of standard normals (of Student's t with 193 degrees of freedom): 420, give or take sqrt(2 * 420) = 29.
    expect(Math.abs(chi2 - count)).toBeLessThan(4 * Math.sqrt(2 * count));
    // 200 measurements less 7 terms, each of 1 and 3 arcsec in squares; two to a star.
    expect(Math.sqrt(scatter)).toBeCloseTo(Math.sqrt(2 * 10 * (193 / 200)), 0);
  });

  it('draws the terms by their rms sizes, the same for a mount in every night', () => {
    const sizes = Array.from(
      { length: 300 },
      (_, i) => pointingModel(withPointing('equatorial', {}, `m${i}`))!.terms[4],
    );
    const rms = Math.sqrt(sizes.reduce((sum, { trueArcsec }) => sum + trueArcsec ** 2, 0) / sizes.length);
    expect(sizes[0].name).toBe('MA');
    expect(Math.abs(rms / 80 - 1)).toBeLessThan(4 / Math.sqrt(600));
    expect(pointingModel(withPointing('equatorial'))).toEqual(pointingModel(withPointing('equatorial')));
  });

  it('keeps the other terms when a mount gets one more', () => {
    const few = pointingModel(withPointing('equatorial', { termsRmsArcsec: { IH: 90, ME: 70 } }))!;
    const all = pointingModel(withPointing('equatorial'))!;
    const truth = (model: PointingModel, of: string) => model.terms.find(({ name }) => name === of)!.trueArcsec;
    expect(truth(few, 'IH')).toBe(truth(all, 'IH'));
    expect(truth(few, 'ME')).toBe(truth(all, 'ME'));
  });
});

describe('the offset of a field', () => {
  const target = skyAt(utcMs, smallObservatory().site).icrs(55, 140);
  const exact = (terms: [PointingTerm, number][]): PointingModel => ({
    terms: terms.map(([name, trueArcsec]) => ({ name, trueArcsec, fittedArcsec: 0, standardErrorArcsec: 1 })),
    stars: 10,
    rmsBeforeArcsec: 0,
    rmsAfterArcsec: 0,
  });

  it('is what the fit left, and what does not repeat', () => {
    const offsets = Array.from({ length: 600 }, (_, i) =>
      pointingOffset({ observatory: withPointing('equatorial'), seed: 1, key: `x${i}`, target, utcMs }),
    );
    const model = pointingModel(withPointing('equatorial'))!;
    const left = modelOffset(withPointing('equatorial'), model, 'left', target, utcMs);
    const whole = modelOffset(withPointing('equatorial'), model, 'true', target, utcMs);
    for (const axis of ['eastArcsec', 'northArcsec'] as const) {
      const mean = offsets.reduce((sum, each) => sum + each[axis], 0) / 600;
      const variance = offsets.reduce((sum, each) => sum + (each[axis] - mean) ** 2, 0) / 599;
      expect(Math.abs(mean - left[axis])).toBeLessThan((4 * 3) / Math.sqrt(600));
      expect(Math.abs(variance / 9 - 1)).toBeLessThan(4 * Math.sqrt(2 / 600));
      expect(Math.abs(left[axis])).toBeLessThan(4);
    }
    expect(offsets[0].rotationDeg).toBe(whole.rotationDeg);
    expect(Math.hypot(whole.eastArcsec, whole.northArcsec)).toBeGreaterThan(20);
  });

  it('lies in the mirror of the axes: a declination axis that reads too much points too low', () => {
    const low = modelOffset(withPointing('equatorial'), exact([['ID', 100]]), 'true', target, utcMs);
    expect([low.eastArcsec, low.northArcsec, low.rotationDeg]).toEqual([expect.closeTo(0, 9), -100, 0]);
    const west = modelOffset(withPointing('equatorial'), exact([['CH', 100]]), 'true', target, utcMs);
    expect([west.eastArcsec, west.northArcsec]).toEqual([100, expect.closeTo(0, 9)]);
  });

  it('of an altAz mount goes with the parallactic angle', () => {
    // The altitude axis reads 100 arcsec too much: the tube points 100 arcsec lower, away from the zenith.
    const { parallacticAngleDeg: q } = skyAt(utcMs, smallObservatory().site).horizontal(target.raDeg, target.decDeg);
    const low = modelOffset(withPointing('altAz'), exact([['IE', 100]]), 'true', target, utcMs);
    expect(low.eastArcsec).toBeCloseTo(-100 * Math.sin(q * RAD), 9);
    expect(low.northArcsec).toBeCloseTo(-100 * Math.cos(q * RAD), 9);
    // CA makes the azimuth read too little: the tube points to the right, which is west where the zenith is north.
    const south = skyAt(utcMs, smallObservatory().site).icrs(50, 180);
    const right = modelOffset(withPointing('altAz'), exact([['CA', 100]]), 'true', south, utcMs);
    expect(right.eastArcsec).toBeCloseTo(-100, 0);
  });

  it('of a German mount: the collimation changes sides with the tube, the polar axis does not', () => {
    const german = withPointing('equatorial');
    const observatory = { ...german, mount: { ...german.mount, german: { hourAngleLimitDeg: 5, flipS: 30 } } };
    const on = (term: PointingTerm, side: 'east' | 'west') =>
      modelOffset(observatory, exact([[term, 100]]), 'true', target, utcMs, side);
    for (const term of ['CH', 'NP', 'ID'] as const) {
      expect(on(term, 'west').eastArcsec).toBeCloseTo(-on(term, 'east').eastArcsec, 9);
      expect(on(term, 'west').northArcsec).toBeCloseTo(-on(term, 'east').northArcsec, 9);
    }
    for (const term of ['IH', 'MA', 'ME', 'TF'] as const) {
      expect(on(term, 'west').eastArcsec).toBeCloseTo(on(term, 'east').eastArcsec, 9);
      expect(on(term, 'west').northArcsec).toBeCloseTo(on(term, 'east').northArcsec, 9);
      expect(on(term, 'west').rotationDeg).toBeCloseTo(on(term, 'east').rotationDeg, 12);
    }
  });

  it('is none without the section, or with the effect switched off', () => {
    const none = { eastArcsec: 0, northArcsec: 0, rotationDeg: 0 };
    const off: Observatory = { ...withPointing('equatorial'), without: ['pointingError'] };
    const { pointing: _, ...mount } = withPointing('equatorial').mount;
    for (const observatory of [off, { ...off, without: [], mount }]) {
      expect(pointingModel(observatory)).toBeUndefined();
      expect(pointingOffset({ observatory, seed: 1, key: 'x', target, utcMs })).toEqual(none);
    }
  });
});

describe('least squares', () => {
  it('fit a line with the errors of the textbook', () => {
    // y = 1 + 2 x at 0..4 with residuals +1 -1 0 -1 +1: they are square to 1 and x, so the line stays; sum of squares 4, 3 left.
    const x = [0, 1, 2, 3, 4];
    const fit = leastSquares(
      x.map((each) => [1, each]),
      [2, 2, 5, 6, 10],
    )!;
    expect(fit.values[0]).toBeCloseTo(1, 12);
    expect(fit.values[1]).toBeCloseTo(2, 12);
    expect(fit.residualRms).toBeCloseTo(Math.sqrt(4 / 3), 12);
    expect(fit.standardErrors[1]).toBeCloseTo(Math.sqrt(4 / 3 / 10), 12);
    expect(fit.standardErrors[0]).toBeCloseTo(Math.sqrt((4 / 3) * (1 / 5 + 4 / 10)), 12);
  });

  it('say so when there is nothing to tell apart', () => {
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 4],
          [3, 6],
        ],
        [1, 2, 3],
      ),
    ).toBeUndefined();
    expect(
      leastSquares(
        [
          [1, 2],
          [2, 5],
        ],
        [1, 2],
      ),
    ).toBeUndefined();
    expect(leastSquares([], [])).toBeUndefined();
  });
});
