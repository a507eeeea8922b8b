import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CombinedPixels, combine, type Stack } from '../../../core/calibration/combine.ts';
import { NONE, sortingNetwork } from '../../../core/calibration/sorting-network.ts';
import type { Combination } from '../../../core/records/observatory.ts';
import { combinePlainly } from './combine-reference.ts';

const CLIPPED = { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 3, deviation: 'mad', iterationsMax: 100 } as const;
const combinations: Combination[] = [
  { method: 'median' },
  { method: 'mean' },
  CLIPPED,
  { ...CLIPPED, sigmaLow: 2, sigmaHigh: 2.5 },
  { ...CLIPPED, sigmaLow: 0.4, sigmaHigh: 0.3 },
  { ...CLIPPED, deviation: 'std' },
  { ...CLIPPED, iterationsMax: 1 },
  { method: 'minMax', rejectLow: 1, rejectHigh: 2 },
  { method: 'minMax', rejectLow: 0, rejectHigh: 50 },
];

/** Numbers like those of a detector, the same for the same seed: noise of several widths about a level, and cosmic rays. */
function counts(frames: number, pixels: number, seed: number): Uint16Array[] {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const level = 200 + 60000 * uniform();
  return Array.from({ length: frames }, () =>
    Uint16Array.from({ length: pixels }, (_, i) => {
      const noise = uniform() + uniform() + uniform() + uniform() - 2;
      const hit = uniform() < 0.03 ? 65535 * uniform() : 0;
      return Math.min(65535, Math.max(0, level + [0, 1, 12, 400, 30000][i % 5] * noise + hit));
    }),
  );
}

/** To rounding: of the value one unit of its last place, or of its scatter's where that is greater. */
function expectAlike(mine: CombinedPixels, plain: CombinedPixels): void {
  expect([...mine.kept]).toEqual([...plain.kept]);
  mine.value.forEach((value, i) => {
    const wanted = plain.value[i];
    if (Number.isNaN(wanted)) expect(value).toBeNaN();
    else expect(Math.abs(value - wanted)).toBeLessThanOrEqual(2 ** -23 * Math.abs(wanted));
    const error = plain.uncertainty[i];
    expect(Math.abs(mine.uncertainty[i] - error)).toBeLessThanOrEqual(3e-6 * error + 1e-7);
  });
}

const stacks = fc
  .record({
    frames: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 2, max: 34 }) },
      { weight: 1, arbitrary: fc.integer({ min: 35, max: 255 }) },
    ),
    pixels: fc.integer({ min: 1, max: 150 }),
    seed: fc.nat(),
    kind: fc.constantFrom('counts', 'offsets', 'planes', 'floats', 'masks', 'weights'),
  })
  .map(({ frames, pixels, seed, kind }): Stack => {
    const raw = counts(frames, pixels, seed);
    const some = (scale: number, shift: number) => raw.map((_, f) => shift + scale * Math.sin(seed + 3 * f));
    const plane = Float32Array.from({ length: pixels }, (_, i) => 10 * Math.sin(i + seed));
    switch (kind) {
      case 'counts':
        return { frames: raw };
      case 'offsets':
        return { frames: raw, offsets: some(3, 150) };
      case 'planes':
        return { frames: raw, offsets: some(3, 150), subtract: [{ plane, factors: some(1, 2) }], scales: some(0.2, 1) };
      case 'floats':
        return { frames: raw.map((frame) => Float32Array.from(frame, (x, i) => (i % 17 === 3 ? Number.NaN : x / 7))) };
      case 'masks':
        return {
          frames: raw,
          masks: raw.map((frame, f) =>
            f % 3 ? Uint8Array.from(frame, (x, i) => (i % 9 === 4 ? 8 : x % 5 === 0 ? 1 : 0)) : undefined,
          ),
        };
      default:
        return { frames: raw, weights: some(0.5, 1) };
    }
  });

