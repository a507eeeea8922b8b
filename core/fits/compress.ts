import { integerCard, logicalCard, textCards } from './cards.ts';
import { sumBytes } from './checksum.ts';
import { concatBytes, structureCards, writeHdu } from './hdu-write.ts';
import { type Hdu, readHdus } from './hdus.ts';
import { integerOf } from './header-read.ts';
import { type BytePix, encodeRice } from './rice.ts';

/** Keywords of an image that have another name in its compressed form: standard 4.0, section 10.1.2. */
export const COMPRESSED_NAMES: readonly (readonly [image: RegExp, compressed: string])[] = [
  [/^SIMPLE$/, 'ZSIMPLE'],
  [/^XTENSION$/, 'ZTENSION'],
  [/^BITPIX$/, 'ZBITPIX'],
  [/^NAXIS\d*$/, 'ZNAXIS'],
  [/^EXTEND$/, 'ZEXTEND'],
  [/^BLOCKED$/, 'ZBLOCKED'],
  [/^PCOUNT$/, 'ZPCOUNT'],
  [/^GCOUNT$/, 'ZGCOUNT'],
  [/^CHECKSUM$/, 'ZHECKSUM'],
  [/^DATASUM$/, 'ZDATASUM'],
];
/** Name of a compressed image that had none. */
export const NO_NAME = 'COMPRESSED_IMAGE';
export const BLOCK_PIXELS = 32;
/** A tile is coded in memory as a whole; an image of longer rows stays as it is. */
export const MOST_TILE_BYTES = 2 ** 28;
/** Length and place in the heap of a tile: two 32-bit integers. */
const DESCRIPTOR_BYTES = 8;

/**
 * A FITS file with its images of integers compressed (.fits.fz): RICE_1, a tile per row, lossless. Other header-data units,
 * images of floating numbers and tables, stay as they are. `decompressFrame` and funpack give the same file back, byte for byte.
 * Throws NotFits, TruncatedFits, UnsupportedFits, and, unless `verify` is false, ChecksumMismatch.
 */
export function compressFrame(bytes: Uint8Array, { verify = true }: { verify?: boolean } = {}): Uint8Array {
  const hdus = readHdus(bytes, { verify });
  const parts = hdus.map((hdu) => (isCompressible(hdu) ? compressedHdu(hdu) : hdu.bytes));
  return concatBytes(isCompressible(hdus[0]) ? [barePrimary(), ...parts] : parts);
}

/**
 * A compressed image is a table, and a table is an extension: this comes before one that was primary. Without NEXTEND or anything
 * else of its own, because funpack would keep it then.
 */
function barePrimary(): Uint8Array {
  return writeHdu(structureCards({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true }), 0, () => 0);
}

function isCompressible({ kind, header, dataBytes }: Hdu): boolean {
  if ((kind !== 'PRIMARY' && kind !== 'IMAGE') || dataBytes.length === 0) return false;
  const bitpix = integerOf(header, 'BITPIX');
  return [8, 16, 32].includes(bitpix) && (integerOf(header, 'NAXIS1') * bitpix) / 8 <= MOST_TILE_BYTES;
}

function compressedHdu({ header, dataBytes }: Hdu): Uint8Array {
  const bytePix = (integerOf(header, 'BITPIX') / 8) as BytePix;
  const widthPix = integerOf(header, 'NAXIS1');
  const { parts, lengths } = encodeRice(dataBytes, bytePix, widthPix);
  const heapBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const tableBytes = lengths.length * DESCRIPTOR_BYTES;
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const axes = integerOf(header, 'NAXIS');
  const cards = [
    ...structureCards({
      XTENSION: 'BINTABLE',
      BITPIX: 8,
      NAXIS: 2,
      NAXIS1: DESCRIPTOR_BYTES,
      NAXIS2: lengths.length,
      PCOUNT: heapBytes,
      GCOUNT: 1,
      TFIELDS: 1,
    }),
    ...textCards('TTYPE1', 'COMPRESSED_DATA', 'tiles of the image'),
    ...textCards('TFORM1', `1PB(${longest})`, 'bytes, of varying number'),
    logicalCard('ZIMAGE', true, 'this table is a compressed image'),
    ...Array.from({ length: axes }, (_, i) => integerCard(`ZTILE${i + 1}`, i === 0 ? widthPix : 1, 'size of a tile')),
    ...textCards('ZCMPTYPE', 'RICE_1', 'algorithm'),
    ...textCards('ZNAME1', 'BLOCKSIZE', 'pixels of a block'),
    integerCard('ZVAL1', BLOCK_PIXELS),
    ...textCards('ZNAME2', 'BYTEPIX', 'bytes of a pixel'),
    integerCard('ZVAL2', bytePix),
    ...(header.values.has('EXTNAME') ? [] : textCards('EXTNAME', NO_NAME)),
    ...header.cards.map(compressedCard),
  ];
  return writeHdu(cards, tableBytes + heapBytes, (data) => {
    writeDescriptors(lengths, data);
    let at = tableBytes;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    return sumBytes(data);
  });
}

function writeDescriptors(lengths: Uint32Array, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset);
  let offset = 0;
  for (const [tile, length] of lengths.entries()) {
    view.setUint32(tile * DESCRIPTOR_BYTES, length);
    view.setUint32(tile * DESCRIPTOR_BYTES + 4, offset);
    offset += length;
  }
}

function compressedCard(card: string): string {
  const keyword = card.slice(0, 8).trimEnd();
  const found = COMPRESSED_NAMES.find(([image]) => image.test(keyword));
  if (!found) return card;
  return (found[1] + keyword.replace(/^\D*/, '')).padEnd(8) + card.slice(8);
}
