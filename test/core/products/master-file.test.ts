import { describe, expect, it } from 'vitest';
import { readHdus } from '../../../core/fits/hdus.ts';
import { type MasterContent, readMaster, writeMaster } from '../../../core/products/master-file.ts';
import { readRawFrame } from '../../../core/products/raw-frame.ts';
import { replacedBytes } from '../fits/example-files.ts';
import { BIAS, examplePlanes, HEIGHT, MASTER, WIDTH } from './examples.ts';

const flat = writeMaster(MASTER);
const bias = writeMaster(BIAS);
const cardsOf = (bytes: Uint8Array) => Object.fromEntries(readHdus(bytes)[0].header.values);
const changed = (change: Partial<MasterContent['master']>, rest: Partial<MasterContent> = {}): MasterContent => ({
  ...MASTER,
  ...rest,
  master: { ...MASTER.master, ...change },
});

describe('the file of a master', () => {
  it('gives back what was written', () => {
    const read = readMaster(flat.bytes);
    expect(read.planes).toEqual(MASTER.planes);
    expect(read.header).toEqual(flat.header);
    expect(read).toMatchObject({ masterId: MASTER.master.masterId, type: 'flat', bunit: '' });
    expect(read.frames).toEqual(MASTER.master.frames);
    expect(read.rejected).toEqual(MASTER.master.rejected);
    expect(read.metrics).toEqual(
      MASTER.master.quality.metrics.map(({ name, unit, grade, value }) => ({
        name,
        unit,
        grade,
        ...(value !== undefined && { value }),
      })),
    );
    expect(read.history.join(' ')).toBe([...MASTER.history!, ...MASTER.master.quality.reasons].join(' '));
  });

  it('says in its cards what it is, from what, how it was made and how good it is', () => {
    expect(cardsOf(flat.bytes)).toMatchObject({
      NAXIS1: WIDTH,
      NAXIS2: HEIGHT,
      BITPIX: -32,
      NEXTEND: 2,
      OBSTYPE: 'MASTER_FLAT',
      IMAGETYP: 'master flat',
      INSTRUME: 'noc1',
      FILTER: 'g',
      FLATTARG: 'twilight',
      XBINNING: 1,
      'SET-TEMP': -60,
      'CCD-TEMP': -59.96,
      EXPTIME: 2.75,
      DATE: '2026-11-21T19:15:00.000',
      TIMESYS: 'TAI',
      'DATE-BEG': '2026-11-21T19:10:37.000',
      VALIDFRM: '2026-11-21T19:10:37.000',
      VALIDTO: '2026-12-21T19:10:37.000',
      BUNIT: '',
      NCOMBINE: 3,
      NREJECT: 1,
      COMBTYPE: 'mean',
      REJTYPE: 'sigclip',
      REJLOW: 3,
      REJHIGH: 2.5,
      REJDEV: 'mad',
      NORMVAL: 19_876.5,
      BIASFILE: 'noc1_mb_20261121_000001.fits',
      DARKFILE: 'noc1_md_20261120_000011.fits',
      SRC001: 'noc1_f_20261121_000031',
      SRC003: 'noc1_f_20261121_000034',
      QCFLAG: 'WARN',
      QCMETRIC: 3,
      QC002NAM: 'gradientX',
      QC002VAL: -1.25e-7,
      QC002UNI: '%',
      QC002GRD: 'WARN',
      SIMULATE: true,
    });
  });

  it('has the Modified Julian Dates of its frames in TAI, to a millisecond', () => {
    const { 'MJD-BEG': begin, 'MJD-END': end } = cardsOf(flat.bytes);
    // 61365 is 2026-11-21 (astropy: Time('2026-11-21').mjd); 19:10:37 is 69037 s, 19:14:12.5 is 69252.5 s.
    expect(begin).toBeCloseTo(61365 + 69037 / 86400, 8);
    expect(end).toBeCloseTo(61365 + 69252.5 / 86400, 8);
  });

  it('has no card for what there is not', () => {
    const cards = cardsOf(bias.bytes);
    for (const keyword of ['FILTER', 'FLATTARG', 'SET-TEMP', 'NORMVAL', 'BIASFILE', 'REJLOW', 'REJ001', 'QC001NAM'])
      expect(cards).not.toHaveProperty(keyword);
    expect(cards).toMatchObject({
      OBSTYPE: 'MASTER_BIAS',
      COMBTYPE: 'median',
      REJTYPE: 'none',
      BUNIT: 'adu',
      XBINNING: 2,
    });
    expect(readMaster(bias.bytes).metrics).toEqual([]);
  });

  it.each([
    [{ method: 'mean' }, ['mean', 'none', undefined, undefined]],
    [{ method: 'minMax', rejectLow: 1, rejectHigh: 2 }, ['mean', 'minmax', 1, 2]],
  ] as const)('names the combination: %o', (combination, expected) => {
    const { COMBTYPE, REJTYPE, REJLOW, REJHIGH } = cardsOf(writeMaster({ ...BIAS, combination }).bytes);
    expect([COMBTYPE, REJTYPE, REJLOW, REJHIGH]).toEqual(expected);
  });

  it('is the same bytes for the same input, and other bytes for another pixel', () => {
    expect(writeMaster(MASTER).bytes).toEqual(flat.bytes);
    const planes = examplePlanes();
    planes.dq[0] ^= 1;
    expect(writeMaster({ ...MASTER, planes }).bytes).not.toEqual(flat.bytes);
  });

  it('is read from wherever its bytes lie', () => {
    const room = new Uint8Array(flat.bytes.length + 3);
    room.set(flat.bytes, 3);
    expect(readMaster(room.subarray(3))).toEqual(readMaster(flat.bytes));
  });

  it('leaves what it was given as it was', () => {
    expect(MASTER.planes).toEqual(examplePlanes());
  });

  it('keeps a reason in other letters than those of FITS readable', () => {
    const rejected = [{ exposureId: 'x', reason: 'zu hell:\n5σ über dem Üblichen' }];
    const { bytes } = writeMaster(changed({ rejected }));
    expect(readMaster(bytes).rejected).toEqual([{ exposureId: 'x', reason: 'zu hell: 5? u?ber dem U?blichen' }]);
  });
});

