import { describe, expect, it } from 'vitest';
import { readHdus } from '../../../core/fits/hdus.ts';
import { pixelToSky } from '../../../core/gnomonic.ts';
import { readRawFrame } from '../../../core/products/raw-frame.ts';
import { readReduced, writeReduced } from '../../../core/products/reduced-file.ts';
import { calibrationPolicy } from '../../../core/records/observatory/calibration-policy.ts';
import { plateScaleArcsecPerPix } from '../../../core/records/observatory.ts';
import { reduceFrame } from '../../../core/reduction/reduce.ts';
import { exampleReduced, SOURCES } from './examples.ts';
import { FOUR_AMPLIFIERS, madeFrame, OF_THE_SKY, smallObservatory } from './frames.ts';

const made = madeFrame(smallObservatory({ amplifiers: FOUR_AMPLIFIERS }), OF_THE_SKY);
const frame = readRawFrame(made.file);
const content = exampleReduced(frame);
const written = writeReduced(content);
const cardsOf = (bytes: Uint8Array) => Object.fromEntries(readHdus(bytes)[0].header.values);

/** The content with another result of the reduction. */
const reducedAs = (change: Partial<typeof content.reduced>) => ({
  ...content,
  reduced: { ...content.reduced, ...change },
});

describe('the file of a reduced frame', () => {
  it('gives back what was written', () => {
    const read = readReduced(written.bytes);
    expect(read.header).toEqual(written.header);
    expect(read.planes).toEqual(content.reduced.planes);
    expect(read.wcs).toEqual(frame.wcs);
    expect(read.sources).toEqual(SOURCES);
    expect(read.steps).toEqual(content.reduced.steps.map(({ step, status }) => ({ step, status })));
    expect(read.frames).toEqual([frame.raw.exposureId]);
    expect(read.history.join('\n')).toContain('flat SKIPPED: no master flat of filter r');
    expect(read.history.join('\n')).toContain('grade: seeing 1.38 arcsec');
  });

  it('keeps of the raw header what is still true', () => {
    const raw = readHdus(made.file)[0].header.values;
    const cards = cardsOf(written.bytes);
    const other = ['SIMPLE', 'BITPIX', 'NAXIS', 'EXTEND', 'NEXTEND', 'CHECKSUM', 'DATASUM'];
    const changed = ['FILENAME', 'DATE', 'CAL_STAT', 'SW_VERS'];
    for (const [keyword, value] of raw) {
      if (![...other, ...changed].includes(keyword)) expect(cards[keyword], keyword).toEqual(value);
    }
    for (const keyword of ['BIASSEC', 'TRIMSEC', 'DATASEC', 'DETSEC', 'SIM_GAIN', 'SIM_RNSE', 'BZERO'])
      expect(cards).not.toHaveProperty(keyword);
  });

  it('says what was done with which masters, and what was measured', () => {
    // Root of the mean square of 5, 6.5, 8 and 12 electrons.
    expect(cardsOf(written.bytes).RDNOISE).toBeCloseTo(Math.sqrt((25 + 42.25 + 64 + 144) / 4), 12);
    expect(cardsOf(written.bytes)).toMatchObject({
      BITPIX: -32,
      NEXTEND: 3,
      BUNIT: 'electron',
      GAIN: 1,
      RAWFILE: made.filename,
      FILENAME: content.filename,
      DATE: '2026-11-11T03:02:00.000',
      CAL_STAT: 'INCOMPLETE',
      CAL_MISS: 'flat',
      CAL_BIAS: 'noc1_mb_20261110_000001.fits',
      CAL_DARK: 'noc1_md_20261110_000011.fits',
      DARKSCAL: 0.2,
      REDBLOCK: 'la-palma-20261110.r.1',
      S_BIAS: 'COMPLETE',
      S_FLAT: 'SKIPPED',
      S_CRREJ: 'SKIPPED',
      MAGZPT: 22.4375,
      MAGZERR: 0.0125,
      STARFWHM: 1.375,
      SKYLEVEL: 231.5,
      SKYRMS: 16.5,
      NSOURCES: 2,
      NMATCH: 1,
      WCSDX: 0.25,
      WCSDY: -0.125,
      OBSGRADE: 'B',
      SRC001: frame.raw.exposureId,
    });
    expect(cardsOf(written.bytes)).not.toHaveProperty('CAL_FLAT');
  });

  it('saturates where the amplifier does that saturates first, above its bias', () => {
    const { SATURATE } = cardsOf(written.bytes);
    const expected = FOUR_AMPLIFIERS.map(
      ({ biasLevelAdu, gainEPerAdu }, i) => (made.images[i].saturationAdu - biasLevelAdu) * gainEPerAdu,
    );
    // The overscan of a few hundred pixels tells the bias level to some counts, of 1.3 electrons and more.
    expect(Math.abs((SATURATE as number) - Math.min(...expected))).toBeLessThan(5);
  });

  it('has the pixels of the sky where the raw frame has them', () => {
    const { wcs } = readReduced(written.bytes);
    // Pixel (1, 1) of the reduced image is (9, 1) of the first amplifier: 8 columns of prescan are gone.
    expect(pixelToSky(wcs!, 1, 1)).toEqual(pixelToSky(made.images[0].wcs!, 9, 1));
  });

  it('of a frame of which nothing could be measured has no cards of it', () => {
    const names = [
      'offsetPix',
      'zeroPointMag',
      'zeroPointErrorMag',
      'zeroPointAtAirmass1Mag',
      'seeingArcsec',
      'skyMagPerArcsec2',
    ];
    const measured = Object.entries(content.reduced).filter(([name]) => !names.includes(name));
    const nothing = { sources: [], matchedCount: 0, ellipticity: Number.NaN };
    const reduced = { ...(Object.fromEntries(measured) as typeof content.reduced), ...nothing };
    const { bytes } = writeReduced({ ...content, reduced });
    for (const keyword of ['MAGZPT', 'MAGZERR', 'MAGZPT1', 'STARFWHM', 'STARELL', 'SKYMAG'])
      expect(cardsOf(bytes)).not.toHaveProperty(keyword);
    expect(readReduced(bytes).sources).toEqual([]);
  });

  it('is the same bytes for the same input', () => {
    expect(writeReduced(exampleReduced(readRawFrame(made.file))).bytes).toEqual(written.bytes);
  });
});

