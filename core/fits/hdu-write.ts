import { BLOCK_LENGTH, CARD_LENGTH, headerText, integerCard, logicalCard, realCard, textCards } from './cards.ts';
import { addWords, encodeChecksum, sumBytes } from './checksum.ts';
import { cardComment, STRUCTURE_CARDS } from './header-table.ts';

type StructureKeyword = keyof typeof STRUCTURE_CARDS;

const CHECKSUM_DIGITS = '0000000000000000';
/** Columns before the characters of a text: keyword, `= ` and the quote. */
const TEXT_OFFSET = 11;

/** A header-data unit that is still to be written. */
export interface HduPlan {
  lengthBytes: number;
  /** Writes it to `lengthBytes` zeros that begin at a multiple of 4 bytes. */
  writeTo(out: Uint8Array): void;
}

/** A header-data unit with CHECKSUM and DATASUM as its last cards. `fill` writes the data unit, zeros before, and gives its sum. */
export function writeHdu(cards: readonly string[], dataBytes: number, fill: (data: Uint8Array) => number): Uint8Array {
  return writePlans([planHdu(cards, dataBytes, fill)]);
}

/** As `writeHdu`, to be written later: so a file of many is put together in one place. */
export function planHdu(cards: readonly string[], dataBytes: number, fill: (data: Uint8Array) => number): HduPlan {
  const headerLength = headerBytesLength(cards);
  return {
    lengthBytes: headerLength + padded(dataBytes),
    writeTo(out) {
      const dataSum = fill(out.subarray(headerLength));
      writeHeader(cards, dataSum, out.subarray(0, headerLength));
    },
  };
}

/** Header-data units one after the other. */
export function writePlans(plans: readonly HduPlan[]): Uint8Array {
  const bytes = new Uint8Array(plans.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0));
  let at = 0;
  for (const { lengthBytes, writeTo } of plans) {
    writeTo(bytes.subarray(at, at + lengthBytes));
    at += lengthBytes;
  }
  return bytes;
}

/** Bytes of a header with these cards and the two of the sums. */
export function headerBytesLength(cards: readonly string[]): number {
  // And END.
  return padded((withLongTextCard(cards).length + 3) * CARD_LENGTH);
}

/** Writes a header with these cards and the two of the sums for a data unit of a sum (0 to 2^32 - 1). */
export function writeHeader(cards: readonly string[], dataSum: number, out: Uint8Array): void {
  const before = withLongTextCard(cards);
  const sums = [
    ...textCards('CHECKSUM', CHECKSUM_DIGITS, commentOf('CHECKSUM')),
    ...textCards('DATASUM', String(dataSum), commentOf('DATASUM')),
  ];
  writeAscii(headerText([...before, ...sums]), out, 0);
  writeAscii(encodeChecksum(addWords(sumBytes(out), dataSum)), out, before.length * CARD_LENGTH + TEXT_OFFSET);
}

/** Bytes rounded up to whole blocks. */
export function padded(lengthBytes: number): number {
  return Math.ceil(lengthBytes / BLOCK_LENGTH) * BLOCK_LENGTH;
}

/** Cards of the structure, by keyword, with the comments of the table. */
export function structureCards(values: Partial<Record<StructureKeyword, string | number | boolean>>): string[] {
  return Object.entries(values).flatMap(([keyword, value]) => {
    const comment = commentOf(keyword as StructureKeyword);
    if (typeof value === 'string') return textCards(keyword, value, comment);
    if (typeof value === 'boolean') return [logicalCard(keyword, value, comment)];
    return [Number.isSafeInteger(value) ? integerCard(keyword, value, comment) : realCard(keyword, value, comment)];
  });
}

/** Files one after the other, header-data units into one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** With the card by which older software is told of continued texts; fitsverify asks for it. */
function withLongTextCard(cards: readonly string[]): string[] {
  const has = (keyword: string) => cards.some((card) => card.startsWith(keyword));
  return has('CONTINUE') && !has('LONGSTRN=')
    ? [...cards, ...textCards('LONGSTRN', 'OGIP 1.0', commentOf('LONGSTRN'))]
    : [...cards];
}

function commentOf(keyword: StructureKeyword): string {
  return cardComment(STRUCTURE_CARDS[keyword]);
}

function writeAscii(text: string, out: Uint8Array, start: number): void {
  for (let i = 0; i < text.length; i++) out[start + i] = text.charCodeAt(i);
}
