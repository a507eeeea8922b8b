import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CalibrationNotPossible, ConfigureFailed } from '../../../core/errors.ts';
import { skyToPixel } from '../../../core/gnomonic.ts';
import type { CalibrationSet, CalibrationTime } from '../../../core/records/calibration.ts';
import { type Observatory, observatory as observatorySchema } from '../../../core/records/observatory.ts';
import { sunAltitudeDeg } from '../../../core/sky/sun-moon.ts';
import { nightTimes } from '../../../core/sky/twilight.ts';
import { type Degradation, UNDEGRADED } from '../../../core/twin/faults.ts';
import type { TruthEntry } from '../../../core/twin/light.ts';
import { parkedTelescope } from '../../../core/twin/mount.ts';
import type { SkyCatalogue } from '../../../core/twin/render.ts';
import {
  type CalibrationFrame,
  type CalibrationSequence,
  calibrationFrames,
  calibrationRecipe,
  inOrderOfLight,
} from '../../../core/visits/calibration.ts';
import { afternoonBeginMs, calibrationDurationS } from '../../../core/visits/calibration-times.ts';
import { type MadeFrame, makeFrame, weatherFor } from '../../../core/visits/frame.ts';
import { replayFrame } from '../../../core/visits/replay.ts';
import { realSky } from '../../judges/sky-frames.ts';

const SIDE = 256;
const MINUTE = 60_000;
const NO_STARS: SkyCatalogue = { stars: [], galaxies: { count: 0, cone: () => [] } };

/** An observatory of the product with a chip of 256 x 256 pixels under a sky that stays clear. */
function observatoryNamed(name: string, change: (json: Record<string, any>) => void = () => {}): Observatory {
  const json = JSON.parse(readFileSync(new URL(`../../../observatories/${name}.json`, import.meta.url), 'utf8'));
  Object.assign(json.camera, { widthPix: SIDE, heightPix: SIDE });
  // All the dust of a larger chip would lie on this one.
  delete json.camera.dust;
  json.climate.clearShare = 1;
  delete json.climate.seasons;
  change(json);
  return observatorySchema.parse(json);
}

const laPalma = observatoryNamed('la-palma');
const night = nightTimes(20261121, laPalma.site);
const BIAS: CalibrationSet = { type: 'bias', count: 5, minimum: 3, configuration: { binning: 1 } };
const DARK: CalibrationSet = { ...BIAS, type: 'dark', exposureTimeS: 300 };
const DOME: CalibrationSet = { ...BIAS, type: 'flat', target: 'dome', filter: 'r', levelAdu: 20_000 };
const TWILIGHT: CalibrationSet = { ...DOME, target: 'twilight' };

function series(set: CalibrationSet, when: CalibrationTime, changes: Partial<CalibrationSequence> = {}) {
  const observatory = changes.observatory ?? laPalma;
  const times = nightTimes(20261121, observatory.site);
  const [fromMs, untilMs] = {
    afternoon: [times.sunsetMs! - 120 * MINUTE, times.sunsetMs!],
    evening: [times.sunsetMs!, times.astronomical.eveningMs!],
    nightEnd: [times.astronomical.morningMs!, times.astronomical.morningMs! + 120 * MINUTE],
    morning: [times.astronomical.morningMs!, times.sunriseMs!],
  }[when];
  return calibrationFrames({
    observatory,
    set,
    when,
    dayObs: 20261121,
    fromMs,
    untilMs,
    firstSeqNum: 11,
    count: set.count,
    telescope: parkedTelescope(observatory),
    ...changes,
  });
}

function make(
  frame: CalibrationFrame,
  set: CalibrationSet,
  when: CalibrationTime,
  more: { observatory?: Observatory; sky?: SkyCatalogue; degradation?: Degradation; truth?: TruthEntry[] } = {},
): MadeFrame {
  const observatory = more.observatory ?? laPalma;
  const recipe = calibrationRecipe({
    observatory,
    set,
    when,
    frame,
    seed: 3,
    identity: {
      dayObs: 20261121,
      groupId: 'set',
      requestId: 'night.set',
      blockId: 'night-000001',
      program: 'calibrations',
      observer: 'nocturne',
      reason: 'no master of its kind',
      parameters: 'observatory.json',
    },
    ...(more.degradation && { degradation: more.degradation }),
  });
  return makeFrame(recipe, weatherFor(observatory, 3), more.sky ?? NO_STARS, (entry) => more.truth?.push(entry));
}

