import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fillThreefry, InvalidMean, RandomStream } from '../../core/random.ts';
import { normalAt, poissonAt } from './random-reference.ts';

const KEY = [0x243f6a88, 0x85a308d3 | 0] as const;
const stream = (lane = 0) => {
  const made = new RandomStream(KEY[0], KEY[1]);
  made.enterLane(lane);
  return made;
};
const sha256 = (words: Int32Array) => createHash('sha256').update(words).digest('hex');

/** Means of all kinds beside each other. */
const MIXED = Float32Array.from(
  { length: 6001 },
  (_, i) => [0, 0.02, 3, 9.99, 10, 11.5, 60, 200, 4e3, 1e6, 3e12][i % 11],
);

describe('the words', () => {
  // By numpy: test/truth/random/threefry.py.
  it.each([
    [1, 2, 0, 0, 4096, '0bd9f0de619f465a298328dccf423120212ef2cab1a4227a1b67ed93e587f779'],
    [0x9e3779b9, 0xdeadbeef, 0xffffff00, 77, 1001, '9c5372bb3c0ab86c87676dccd5eb7a5597f37ebe3b659621fd02cd150d5503b7'],
  ])('of key %i %i have the bytes that numpy gives', (key0, key1, first, lane, pairs, hash) => {
    const words = new Int32Array(2 * pairs);
    fillThreefry(key0, key1, first, lane, words);
    expect(sha256(words)).toBe(hash);
  });
});

describe('normals made in bulk', () => {
  it.each([1, 2, 3, 511, 512, 513, 40_001])('agree with plain arithmetic, %i of them', (count) => {
    const out = new Float64Array(count);
    stream(9).fillNormal(out);
    // Only the tail beyond the base layer depends on a logarithm's last bit.
    for (let i = 0; i < count; i++) expect(Math.abs(out[i] - normalAt(KEY, 9, i))).toBeLessThan(1e-14);
  });

  it('are the same in single precision, rounded', () => {
    const [single, double] = [new Float32Array(5000), new Float64Array(5000)];
    stream().fillNormal(single);
    stream().fillNormal(double);
    expect(single).toEqual(Float32Array.from(double));
  });

  it('have the tails of a normal distribution, to five standard deviations', () => {
    const out = new Float32Array(8_000_000);
    stream(11).fillNormal(out);
    // 2 (1 - Phi(x)), Abramowitz & Stegun table 26.1.
    for (const [limit, share] of [
      [2, 4.550026e-2],
      [3, 2.699796e-3],
      [3.6541528853610088, 2.5802824e-4],
      [4, 6.334248e-5],
      [5, 5.733031e-7],
    ]) {
      for (const side of [-1, 1]) {
        let beyond = 0;
        for (const x of out) if (side * x > limit) beyond++;
        const expected = (share / 2) * out.length;
        expect(Math.abs(beyond - expected)).toBeLessThan(4.5 * Math.sqrt(expected) + 1);
      }
    }
  });
});

