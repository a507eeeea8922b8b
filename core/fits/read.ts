import { NotFits, UnsupportedFits } from './errors.ts';
import { type Hdu, readHdus, type SumVerdict, verifyHdu } from './hdus.ts';
import { type FitsHeader, integerOf, numberOf } from './header-read.ts';
import { decodePixels, isBitpix, type ReadPixels } from './pixels-read.ts';

export { type CardValue, type FitsHeader, readHeader } from './header-read.ts';

export interface ReadImage {
  header: FitsHeader;
  widthPix: number;
  heightPix: number;
  /** Rows one after the other, the bottom one first. */
  pixels: ReadPixels;
}

/**
 * Reads a file of one image of two axes, as `writeImage` makes them: BITPIX 8, 16, 32, -32, -64. Integers with BZERO 32768 come
 * back as Uint16Array, unscaled ones as what they are, others as Float64Array of `stored * BSCALE + BZERO`.
 * Throws NotFits, TruncatedFits, UnsupportedFits for extensions, other axes and BLANK pixels, and, unless `verify` is false,
 * ChecksumMismatch.
 */
export function readImage(bytes: Uint8Array, options: { verify?: boolean } = {}): ReadImage {
  return imageOf(onlyHdu(bytes, options));
}

/** The image of a header-data unit of `readHdus`, of two axes. Throws as `readImage` does. */
export function imageOf({ kind, header, dataBytes }: Hdu): ReadImage {
  if (kind !== 'PRIMARY' && kind !== 'IMAGE') throw new UnsupportedFits('XTENSION', kind, 'an image is needed');
  const axes = integerOf(header, 'NAXIS');
  if (axes !== 2) throw new UnsupportedFits('NAXIS', axes, 'only images of 2 axes are read');
  const bitpix = integerOf(header, 'BITPIX');
  if (!isBitpix(bitpix)) throw new UnsupportedFits('BITPIX', bitpix, 'must be 8, 16, 32, -32 or -64');
  const [widthPix, heightPix] = [integerOf(header, 'NAXIS1'), integerOf(header, 'NAXIS2')];
  if (widthPix <= 0 || heightPix <= 0) throw new NotFits(`an image of ${widthPix} x ${heightPix}`);
  if (header.values.has('BLANK')) throw new UnsupportedFits('BLANK', header.values.get('BLANK'), 'must be absent');
  const scale = numberOf(header, 'BSCALE', 1);
  const zero = numberOf(header, 'BZERO', 0);
  const length = (widthPix * heightPix * Math.abs(bitpix)) / 8;
  if (dataBytes.length !== length)
    throw new NotFits(`an image of ${length} bytes in a data unit of ${dataBytes.length}`);
  return { header, widthPix, heightPix, pixels: decodePixels(dataBytes, bitpix, scale, zero) };
}

/** Compares CHECKSUM and DATASUM of a file of one HDU with its bytes. Throws as `readHeader` does, and for a file cut short. */
export function verifyChecksum(bytes: Uint8Array): { hdu: SumVerdict; data: SumVerdict } {
  return verifyHdu(onlyHdu(bytes, { verify: false }));
}

/** The first header-data unit of a file that must not have another. */
function onlyHdu(bytes: Uint8Array, options: { verify?: boolean }): Hdu {
  const hdus = readHdus(bytes, options);
  if (hdus.length > 1) throw new UnsupportedFits('extensions', hdus.length - 1, 'must be none; readHdus reads them');
  return hdus[0];
}