/** Median count above the bias level of the middle quarter of a frame. */
function levelAdu({ rendered: { frame, readOut } }: MadeFrame, biasLevelAdu = 1000): number {
  const { x, y } = readOut.imageOrigin;
  const counts: number[] = [];
  const side = Math.round(frame.height / 2);
  const from = Math.round(frame.height / 4);
  for (let row = y + from; row < y + from + side; row++) {
    for (let column = x + from; column < x + from + side; column++) {
      counts.push(frame.pixels[row * frame.width + column]);
    }
  }
  counts.sort((a, b) => a - b);
  return counts[counts.length >> 1] - biasLevelAdu;
}

describe('biases and darks', () => {
  it('follow each other behind the closed shutter of a closed dome', () => {
    const { frames, endMs, telescope } = series(DARK, 'afternoon', { count: 3 });
    const fromMs = night.sunsetMs! - 120 * MINUTE;
    expect(frames.map(({ beginMs }) => beginMs - fromMs)).toEqual([0, 304_000, 608_000]);
    expect(endMs).toBe(fromMs + 912_000);
    expect(frames.map(({ exposureId, index, seqNum }) => [exposureId, index, seqNum])).toEqual([
      ['noc1_d_20261121_000011', 0, 11],
      ['noc1_d_20261121_000012', 1, 12],
      ['noc1_d_20261121_000013', 2, 13],
    ]);
    expect(telescope).toEqual(parkedTelescope(laPalma));
    const made = make(frames[0], DARK, 'afternoon');
    expect(made.header).toMatchObject({ imageType: 'dark', exposureTimeS: 300, domeOpen: false, object: 'dark' });
    expect(made.header.filter).toBeUndefined();
    // 0.02 e-/s for 300 s at 1.6 e-/ADU, beside a bias gradient of at most 3 ADU.
    expect(Math.abs(levelAdu(made) - 3.75)).toBeLessThan(5);
    expect(series(BIAS, 'nightEnd').frames.map(({ exposureTimeS }) => exposureTimeS)).toEqual([0, 0, 0, 0, 0]);
  });

  it('come after the last visit once the telescope is parked and the dome closed', () => {
    const open = { ...parkedTelescope(laPalma), tracking: { raDeg: 10.68, decDeg: 41.27 }, domeOpen: true };
    for (const set of [BIAS, DOME]) {
      const parked = series(set, 'nightEnd').frames;
      const { frames, telescope } = series(set, 'nightEnd', { telescope: open });
      expect(telescope).toMatchObject({ domeOpen: false, tracking: null });
      expect(frames.every((frame) => !frame.telescope.domeOpen)).toBe(true);
      // The dome of this observatory closes in 60 s; the mount takes less.
      expect(frames[0].slewTimeS).toBeGreaterThanOrEqual(60);
      expect(frames[0].beginMs - parked[0].beginMs).toBeCloseTo(frames[0].slewTimeS * 1000, -1);
      expect(frames.slice(1).map(({ slewTimeS }) => slewTimeS)).toEqual(Array(frames.length - 1).fill(0));
      expect(make(frames[0], set, 'nightEnd').header.domeOpen).toBe(false);
    }
  });

  it('are read binned when the set says so', () => {
    const set = { ...BIAS, configuration: { binning: 2 } };
    const made = make(series(set, 'afternoon').frames[0], set, 'afternoon');
    expect(made.header).toMatchObject({ xBinning: 2, yBinning: 2 });
    expect(made.rendered.frame.height).toBe(SIDE / 2);
  });

  it('end with the time that there is, and are impossible without any', () => {
    const fromMs = night.sunsetMs! - 120 * MINUTE;
    expect(series(DARK, 'afternoon', { untilMs: fromMs + 11 * MINUTE }).frames.length).toBe(2);
    expect(() => series(DARK, 'afternoon', { untilMs: fromMs + MINUTE })).toThrow(CalibrationNotPossible);
    expect(() => series(DARK, 'afternoon', { untilMs: fromMs + MINUTE })).toThrow(
      /not one dark of 300 s ends .* begin earlier/,
    );
    expect(() => series({ ...DARK, exposureTimeS: 4000 }, 'afternoon')).toThrow(ConfigureFailed);
  });
});

