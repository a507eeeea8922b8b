import { describe, expect, it } from 'vitest';
import { type BuiltMaster, buildMaster, type MasterRequest } from '../../../core/calibration/build.ts';
import { type FrameSource, sourceOf } from '../../../core/calibration/frames.ts';
import { DQ, type RawFrame } from '../../../core/calibration/planes.ts';
import type { CalibrationSet } from '../../../core/records/calibration.ts';
import { calibratedObservatory, policyWith, setOf, takeRaw, takeSeries, withPixels } from '../../helpers/raw-frames.ts';

const SIDE = 128;
const observatory = calibratedObservatory(SIDE, (json) => {
  delete json.camera.dust;
});
const policy = policyWith();
const biases = takeSeries(observatory, 10, { imageType: 'bias' });
const darks = takeSeries(observatory, 5, { imageType: 'dark', exposureTimeS: 300, seqNum: 101 });
const flatSeries = (count: number, seqNum: number) =>
  takeSeries(observatory, count, { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000, seqNum });
const flats = flatSeries(5, 201);

const build = (set: CalibrationSet, frames: readonly RawFrame[], more: Partial<MasterRequest> = {}) =>
  buildMaster({ instrument: 'noc1', set, policy, sources: frames.map(sourceOf), ...more });
const BIAS = setOf({ type: 'bias' });
const DARK = setOf({ type: 'dark', exposureTimeS: 300 });
const FLAT = setOf({ type: 'flat', filter: 'r', levelAdu: 20_000 });

const bias = await build(BIAS, biases);
const ofBias = { masterId: 'noc1_mb_20261121_000001', planes: bias.planes };
const dark = await build(DARK, darks, { bias: ofBias });
const ofDark = { masterId: 'noc1_md_20261121_000101', planes: dark.planes, bunit: 'adu/s' as const, darkTimeS: 300 };
const flat = await build(FLAT, flats, { bias: ofBias, dark: ofDark });

const measured = ({ quality }: BuiltMaster, name: string) => quality.metrics.find((each) => each.name === name)?.value;
const gradeOf = ({ quality }: BuiltMaster, name: string) => quality.metrics.find((each) => each.name === name)?.grade;

/** The camera's pixels that see the sky. */
const isLit = (x: number) => x >= biases[0].amplifiers[0].data.x0 && x < biases[0].amplifiers[0].data.x1;

