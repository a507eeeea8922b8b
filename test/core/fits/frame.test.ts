import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InvalidFrameHeader } from '../../../core/fits/errors.ts';
import { frameCards, frameHeaderOf, writeFrame } from '../../../core/fits/frame.ts';
import { type FrameHeader, HEADER_GROUPS, IMAGE_TYPES } from '../../../core/fits/header-table.ts';
import { frameHeaderFaults } from '../../../core/fits/header-validate.ts';
import { readImage, verifyChecksum } from '../../../core/fits/read.ts';
import { BIAS_HEADER, OBJECT_HEADER, OBJECT_WCS } from './example-frame.ts';

const pixels = Uint16Array.from({ length: 6 }, (_, i) => i * 13000);
/** A header with properties changed, and those that are given as undefined taken out. */
function changed(header: FrameHeader, changes: Record<string, unknown>): FrameHeader {
  const entries = Object.entries({ ...header, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as FrameHeader;
}

describe('a frame', () => {
  it('comes back with its header and pixels', () => {
    for (const [header, wcs] of [
      [OBJECT_HEADER, OBJECT_WCS],
      [BIAS_HEADER, undefined],
    ] as const) {
      const bytes = writeFrame(header, wcs, 3, 2, pixels);
      const image = readImage(bytes);
      expect(image.pixels).toEqual(pixels);
      expect(frameHeaderOf(image.header)).toEqual(header);
      expect(verifyChecksum(bytes)).toEqual({ hdu: 'right', data: 'right' });
    }
  });

  it('is the same bytes however the properties of its header are ordered', () => {
    const reversed = Object.fromEntries(Object.entries(OBJECT_HEADER).reverse()) as FrameHeader;
    const sha256 = (header: FrameHeader) =>
      createHash('sha256')
        .update(writeFrame(header, OBJECT_WCS, 3, 2, pixels))
        .digest('hex');
    expect(sha256(reversed)).toBe(sha256(OBJECT_HEADER));
    expect(sha256(changed(OBJECT_HEADER, { seqNum: 178 }))).not.toBe(sha256(OBJECT_HEADER));
  });

  it('has dates without a letter for the time scale, which TIMESYS tells', () => {
    const { values } = readImage(writeFrame(OBJECT_HEADER, OBJECT_WCS, 3, 2, pixels)).header;
    expect(values.get('DATE-OBS')).toBe('2026-11-21T19:42:10.123');
    expect(values.get('TIMESYS')).toBe('UTC');
  });

  it('says nothing of the sky when it is a bias', () => {
    const keywords = frameCards(BIAS_HEADER, undefined).map((card) => card.slice(0, 8).trimEnd());
    for (const keyword of ['RA', 'DEC', 'AIRMASS', 'FILTER', 'CTYPE1', 'RADESYS', 'EQUINOX', 'SIM_PSFF']) {
      expect(keywords).not.toContain(keyword);
    }
  });

  it('of the sky needs world coordinates', () => {
    expect(() => writeFrame(OBJECT_HEADER, undefined, 3, 2, pixels)).toThrow(
      'wcs: missing; a frame of type object must have it',
    );
  });
});

describe('the header table', () => {
  const entries = HEADER_GROUPS.flatMap(
    (group): readonly { keyword: string; property?: string; required?: string }[] => [...group.entries],
  );

  it('has every mandatory card of the survey of headers, each once', () => {
    const keywords = entries.map(({ keyword }) => keyword);
    const mandatory =
      `DATE DATE-OBS DATE-BEG DATE-AVG DATE-END MJD-OBS MJD-BEG MJD-END TIMESYS EXPTIME XPOSURE DARKTIME FILTER
      INSTRUME TELESCOP ORIGIN OBSERVER OBJECT IMAGETYP RADESYS EQUINOX RA DEC ALT AZ HA AIRMASS SEEING SKYBRT MOONSEP MOONILL
      GAIN RDNOISE SATURATE BIASSEC TRIMSEC OBSGEO-X OBSGEO-Y OBSGEO-Z OBSID DAYOBS SEQNUM GROUPID REQ_ID BLOCKID PROGRAM REASON
      OBSANNOT TARGETID SIMULATE SIM_SEED SIM_PRMS SIM_PSFF SIM_RNSE SIM_DRKR SIM_SKYB SIM_GAIN CAL_STAT CAL_BIAS CAL_DARK
      CAL_FLAT SW_VERS FILENAME`.split(/\s+/);
    // What the widely used conventions add (SBFITSEXT, ESO, NOAO): all optional, and the truth of the twin beside the measured values.
    const optional =
      `CCD-TEMP SET-TEMP XBINNING YBINNING WINDOW CHIPS DATASEC CCDSEC AMPSEC DETSEC FOCUSPOS FOCTEMP ROTPA DOMEAZ DOMEOPEN PIERSIDE GUIDERMS
      MOONALT SUNALT AMSTART AMEND AMB-TEMP HUMIDITY PRESSURE WINDSPD WINDDIR CLOUDMAG SIM_OFF SIM_ROT SIM_LAMP SIM_FLT SIM_WARM SIM_RA SIM_DEC SIM_FWHM SIM_SEE
      SIM_CLD`.split(/\s+/);
    expect(new Set(keywords).size).toBe(keywords.length);
    expect([...keywords].sort()).toEqual([...mandatory, ...optional].sort());
  });

  it('has comments that find room beside their values', () => {
    const cards = frameCards(changed(OBJECT_HEADER, { obsAnnotation: undefined }), OBJECT_WCS).join('\n');
    const comments = [
      ...HEADER_GROUPS.flatMap((group): readonly { keyword: string; comment: string }[] => [...group.entries]),
    ];
    const cut = comments.filter(({ keyword, comment }) => keyword !== 'OBSANNOT' && !cards.includes(comment));
    expect(cut.map(({ keyword }) => keyword)).toEqual([]);
  });
});

describe('a header is judged', () => {
  it('right when it has all that its type needs', () => {
    expect(frameHeaderFaults(OBJECT_HEADER)).toEqual([]);
    expect(frameHeaderFaults(BIAS_HEADER)).toEqual([]);
  });

  it('by every property that its type needs', () => {
    for (const imageType of IMAGE_TYPES) {
      const faults = frameHeaderFaults({ imageType, simulate: true });
      const missing = (property: string) => faults.some((fault) => fault.startsWith(`${property} (`));
      expect(missing('gainEPerAdu')).toBe(true);
      expect(missing('filter')).toBe(['object', 'flat', 'focus'].includes(imageType));
      expect(missing('airmass')).toBe(['object', 'focus'].includes(imageType));
      expect(missing('obsAnnotation')).toBe(false);
    }
  });

  it('without what is known of a simulation when it is none', () => {
    const names = [
      'simSeed',
      'simParams',
      'simPsfFunction',
      'simReadNoiseE',
      'simDarkRateEPerS',
      'simSkyBackgroundE',
      'simGainEPerAdu',
    ];
    const bare = changed(OBJECT_HEADER, Object.fromEntries(names.map((name) => [name, undefined])));
    expect(frameHeaderFaults(bare)).toHaveLength(names.length);
    expect(frameHeaderFaults(changed(bare, { simulate: false }))).toEqual([]);
  });

  it.each([
    ['raDeg', 360, 'raDeg (RA): got 360; must be below 360'],
    ['decDeg', -90.1, 'decDeg (DEC): got -90.1; must be at least -90'],
    ['airmass', Number.POSITIVE_INFINITY, 'airmass (AIRMASS): got Infinity; must be a finite number'],
    ['moonIllumination', 88.4, 'moonIllumination (MOONILL): got 88.4; must be at most 1'],
    ['imageType', 'light', 'imageType (IMAGETYP): got "light"; must be one of object, flat, focus, dark, bias'],
    ['seqNum', 1.5, 'seqNum (SEQNUM): got 1.5; must be an integer within +-(2^53 - 1)'],
    ['object', 'Šafařík', 'object (OBJECT): got "Šafařík"; must be a text of printable ASCII'],
    ['object', 5, 'object (OBJECT): got 5; must be a text of printable ASCII'],
    ['simulate', 'T', 'simulate (SIMULATE): got "T"; must be true or false'],
    ['date', '2026-11-21T19:43:14', 'date (DATE): got "2026-11-21T19:43:14"; must be an instant in UTC'],
    ['date', '2026-02-30T19:43:14.000Z', 'date (DATE): got "2026-02-30T19:43:14.000Z"; must be an instant in UTC'],
    ['trimSection', '1:2048,1:2048', 'trimSection (TRIMSEC): got "1:2048,1:2048"; must be like'],
    ['mjdBeg', 61366.8, 'mjdBeg (MJD-BEG): got 61366.8; must be that of dateBeg, 61365.820'],
    ['dateObs', '2026-11-21T19:42:11.123Z', 'dateObs (DATE-OBS): got 2026-11-21T19:42:11.123Z; must be dateBeg'],
    ['dateAvg', '2026-11-21T19:44:11.123Z', 'dateAvg (DATE-AVG): got 2026-11-21T19:44:11.123Z; must lie between'],
    ['gain', 1.5, 'gain: not in the header table'],
  ])('wrong when %s is %s', (property, value, message) => {
    expect(frameHeaderFaults(changed(OBJECT_HEADER, { [property]: value })).join('\n')).toContain(message);
  });

  it('with all its faults at once', () => {
    const wrong = changed(OBJECT_HEADER, { raDeg: -1, filter: undefined, imageScale: 2 });
    expect(() => writeFrame(wrong, OBJECT_WCS, 3, 2, pixels)).toThrow(InvalidFrameHeader);
    try {
      writeFrame(wrong, { ...OBJECT_WCS, cd11: 0 }, 3, 2, pixels);
    } catch (error) {
      expect((error as InvalidFrameHeader).faults).toHaveLength(4);
    }
  });
});
