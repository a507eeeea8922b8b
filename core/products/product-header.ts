import { historyCards } from '../fits/cards.ts';
import { propertiesOf } from '../fits/frame.ts';
import type { CardValue, FitsHeader } from '../fits/header-read.ts';
import type { HeaderGroup, HeaderProperty } from '../fits/header-table.ts';
import { valueFaults } from '../fits/header-validate.ts';

/** What the tables of products share with those of raw frames: groups of cards, from which types, writer, reader and pages come. */

type Entry = HeaderGroup['entries'][number];
type PropertyOf<G extends readonly HeaderGroup[]> = Extract<G[number]['entries'][number], { property: string }>;
type ValueOf<P> = P extends { values: readonly (infer V)[] }
  ? V
  : P extends { type: infer T extends HeaderProperty['type'] }
    ? { text: string; instant: string; integer: number; real: number; logical: boolean }[T]
    : never;

/** The values of a table's cards by property name. */
export type HeaderOf<G extends readonly HeaderGroup[]> = {
  [P in PropertyOf<G> as P extends { required: 'every' } ? P['property'] : never]: ValueOf<P>;
} & {
  [P in PropertyOf<G> as P extends { required: 'every' } ? never : P['property']]?: ValueOf<P>;
};

/** The entries of a table whose values are given. */
export function propertiesIn(table: readonly HeaderGroup[]): HeaderProperty[] {
  return table.flatMap(({ entries }) => (entries as readonly Entry[]).filter((entry) => 'property' in entry));
}

/** Every fault of a header against a table of products, in which cards are required of `every` product or optional. */
export function productFaults(table: readonly HeaderGroup[], header: Readonly<Record<string, unknown>>): string[] {
  const entries = propertiesIn(table);
  const known = new Set(entries.map(({ property }) => property));
  return [
    ...Object.keys(header)
      .filter((property) => !known.has(property))
      .map((property) => `${property}: not in the header table; its properties are listed in docs/products.md`),
    ...entries.flatMap((entry) => {
      const value = header[entry.property];
      if (value !== undefined) return valueFaults(entry, value);
      return entry.required === 'every'
        ? [`${entry.property} (${entry.keyword}): missing; every file must have it`]
        : [];
    }),
  ];
}

/** The values that a header has of a table's properties; nothing is checked. */
export function productProperties(table: readonly HeaderGroup[], header: FitsHeader): Record<string, CardValue> {
  return propertiesOf(header, propertiesIn(table));
}

/** A text of free form as a card can hold it: in one line, and what is no printable ASCII becomes a question mark. */
export function printable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?');
}

/** HISTORY cards, a paragraph for each text. */
export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text) => historyCards(printable(text)));
}

/** Number of a numbered card, in three digits from 001. */
export function threeDigits(index: number): string {
  return String(index + 1).padStart(3, '0');
}

/** Values of the cards `SRC001`, `SRC002`, … in their order; they end where one is missing. */
export function numberedTexts({ values }: FitsHeader, prefix: string): string[] {
  const texts: string[] = [];
  for (let i = 0; ; i++) {
    const value = values.get(`${prefix}${threeDigits(i)}`);
    if (value === undefined) return texts;
    texts.push(String(value));
  }
}