describe('a master', () => {
  it('has its unit, its frames in order, and what was taken off', () => {
    expect([bias.bunit, dark.bunit, flat.bunit]).toEqual(['adu', 'adu/s', '']);
    expect(bias.accepted).toEqual(biases.map(({ exposureId }) => exposureId));
    expect([dark.isScalable, flat.isScalable, bias.isScalable]).toEqual([true, false, false]);
    expect(flat.facts).toMatchObject({ biasId: ofBias.masterId, darkId: ofDark.masterId });
    expect(dark.facts).toMatchObject({ biasId: ofBias.masterId, exposureTimeS: 300 });
    expect(dark.facts.takenFromMs).toBe(darks[0].beginMs);
    expect(dark.facts.takenToMs).toBe(darks[4].endMs);
  });

  it('is the same bits in any order of delivery, twice delivered, and with little memory', async () => {
    const shuffled = [...flats.slice(3), ...flats.slice(0, 3)];
    const other = await build(FLAT, [...shuffled, flats[1]], { bias: ofBias, dark: ofDark });
    expect(other.planes).toEqual(flat.planes);
    expect(other.accepted).toEqual(flat.accepted);
    expect(other.quality).toEqual(flat.quality);
    expect(other.rejected).toEqual([
      { exposureId: flats[1].exposureId, reason: 'duplicate: delivered twice; it counts once' },
    ]);
    let rows = 0;
    const counted = (frame: RawFrame): FrameSource => {
      const source = sourceOf(frame);
      return {
        ...source,
        rows: (index, y0, y1) => {
          rows += y1 - y0;
          return source.rows(index, y0, y1);
        },
      };
    };
    // Less than the frames take: they are read again, in strips.
    const little = { ...policy, masterMemoryMiB: 0.1 };
    const streamed = await buildMaster({
      instrument: 'noc1',
      set: FLAT,
      policy: little,
      sources: flats.map(counted),
      bias: ofBias,
      dark: ofDark,
    });
    expect(streamed.planes).toEqual(flat.planes);
    expect(streamed.quality).toEqual(flat.quality);
    // Once to measure, the middle half for the level, once to combine.
    expect(rows).toBe(flats.length * SIDE * 2.5);
  });

  it('has an uncertainty that its own scatter bears out', () => {
    // Two independent masters of the same kind: differences over what they claim have the width 1.
    const compare = async (set: CalibrationSet, a: readonly RawFrame[], b: readonly RawFrame[], more = {}) => {
      const [one, two] = [await build(set, a, more), await build(set, b, more)];
      const off = one.planes.data.map(
        (value, i) => (value - two.planes.data[i]) / Math.hypot(one.planes.uncertainty[i], two.planes.uncertainty[i]),
      );
      const inside = off.filter((each) => Math.abs(each) < 5);
      return Math.sqrt(inside.reduce((sum, each) => sum + each * each, 0) / inside.length);
    };
    return Promise.all([
      compare(BIAS, biases.slice(0, 5), biases.slice(5)),
      // Both are off the same bias and dark, whose part is small beside the light's.
      compare(FLAT, flats, flatSeries(5, 301), { bias: ofBias, dark: ofDark }),
    ]).then(([ofBiases, ofFlats]) => {
      // Of five, clipping by their own MAD throws good values away too: the mean of the others is a little noisier than theirs should be.
      for (const ratio of [ofBiases, ofFlats]) {
        expect(ratio).toBeGreaterThan(0.97);
        expect(ratio).toBeLessThan(1.08);
      }
    });
  });

  it('gets less noisy as one over the root of the number of its frames', async () => {
    const many = takeSeries(observatory, 64, { imageType: 'bias', seqNum: 1001 });
    const truth = await build(BIAS, takeSeries(observatory, 100, { imageType: 'bias', seqNum: 2001 }));
    const plain = policyWith({ combine: { bias: { method: 'mean' } } });
    for (const count of [4, 16, 64]) {
      const { planes } = await build(BIAS, many.slice(0, count), { policy: plain });
      const off = planes.data.map((value, i) => value - truth.planes.data[i]);
      const noise = Math.sqrt(off.reduce((sum, each) => sum + each * each, 0) / off.length);
      // 6 e at 1.6 e/ADU and rounding, of 16384 pixels; and what the 100 have left.
      const expected = Math.sqrt((3.75 ** 2 + 1 / 12) * (1 / count + 1 / 100));
      expect(Math.abs(noise / expected - 1)).toBeLessThan(0.03);
    }
  });

  it('is not made of too few frames; each that was turned down is named with the reason', async () => {
    const lit = withPixels(biases[1], (count, x) => count + (isLit(x) ? 40 : 0));
    const failing = build(setOf({ type: 'bias', minimum: 5 }), [biases[0], lit, ...biases.slice(2, 5)]);
    await expect(failing).rejects.toMatchObject({ name: 'TooFewFrames' });
    await expect(failing).rejects.toThrow(
      /^4 frames fit for a master bias; needs 5\nnoc1_b_20261121_000002: light left on/,
    );
    await expect(build(setOf({ type: 'bias', minimum: 2 }), [biases[0]])).rejects.toThrow(/^1 frames fit.*needs 2/);
    await expect(build(BIAS, [])).rejects.toThrow(/^0 frames/);
  });

  it('is not made with masters of another size, nor without the bias of a camera that has no overscan', async () => {
    const small = await build(BIAS, takeSeries(calibratedObservatory(64), 3, { imageType: 'bias' }));
    const failing = build(DARK, darks, { bias: { masterId: 'small', planes: small.planes } });
    await expect(failing).rejects.toThrow('the master bias has 64 x 64 pixels; the frames have 128 x 128');
    const blind = calibratedObservatory(64, (json) => {
      delete json.camera.scan;
      delete json.camera.dust;
    });
    const flatsOfBlind = takeSeries(blind, 3, { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000 });
    await expect(build(FLAT, flatsOfBlind)).rejects.toThrow(/a master flat needs a master bias/);
    const biasOfBlind = await build(BIAS, takeSeries(blind, 5, { imageType: 'bias', seqNum: 11 }));
    const made = await build(FLAT, flatsOfBlind, { bias: { masterId: 'b', planes: biasOfBlind.planes } });
    // Vignetting takes 12 % in the corners.
    expect(Math.abs(measured(made, 'flatMean')! - 1)).toBeLessThan(0.05);
  });
});

