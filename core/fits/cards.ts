import { InvalidCard } from './errors.ts';

/**
 * Header cards in the fixed format of the FITS Standard 4.0, section 4.2: texts of 80 characters, printable ASCII. Each
 * function gives one card, or several where a text is continued.
 */

export const CARD_LENGTH = 80;
export const BLOCK_LENGTH = 2880;
/** Values of fixed format end here (column 30 of the standard, which counts from 1). */
const VALUE_END = 30;
const VALUE_START = 10;
/** Characters between the quotes of a card that holds nothing but a text. */
const TEXT_ROOM = CARD_LENGTH - VALUE_START - 2;
const COMMENTARY_ROOM = CARD_LENGTH - 8;
/** Keywords that may not be given a value: they end the header, continue a text or hold free text. */
const WITHOUT_VALUE = new Set(['END', 'CONTINUE', 'COMMENT', 'HISTORY']);
const PRINTABLE = /^[\x20-\x7e]*$/;

/** A logical value, T or F in column 30. Throws InvalidCard. */
export function logicalCard(keyword: string, value: boolean, comment = ''): string {
  if (typeof value !== 'boolean') throw new InvalidCard(keyword, value, 'must be true or false');
  return valueCard(keyword, value ? 'T' : 'F', comment);
}

/** An integer, right-justified to column 30. Throws InvalidCard beyond the safe range of a double, +-(2^53 - 1). */
export function integerCard(keyword: string, value: number, comment = ''): string {
  if (!Number.isSafeInteger(value)) throw new InvalidCard(keyword, value, 'must be an integer within +-(2^53 - 1)');
  return valueCard(keyword, String(value), comment);
}

/**
 * A real number as the shortest text that gives back the same double, with a decimal point always and an upper-case E,
 * right-justified to column 30 where it fits. Throws InvalidCard for NaN and infinities.
 */
export function realCard(keyword: string, value: number, comment = ''): string {
  if (!Number.isFinite(value)) throw new InvalidCard(keyword, value, 'must be a finite number');
  return valueCard(keyword, realText(value), comment);
}

/**
 * A character string; quotes are doubled. One that is too long for a card goes on in CONTINUE cards (standard 4.2.1.2), of which
 * the last has the comment. Blanks at the end do not count in FITS: they come back as none. Throws InvalidCard for characters
 * other than printable ASCII.
 */
export function textCards(keyword: string, value: string, comment = ''): string[] {
  if (typeof value !== 'string' || !PRINTABLE.test(value)) {
    throw new InvalidCard(keyword, value, 'must be a text of printable ASCII');
  }
  const escaped = value.replace(/ +$/, '').replaceAll("'", "''");
  if (escaped.length <= TEXT_ROOM) return [valueCard(keyword, quoted(escaped), comment)];
  const parts = splitText(escaped);
  return parts.map((part, index) => {
    const text = index < parts.length - 1 ? `${part}&` : part;
    const start = index === 0 ? assignment(keyword) : 'CONTINUE'.padEnd(VALUE_START);
    return withComment(`${start}'${text}'`, index < parts.length - 1 ? '' : printableComment(keyword, comment));
  });
}

/** Free text under COMMENT, wrapped between words. Throws InvalidCard for characters other than printable ASCII. */
export function commentCards(text: string): string[] {
  return commentaryCards('COMMENT', text);
}

/** Free text under HISTORY, wrapped between words. Throws InvalidCard for characters other than printable ASCII. */
export function historyCards(text: string): string[] {
  return commentaryCards('HISTORY', text);
}

/** A heading between groups of cards: an empty card and one with text after a blank keyword (standard 4.4.2.4). */
export function headingCards(text: string): string[] {
  return [' '.repeat(CARD_LENGTH), ...commentaryCards('', text)];
}

/** The whole header: the cards, END, and blanks up to a multiple of 2880 characters. Throws InvalidCard for a text that is no card. */
export function headerText(cards: readonly string[]): string {
  const unfit = cards.find((card) => card.length !== CARD_LENGTH);
  if (unfit !== undefined) throw new InvalidCard(unfit.slice(0, 8), unfit, `a card has ${CARD_LENGTH} characters`);
  const length = Math.ceil(((cards.length + 1) * CARD_LENGTH) / BLOCK_LENGTH) * BLOCK_LENGTH;
  return `${cards.join('')}END`.padEnd(length);
}

function valueCard(keyword: string, valueText: string, comment: string): string {
  const justified = valueText.startsWith("'") ? valueText.padEnd(VALUE_END - VALUE_START) : valueText.padStart(20);
  return withComment(assignment(keyword) + justified, printableComment(keyword, comment));
}

function assignment(keyword: string): string {
  if (!/^[A-Z0-9_-]{1,8}$/.test(keyword) || WITHOUT_VALUE.has(keyword)) {
    const free = [...WITHOUT_VALUE].join(', ');
    throw new InvalidCard(keyword, keyword, `a keyword must be 1 to 8 of A-Z 0-9 - _ and none of ${free}`);
  }
  return `${keyword.padEnd(8)}= `;
}

function printableComment(keyword: string, comment: string): string {
  if (!PRINTABLE.test(comment)) throw new InvalidCard(keyword, comment, 'a comment must be printable ASCII');
  return comment;
}

function quoted(escaped: string): string {
  return `'${escaped.padEnd(8)}'`;
}

function realText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa, exponent] = String(value).split('e');
  const withPoint = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? withPoint : `${withPoint}E${exponent.replace('+', '')}`;
}

/** Parts for a text and its continuations, each with room for the ampersand that says it goes on; quotes stay in pairs. */
function splitText(escaped: string): string[] {
  const parts: string[] = [];
  let rest = escaped;
  while (rest.length > TEXT_ROOM) {
    let end = TEXT_ROOM - 1;
    const quotesBefore = /'*$/.exec(rest.slice(0, end))![0].length;
    if (quotesBefore % 2 === 1) end--;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** The comment cut so that the card has 80 characters, at the end of a word; none when not even its unit has room. */
function withComment(start: string, comment: string): string {
  const room = CARD_LENGTH - start.length - ' / '.length;
  const text = cutAtWord(comment.trimEnd(), room);
  return (text === '' ? start : `${start} / ${text}`).padEnd(CARD_LENGTH);
}

function cutAtWord(text: string, room: number): string {
  if (text.length <= room) return text;
  const unitLength = /^\[[^\]]*\]/.exec(text)?.[0].length ?? 0;
  const end = text.lastIndexOf(' ', Math.max(room, 0));
  return end < Math.max(unitLength, 1) ? '' : text.slice(0, end).replace(/[\s,;:(]+$/, '');
}

function commentaryCards(keyword: string, text: string): string[] {
  if (!PRINTABLE.test(text)) throw new InvalidCard(keyword, text, 'must be a text of printable ASCII');
  const lines: string[] = [];
  let rest = text.trimEnd();
  while (rest.length > COMMENTARY_ROOM) {
    const space = rest.lastIndexOf(' ', COMMENTARY_ROOM);
    const end = space > 0 && rest.slice(0, space).trim() !== '' ? space : COMMENTARY_ROOM;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest].map((line) => (keyword.padEnd(8) + line).padEnd(CARD_LENGTH));
}
