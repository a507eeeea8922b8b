import { headerText } from './cards.ts';
import { BLOCK_PIXELS, COMPRESSED_NAMES, MOST_TILE_BYTES, NO_NAME } from './compress.ts';
import { NotFits, UnsupportedFits } from './errors.ts';
import { concatBytes, padded } from './hdu-write.ts';
import { type Hdu, readHdus } from './hdus.ts';
import { integerOf } from './header-read.ts';
import { type BytePix, decodeRice, mostPixels } from './rice.ts';

/** Cards that only the compressed form has, and those of the table that stand for it. */
const OF_THE_TABLE =
  /^(XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|TTYPE\d+|TFORM\d+|THEAP|CHECKSUM|DATASUM|ZIMAGE|ZTILE\d+|ZCMPTYPE|ZNAME\d+|ZVAL\d+|ZBLANK|ZQUANTIZ|ZDITHER0)$/;
/** What an array of bytes can hold. */
const MOST_IMAGE_BYTES = 2 ** 32;
const DESCRIPTOR = /^1?([PQ])B(?:\(\d+\))?$/;

/**
 * The file that `compressFrame` or fpack made a .fits.fz of, byte for byte. Header-data units that are not compressed stay as they
 * are. Throws NotFits, TruncatedFits, UnsupportedFits for other algorithms than RICE_1 and for tiles that are not whole rows,
 * and, unless `verify` is false, ChecksumMismatch: both for the compressed bytes and for those that come out.
 */
export function decompressFrame(bytes: Uint8Array, { verify = true }: { verify?: boolean } = {}): Uint8Array {
  const hdus = readHdus(bytes, { verify });
  if (hdus.length === 1 && hdus[0].dataBytes.length === 0) {
    throw new UnsupportedFits('extensions', 0, 'a compressed image must follow: the file was cut short');
  }
  const wasPrimary = hdus[1]?.header.values.has('ZSIMPLE') && hdus[0].dataBytes.length === 0;
  const kept = wasPrimary ? hdus.slice(1) : hdus;
  const restored = concatBytes(
    kept.map((hdu) => (hdu.header.values.get('ZIMAGE') === true ? restoredHdu(hdu) : hdu.bytes)),
  );
  readHdus(restored, { verify });
  return restored;
}

function restoredHdu(hdu: Hdu): Uint8Array {
  const cards = hdu.header.cards.flatMap(restoredCard);
  const header = headerText(cards);
  const image = decodeTiles(hdu);
  const bytes = new Uint8Array(header.length + padded(image.length));
  for (let i = 0; i < header.length; i++) bytes[i] = header.charCodeAt(i);
  bytes.set(image, header.length);
  return bytes;
}

function restoredCard(card: string): string[] {
  const keyword = card.slice(0, 8).trimEnd();
  if (OF_THE_TABLE.test(keyword)) return [];
  if (keyword === 'EXTNAME' && card.slice(10).startsWith(`'${NO_NAME}'`)) return [];
  const name = keyword.replace(/\d+$/, '');
  const found = COMPRESSED_NAMES.find(([, compressed]) => compressed === name);
  if (!found) return [card];
  const original = name === 'ZHECKSUM' ? 'CHECKSUM' : name === 'ZTENSION' ? 'XTENSION' : name.slice(1);
  return [(original + keyword.slice(name.length)).padEnd(8) + card.slice(8)];
}

function decodeTiles({ header, dataBytes }: Hdu): Uint8Array {
  const { bytePix, widthPix, rows, rowsOfTile } = layoutOf(header);
  const { size, tiles, heap, descriptorAt } = tableOf(header, dataBytes);
  const pixels = widthPix * rows;
  if (tiles !== Math.ceil(rows / rowsOfTile))
    throw new NotFits(`${tiles} tiles of ${rowsOfTile} rows for ${rows} rows`);
  if (pixels > mostPixels(heap.length, bytePix)) throw new NotFits(`${pixels} pixels in ${heap.length} bytes`);
  const tileBytes = widthPix * rowsOfTile * bytePix;
  if (tileBytes > MOST_TILE_BYTES || pixels * bytePix > MOST_IMAGE_BYTES) {
    throw new UnsupportedFits(
      'bytes of an image',
      pixels * bytePix,
      `must be at most ${MOST_IMAGE_BYTES}, ${MOST_TILE_BYTES} a tile`,
    );
  }
  const image = new Uint8Array(pixels * bytePix);
  for (let tile = 0; tile < tiles; tile++) {
    const { length, offset } = descriptorAt(tile * size);
    if (length === 0) throw new UnsupportedFits('an empty tile', tile, 'every tile must be in COMPRESSED_DATA');
    if (length > heap.length || offset > heap.length - length) {
      throw new NotFits(`tile ${tile} lies at ${offset} to ${offset + length} of a heap of ${heap.length} bytes`);
    }
    const out = image.subarray(tile * tileBytes, Math.min((tile + 1) * tileBytes, image.length));
    decodeRice(heap.subarray(offset, offset + length), bytePix, out);
  }
  return image;
}