describe('a master bias', () => {
  it('has the structure of the camera, and the read noise is measured from pairs', () => {
    // Row gradient of 3 ADU from the first to the last row: the mean of the last ten rows over that of the first ten.
    const meanOfRows = (from: number) => {
      const rows = bias.planes.data.subarray(from * SIDE, (from + 10) * SIDE);
      return rows.reduce((sum, value) => sum + value, 0) / rows.length;
    };
    expect(Math.abs(meanOfRows(SIDE - 10) - meanOfRows(0) - (3 * 118) / 127)).toBeLessThan(0.1);
    // 5 pairs of 16384 pixels: 0.25 %.
    expect(Math.abs(bias.facts.readNoiseE![0].value / 6 - 1)).toBeLessThan(0.01);
  });

  it('has gates on both sides', async () => {
    const wrongHeader = (share: number) =>
      biases.map((each) => ({
        ...each,
        amplifiers: each.amplifiers.map((amplifier) => ({ ...amplifier, readNoiseE: 6 * share })),
      }));
    for (const share of [0.93, 1.07]) {
      const made = await build(BIAS, wrongHeader(share));
      expect(gradeOf(made, 'noiseDeviation')).toBe('BAD');
      expect(made.quality.grade).toBe('BAD');
      expect(made.quality.reasons.join('\n')).toMatch(/^BAD: noiseDeviation is -?0.0\d+; GOOD is from -0.03 to 0.03/);
    }
    expect(gradeOf(bias, 'noiseDeviation')).toBe('GOOD');
  });

  it('of 10 frames adds 4.9 % to the read noise, of 20 no more than 2.5 %', async () => {
    expect(measured(bias, 'masterAddedNoise')! - (Math.sqrt(1.1) - 1)).toBeCloseTo(0, 2);
    expect(bias.quality.grade).toBe('WARN');
    const more = await build(BIAS, [...biases, ...takeSeries(observatory, 12, { imageType: 'bias', seqNum: 51 })]);
    expect(more.quality).toMatchObject({ grade: 'GOOD', reasons: [] });
  });

  it('the first one has a rule of its own; the next is compared', async () => {
    for (const [firstMaster, grade] of [
      ['accept', 'GOOD'],
      ['warn', 'WARN'],
      ['reject', 'BAD'],
    ] as const) {
      const made = await build(BIAS, biases, { policy: policyWith({ firstMaster }) });
      expect(gradeOf(made, 'previousDifferentShare')).toBe(grade);
      expect(measured(made, 'previousDifferentShare')).toBeUndefined();
    }
    const same = await build(BIAS, biases.slice(0, 5), {
      previous: { masterId: 'p', planes: (await build(BIAS, biases.slice(5))).planes },
    });
    expect(measured(same, 'previousDifferentShare')).toBeLessThan(0.001);
    const planes = { ...bias.planes, data: bias.planes.data.map((value, i) => (i % 15 === 0 ? value + 30 : value)) };
    const changed = await build(BIAS, biases, { previous: { masterId: 'p', planes } });
    expect(measured(changed, 'previousDifferentShare')).toBeCloseTo(1 / 15, 3);
    expect(gradeOf(changed, 'previousDifferentShare')).toBe('BAD');
  });
});

