import { describe, expect, it } from 'vitest';
import { fillThreefry, InvalidMean, type RandomStream, randomStream } from '../../core/random.ts';

const hex = (words: Int32Array) => [...words].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ');

/** How many standard deviations a chi-square lies above its mean (Wilson & Hilferty 1931). */
function chiSquareSigmas(observed: number[], expected: number[], freedom = observed.length - 1): number {
  const chiSquare = observed.reduce((sum, count, i) => sum + (count - expected[i]) ** 2 / expected[i], 0);
  const spread = 2 / (9 * freedom);
  return (Math.cbrt(chiSquare / freedom) - (1 - spread)) / Math.sqrt(spread);
}

/** Largest distance of an empirical distribution from `cdf`, times sqrt(n): above 2.2 with a chance of 1e-4 (Kolmogorov). */
function kolmogorovSmirnov(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort();
  let worst = 0;
  for (let i = 0; i < sorted.length; i++) {
    const at = cdf(sorted[i]);
    worst = Math.max(worst, Math.abs(at - i / sorted.length), Math.abs(at - (i + 1) / sorted.length));
  }
  return worst * Math.sqrt(sorted.length);
}

/** Normal distribution function by its Taylor series (Abramowitz & Stegun 26.2.11), for |x| < 7. */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 && k < 300; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + (Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * sum;
}

const draw = (count: number, next: () => number) => Float64Array.from({ length: count }, next);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('Threefry-2x32', () => {
  // Known answers of Random123 (Salmon et al.), tests/kat_vectors: threefry2x32 13 <counter> <key> <output>.
  it.each([
    [0, 0, 0, 0, '9d1c5ec6 8bd50731'],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 'fd36d048 2d17272c'],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 'ba3e4725 f27d669e'],
  ])('answers %i %i under %i %i as published', (counter0, counter1, key0, key1, answer) => {
    const out = new Int32Array(2);
    fillThreefry(key0, key1, counter0, counter1, out);
    expect(hex(out)).toBe(answer);
  });

  it('counts the counter up through a fill, and past 2^32 to 0', () => {
    const all = new Int32Array(8);
    const one = new Int32Array(2);
    fillThreefry(5, 6, 0xfffffffe, 9, all);
    for (let i = 0; i < 4; i++) {
      fillThreefry(5, 6, (0xfffffffe + i) % 2 ** 32, 9, one);
      expect(hex(all.slice(2 * i, 2 * i + 2))).toBe(hex(one));
    }
  });
});

describe('streams', () => {
  it('are the same for the same seed, name and key, and differ in each', () => {
    const first = (seed: number, name: string, key: string) => randomStream(seed, name, key).uint32();
    expect(first(1, 'shotNoise', 'a')).toBe(first(1, 'shotNoise', 'a'));
    const others = [
      first(1, 'shotNoise', 'a'),
      first(2, 'shotNoise', 'a'),
      first(0xffffffff, 'shotNoise', 'a'),
      first(1, 'readNoise', 'a'),
      first(1, 'shotNoise', 'b'),
      first(1, 'shotNois', 'ea'),
      first(1, 'shotNoise', 'a\u0000'),
      first(1, '', ''),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('give a lane that does not depend on what was drawn before', () => {
    const used = randomStream(3, 'readNoise', 'x');
    for (let i = 0; i < 1001; i++) used.normal();
    used.enterLane(17);
    const fresh = randomStream(3, 'readNoise', 'x');
    fresh.enterLane(17);
    expect(draw(600, () => used.uint32())).toEqual(draw(600, () => fresh.uint32()));
  });

  it('are uncorrelated between neighbouring keys, names, seeds and lanes', () => {
    const count = 100_000;
    const lane1 = randomStream(1, 'shotNoise', 'night.000001');
    lane1.enterLane(1);
    const streams = [
      randomStream(1, 'shotNoise', 'night.000001'),
      randomStream(1, 'shotNoise', 'night.000002'),
      randomStream(1, 'readNoise', 'night.000001'),
      randomStream(2, 'shotNoise', 'night.000001'),
      lane1,
    ].map((stream) => draw(count, () => stream.normal()));
    for (let a = 0; a < streams.length; a++) {
      for (let b = 0; b < a; b++) {
        const correlation = streams[a].reduce((sum, x, i) => sum + x * streams[b][i], 0) / count;
        expect(Math.abs(correlation)).toBeLessThan(4.5 / Math.sqrt(count));
      }
    }
  });
});

describe('uniform numbers', () => {
  it.each([
    ['[0, 1)', (stream: RandomStream) => stream.uniform()],
    ['(0, 1)', (stream: RandomStream) => stream.uniformOpen()],
  ])('in %s have the moments and the distribution of uniform ones', (_interval, next) => {
    const stream = randomStream(11, 'uniform', 'test');
    const values = draw(200_000, () => next(stream));
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4.5 * Math.sqrt(1 / 12 / values.length));
    expect(kolmogorovSmirnov(values, (x) => x)).toBeLessThan(2.2);
    expect(Math.min(...values.subarray(0, 100_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.subarray(0, 100_000))).toBeLessThan(1);
  });

  it('use every bit alike', () => {
    const stream = randomStream(12, 'bits', 'test');
    const count = 100_000;
    const ones = new Array<number>(32).fill(0);
    for (let i = 0; i < count; i++) {
      const word = stream.uint32();
      for (let bit = 0; bit < 32; bit++) ones[bit] += (word >>> bit) & 1;
    }
    for (const share of ones) expect(Math.abs(share / count - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / count));
  });
});

describe('normal numbers', () => {
  const stream = randomStream(21, 'normal', 'test');
  const values = draw(1_000_000, () => stream.normal());

  it('have the first four moments', () => {
    const moment = (power: number) => mean(values.map((x) => x ** power));
    // Variance of the mean of x^p: (E x^2p - (E x^p)^2) / n, with E x^2, x^4, x^6, x^8 = 1, 3, 15, 105.
    expect(Math.abs(moment(1))).toBeLessThan(4.5 * Math.sqrt(1 / values.length));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / values.length));
    expect(Math.abs(moment(3))).toBeLessThan(4.5 * Math.sqrt(15 / values.length));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4.5 * Math.sqrt(96 / values.length));
  });

  it('follow the normal distribution', () => {
    expect(kolmogorovSmirnov(values, normalCdf)).toBeLessThan(2.2);
  });

  it('follow it when they are made in bulk, also an odd number of them', () => {
    const bulk = new Float64Array(199_999);
    stream.enterLane(5);
    stream.fillNormal(bulk);
    expect(kolmogorovSmirnov(bulk, normalCdf)).toBeLessThan(2.2);
    const again = new Float64Array(199_999);
    stream.enterLane(5);
    stream.fillNormal(again);
    expect(again).toEqual(bulk);
  });

  it('reach beyond the base layer as often as they should', () => {
    // 2 (1 - Phi(3.6541528853610088)) = 2.58e-4 and 2 (1 - Phi(4)) = 6.334e-5.
    for (const [limit, share] of [
      [3.6541528853610088, 2.5802824e-4],
      [4, 6.3342484e-5],
    ]) {
      const count = values.filter((x) => Math.abs(x) > limit).length;
      expect(Math.abs(count - share * values.length)).toBeLessThan(4.5 * Math.sqrt(share * values.length));
    }
  });
});