describe('dome flats', () => {
  it.each([1, 2])('have the level that is asked, from the first to the last, binned %d', (binning) => {
    const set = { ...DOME, configuration: { binning } };
    const { frames, telescope } = series(set, 'afternoon');
    expect(telescope).toMatchObject({ filter: 'r', domeOpen: false });
    for (const frame of frames) {
      const made = make(frame, set, 'afternoon');
      expect(made.header).toMatchObject({ filter: 'r', simFlatLight: 'dome', object: 'dome flat', domeOpen: false });
      expect(made.rendered.wcs).toBeUndefined();
      expect(Math.abs(levelAdu(made) / 20_000 - 1)).toBeLessThan(0.05);
    }
  });

  it('wait until the lamp is warm while the filter comes in', () => {
    const [first, second] = series(DOME, 'afternoon').frames;
    expect(first.configureTimeS).toBe(8);
    // 8 % that fall by e in 120 s are a thousandth after 120 ln 80 s.
    expect(first.configureTimeS + first.waitTimeS).toBeCloseTo(120 * Math.log(80), 9);
    expect(first.beginMs).toBe(Math.ceil(night.sunsetMs! - 120 * MINUTE + 120_000 * Math.log(80)));
    expect([second.configureTimeS, second.waitTimeS]).toEqual([0, 0]);
    const more = series(DOME, 'afternoon', { firstIndex: 5, count: 1, telescope: first.telescope });
    expect(more.frames[0]).toMatchObject({ index: 5, configureTimeS: 0, waitTimeS: 0 });
  });

  it('are impossible when the camera cannot expose so short', () => {
    expect(() => series({ ...DOME, levelAdu: 100 }, 'afternoon')).toThrow(
      /100 ADU in r takes 0.0200 s; noc1 exposes 0.1 to 1800 s/,
    );
    expect(() => series({ ...DOME, filter: undefined }, 'afternoon')).toThrow(/without a filter/);
  });
});

