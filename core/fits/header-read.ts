import { BLOCK_LENGTH, CARD_LENGTH } from './cards.ts';
import { NotFits, TruncatedFits, UnsupportedFits } from './errors.ts';

export type CardValue = string | number | boolean;

/** What a header says. */
export interface FitsHeader {
  /** By keyword, in the order of the header; long texts are joined, blanks at their end are off. A card without a value is left out. */
  values: Map<string, CardValue>;
  /** Texts of the COMMENT cards and of the HISTORY cards, a line each. */
  comments: string[];
  history: string[];
  /** The cards before END as they stand, 80 characters each. */
  cards: string[];
  /** Up to where the data begin. */
  lengthBytes: number;
}

const FILE_BEGIN = /^SIMPLE {2}= +T(?: |$)/;
/** What never ends is no header: no file of a telescope comes near. */
const MOST_CARDS = 50_000;
const EXTENSION_BEGIN = /^XTENSION= '/;

/**
 * Reads the header at the begin of a file, or that of an extension at `start`. Throws TruncatedFits when END does not come,
 * NotFits for what the standard does not allow (no SIMPLE = T or XTENSION, other characters than printable ASCII, a keyword twice), and UnsupportedFits for integers beyond
 * +-(2^53 - 1) and for complex numbers.
 */
export function readHeader(bytes: Uint8Array, start = 0): FitsHeader {
  const cards = splitCards(bytes, start);
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
  return { values, comments, history, lengthBytes, cards };
}

/** The cards before END. */
function splitCards(bytes: Uint8Array, begin: number): string[] {
  const cards: string[] = [];
  for (let start = begin; start + CARD_LENGTH <= bytes.length; start += CARD_LENGTH) {
    const card = String.fromCharCode(...bytes.subarray(start, start + CARD_LENGTH));
    if (start === begin && !(begin === 0 ? FILE_BEGIN : EXTENSION_BEGIN).test(card)) {
      throw new NotFits(`${begin === 0 ? 'it' : 'an extension'} begins with ${JSON.stringify(card.slice(0, 30))}`);
    }
    if (!/^[\x20-\x7e]{80}$/.test(card))
      throw new NotFits(`characters other than printable ASCII in card ${cards.length + 1}`);
    if (card === 'END'.padEnd(CARD_LENGTH)) {
      const end = begin + Math.ceil((start + CARD_LENGTH - begin) / BLOCK_LENGTH) * BLOCK_LENGTH;
      if (bytes.length < end) throw new TruncatedFits('header', end, bytes.length);
      if (bytes.subarray(start + CARD_LENGTH, end).some((code) => code !== 0x20)) throw new NotFits('text after END');
      return cards;
    }
    if (cards.length === MOST_CARDS)
      throw new UnsupportedFits('cards of a header', MOST_CARDS, 'that many are the most');
    cards.push(card);
  }
  throw new TruncatedFits('header', (Math.floor(bytes.length / BLOCK_LENGTH) + 1) * BLOCK_LENGTH, bytes.length);
}

/** The integer of a card. Throws NotFits when it is another value or missing. */
export function integerOf(header: FitsHeader, keyword: string): number {
  const value = header.values.get(keyword);
  if (!Number.isSafeInteger(value)) throw new NotFits(`${keyword} is ${String(value)} and must be an integer`);
  return value as number;
}

/** The number of a card, or `absent`. Throws NotFits when it is another value. */
export function numberOf(header: FitsHeader, keyword: string, absent: number): number {
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