describe('a master dark', () => {
  it('has the dark current, and the same whatever the exposure time', async () => {
    // 0.02 e/s; the cooler keeps 0.1 degrees, which is 1.6 %; 16384 pixels of 300 s.
    expect(Math.abs(measured(dark, 'darkRateEPerS')! - 0.02)).toBeLessThan(0.0015);
    const long = takeSeries(observatory, 3, { imageType: 'dark', exposureTimeS: 1200, seqNum: 401 });
    const other = await build(setOf({ type: 'dark', exposureTimeS: 1200 }), long, { bias: ofBias });
    expect(Math.abs(measured(other, 'darkRateEPerS')! - 0.02)).toBeLessThan(0.001);
  });

  it('that is not to be scaled is in ADU for its own time', async () => {
    const made = await build(DARK, darks, { bias: ofBias, policy: policyWith({ darkScaling: { allowed: false } }) });
    expect([made.bunit, made.isScalable]).toEqual(['adu', false]);
    for (const i of [0, 1000, 9999]) expect(made.planes.data[i]).toBeCloseTo(dark.planes.data[i] * 300, 3);
    // A flat that either is taken off is the same.
    const ofAdu = { masterId: 'd', planes: made.planes, bunit: 'adu' as const, darkTimeS: 300 };
    const { planes } = await build(FLAT, flats, { bias: ofBias, dark: ofAdu });
    for (const i of [0, 1000, 9999]) expect(planes.data[i]).toBeCloseTo(flat.planes.data[i], 6);
    // And it is taken off: 1000 ADU a second in one pixel.
    const bright = { ...dark.planes, data: dark.planes.data.map((value, i) => (i === 1000 ? 1000 : value)) };
    const other = await build(FLAT, flats, { bias: ofBias, dark: { ...ofDark, planes: bright } });
    const lost = (flat.planes.data[1000] - other.planes.data[1000]) * flat.facts.normValueAdu!;
    expect(Math.abs(lost / (1000 * flats[0].darkTimeS) - 1)).toBeLessThan(0.02);
  });

  it('takes no cosmic ray for a hot pixel, with only two frames either', async () => {
    const [x, y] = [70, 80];
    const hit = withPixels(darks[0], (count, u, v) => (u === x && v === y ? count + 900 : count));
    const hot = darks.map((each) => withPixels(each, (count, u, v) => (u === x + 3 && v === y ? count + 900 : count)));
    const at = (column: number) => y * SIDE + column - darks[0].amplifiers[0].data.x0;
    for (const frames of [
      [hit, darks[1]],
      [hit, ...darks.slice(1)],
    ]) {
      const { planes } = await build(DARK, frames, { bias: ofBias });
      expect(planes.dq[at(x)] & DQ.HOT_PIXEL).toBe(0);
    }
    const { planes } = await build(DARK, hot.slice(0, 2), { bias: ofBias });
    expect(planes.dq[at(x + 3)] & DQ.HOT_PIXEL).toBe(DQ.HOT_PIXEL);
  });
});