describe('twilight flats', () => {
  it.each([
    ['la-palma', 'evening', 'g', 20_000],
    ['la-palma', 'morning', 'i', 20_000],
    ['rubin-like', 'evening', 'r', 20_000],
    ['ztf-like', 'evening', 'g', 15_000],
    ['amateur', 'evening', 'r', 6000],
  ] as const)('of %s in the %s in %s keep their level while the light changes', (name, when, filter, level) => {
    const observatory = observatoryNamed(name);
    const set = { ...TWILIGHT, filter, levelAdu: level };
    const { frames, telescope } = series(set, when, { observatory });
    expect(frames.length).toBe(5);
    frames.forEach((frame, i) => {
      const sunDeg = sunAltitudeDeg(frame.beginMs, observatory.site);
      expect(sunDeg).toBeLessThan(0);
      expect(sunDeg).toBeGreaterThan(-18);
      const made = make(frame, set, when, { observatory });
      expect(Math.abs(levelAdu(made, observatory.camera.biasLevelAdu) / level - 1)).toBeLessThan(0.05);
      if (i === 0) return;
      const rises = frame.exposureTimeS > frames[i - 1].exposureTimeS;
      expect(rises).toBe(when === 'evening');
      expect(frame.beginMs).toBeGreaterThanOrEqual(frames[i - 1].readyMs + frame.slewTimeS * 1000);
    });
    expect(telescope).toMatchObject({ domeOpen: true, filter, tracking: frames[4].pointing });
  });

  it('account for every second before them', () => {
    const { frames } = series(TWILIGHT, 'evening');
    let atMs = night.sunsetMs!;
    for (const { beginMs, readyMs, slewTimeS, configureTimeS, waitTimeS } of frames) {
      expect(Math.abs(beginMs - atMs - (slewTimeS + configureTimeS + waitTimeS) * 1000)).toBeLessThan(2);
      atMs = readyMs;
    }
  });

  it('show stars, none of them on a pixel twice', () => {
    // Four degrees on 256 pixels, so that there are enough stars.
    const observatory = observatoryNamed('la-palma', ({ camera, site }) => {
      camera.pixelSizeUm = 54;
      delete site.faintStarsVMax;
    });
    const { frames } = series({ ...TWILIGHT, count: 9 }, 'evening', { observatory });
    const wcsOf = frames.map((frame) => {
      const truth: TruthEntry[] = [];
      const made = make(frame, TWILIGHT, 'evening', { observatory, sky: realSky(), truth });
      expect(made.header).toMatchObject({
        filter: 'r',
        simFlatLight: 'dusk',
        domeOpen: true,
        raDeg: frame.pointing!.raDeg,
      });
      const bright = truth.filter(({ kind, electrons }) => kind === 'star' && electrons > 20_000);
      expect(bright.length).toBeGreaterThan(0);
      const { pixels, width } = made.rendered.frame;
      const { x: originX } = made.rendered.readOut.imageOrigin;
      for (const { x, y } of bright) {
        if (x < 5 || y < 5 || x > SIDE - 6 || y > SIDE - 6) continue;
        // The light of the star stands over the twilight around it.
        const at = (dx: number, dy: number) => pixels[Math.round(y + dy) * width + originX + Math.round(x + dx)];
        expect(at(0, 0)).toBeGreaterThan((at(5, 0) + at(-5, 0) + at(0, 5) + at(0, -5)) / 4 + 400);
      }
      return made.rendered.wcs!;
    });
    const { raDeg, decDeg } = frames[0].pointing!;
    const places = wcsOf.map((wcs) => skyToPixel(wcs, raDeg, decDeg)!);
    places.forEach((a, i) => {
      for (const b of places.slice(0, i)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(10);
    });
  });

  it('go on with other pointings when frames are replaced', () => {
    const first = series(TWILIGHT, 'evening');
    const more = series(TWILIGHT, 'evening', {
      fromMs: first.endMs,
      telescope: first.telescope,
      firstSeqNum: 16,
      firstIndex: 5,
      count: 2,
    });
    expect(more.frames.map(({ index, exposureId }) => [index, exposureId])).toEqual([
      [5, 'noc1_f_20261121_000016'],
      [6, 'noc1_f_20261121_000017'],
    ]);
    expect(more.frames[0].configureTimeS).toBe(0);
    const degrees = ({ pointing }: CalibrationFrame) => `${pointing?.raDeg} ${pointing?.decDeg}`;
    expect(new Set([...first.frames, ...more.frames].map(degrees)).size).toBe(7);
  });

  it('are fewer when twilight ends, and impossible when it is over', () => {
    const fromMs = night.sunsetMs! + 33 * MINUTE;
    const late = series({ ...TWILIGHT, count: 20 }, 'evening', { fromMs });
    expect(late.frames.length).toBeGreaterThan(0);
    expect(late.frames.length).toBeLessThan(20);
    expect(late.frames.at(-1)!.exposureTimeS).toBeLessThanOrEqual(60);
    const short = series(TWILIGHT, 'evening', { untilMs: series(TWILIGHT, 'evening').frames[2].readyMs });
    expect(short.frames.length).toBe(3);
    for (const atMs of [night.astronomical.eveningMs!, night.midnightMs]) {
      const dark = { fromMs: atMs, untilMs: night.sunriseMs! };
      expect(() => series(TWILIGHT, 'evening', dark)).toThrow(CalibrationNotPossible);
    }
    expect(() => series(TWILIGHT, 'evening', { fromMs: night.midnightMs, untilMs: night.sunriseMs! })).toThrow(
      /the evening sky is never right for flats of 20000 ADU in r from 2026-11-2/,
    );
  });

  it('come in the order in which the sky suits them', () => {
    const sets = ['r', 'g', 'i'].map((filter) => ({ set: { ...TWILIGHT, filter } }));
    const order = (when: CalibrationTime) =>
      inOrderOfLight(laPalma, [...sets, { set: BIAS }], when, night.sunsetMs!).map(({ set }) => set.filter ?? 'bias');
    const evening = order('evening');
    expect(evening[0]).toBe('bias');
    expect(order('morning')).toEqual(['bias', ...evening.slice(1).toReversed()]);
    // All of the programme's filters fit into one evening.
    let at = { fromMs: night.sunsetMs!, telescope: parkedTelescope(laPalma) };
    for (const { set } of inOrderOfLight(laPalma, sets, 'evening', night.sunsetMs!)) {
      const { frames, endMs, telescope } = series(set, 'evening', at);
      expect(frames.length).toBe(5);
      at = { fromMs: endMs, telescope };
    }
    expect(at.fromMs).toBeLessThan(night.nautical.eveningMs!);
  });
});

describe('the time that sets take', () => {
  it('is enough for their frames', () => {
    for (const set of [BIAS, DARK, DOME]) {
      const { endMs } = series(set, 'afternoon');
      const tookS = (endMs - (night.sunsetMs! - 120 * MINUTE)) / 1000;
      expect(calibrationDurationS(set, laPalma)).toBeGreaterThanOrEqual(tookS - 0.001);
      expect(calibrationDurationS(set, laPalma)).toBeLessThan(tookS + 1);
    }
    const frames = series(TWILIGHT, 'evening').frames;
    const tookS = (frames[4].readyMs - frames[0].beginMs) / 1000;
    expect(calibrationDurationS(TWILIGHT, laPalma)).toBeGreaterThan(tookS);
  });

  it('ends ten minutes before sunset when it begins as told', () => {
    // Five darks of 300 s and five biases, with readouts of 4 s.
    const beginMs = afternoonBeginMs(laPalma, [DARK, BIAS], night.sunsetMs!);
    expect(night.sunsetMs! - beginMs).toBe((600 + 5 * 304 + 5 * 4) * 1000);
    // What cannot be taken takes no time.
    expect(afternoonBeginMs(laPalma, [DARK, { ...DOME, levelAdu: 10 }, BIAS], night.sunsetMs!)).toBe(beginMs);
  });
});

describe('faults of lamp, amplifier and shutter', () => {
  const [bias] = series(BIAS, 'afternoon').frames;
  const [dark] = series(DARK, 'afternoon').frames;
  const [flat] = series(DOME, 'afternoon').frames;
  const broken = (faults: Partial<Degradation>) => ({ degradation: { ...UNDEGRADED, ...faults } });

  it('leave no trace when there are none', () => {
    expect(make(bias, BIAS, 'afternoon', broken({})).file).toEqual(make(bias, BIAS, 'afternoon').file);
  });

  it('a lamp that stays on lights biases and darks, and is told', () => {
    const lit = broken({ lampOn: true });
    const plain = levelAdu(make(dark, DARK, 'afternoon'));
    const made = make(dark, DARK, 'afternoon', lit);
    expect(made.header.simFaults).toBe('lamp');
    // 1 % of 9000 e-/s in i, the brightest, for 300 s and half of a readout of 4 s; 1.6 e-/ADU.
    const strayAdu = (0.01 * 9000 * 302) / 1.6;
    expect(Math.abs((levelAdu(made) - plain) / strayAdu - 1)).toBeLessThan(0.01);
    expect(levelAdu(make(bias, BIAS, 'afternoon', lit))).toBeGreaterThan(100);
    expect(make(flat, DOME, 'afternoon', lit).rendered.frame.pixels).toEqual(
      make(flat, DOME, 'afternoon').rendered.frame.pixels,
    );
  });

  it('a dead amplifier reads its bias level, and the others as ever', () => {
    const observatory = observatoryNamed('la-palma', ({ camera }) => {
      const amplifier = { gainEPerAdu: 1.6, readNoiseE: 6, biasLevelAdu: 1000 };
      camera.amplifiers = [
        { name: 'L', corner: 'lowerLeft', ...amplifier },
        { name: 'R', corner: 'lowerRight', ...amplifier },
      ];
    });
    const whole = make(flat, DOME, 'afternoon', { observatory });
    const dead = make(flat, DOME, 'afternoon', { observatory, ...broken({ deadAmplifier: true }) });
    expect(dead.header.simFaults).toBe('amplifier');
    expect(dead.images[0].pixels).toEqual(whole.images[0].pixels);
    const values = Array.from(dead.images[1].pixels);
    expect(values.every((adu) => Math.abs(adu - 1000) <= 2)).toBe(true);
    const mean = values.reduce((sum, adu) => sum + adu, 0) / values.length;
    const variance = values.reduce((sum, adu) => sum + (adu - mean) ** 2, 0) / values.length;
    // 0.3 ADU of noise, rounded: P(|x| > 0.5) of a Gaussian is 0.0956.
    expect(mean).toBeCloseTo(1000, 1);
    expect(Math.abs(variance - 0.0956)).toBeLessThan(0.01);
  });

  it('a stuck shutter leaves flats empty', () => {
    expect(Math.abs(levelAdu(make(flat, DOME, 'afternoon', broken({ shutterStuck: true }))))).toBeLessThan(5);
    const [twilight] = series(TWILIGHT, 'evening').frames;
    const stuck = make(twilight, TWILIGHT, 'evening', broken({ shutterStuck: true }));
    expect(Math.abs(levelAdu(stuck))).toBeLessThan(5);
  });

  it.each([
    ['lamp and amplifier', { lampOn: true, deadAmplifier: true }],
    ['shutter', { shutterStuck: true }],
    ['nothing', {}],
  ])('frames are made again from their headers: %s', (_what, faults) => {
    const [twilight] = series(TWILIGHT, 'evening').frames;
    for (const [frame, set, when] of [
      [bias, BIAS, 'afternoon'],
      [flat, DOME, 'afternoon'],
      [twilight, TWILIGHT, 'evening'],
    ] as const) {
      const { file } = make(frame, set, when, broken(faults));
      expect(replayFrame(file, laPalma, NO_STARS)).toMatchObject({ isIdentical: true, differingCards: [] });
    }
  });
});