describe('Poisson numbers made in bulk', () => {
  it('agree with plain arithmetic', () => {
    const out = new Float64Array(MIXED.length);
    stream(5).fillPoisson(MIXED, out);
    expect([...out]).toEqual([...MIXED].map((mean, i) => poissonAt(KEY, 5, i, mean)));
  });

  it('agree with plain arithmetic where most are turned down: just above 10, 100,000 of them', () => {
    const means = new Float32Array(100_000).fill(10.25);
    const out = new Float64Array(means.length);
    stream(6).fillPoisson(means, out);
    expect([...out]).toEqual([...means].map((mean, i) => poissonAt(KEY, 6, i, mean)));
  });

  it('are those drawn one by one', () => {
    const out = new Float64Array(MIXED.length);
    stream(3).fillPoisson(MIXED, out);
    const single = stream(3);
    expect([...out]).toEqual([...MIXED].map((mean) => single.poisson(mean)));
  });

  it('do not depend on the means of other pixels, nor on where a row is cut', () => {
    const whole = new Float64Array(MIXED.length);
    stream(4).fillPoisson(MIXED, whole);
    const others = MIXED.map((mean, i) => (i % 3 === 0 ? mean : 17));
    const changed = new Float64Array(MIXED.length);
    stream(4).fillPoisson(others, changed);
    for (let i = 0; i < whole.length; i += 3) expect(changed[i]).toBe(whole[i]);
    const cut = new Float64Array(MIXED.length);
    const pieces = stream(4);
    for (const [begin, end] of [
      [0, 1],
      [1, 700],
      [700, MIXED.length],
    ]) {
      pieces.fillPoisson(MIXED.subarray(begin, end), cut.subarray(begin, end));
    }
    expect(cut).toEqual(whole);
  });

  it.each([0.02, 0.7, 5, 9.999, 10, 12.5, 40, 200, 5000, 1e6])(
    'of mean %d have the closed-form probabilities',
    (asked) => {
      const mu = Math.fround(asked);
      const count = 400_000;
      const out = new Float32Array(count);
      stream(21).fillPoisson(out.fill(mu), out);
      const drawn = new Map<number, number>();
      for (const k of out) drawn.set(k, (drawn.get(k) ?? 0) + 1);
      let [chiSquare, bins, events, seen, counted] = [0, 0, 0, 0, 0];
      const first = Math.max(0, Math.floor(mu - 12 * Math.sqrt(mu)));
      let logShare = -mu;
      for (let k = 1; k <= first; k++) logShare += Math.log(mu / k);
      for (let k = first; k < mu + 12 * Math.sqrt(mu) + 12; k++) {
        if (k > first) logShare += Math.log(mu / k);
        events += count * Math.exp(logShare);
        seen += drawn.get(k) ?? 0;
        counted += drawn.get(k) ?? 0;
        if (events < 20) continue;
        chiSquare += (seen - events) ** 2 / events;
        bins++;
        [events, seen] = [0, 0];
      }
      expect(counted).toBe(count);
      // Wilson & Hilferty 1931; the last few events, of less than a bin, are left out.
      const spread = 2 / (9 * (bins - 1 || 1));
      expect((Math.cbrt(chiSquare / (bins - 1 || 1)) - (1 - spread)) / Math.sqrt(spread)).toBeLessThan(4.5);
    },
  );

  it('of mean 1e12 have that mean, that variance, and every integer within reach', () => {
    const means = new Float32Array(400_000).fill(1e12);
    const out = new Float64Array(means.length);
    stream(22).fillPoisson(means, out);
    const scaled = out.map((k) => (k - means[0]) / Math.sqrt(means[0]));
    const mean = scaled.reduce((sum, x) => sum + x) / out.length;
    const variance = scaled.reduce((sum, x) => sum + x * x, 0) / out.length;
    expect(Math.abs(mean)).toBeLessThan(4.5 / Math.sqrt(out.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4.5 * Math.sqrt(2 / out.length));
    for (const digit of [0, 1, 2, 3]) {
      const share = out.filter((k) => k % 4 === digit).length / out.length;
      expect(Math.abs(share - 0.25)).toBeLessThan(4.5 * Math.sqrt(0.1875 / out.length));
    }
  });

  it('are refused for a mean that is none, wherever it stands', () => {
    for (const at of [0, 1, 698, 1500]) {
      const means = new Float32Array(1501).fill(20);
      means[at] = -3;
      expect(() => stream().fillPoisson(means, new Float32Array(1501))).toThrow(InvalidMean);
      expect(() => stream().fillPoisson(means, new Float32Array(1501))).toThrow('-3');
    }
    expect(() => stream().fillPoisson(new Float32Array(3), new Float32Array(4))).toThrow('3 means for 4 numbers');
  });
});

describe('an image in one call', () => {
  const [width, rows] = [1234, 71];
  const means = Float32Array.from({ length: width * rows }, (_, i) => (i % 300) + 0.5);
  const chain = { gainEPerAdu: 1.5, readNoiseE: 5, biasAdu: 300 };

  it('has a lane for each row, and leaves the stream after the last', () => {
    const image = stream(7);
    const [normals, numbers, counts] = [
      new Float32Array(means.length),
      new Float32Array(means.length),
      new Uint16Array(means.length),
    ];
    image.fillNormal(normals, width);
    expect(image.uint32()).toBe(stream(7 + rows).uint32());
    stream(7).fillPoisson(means, numbers, width);
    stream(7).fillCounts(means, chain, counts, width);
    for (const row of [0, 1, 26, 27, rows - 1]) {
      const part = means.subarray(row * width, (row + 1) * width);
      const single = new Float32Array(width);
      stream(7 + row).fillNormal(single);
      expect(normals.slice(row * width, (row + 1) * width)).toEqual(single);
      stream(7 + row).fillPoisson(part, single);
      expect(numbers.slice(row * width, (row + 1) * width)).toEqual(single);
      const singleCounts = new Uint16Array(width);
      stream(7 + row).fillCounts(part, chain, singleCounts);
      expect(counts.slice(row * width, (row + 1) * width)).toEqual(singleCounts);
    }
  });

  it('must be whole rows', () => {
    expect(() => stream().fillNormal(new Float32Array(10), 4)).toThrow('10 numbers are no rows of 4');
  });
});

describe('counts', () => {
  const charges = Float64Array.from({ length: 3001 }, (_, i) => (i % 7 === 0 ? 2e5 : 37.25 * i - 900));
  const levels = Float32Array.from(charges, (_, i) => 100 + Math.sin(i));
  const normals = new Float64Array(charges.length);
  stream(8).fillNormal(normals);
  const counts = (level: (i: number) => number, readNoiseE: number, from: ArrayLike<number>) =>
    Uint16Array.from(charges, (_, i) => {
      const adu = level(i) + from[i] * (1 / 1.3) + normals[i] * (readNoiseE * (1 / 1.3));
      return Math.max(0, Math.min(65_535, Math.floor(adu + 0.5)));
    });

  it.each([0, 4, 300])('are bias, charge and a read noise of %d electrons, rounded and cut', (readNoiseE) => {
    const out = new Uint16Array(charges.length);
    stream(8).fillCounts(charges, { gainEPerAdu: 1.3, readNoiseE, biasAdu: 312.5 }, out);
    expect(out).toEqual(counts(() => 312.5, readNoiseE, charges));
    expect(out).toContain(65_535);
    expect(out).toContain(0);
    stream(8).fillCounts(charges, { gainEPerAdu: 1.3, readNoiseE, biasAdu: levels }, out);
    expect(out).toEqual(counts((i) => levels[i], readNoiseE, charges));
    const single = Float32Array.from(charges);
    stream(8).fillCounts(single, { gainEPerAdu: 1.3, readNoiseE, biasAdu: levels }, out);
    expect(out).toEqual(counts((i) => levels[i], readNoiseE, single));
  });

  it('are refused for arrays of unequal lengths', () => {
    const chain = { gainEPerAdu: 1, readNoiseE: 1, biasAdu: new Float32Array(2) };
    expect(() => stream().fillCounts(new Float32Array(3), chain, new Uint16Array(3))).toThrow('2 bias levels for 3');
  });
});