describe('a master flat', () => {
  it('is 1 at the centre, and its gain is that of the amplifier', () => {
    const centre: number[] = [];
    for (let y = 32; y < 96; y++) centre.push(...flat.planes.data.subarray(y * SIDE + 32, y * SIDE + 96));
    centre.sort((a, b) => a - b);
    expect((centre[2047] + centre[2048]) / 2).toBeCloseTo(1, 5);
    // The amplifier bends by 0.6 % at this level, two pairs of 16384 pixels know a variance to 0.8 %.
    expect(Math.abs(flat.facts.gainEPerAdu![0].value / 1.6 - 1)).toBeLessThan(0.025);
  });

  it('masks what is too low, and pixels that differ from those around them', async () => {
    const dead = flats.map((each) =>
      withPixels(each, (count, x, y) => {
        if (x === 40 && y === 50) return 1010;
        if (x === 60 && y === 70) return Math.round(1000 + (count - 1000) * 0.7);
        return count;
      }),
    );
    const made = await build(FLAT, dead, { bias: ofBias, dark: ofDark });
    const at = (x: number, y: number) => made.planes.dq[y * SIDE + x - flats[0].amplifiers[0].data.x0];
    expect(at(40, 50)).toBe(DQ.LOW_FLAT | DQ.BAD_PIXEL);
    expect(at(60, 70)).toBe(DQ.BAD_PIXEL);
    expect(measured(made, 'badPixelShare')).toBeCloseTo(2 / SIDE ** 2, 9);
    expect(measured(made, 'lowFlatShare')).toBeCloseTo(1 / SIDE ** 2, 9);
  });

  it('has the flags of its bias and dark too, and none where no frame says anything', async () => {
    const dq = dark.planes.dq.map((flags, i) => (i === 5000 ? DQ.HOT_PIXEL : flags));
    const spoilt = flats.map((each) => withPixels(each, (count, x, y) => (x === 40 && y === 50 ? 65_535 : count)));
    const made = await build(FLAT, spoilt, {
      bias: ofBias,
      dark: { ...ofDark, planes: { ...dark.planes, dq } },
    });
    expect(made.planes.dq[5000] & DQ.HOT_PIXEL).toBe(DQ.HOT_PIXEL);
    const place = 50 * SIDE + 40 - flats[0].amplifiers[0].data.x0;
    expect(made.planes.dq[place] & (DQ.NO_DATA | DQ.SATURATED)).toBe(DQ.NO_DATA | DQ.SATURATED);
    expect(made.planes.uncertainty[place]).toBe(Number.POSITIVE_INFINITY);
  });

  it('puts amplifiers of different gain together without a step', async () => {
    const two = calibratedObservatory(SIDE, (json) => {
      for (const name of ['dust', 'crosstalk', 'hotPixels', 'nonLinearity']) delete json.camera[name];
      json.camera.amplifiers = [
        { name: 'A', corner: 'lowerLeft', gainEPerAdu: 1.3, readNoiseE: 5, biasLevelAdu: 900 },
        { name: 'B', corner: 'lowerRight', gainEPerAdu: 2.4, readNoiseE: 8, biasLevelAdu: 1200 },
      ];
    });
    const made = await build(
      setOf({ type: 'flat', filter: 'r' }),
      takeSeries(two, 5, { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000 }),
      {
        bias: {
          masterId: 'b',
          planes: (await build(BIAS, takeSeries(two, 5, { imageType: 'bias', seqNum: 11 }))).planes,
        },
      },
    );
    const mean = (from: number) => {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) for (let x = from; x < from + 8; x++) sum += made.planes.data[y * SIDE + x];
      return sum / SIDE / 8;
    };
    // 1024 pixels on either side: their own response makes 0.5 % / 32 of each.
    expect(Math.abs(mean(64) / mean(56) - 1)).toBeLessThan(0.002);
    expect(made.facts.gainEPerAdu!.map(({ amplifier }) => amplifier)).toEqual(['A', 'B']);
    for (const [i, gain] of [1.3, 2.4].entries()) {
      expect(Math.abs(made.facts.gainEPerAdu![i].value / gain - 1)).toBeLessThan(0.03);
    }
  });

  it('without the level of each row where the policy wants that', async () => {
    const byRow = { policy: policyWith({ overscan: 'row' }) };
    const made = await build(BIAS, biases, byRow);
    // The row gradient is in the overscan too, and gone.
    const sum = (from: number) => made.planes.data.subarray(from * SIDE, (from + 10) * SIDE).reduce((a, b) => a + b, 0);
    expect(Math.abs(sum(SIDE - 10) - sum(0)) / SIDE / 10).toBeLessThan(0.25);
    expect(made.facts.overscan).toBe('row');
  });
});

describe('a set that is mixed', () => {
  it('is made of what fits, and names the rest', async () => {
    const wrong = [
      { ...takeRaw(observatory, { imageType: 'flat', exposureTimeS: 4, seqNum: 301 }).raw, filter: 'g' },
      takeRaw(calibratedObservatory(64), { imageType: 'flat', exposureTimeS: undefined, levelAdu: 20_000, seqNum: 302 })
        .raw,
      { ...biases[0], exposureId: 'noc1_b_20261121_000303' },
    ];
    const made = await build(FLAT, [...wrong, ...flats], { bias: ofBias, dark: ofDark });
    expect(made.planes).toEqual(flat.planes);
    expect(made.rejected.map(({ exposureId, reason }) => `${exposureId.slice(-3)} ${reason.slice(0, 12)}`)).toEqual([
      '303 other type: ',
      '301 other filter',
      '302 other size: ',
    ]);
  });
});
