import { BLOCK_LENGTH, CARD_LENGTH } from './cards.ts';
import { addWords, sumBytes } from './checksum.ts';
import { NotFits, TruncatedFits, UnsupportedFits } from './errors.ts';
import { decodePixels, isBitpix, type ReadPixels } from './pixels-read.ts';

export type CardValue = string | number | boolean;

/** What a header says. */
export interface FitsHeader {
  /** By keyword, in the order of the header; long texts are joined, blanks at their end are off. A card without a value is left out. */
  values: Map<string, CardValue>;
  /** Texts of the COMMENT cards and of the HISTORY cards, a line each. */
  comments: string[];
  history: string[];
  /** Up to where the data begin. */
  lengthBytes: number;
}

export interface ReadImage {
  header: FitsHeader;
  widthPix: number;
  heightPix: number;
  /** Rows one after the other, the bottom one first. */
  pixels: ReadPixels;
}

/** Of a sum that the file states: it agrees with the bytes, or not, or the file has none. */
export type SumVerdict = 'right' | 'wrong' | 'absent';

/**
 * Reads a file of one image of two axes, as `writeImage` makes them: BITPIX 8, 16, 32, -32, -64. Integers with BZERO 32768 come
 * back as Uint16Array, unscaled ones as what they are, others as Float64Array of `stored * BSCALE + BZERO`.
 * Throws NotFits, TruncatedFits, and UnsupportedFits for extensions, other axes and BLANK pixels.
 */
export function readImage(bytes: Uint8Array): ReadImage {
  const header = readHeader(bytes);
  const axes = integerOf(header, 'NAXIS');
  if (axes !== 2) throw new UnsupportedFits('NAXIS', axes, 'only images of 2 axes are read');
  const { bitpix, widthPix, heightPix, dataBytes } = dataUnit(header, bytes);
  if (header.values.has('BLANK')) throw new UnsupportedFits('BLANK', header.values.get('BLANK'), 'must be absent');
  const scale = numberOf(header, 'BSCALE', 1);
  const zero = numberOf(header, 'BZERO', 0);
  return { header, widthPix, heightPix, pixels: decodePixels(dataBytes, bitpix, scale, zero) };
}

/**
 * Reads the header at the begin of a file. Throws TruncatedFits when END does not come, NotFits for what the standard does not
 * allow (no SIMPLE = T, other characters than printable ASCII, a keyword twice), and UnsupportedFits for integers beyond
 * +-(2^53 - 1) and for complex numbers.
 */
export function readHeader(bytes: Uint8Array): FitsHeader {
  const cards = splitCards(bytes);
  const values = new Map<string, CardValue>();
  const comments: string[] = [];
  const history: string[] = [];
  for (let i = 0; i < cards.length; i++) {
    const card = cards[i];
    const keyword = card.slice(0, 8).trimEnd();
    if (keyword === 'COMMENT') comments.push(card.slice(8).trimEnd());
    else if (keyword === 'HISTORY') history.push(card.slice(8).trimEnd());
    else if (keyword === '') continue;
    else if (card.slice(8, 10) !== '= ')
      throw new NotFits(`no value indicator in card ${JSON.stringify(card.trimEnd())}`);
    else {
      if (!/^[A-Z0-9_-]+$/.test(keyword)) throw new NotFits(`keyword ${JSON.stringify(keyword)}`);
      let value = parseValue(card);
      while (typeof value === 'string' && value.endsWith('&') && cards[i + 1]?.startsWith('CONTINUE  ')) {
        value = value.slice(0, -1) + textOf(cards[++i]);
      }
      if (values.has(keyword)) throw new NotFits(`keyword ${keyword} stands twice`);
      if (value !== undefined) values.set(keyword, value);
    }
  }
  const lengthBytes = Math.ceil(((cards.length + 1) * CARD_LENGTH) / BLOCK_LENGTH) * BLOCK_LENGTH;
  return { values, comments, history, lengthBytes };
}

/** Compares CHECKSUM and DATASUM of a file of one HDU with its bytes. Throws as `readHeader` does, and for a file cut short. */
export function verifyChecksum(bytes: Uint8Array): { hdu: SumVerdict; data: SumVerdict } {
  const header = readHeader(bytes);
  const stated = header.values.get('DATASUM');
  const { paddedBytes } = dataUnit(header, bytes);
  const dataSum = sumBytes(paddedBytes);
  const hduSum = addWords(sumBytes(bytes.subarray(0, header.lengthBytes)), dataSum);
  // Both zeros of ones-complement count as zero: an HDU is right when its sum is one of them.
  const isZero = (sum: number) => sum === 0 || sum === 0xffffffff;
  const statedSum = typeof stated === 'string' && /^\d+$/.test(stated) ? Number(stated) : Number.NaN;
  const isSameSum = statedSum === dataSum || (isZero(statedSum) && isZero(dataSum));
  return {
    hdu: header.values.has('CHECKSUM') ? (isZero(hduSum) ? 'right' : 'wrong') : 'absent',
    data: stated === undefined ? 'absent' : isSameSum ? 'right' : 'wrong',
  };
}

