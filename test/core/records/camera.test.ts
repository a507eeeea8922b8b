import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { observatory, saturationAdu } from '../../../core/records/observatory.ts';
import { parseAll } from '../../../core/records/primitives.ts';
import { FOUR } from '../twin/detector/helpers.ts';

const base = JSON.parse(readFileSync(new URL('../../../observatories/la-palma.json', import.meta.url), 'utf8'));
const faults = (camera: object) =>
  parseAll(observatory, { ...base, camera: { ...base.camera, ...camera } }, 'observatory').faults;

describe('the amplifiers of a camera', () => {
  it.each([
    ['one', [FOUR[1]]],
    ['two side by side', [FOUR[0], FOUR[1]]],
    ['two above each other', [FOUR[3], FOUR[1]]],
    ['four', FOUR],
  ])('may be %s', (_, amplifiers) => {
    expect(faults({ amplifiers })).toEqual([]);
  });

  it.each([
    ['three', FOUR.slice(1), /3 amplifiers; must be 1, 2 or 4/],
    ['two at opposite corners', [FOUR[0], FOUR[3]], /corners on one side/],
    ['two at one corner', [FOUR[0], { ...FOUR[0], name: 'Z' }], /different corners/],
    ['two of one name', [FOUR[0], { ...FOUR[1], name: 'A' }], /a name stands twice/],
  ])('may not be %s', (_, amplifiers, message) => {
    expect(faults({ amplifiers }).join()).toMatch(message);
  });

  it('need a chip that can be shared', () => {
    expect(faults({ amplifiers: FOUR.slice(0, 2), widthPix: 2047 }).join()).toMatch(/camera.widthPix: must be even/);
    expect(faults({ amplifiers: FOUR.slice(0, 2), heightPix: 2047 })).toEqual([]);
  });

  it('need a crosstalk matrix of their number, without themselves', () => {
    const zero = FOUR.map(() => [0, 0, 0, 0]);
    expect(faults({ amplifiers: FOUR, crosstalk: zero })).toEqual([]);
    expect(faults({ crosstalk: zero }).join()).toMatch(/must have 1 rows of 1 numbers/);
    const own = zero.map((row, i) => row.map((_, j) => (i === 2 && j === 2 ? 0.001 : 0)));
    expect(faults({ amplifiers: FOUR, crosstalk: own }).join()).toMatch(/0 on the diagonal/);
  });

  it('saturate one after another: the first one counts', () => {
    const camera = { ...base.camera, adcBits: 16, amplifiers: FOUR };
    // 900 + 0.99 * 100000 / 1.8 of amplifier C, of which its non-linearity takes 1 %: 0.004 + 0.006.
    expect(saturationAdu(camera)).toBe(900 + 54_450);
  });
});

describe('the flat lamp', () => {
  it('shines in filters that are there', () => {
    const flatLamp = { ...base.flatLamp, electronsPerS: { ...base.flatLamp.electronsPerS, B: 100 } };
    expect(parseAll(observatory, { ...base, flatLamp }, 'observatory').faults.join()).toMatch(
      /flatLamp.electronsPerS.B: is no filter of this observatory, which has u, g, r, i, z/,
    );
  });
});
