import { describe, expect, it } from 'vitest';
import { comparePlanes } from '../../../core/calibration/compare.ts';
import { findDonuts } from '../../../core/calibration/donuts.ts';
import { DQ, type Planes } from '../../../core/calibration/planes.ts';
import { randomStream } from '../../../core/random.ts';

const SIDE = 640;

interface Speck {
  x: number;
  y: number;
  outer: number;
  depth: number;
}

/** A flat with vignetting, noise and rings of dust whose hole is 0.4 of their width. */
function flatWith(specks: readonly Speck[], { noise = 0.002, key = 'a' } = {}): Float32Array {
  const stream = randomStream(1, 'readNoise', key);
  const random = new Float64Array(SIDE * SIDE);
  stream.fillNormal(random);
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    // The law of the fourth power of the cosine, 12 % in the corners, and a lamp that stands to one side.
    const smooth = (1 + (0.066 * ((x - 320) ** 2 + (y - 320) ** 2)) / 2 / 320 ** 2) ** -2 + (0.02 * x) / SIDE;
    const shade = specks.reduce((light, speck) => {
      const r = Math.hypot(x - speck.x, y - speck.y);
      return r < speck.outer && r > 0.4 * speck.outer ? light * (1 - speck.depth) : light;
    }, 1);
    return smooth * shade * (1 + noise * random[i]);
  });
}

function planesOf(data: Float32Array, noise: number): Planes {
  return { widthPix: SIDE, heightPix: SIDE, data, uncertainty: data.map(() => noise), dq: new Uint8Array(data.length) };
}

const SPECKS = [
  { x: 200, y: 150, outer: 59, depth: 0.0066 },
  { x: 430, y: 470, outer: 59, depth: 0.012 },
];

describe('shadows of dust', () => {
  it('are found in a flat, with place, width and depth; the deepest first', () => {
    const found = findDonuts(flatWith(SPECKS), SIDE, SIDE);
    expect(found).toHaveLength(2);
    for (const [i, speck] of [SPECKS[1], SPECKS[0]].entries()) {
      expect(Math.hypot(found[i].xPix - speck.x, found[i].yPix - speck.y)).toBeLessThan(4);
      expect(Math.abs(found[i].diameterPix / (2 * speck.outer) - 1)).toBeLessThan(0.1);
      expect(Math.abs(found[i].depth / speck.depth - 1)).toBeLessThan(0.15);
    }
  });

  it('are not found in a flat that has none', () => {
    expect(findDonuts(flatWith([]), SIDE, SIDE)).toEqual([]);
    expect(findDonuts(new Float32Array(32 * 32).fill(1), 32, 32)).toEqual([]);
  });

  it('that moved stand out of two flats, whatever else is in them', () => {
    const [still, moved] = SPECKS;
    const far = { ...moved, x: 100, y: 480 };
    const before = planesOf(flatWith([still, moved]), 0.002);
    const now = planesOf(flatWith([still, far], { key: 'b' }), 0.002);
    const { movedDust, differentShare } = comparePlanes(now, before, 'flat', 0);
    expect(movedDust).toHaveLength(2);
    const came = movedDust!.find(({ depth }) => depth > 0)!;
    const went = movedDust!.find(({ depth }) => depth < 0)!;
    expect(Math.hypot(came.xPix - far.x, came.yPix - far.y)).toBeLessThan(4);
    expect(Math.hypot(went.xPix - moved.x, went.yPix - moved.y)).toBeLessThan(4);
    // A shadow of 1.2 % is 4 sigma of a pixel: dust is not what the 6 sigma see.
    expect(differentShare).toBeLessThan(0.01);
    expect(comparePlanes(planesOf(flatWith([still, moved], { key: 'c' }), 0.002), before, 'flat', 0).movedDust).toEqual(
      [],
    );
  });
});

describe('a master against the one before', () => {
  it('differs by the share of the pixels beyond 6 sigma, of those that both know', () => {
    const before = planesOf(new Float32Array(SIDE * SIDE).fill(10), 0.3);
    const now = planesOf(before.data.slice(), 0.4);
    // 6 sigma are 3.
    now.data.fill(13.01, 0, 1000);
    now.data.fill(12.99, 1000, 2000);
    now.data.fill(99, 2000, 3000);
    now.dq.fill(DQ.NO_DATA, 2000, 3000);
    const { differentShare, levelChange } = comparePlanes(now, before, 'bias', 3.75);
    expect(differentShare).toBeCloseTo(1000 / (SIDE * SIDE - 1000), 12);
    expect(levelChange).toBe(0);
    const higher = comparePlanes(
      planesOf(
        before.data.map((value) => value + 7.5),
        0.3,
      ),
      before,
      'bias',
      3.75,
    );
    expect(higher.levelChange).toBeCloseTo(2, 6);
  });

  it('of another size is refused', () => {
    const small = {
      widthPix: 1,
      heightPix: 1,
      data: new Float32Array(1),
      uncertainty: new Float32Array(1),
      dq: new Uint8Array(1),
    };
    expect(() => comparePlanes(small, planesOf(flatWith([]), 1), 'bias', 1)).toThrow(
      'the master before has 640 x 640 pixels, this one 1 x 1',
    );
  });
});