/** The cards before END. */
function splitCards(bytes: Uint8Array): string[] {
  const cards: string[] = [];
  for (let start = 0; start + CARD_LENGTH <= bytes.length; start += CARD_LENGTH) {
    const card = String.fromCharCode(...bytes.subarray(start, start + CARD_LENGTH));
    if (start === 0 && !/^SIMPLE {2}= +T(?: |$)/.test(card.slice(0, 31))) {
      throw new NotFits(`it begins with ${JSON.stringify(card.slice(0, 30))}`);
    }
    if (!/^[\x20-\x7e]{80}$/.test(card))
      throw new NotFits(`characters other than printable ASCII in card ${cards.length + 1}`);
    if (card === 'END'.padEnd(CARD_LENGTH)) {
      const end = Math.ceil((start + CARD_LENGTH) / BLOCK_LENGTH) * BLOCK_LENGTH;
      if (bytes.length < end) throw new TruncatedFits('header', end, bytes.length);
      if (bytes.subarray(start + CARD_LENGTH, end).some((code) => code !== 0x20)) throw new NotFits('text after END');
      return cards;
    }
    cards.push(card);
  }
  throw new TruncatedFits('header', (Math.floor(bytes.length / BLOCK_LENGTH) + 1) * BLOCK_LENGTH, bytes.length);
}

/** The bytes of the data unit, with and without what fills its last block; the file must end with it. */
function dataUnit(header: FitsHeader, bytes: Uint8Array) {
  const bitpix = integerOf(header, 'BITPIX');
  if (!isBitpix(bitpix)) throw new UnsupportedFits('BITPIX', bitpix, 'must be 8, 16, 32, -32 or -64');
  const widthPix = integerOf(header, 'NAXIS1');
  const heightPix = integerOf(header, 'NAXIS2');
  if (widthPix <= 0 || heightPix <= 0) throw new NotFits(`an image of ${widthPix} x ${heightPix}`);
  const start = header.lengthBytes;
  const lengthBytes = (widthPix * heightPix * Math.abs(bitpix)) / 8;
  const end = start + Math.ceil(lengthBytes / BLOCK_LENGTH) * BLOCK_LENGTH;
  if (bytes.length < end) throw new TruncatedFits('data', end, bytes.length);
  if (bytes.length > end) throw new UnsupportedFits('bytes after the data unit', bytes.length - end, 'must be 0');
  return {
    bitpix,
    widthPix,
    heightPix,
    dataBytes: bytes.subarray(start, start + lengthBytes),
    paddedBytes: bytes.subarray(start, end),
  };
}

function integerOf(header: FitsHeader, keyword: string): number {
  const value = header.values.get(keyword);
  if (!Number.isSafeInteger(value)) throw new NotFits(`${keyword} is ${String(value)} and must be an integer`);
  return value as number;
}

function numberOf(header: FitsHeader, keyword: string, absent: number): number {
  const value = header.values.get(keyword) ?? absent;
  if (typeof value !== 'number') throw new NotFits(`${keyword} is ${String(value)} and must be a number`);
  return value;
}

function parseValue(card: string): CardValue | undefined {
  const field = card.slice(10);
  if (field.trimStart().startsWith("'")) return textOf(card);
  const text = field.split('/', 1)[0].trim();
  if (text === '') return undefined;
  if (text === 'T' || text === 'F') return text === 'T';
  if (/^[+-]?\d+$/.test(text)) {
    const integer = Number(text);
    if (!Number.isSafeInteger(integer))
      throw new UnsupportedFits(card.slice(0, 8), text, 'integers within +-(2^53 - 1) are read');
    return integer;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)([ED][+-]?\d+)?$/.test(text)) return Number(text.replace('D', 'E'));
  if (text.startsWith('(')) throw new UnsupportedFits(card.slice(0, 8), text, 'complex numbers are not read');
  throw new NotFits(`value in card ${JSON.stringify(card.trimEnd())}`);
}

/** The text of a card with one, quotes single again and blanks at the end off. */
function textOf(card: string): string {
  const match = /^ *'((?:[^']|'')*)' *(?:\/.*)?$/.exec(card.slice(10));
  if (!match) throw new NotFits(`text in card ${JSON.stringify(card.trimEnd())}`);
  return match[1].replaceAll("''", "'").replace(/ +$/, '');
}