describe('combine', () => {
  it.each(combinations)('gives what is written down plainly: %j', (combination) => {
    fc.assert(
      fc.property(stacks, (stack) => {
        expectAlike(combine(stack, combination), combinePlainly(stack, combination));
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('does not look at the order of frames', () => {
    fc.assert(
      fc.property(stacks, fc.constantFrom(...combinations), fc.nat(), (stack, combination, turn) => {
        fc.pre(!stack.weights);
        const n = stack.frames.length;
        const turned = <T>(list: readonly T[] | undefined) => list?.map((_, f) => list[(f + turn) % n]).reverse();
        const other: Stack = {
          frames: turned(stack.frames) ?? [],
          offsets: turned(stack.offsets),
          scales: turned(stack.scales),
          masks: turned(stack.masks),
          subtract: stack.subtract?.map(({ plane, factors }) => ({ plane, factors: turned(factors) ?? [] })),
        };
        expect(combine(other, combination)).toEqual(combine(stack, combination));
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it('gives a pixel the same whatever lies beside it', () => {
    const frames = counts(25, 3000, 5);
    const whole = combine({ frames }, CLIPPED);
    for (const [from, to] of [
      [0, 1],
      [17, 300],
      [1234, 2999],
    ]) {
      const part = combine({ frames: frames.map((frame) => frame.subarray(from, to)) }, CLIPPED);
      expect(part.value).toEqual(whole.value.slice(from, to));
      expect(part.uncertainty).toEqual(whole.uncertainty.slice(from, to));
      expect(part.kept).toEqual(whole.kept.slice(from, to));
    }
  });

  it('gives back what is the same in all frames, exactly', () => {
    const frames = Array.from({ length: 9 }, () => Uint16Array.of(0, 1, 1001, 65535));
    for (const combination of combinations.filter(({ method }) => method !== 'minMax')) {
      const { value, uncertainty, kept } = combine({ frames }, combination);
      expect([...value]).toEqual([0, 1, 1001, 65535]);
      expect([...uncertainty]).toEqual([0, 0, 0, 0]);
      expect([...kept]).toEqual([9, 9, 9, 9]);
    }
  });

  it('leaves out one cosmic ray among five frames or more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 255 }),
        fc.nat(),
        fc.integer({ min: 2000, max: 64000 }),
        (n, where, hit) => {
          const frames = Array.from({ length: n }, (_, f) => Uint16Array.of(1000 + (f % 3)));
          const without = frames.filter((_, f) => f !== where % n).map(([x]) => x);
          frames[where % n][0] = hit;
          const { value, kept } = combine({ frames }, CLIPPED);
          expect(kept[0]).toBeLessThan(n);
          expect(value[0]).toBeGreaterThanOrEqual(Math.min(...without));
          expect(value[0]).toBeLessThanOrEqual(Math.max(...without));
        },
      ),
    );
  });

  it('says of a mean how far it is known: the scatter over the square root of the number', () => {
    // 1, 2, 3, 4, 5: standard deviation sqrt(2.5); the median's error of five with MAD 1.
    const frames = [3, 1, 5, 2, 4].map((x) => Uint16Array.of(x));
    expect(combine({ frames }, { method: 'mean' }).uncertainty[0]).toBeCloseTo(Math.sqrt(2.5 / 5), 6);
    const ofMedian = combine({ frames }, { method: 'median' }).uncertainty[0];
    expect(ofMedian).toBeCloseTo((Math.sqrt(Math.PI / 2) * 1.482602218505602) / Math.sqrt(5), 6);
  });

  it('has no value where no frame has one', () => {
    const frames = [Float32Array.of(1, Number.NaN), Float32Array.of(3, Number.POSITIVE_INFINITY)];
    const masks = [undefined, Uint8Array.of(1, 0)];
    const { value, uncertainty, kept } = combine({ frames, masks }, CLIPPED);
    expect([...value]).toEqual([1, Number.NaN]);
    expect([...uncertainty]).toEqual([0, 0]);
    expect([...kept]).toEqual([1, 0]);
  });

  it('turns down what does not fit together, naming all of it', () => {
    const frame = new Uint16Array(4);
    const one = { frames: [frame, frame] };
    expect(() => combine({ frames: [frame] }, CLIPPED)).toThrow('2 to 255 frames, got 1');
    expect(() => combine({ frames: Array.from({ length: 256 }, () => frame) }, CLIPPED)).toThrow('got 256');
    expect(() => combine({ frames: [frame, new Uint16Array(5)] }, CLIPPED)).toThrow(
      'frame 1 has 5 pixels, frame 0 has 4',
    );
    expect(() => combine({ frames: [frame, new Float32Array(4)] }, CLIPPED)).toThrow('frame 1 is a Float32Array');
    expect(() => combine({ ...one, offsets: [1] }, CLIPPED)).toThrow('1 offsets for 2 frames');
    expect(() => combine({ ...one, scales: [1, Number.NaN] }, CLIPPED)).toThrow('scales[1] is NaN');
    expect(() => combine({ ...one, weights: [0, 1] }, CLIPPED)).toThrow('weights[0] is 0: it must be positive');
    expect(() => combine({ ...one, masks: [undefined, new Uint8Array(3)] }, CLIPPED)).toThrow('3 pixels, not 4');
    const subtract = [{ plane: new Float32Array(3), factors: [1] }];
    expect(() => combine({ ...one, subtract }, CLIPPED)).toThrow(/plane 0 has 3 pixels.*\n.*1 factors for 2 frames/);
  });
});

describe('sortingNetwork', () => {
  it.each([2, 3, 5, 8, 9, 13, 17, 19])('sorts everything of %i zeros and ones, so everything', (count) => {
    const network = sortingNetwork(count);
    const pairs: [number, number][] = [];
    // What it takes for granted: groups of eight are sorted. Bubbles do that here.
    for (let group = 0; group + 8 <= count; group += 8) {
      for (let end = 7; end > 0; end--) for (let i = 0; i < end; i++) pairs.push([group + i, group + i + 1]);
    }
    for (let step = 0; step < network.length; step += 4) {
      const [a, b, c, d] = network.subarray(step, step + 4);
      if (c === NONE) pairs.push([a, b]);
      else pairs.push([a, c], [b, d], [b, c]);
    }
    let unsorted = 0;
    // Bit b of a word is input number b: the smaller of two bits is their AND, the greater their OR.
    for (let first = 0; first < 2 ** count; first += 32) {
      const wires = Array.from({ length: count }, (_, i) => {
        let word = 0;
        for (let b = 0; b < 32; b++) word |= (((first + b) >> i) & 1) << b;
        return word;
      });
      for (const [a, b] of pairs) [wires[a], wires[b]] = [wires[a] & wires[b], wires[a] | wires[b]];
      for (let i = 1; i < count; i++) if (wires[i - 1] & ~wires[i]) unsorted++;
    }
    expect(unsorted).toBe(0);
  });
});
