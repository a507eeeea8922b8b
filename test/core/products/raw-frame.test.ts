import { describe, expect, it } from 'vitest';
import { compressFrame } from '../../../core/fits/compress.ts';
import { writeFrame } from '../../../core/fits/frame.ts';
import { writeMultiExtension } from '../../../core/fits/multi-extension.ts';
import { pixelToSky } from '../../../core/gnomonic.ts';
import { readRawFrame } from '../../../core/products/raw-frame.ts';
import { openRawSource, type RandomAccess } from '../../../core/products/raw-source.ts';
import { amplifierHeader } from '../../../core/visits/header.ts';
import { replacedBytes } from '../fits/example-files.ts';
import { FOUR_AMPLIFIERS, madeFrame, OF_THE_SKY, smallObservatory } from './frames.ts';

const one = smallObservatory();
const four = smallObservatory({ amplifiers: FOUR_AMPLIFIERS });
const sky = madeFrame(one, OF_THE_SKY);
const bias = madeFrame(four);
const DARK = { imageType: 'dark', exposureTimeS: 60 } as const;

/** Faults that a file is refused with. */
function faultsOf(bytes: Uint8Array): string {
  try {
    readRawFrame(bytes, { verify: false });
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'none';
}

/** What a file was asked for. */
function recorded(bytes: Uint8Array): { file: RandomAccess; asked: [from: number, to: number][] } {
  const asked: [number, number][] = [];
  const read = async (from: number, to: number) => {
    asked.push([from, to]);
    return bytes.slice(from, to);
  };
  return { file: { read, sizeBytes: bytes.length }, asked };
}

describe('a raw frame read back', () => {
  it('has the pixels and the numbers of the amplifier that made it', () => {
    const { raw, header } = readRawFrame(sky.file);
    expect(header).toEqual(sky.header);
    expect(raw).toMatchObject({
      exposureId: sky.header.obsId,
      instrument: one.camera.id,
      imageType: 'object',
      filter: 'r',
      exposureTimeS: 60,
      dayObs: 20261110,
      binning: 1,
      widthPix: 128,
      heightPix: 128,
    });
    expect(raw.midMs - raw.beginMs).toBe(30_000);
    expect(raw.endMs - raw.beginMs).toBe(60_000);
    expect(raw.amplifiers).toHaveLength(1);
    const [{ pixels, ...amplifier }] = raw.amplifiers;
    expect(pixels).toEqual(sky.images[0].pixels);
    // 8 columns of prescan, 16 of overscan and 4 rows of it, as the camera is told to read.
    expect(amplifier).toEqual({
      name: '1',
      widthPix: 152,
      heightPix: 132,
      data: { x0: 8, y0: 0, x1: 136, y1: 128 },
      overscan: { x0: 136, y0: 0, x1: 152, y1: 128 },
      detector: { x0: 0, y0: 0, x1: 128, y1: 128 },
      gainEPerAdu: one.camera.gainEPerAdu,
      readNoiseE: one.camera.readNoiseE,
      saturationAdu: sky.images[0].saturationAdu,
    });
  });

  it('has its world coordinates on the detector without overscan', () => {
    const { wcs } = readRawFrame(sky.file);
    const raw = sky.images[0].wcs!;
    const there = pixelToSky(wcs!, 1, 1);
    expect(there).toEqual(pixelToSky(raw, 9, 1));
  });

  it('of four amplifiers has each where it lies', () => {
    const { raw, header, wcs } = readRawFrame(bias.file);
    expect(header).toEqual(bias.header);
    expect(wcs).toBeUndefined();
    expect(raw.amplifiers.map(({ name }) => name)).toEqual(['A', 'B', 'C', 'D']);
    expect(raw.amplifiers.map(({ gainEPerAdu }) => gainEPerAdu)).toEqual([1.3, 1.6, 1.9, 2.4]);
    expect(raw.amplifiers.map(({ detector }) => [detector.x0, detector.y0, detector.x1, detector.y1])).toEqual([
      [0, 0, 64, 64],
      [64, 0, 128, 64],
      [0, 64, 64, 128],
      [64, 64, 128, 128],
    ]);
    for (const [i, { pixels }] of raw.amplifiers.entries()) expect(pixels).toEqual(bias.images[i].pixels);
  });

  it('of four amplifiers has the world coordinates of the whole', () => {
    const made = madeFrame(four, OF_THE_SKY);
    const { wcs } = readRawFrame(made.file);
    const [first] = made.images;
    expect(pixelToSky(wcs!, 1, 1)).toEqual(pixelToSky(first.wcs!, 9, 1));
    const last = made.images[3];
    const [corner, same] = [pixelToSky(wcs!, 128, 128), pixelToSky(last.wcs!, 8 + 64, 64)];
    expect(corner.raDeg).toBeCloseTo(same.raDeg, 10);
    expect(corner.decDeg).toBeCloseTo(same.decDeg, 10);
  });

  it('binned 2 x 2 has its sections in binned pixels', () => {
    const { raw } = readRawFrame(madeFrame(four, { binning: 2 }).file);
    expect([raw.binning, raw.widthPix, raw.heightPix]).toEqual([2, 64, 64]);
    expect(raw.amplifiers[3].detector).toEqual({ x0: 32, y0: 32, x1: 64, y1: 64 });
    expect(raw.amplifiers[3].data).toEqual({ x0: 4, y0: 0, x1: 36, y1: 32 });
  });

  it('of a window says where on the detector it lies', () => {
    const window = { xPix: 32, yPix: 48, widthPix: 64, heightPix: 32 };
    const { raw, window: place } = readRawFrame(madeFrame(four, { window }).file);
    expect(place).toEqual({ x0: 32, y0: 48, x1: 96, y1: 80 });
    expect([raw.widthPix, raw.heightPix]).toEqual([64, 32]);
    expect(raw.amplifiers.map(({ detector }) => [detector.x0, detector.y0])).toEqual([
      [0, 0],
      [32, 0],
      [0, 16],
      [32, 16],
    ]);
  });
});

describe('a raw frame is refused', () => {
  it('when a byte of it is another', () => {
    const damaged = sky.file.slice();
    damaged[damaged.length - 4000] ^= 1;
    expect(() => readRawFrame(damaged)).toThrow(/DATASUM of HDU 0/);
    expect(() => readRawFrame(sky.file.subarray(0, sky.file.length - 2880))).toThrow(/ends within its data/);
  });

  it('with every fault, when its sections do not fit its pixels', () => {
    const outside = replacedBytes(sky.file, "'[9:136,1:128]'", "'[9:136,1:136]'");
    expect(faultsOf(outside)).toBe(
      [
        'FramesDisagree: 1: TRIMSEC [9:136,1:136] lies outside of its image of 152 x 132 pixels',
        '1: DETSEC [1:128,1:128] is of 128 x 128 binned pixels, its TRIMSEC of 128 x 136',
      ].join('\n'),
    );
    const onSky = replacedBytes(sky.file, "'[137:152,1:128]'", "'[127:152,1:128]'");
    expect(faultsOf(onSky)).toContain('BIASSEC [127:152,1:128] lies on TRIMSEC [9:136,1:128]');
    const turned = replacedBytes(sky.file, "'[137:152,1:128]'", "'[152:137,1:128]'");
    expect(faultsOf(turned)).toContain('BIASSEC [152:137,1:128] runs backwards');
  });

  it('when amplifiers lie on each other, or one is missing', () => {
    const extensions = bias.images.map((image) => ({ ...image, header: amplifierHeader(image) }));
    const header = bias.header;
    const moved = extensions.map((extension, i) =>
      i === 1 ? { ...extension, header: { ...extension.header, detectorSection: '[33:96,1:64]' } } : extension,
    );
    expect(faultsOf(writeMultiExtension({ header, extensions: moved }))).toContain('amplifiers A and B overlap');
    expect(faultsOf(writeMultiExtension({ header, extensions: extensions.slice(0, 3) }))).toContain(
      'cover 12288 of 128 x 128 pixels; one is missing',
    );
  });

  it('when it begins somewhere on the detector and does not say so', () => {
    const [image] = madeFrame(one, DARK).images;
    const header = { ...madeFrame(one, DARK).header, ...amplifierHeader(image), detectorSection: '[129:256,1:128]' };
    const file = writeFrame(header, undefined, image.widthPix, image.heightPix, image.pixels);
    expect(faultsOf(file)).toContain('begins at (128, 0) of the detector, and WINDOW does not say so');
  });

  it('when its pixels are no counts', () => {
    const [image] = sky.images;
    const header = { ...sky.header, ...amplifierHeader(image) };
    const pixels = Float32Array.from(image.pixels);
    expect(faultsOf(writeFrame(header, image.wcs, image.widthPix, image.heightPix, pixels))).toContain(
      '1: got BITPIX, BSCALE, BZERO of -32, 1, 0 on 2 axes',
    );
  });

  it('when it is compressed', () => {
    expect(() => readRawFrame(compressFrame(sky.file))).toThrow('the file is compressed; decompressFrame gives');
    expect(() => readRawFrame(compressFrame(bias.file))).toThrow('the file is compressed; decompressFrame gives');
  });

  it('when it is calibrated already', () => {
    const reduced = replacedBytes(sky.file, "'RAW     '", "'COMPLET'".padEnd(10));
    expect(faultsOf(reduced)).toContain('a raw frame is needed; the file holds a frame with CAL_STAT "COMPLET"');
  });
});

describe('a raw frame that is read in rows', () => {
  it.each([
    ['one amplifier', sky],
    ['four amplifiers', bias],
  ])('gives the rows and the layout that it has as a whole: %s', async (_, made) => {
    const whole = readRawFrame(made.file);
    const { file, asked } = recorded(made.file);
    const source = await openRawSource(file);
    const { about, header, wcs } = source;
    expect({ header, wcs }).toEqual({ header: whole.header, wcs: whole.wcs });
    expect(about).toEqual({
      ...whole.raw,
      amplifiers: whole.raw.amplifiers.map(({ pixels: _pixels, ...amplifier }) => amplifier),
    });
    for (const [i, { pixels, widthPix, heightPix }] of whole.raw.amplifiers.entries()) {
      asked.length = 0;
      expect(await source.rows(i, 7, 12)).toEqual(pixels.slice(7 * widthPix, 12 * widthPix));
      expect(asked.map(([from, to]) => to - from)).toEqual([5 * widthPix * 2]);
      expect(await source.rows(i, 0, heightPix)).toEqual(pixels);
    }
    await source.verify();
  });

  it('reads headers alone when it is opened, once for each', async () => {
    const { file, asked } = recorded(bias.file);
    await openRawSource(file);
    expect(asked).toHaveLength(5);
    expect(asked.every(([from, to]) => to - from <= 28_800)).toBe(true);
  });

  it('names what is wrong with the rows that it is asked for', async () => {
    const source = await openRawSource(recorded(bias.file).file);
    await expect(source.rows(4, 0, 1)).rejects.toThrow(`amplifier 4; ${bias.header.obsId} has 0 to 3`);
    await expect(source.rows(0, 0, 69)).rejects.toThrow('rows 0 to 69; must lie in 0 to 68');
    await expect(source.rows(0, 5, 5)).rejects.toThrow(RangeError);
  });

  it('finds damage when it verifies, and a file that is too short when it opens it', async () => {
    const damaged = bias.file.slice();
    damaged[damaged.length - 4000] ^= 1;
    const source = await openRawSource(recorded(damaged).file);
    await expect(source.verify()).rejects.toThrow(/DATASUM of HDU 4 \(D\)/);
    await expect(openRawSource(recorded(bias.file.subarray(0, -2880)).file)).rejects.toThrow(/ends within its data/);
    await expect(openRawSource(recorded(bias.file.subarray(0, 2880)).file)).rejects.toThrow(/ends within its header/);
  });
});
