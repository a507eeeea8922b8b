import { BLOCK_LENGTH, CARD_LENGTH, headerText, integerCard, logicalCard, textCards } from './cards.ts';
import { addWords, encodeChecksum, sumBytes } from './checksum.ts';
import { InvalidImageSize } from './errors.ts';
import { cardComment, STRUCTURE_CARDS } from './header-table.ts';
import { encodePixels, formatOf, type Pixels } from './pixels.ts';

export interface Image {
  /** Cards of the header, but for those of `STRUCTURE_CARDS`, which are made here. */
  cards: readonly string[];
  widthPix: number;
  heightPix: number;
  /** Rows one after the other, the bottom one first; pixel (x, y), both from 0, is `pixels[y * widthPix + x]`. */
  pixels: Pixels;
}

const CHECKSUM_DIGITS = '0000000000000000';
/** Columns before the characters of a text: keyword, `= ` and the quote. */
const TEXT_OFFSET = 11;

/**
 * A FITS file of one image, with CHECKSUM and DATASUM: the same bytes for the same input. Throws InvalidImageSize, InvalidCard.
 */
export function writeImage({ cards, widthPix, heightPix, pixels }: Image): Uint8Array {
  const sizes = [widthPix, heightPix];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || widthPix * heightPix !== pixels.length) {
    throw new InvalidImageSize(widthPix, heightPix, pixels.length);
  }
  const before = [...structureCards(widthPix, heightPix, pixels), ...longTextCards(cards), ...cards];
  // CHECKSUM and DATASUM come last: two cards of fixed length, so that the data's place is known before its sum is.
  const headerLength = headerText([...before, ...sumCards(0)]).length;
  const dataLength = Math.ceil(pixels.byteLength / BLOCK_LENGTH) * BLOCK_LENGTH;
  const bytes = new Uint8Array(headerLength + dataLength);
  const dataSum = encodePixels(pixels, bytes.subarray(headerLength));
  writeAscii(headerText([...before, ...sumCards(dataSum)]), bytes, 0);
  const headerSum = sumBytes(bytes.subarray(0, headerLength));
  writeAscii(encodeChecksum(addWords(headerSum, dataSum)), bytes, before.length * CARD_LENGTH + TEXT_OFFSET);
  return bytes;
}

function structureCards(widthPix: number, heightPix: number, pixels: Pixels): string[] {
  const { bitpix, bzero } = formatOf(pixels);
  return [
    logicalCard('SIMPLE', true, commentOf('SIMPLE')),
    integerCard('BITPIX', bitpix, commentOf('BITPIX')),
    integerCard('NAXIS', 2, commentOf('NAXIS')),
    integerCard('NAXIS1', widthPix, commentOf('NAXIS1')),
    integerCard('NAXIS2', heightPix, commentOf('NAXIS2')),
    ...(bzero === 0
      ? []
      : [integerCard('BSCALE', 1, commentOf('BSCALE')), integerCard('BZERO', bzero, commentOf('BZERO'))]),
  ];
}

/** The card by which older software is told of continued texts; fitsverify asks for it. */
function longTextCards(cards: readonly string[]): string[] {
  const isLong = cards.some((card) => card.startsWith('CONTINUE'));
  return isLong ? textCards('LONGSTRN', 'OGIP 1.0', commentOf('LONGSTRN')) : [];
}

function sumCards(dataSum: number): string[] {
  return [
    ...textCards('CHECKSUM', CHECKSUM_DIGITS, commentOf('CHECKSUM')),
    ...textCards('DATASUM', String(dataSum), commentOf('DATASUM')),
  ];
}

function commentOf(keyword: keyof typeof STRUCTURE_CARDS): string {
  return cardComment(STRUCTURE_CARDS[keyword]);
}

function writeAscii(text: string, out: Uint8Array, start: number): void {
  for (let i = 0; i < text.length; i++) out[start + i] = text.charCodeAt(i);
}