/** The image that was compressed: rows are all axes but the first. */
function layoutOf(header: Hdu['header']) {
  const { values } = header;
  const algorithm = values.get('ZCMPTYPE');
  if (algorithm !== 'RICE_1') throw new UnsupportedFits('ZCMPTYPE', algorithm, 'must be RICE_1');
  const bitpix = integerOf(header, 'ZBITPIX');
  if (![8, 16, 32].includes(bitpix)) throw new UnsupportedFits('ZBITPIX', bitpix, 'must be 8, 16 or 32');
  const parameters = new Map<unknown, unknown>();
  for (let i = 1; values.has(`ZNAME${i}`); i++) parameters.set(values.get(`ZNAME${i}`), values.get(`ZVAL${i}`));
  const expected = { BLOCKSIZE: BLOCK_PIXELS, BYTEPIX: bitpix / 8 };
  // The standard takes 32 and 4 where these are not said.
  const stated = { BLOCKSIZE: parameters.get('BLOCKSIZE') ?? BLOCK_PIXELS, BYTEPIX: parameters.get('BYTEPIX') ?? 4 };
  for (const name of ['BLOCKSIZE', 'BYTEPIX'] as const) {
    if (stated[name] !== expected[name]) throw new UnsupportedFits(name, stated[name], `must be ${expected[name]}`);
  }
  const axes = integerOf(header, 'ZNAXIS');
  if (axes < 1 || axes > 9) throw new UnsupportedFits('ZNAXIS', axes, 'must be 1 to 9');
  const sizes = Array.from({ length: axes }, (_, i) => integerOf(header, `ZNAXIS${i + 1}`));
  const tile = sizes.map((size, i) =>
    values.has(`ZTILE${i + 1}`) ? integerOf(header, `ZTILE${i + 1}`) : i === 0 ? size : 1,
  );
  if ([...sizes, ...tile].some((size) => size <= 0))
    throw new NotFits(`tiles of ${tile.join(' x ')} of ${sizes.join(' x ')}`);
  if (tile[0] !== sizes[0] || tile.slice(2).some((size) => size !== 1)) {
    throw new UnsupportedFits('ZTILEn', tile.join(' x '), `tiles must be whole rows of ${sizes.join(' x ')}`);
  }
  const rows = sizes.slice(1).reduce((product, size) => product * size, 1);
  const rowsOfTile = axes === 1 ? 1 : tile[1];
  if (axes > 2 && sizes[1] % rowsOfTile !== 0) {
    throw new UnsupportedFits('ZTILE2', rowsOfTile, `must divide ${sizes[1]} where there are more than 2 axes`);
  }
  return { bytePix: (bitpix / 8) as BytePix, widthPix: sizes[0], rows, rowsOfTile: Math.min(rowsOfTile, rows) };
}

function tableOf(header: Hdu['header'], dataBytes: Uint8Array) {
  const { values } = header;
  const form = DESCRIPTOR.exec(String(values.get('TFORM1')));
  if (values.get('TTYPE1') !== 'COMPRESSED_DATA' || !form) {
    throw new UnsupportedFits('TTYPE1', values.get('TTYPE1'), 'must be COMPRESSED_DATA, of form PB or QB');
  }
  const size = integerOf(header, 'NAXIS1');
  const tiles = integerOf(header, 'NAXIS2');
  const heapAt = values.has('THEAP') ? integerOf(header, 'THEAP') : size * tiles;
  const isWide = form[1] === 'Q';
  if (size < (isWide ? 16 : 8) || heapAt < size * tiles || heapAt > dataBytes.length) {
    throw new NotFits(`a table of ${tiles} rows of ${size} bytes with its heap at ${heapAt}`);
  }
  const view = new DataView(dataBytes.buffer, dataBytes.byteOffset, dataBytes.byteLength);
  const descriptorAt = (at: number) =>
    isWide
      ? { length: Number(view.getBigUint64(at)), offset: Number(view.getBigUint64(at + 8)) }
      : { length: view.getUint32(at), offset: view.getUint32(at + 4) };
  return { size, tiles, heap: dataBytes.subarray(heapAt), descriptorAt };
}