describe('Poisson numbers', () => {
  it.each([0.02, 0.7, 5, 9.999, 10, 12.5, 40, 300, 5000])('of mean %d have the closed-form probabilities', (mu) => {
    const stream = randomStream(31, 'poisson', String(mu));
    const count = 200_000;
    const drawn = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const k = stream.poisson(mu);
      drawn.set(k, (drawn.get(k) ?? 0) + 1);
    }
    // Bins of at least 20 expected events; probabilities by ln p(k) = ln p(k - 1) + ln(mu / k).
    const observed: number[] = [];
    const expected: number[] = [];
    let logShare = -mu;
    let events = 0;
    let seen = 0;
    for (let k = 0; k < mu + 12 * Math.sqrt(mu) + 12; k++) {
      if (k > 0) logShare += Math.log(mu / k);
      events += count * Math.exp(logShare);
      seen += drawn.get(k) ?? 0;
      if (events >= 20) {
        observed.push(seen);
        expected.push(events);
        events = 0;
        seen = 0;
      }
    }
    observed[observed.length - 1] += seen;
    expected[expected.length - 1] += events;
    expect(observed.reduce((sum, n) => sum + n)).toBe(count);
    expect(Math.abs(chiSquareSigmas(observed, expected))).toBeLessThan(4.5);
  });

  it.each([1e5, 3e7, 1e12])('of mean %d have that mean, that variance and the skewness 1 / sqrt(mean)', (mu) => {
    const stream = randomStream(32, 'poisson', String(mu));
    const scaled = draw(400_000, () => (stream.poisson(mu) - mu) / Math.sqrt(mu));
    expect(Math.abs(mean(scaled))).toBeLessThan(4.5 / Math.sqrt(scaled.length));
    expect(Math.abs(mean(scaled.map((x) => x * x)) - 1)).toBeLessThan(4.5 * Math.sqrt(2 / scaled.length));
    const skewness = mean(scaled.map((x) => x ** 3));
    expect(Math.abs(skewness - 1 / Math.sqrt(mu))).toBeLessThan(4.5 * Math.sqrt(15 / scaled.length));
    expect(scaled.every((x) => Math.abs(x) < 7)).toBe(true);
  });

  it('made in bulk have each its own mean', () => {
    // A mean of 0, small ones and large ones in turn; the sum of n numbers of mean m is Poisson of mean n m.
    const means = [0, 0.3, 7, 15, 2000];
    const stream = randomStream(34, 'poisson', 'bulk');
    const row = Float32Array.from({ length: 500_000 }, (_, i) => means[i % 5]);
    const out = new Float64Array(row.length);
    stream.fillPoisson(row, out);
    for (const [k, mu] of means.entries()) {
      const values = out.filter((_, i) => i % 5 === k);
      expect(Math.abs(mean(values) - mu)).toBeLessThanOrEqual(4.5 * Math.sqrt(mu / values.length));
      const variance = mean(values.map((value) => (value - mu) ** 2));
      expect(Math.abs(variance - mu)).toBeLessThanOrEqual(4.5 * Math.sqrt((mu + 2 * mu * mu) / values.length));
    }
    const bad = Float32Array.of(1, Number.NaN);
    expect(() => stream.fillPoisson(bad, new Float64Array(2))).toThrow(InvalidMean);
  });

  it('of mean 0 are 0', () => {
    const stream = randomStream(33, 'poisson', 'zero');
    for (let i = 0; i < 1000; i++) expect(stream.poisson(0)).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2e15])('are refused for a mean of %d', (mu) => {
    const stream = randomStream(33, 'poisson', 'wrong');
    expect(() => stream.poisson(mu)).toThrow(InvalidMean);
    expect(() => stream.poisson(mu)).toThrow(String(mu));
  });
});
