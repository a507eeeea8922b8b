import {
  HEADER_GROUPS,
  type HeaderConstant,
  type HeaderProperty,
  REQUIRED_FOR,
  STRUCTURE_CARDS,
  WCS_CARDS,
} from './header-table.ts';

const INTRODUCTION = `# Frames: FITS files and their headers

Every frame is a FITS file (Standard 4.0) of one image. The first row of the file is the bottom row of the picture. Raw counts, 0 to
65535, are stored as 16-bit integers with BZERO 32768. Every file carries CHECKSUM and DATASUM. No card tells the wall clock's time: the
same frame is the same bytes, whenever and wherever it is written.

This page is made from the header table, \`core/fits/header-table.ts\`, by \`headerTableMarkdown()\`; a test holds the two equal, and
\`npx vitest run test/core/fits/header-docs.test.ts -u\` writes it anew. *Property* is the name of the value in visit records and
sidecars; an instant there is a text like \`2026-11-21T19:42:10.123Z\`, and the card has it without the \`Z\`, because TIMESYS says
that it is UTC. *Frames* says which frames must have the card: every one, those that let light in
(${REQUIRED_FOR.light.join(', ')}), those that look at a place of the sky (${REQUIRED_FOR.sky.join(', ')}), or none
(optional); a card that is not required is there when its value exists. Texts too long for a card go on in CONTINUE cards; blanks at the
end of a text do not count.
`;

/** The page docs/fits.md: every card of our frames with property, type, unit, range and meaning. */
export function headerTableMarkdown(): string {
  const groups = HEADER_GROUPS.map(({ title, entries }) =>
    section(title, [
      row('Keyword', 'Property', 'Type', 'Unit', 'Range', 'Frames', 'Meaning'),
      row(...Array.from({ length: 7 }, () => '---')),
      ...entries.map((entry: HeaderProperty | HeaderConstant) => entryRow(entry)),
    ]),
  );
  return [
    INTRODUCTION,
    section(
      'Data unit',
      cardRows(STRUCTURE_CARDS),
      'BSCALE and BZERO only with unsigned counts, LONGSTRN only with CONTINUE cards.',
    ),
    ...groups,
    section(
      'World coordinates',
      cardRows(WCS_CARDS),
      `In frames that look at a place of the sky (${REQUIRED_FOR.sky.join(', ')}), others may have them. Gnomonic projection, ICRS; the centre of the first pixel is (1, 1).`,
    ),
  ].join('\n');
}

function section(title: string, rows: readonly string[], text?: string): string {
  return [`## ${title}`, '', ...(text ? [text, ''] : []), ...rows, ''].join('\n');
}

function entryRow(entry: HeaderProperty | HeaderConstant): string {
  const { keyword, unit = '', comment } = entry;
  if ('value' in entry) {
    const { value, besides } = entry;
    const type = typeof value === 'string' ? 'text' : 'real';
    return row(keyword, '', type, unit, `always ${value}`, besides ? `with ${keywordOf(besides)}` : 'every', comment);
  }
  const frames = entry.simulatedOnly ? `${entry.required}, if simulated` : entry.required;
  return row(keyword, `\`${entry.property}\``, entry.type, unit, rangeText(entry), frames, comment);
}

function keywordOf(property: string): string {
  const entries: readonly (HeaderProperty | HeaderConstant)[] = HEADER_GROUPS.flatMap((group) => [...group.entries]);
  return entries.find((entry) => 'property' in entry && entry.property === property)!.keyword;
}

function rangeText({ min, max, below, values, pattern }: HeaderProperty): string {
  if (values) return values.join(', ');
  if (pattern) return '`[x1:x2,y1:y2]`';
  if (min === undefined) return '';
  if (below !== undefined) return `${min} to below ${below}`;
  return max === undefined ? `from ${min}` : `${min} to ${max}`;
}

function cardRows(cards: Readonly<Record<string, { type: string; unit?: string; comment: string }>>): string[] {
  return [
    row('Keyword', 'Type', 'Unit', 'Meaning'),
    row('---', '---', '---', '---'),
    ...Object.entries(cards).map(([keyword, { type, unit = '', comment }]) => row(keyword, type, unit, comment)),
  ];
}

function row(...cells: readonly string[]): string {
  return `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`;
}