describe('what the reduction of a frame gives', () => {
  it('is written as it is, every step by its name', () => {
    const policy = calibrationPolicy.parse({
      sets: [{ id: 'bias', type: 'bias', count: 5, when: 'afternoon', everyDays: 1, validDays: 30 }],
      reduction: {},
    });
    const observatory = smallObservatory({ amplifiers: FOUR_AMPLIFIERS }, 256);
    const of = readRawFrame(madeFrame(observatory, OF_THE_SKY).file);
    const plateScale = plateScaleArcsecPerPix(observatory);
    const reduced = reduceFrame({
      raw: of.raw,
      masters: {},
      policy,
      ...(of.wcs && { wcs: of.wcs }),
      plateScaleArcsecPerPix: plateScale,
      references: [],
    });
    const { bytes } = writeReduced({ ...content, frame: of, reduced });
    const read = readReduced(bytes);
    expect(read.steps.length).toBeGreaterThan(8);
    expect(read.steps).toHaveLength(reduced.steps.length);
    expect(read.steps).toEqual(expect.arrayContaining(reduced.steps.map(({ step, status }) => ({ step, status }))));
    expect(read.planes).toEqual(reduced.planes);
    expect(read.sources).toHaveLength(reduced.sources.length);
    expect(read.header).toMatchObject({ calStatus: 'INCOMPLETE', calMissing: 'bias,dark,flat' });
    expect(read.header).not.toHaveProperty('calBias');
  });
});

describe('a reduced frame is refused', () => {
  it('when it is to be written with faults, each of which is named', () => {
    const steps = [...content.reduced.steps, { step: 'polish', status: 'COMPLETE' as const, detail: '' }];
    const wrong = { ...reducedAs({ steps, matchedCount: -1 }), filename: 'grün.fits' };
    expect(() => writeReduced(wrong)).toThrow(
      /steps: got "polish"; must be one of overscan, .*\nfilename \(FILENAME\): got .*\nmatchedCount \(NMATCH\): got -1; must be at least 0/,
    );
  });

  it('when its planes are not of the size of its raw frame', () => {
    const other = readRawFrame(madeFrame(smallObservatory({}, 64)).file);
    expect(() => writeReduced({ ...content, frame: other })).toThrow('has 64 x 64 pixels, and reduced 128 x 128');
  });

  it('when it is damaged, or lacks its sources', () => {
    const damaged = written.bytes.slice();
    damaged[damaged.length - 2880] ^= 1;
    expect(() => readReduced(damaged)).toThrow('(SOURCES)');
    const table = readHdus(written.bytes)[3].bytes.length;
    const without = written.bytes.slice(0, -table);
    expect(() => readReduced(without)).toThrow('NEXTEND says 3 extensions, the file has 2');
    expect(() => readReduced(without, { verify: false })).toThrow('extension SOURCES: missing');
  });

  it('when a raw frame is wanted, and a raw frame where it is', () => {
    expect(() => readRawFrame(written.bytes)).toThrow(
      'a raw frame is needed; the file holds a frame with CAL_STAT "INCOMPLETE"',
    );
    expect(() => readReduced(made.file)).toThrow('rawFile (RAWFILE): missing; every file must have it');
  });
});