describe('a master that contradicts itself', () => {
  it('is not written, and every fault is named', () => {
    const set = { ...MASTER.master.set, filter: undefined };
    const wrong = { normValueAdu: undefined, exposureTimeS: -1, bunit: 'adu' } as const;
    expect(() => writeMaster(changed({ set, takenFrom: '2026-11-21T19:10:37.000' }, wrong))).toThrow(
      [
        'exposureTimeS (EXPTIME): got -1; must be at least 0',
        'filter: missing; a master flat must have it',
        'normValueAdu: missing; a master flat must have it',
        'bunit (BUNIT): got "adu" in a MASTER_FLAT; only a flat has none',
      ].join('\n'),
    );
  });

  it('has planes of one size', () => {
    const planes = { ...examplePlanes(), dq: new Uint8Array(5) };
    expect(() => writeMaster({ ...MASTER, planes })).toThrow('dq: 5 pixels; must be 51 x 33');
  });
});

describe('a file that is no whole master is refused', () => {
  it('when a byte of any of its parts is another', () => {
    const hdus = readHdus(flat.bytes);
    for (const { name, dataBytes } of hdus) {
      const damaged = flat.bytes.slice();
      damaged[dataBytes.byteOffset - flat.bytes.byteOffset + 100] ^= 4;
      expect(() => readMaster(damaged), name).toThrow(`(${name})`);
    }
  });

  it('when it was cut short, or lacks a plane', () => {
    const [primary, uncertainty] = readHdus(flat.bytes);
    const without = flat.bytes.slice(0, primary.bytes.length + uncertainty.bytes.length);
    expect(() => readMaster(without)).toThrow('NEXTEND says 2 extensions, the file has 1');
    expect(() => readMaster(without, { verify: false })).toThrow('extension DQ: missing');
    expect(() => readMaster(flat.bytes.slice(0, -1))).toThrow('ends within its data');
  });

  it('when its planes are of several sizes', () => {
    const small = writeMaster({ ...MASTER, planes: examplePlanes(17, 11) }).bytes;
    const [primary] = readHdus(flat.bytes);
    const mixed = Buffer.concat([
      primary.bytes,
      ...readHdus(small)
        .slice(1)
        .map(({ bytes }) => bytes),
    ]);
    expect(() => readMaster(new Uint8Array(mixed))).toThrow(
      [
        'UNCERT: 17 x 11 pixels; the primary image has 51 x 33',
        'DQ: 17 x 11 pixels; the primary image has 51 x 33',
      ].join('\n'),
    );
  });

  it('when it does not have as many frames as it says', () => {
    const bytes = replacedBytes(flat.bytes, 'SRC003  =', 'SRC004  =');
    expect(() => readMaster(bytes, { verify: false })).toThrow('NCOMBINE is 3, and there are 2 cards SRC');
  });

  it('when its header is that of something else', () => {
    const bytes = replacedBytes(flat.bytes, "'MASTER_FLAT'", "'SUPERB_FLAT'");
    expect(() => readMaster(bytes, { verify: false })).toThrow(
      'obsType (OBSTYPE): got "SUPERB_FLAT"; must be one of MASTER_BIAS, MASTER_DARK, MASTER_FLAT',
    );
  });

  it('when a raw frame is wanted', () => {
    expect(() => readRawFrame(flat.bytes)).toThrow('a raw frame is needed; the file holds MASTER_FLAT');
  });
});
