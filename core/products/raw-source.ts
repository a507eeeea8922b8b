import { addWords, sumBytes } from '../fits/checksum.ts';
import { MissingExtensions, TruncatedFits } from '../fits/errors.ts';
import { padded } from '../fits/hdu-write.ts';
import { dataLength, refuseWrongVerdict, verifySums } from '../fits/hdus.ts';
import { type FitsHeader, readHeader } from '../fits/header-read.ts';
import { decodePixels } from '../fits/pixels-read.ts';
import { type RawHead, type RawLayout, rawLayout } from './raw-layout.ts';

/** A file of which parts can be read: one in a bucket, or on a disk. */
export interface RandomAccess {
  /** Bytes from `from` up to `to`, which is not included. */
  read(from: number, to: number): Promise<Uint8Array>;
  sizeBytes: number;
}

/** A raw frame of which rows are read as they are needed. */
export interface RawSource extends RawLayout {
  /**
   * Whole rows of an amplifier, overscan included, from y0 up to y1, which is not included. Throws RangeError for an amplifier or
   * rows that are not there, TruncatedFits when the file has become shorter.
   */
  rows(amplifier: number, y0: number, y1: number): Promise<Uint16Array>;
  /** Reads the whole file in pieces. Throws ChecksumMismatch for the first header-data unit that is damaged. */
  verify(): Promise<void>;
}

/** What is asked for at first: the header of a frame has room in it, which saves a second reading. */
const HEADER_BYTES = 10 * 2880;
const PIECE_BYTES = 1 << 20;
const BYTES_PER_COUNT = 2;

interface PlacedHead extends RawHead {
  start: number;
  end: number;
}

/**
 * Opens a raw frame of which the pixels stay where they are: only the headers are read. Checksums are those of whole files and are
 * compared by `verify` alone. Throws what `readRawFrame` throws of a file that is no raw frame, and TruncatedFits for one that ends
 * too early.
 */
export async function openRawSource(file: RandomAccess): Promise<RawSource> {
  const heads: PlacedHead[] = [];
  for (let start = 0; start < file.sizeBytes || start === 0; start = heads[heads.length - 1].end) {
    heads.push(await headAt(file, start, heads.length));
  }
  const stated = heads[0].header.values.get('NEXTEND');
  if (typeof stated === 'number' && stated >= heads.length) throw new MissingExtensions(stated, heads.length - 1);
  const layout = rawLayout(heads);
  const images = heads.length === 1 ? heads : heads.slice(1);
  return {
    ...layout,
    async rows(amplifier, y0, y1) {
      const { widthPix, heightPix } = amplifierAt(layout, amplifier);
      if (![y0, y1].every(Number.isInteger) || y0 < 0 || y1 > heightPix || y0 >= y1) {
        throw new RangeError(`rows ${y0} to ${y1}; must lie in 0 to ${heightPix} and be one at least`);
      }
      const { start, header } = images[amplifier];
      const from = start + header.lengthBytes + y0 * widthPix * BYTES_PER_COUNT;
      const bytes = await readExactly(file, from, from + (y1 - y0) * widthPix * BYTES_PER_COUNT);
      // The layout has made sure that they are counts of 16 bits.
      return decodePixels(bytes, 16, 1, 32768) as Uint16Array;
    },
    async verify() {
      for (const head of heads) {
        const dataStart = head.start + head.header.lengthBytes;
        const headerSum = await sumOf(file, head.start, dataStart);
        refuseWrongVerdict(head, verifySums(head.header, headerSum, await sumOf(file, dataStart, head.end)));
      }
    },
  };
}

function amplifierAt({ about }: RawLayout, index: number): RawLayout['about']['amplifiers'][number] {
  const amplifier = about.amplifiers[index];
  if (!amplifier)
    throw new RangeError(`amplifier ${index}; ${about.exposureId} has 0 to ${about.amplifiers.length - 1}`);
  return amplifier;
}

async function headAt(file: RandomAccess, start: number, index: number): Promise<PlacedHead> {
  const header = await headerAt(file, start);
  const end = start + header.lengthBytes + padded(dataLength(header));
  if (end > file.sizeBytes) throw new TruncatedFits('data', end, file.sizeBytes);
  return { index, name: String(header.values.get('EXTNAME') ?? (index === 0 ? 'PRIMARY' : '')), header, start, end };
}

/** Reads more and more of a file until a header has come to its end. */
async function headerAt(file: RandomAccess, start: number): Promise<FitsHeader> {
  // Before an extension something stands: where a header begins tells the reader what it has to be.
  const before = start === 0 ? 0 : BLOCK_BEFORE;
  for (let lengthBytes = HEADER_BYTES; ; lengthBytes *= 4) {
    const end = Math.min(start + lengthBytes, file.sizeBytes);
    const bytes = new Uint8Array(before + end - start);
    bytes.set(await readExactly(file, start, end), before);
    try {
      return readHeader(bytes, before);
    } catch (error) {
      if (!(error instanceof TruncatedFits) || end === file.sizeBytes) throw error;
    }
  }
}

const BLOCK_BEFORE = 2880;

async function sumOf(file: RandomAccess, from: number, to: number): Promise<number> {
  let sum = 0;
  for (let at = from; at < to; at += PIECE_BYTES) {
    sum = addWords(sum, sumBytes(await readExactly(file, at, Math.min(at + PIECE_BYTES, to))));
  }
  return sum;
}

async function readExactly(file: RandomAccess, from: number, to: number): Promise<Uint8Array> {
  const bytes = await file.read(from, to);
  if (bytes.length !== to - from) throw new TruncatedFits('data', to, from + bytes.length);
  return bytes;
}
