import { describe, expect, it } from 'vitest';
import { ChecksumMismatch, InvalidFrameHeader } from '../../../core/fits/errors.ts';
import { readHdus, verifyHdu } from '../../../core/fits/hdus.ts';
import { inheritedFrameHeader, writeMultiExtension } from '../../../core/fits/multi-extension.ts';
import { imageOf } from '../../../core/fits/read.ts';
import { wcsOf } from '../../../core/fits/wcs.ts';
import { AMPLIFIERS, multiExtension, valuesOf } from './example-files.ts';
import { SHARED_HEADER } from './example-frame.ts';

describe('a frame of several amplifiers', () => {
  const bytes = multiExtension();
  const hdus = readHdus(bytes);

  it('has a primary header without data, and an image extension for each amplifier', () => {
    expect(hdus.map(({ kind, name }) => [kind, name])).toEqual([
      ['PRIMARY', 'PRIMARY'],
      ['IMAGE', 'AMP01'],
      ['IMAGE', 'AMP02'],
      ['IMAGE', 'AMP03'],
    ]);
    expect(valuesOf(hdus[0].header)).toMatchObject({
      NAXIS: 0,
      EXTEND: true,
      NEXTEND: 3,
      DATASUM: '0',
      OBJECT: SHARED_HEADER.object,
    });
    expect(hdus[0].header.values.has('GAIN')).toBe(false);
    expect(valuesOf(hdus[2].header)).toMatchObject({
      INHERIT: true,
      GAIN: 1.5,
      AMPSEC: '[32:1,1:24]',
      DETSEC: '[33:64,1:24]',
    });
    expect(hdus[2].header.values.has('OBJECT')).toBe(false);
  });

  it('has right checksums in every header-data unit', () => {
    for (const hdu of hdus) expect(verifyHdu(hdu)).toEqual({ hdu: 'right', data: 'right' });
  });

  it('comes back: pixels, world coordinates, and headers with what they inherit', () => {
    for (const [i, amplifier] of AMPLIFIERS.entries()) {
      const extension = hdus[i + 1];
      expect(imageOf(extension).pixels).toEqual(amplifier.pixels);
      expect(wcsOf(extension.header)).toEqual(amplifier.wcs);
      expect(inheritedFrameHeader(hdus[0], extension)).toEqual({ ...SHARED_HEADER, ...amplifier.header });
    }
  });

  it('is refused with every fault at once, each with the name of its extension', () => {
    const [first, second] = AMPLIFIERS;
    const { wcs: _, ...withoutWcs } = second;
    const wrong = {
      header: { ...SHARED_HEADER, airmass: 0.5 },
      extensions: [first, { ...withoutWcs, name: first.name, header: { ...second.header, gainEPerAdu: -1 } }],
    };
    try {
      writeMultiExtension(wrong);
      expect.unreachable();
    } catch (error) {
      const { faults } = error as InvalidFrameHeader;
      expect(faults).toHaveLength(4);
      expect(faults.join(' ')).toMatch(/airmass.*AMP01 stands twice.*AMP01: gainEPerAdu.*AMP01: wcs: missing/);
    }
    expect(() => writeMultiExtension({ header: SHARED_HEADER, extensions: [] })).toThrow(InvalidFrameHeader);
  });

  it('says which extension is damaged', () => {
    const damaged = bytes.slice();
    damaged[hdus[2].dataBytes.byteOffset - bytes.byteOffset + 100] ^= 1;
    expect(() => readHdus(damaged)).toThrow(ChecksumMismatch);
    expect(() => readHdus(damaged)).toThrow('DATASUM of HDU 2 (AMP02)');
    expect(readHdus(damaged, { verify: false })).toHaveLength(4);
  });
});
