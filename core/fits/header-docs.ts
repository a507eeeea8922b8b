import {
  AMPLIFIER_GROUP,
  HEADER_GROUPS,
  type HeaderConstant,
  type HeaderGroup,
  type HeaderProperty,
  REQUIRED_FOR,
  SECTION,
  SIP_CARDS,
  STRUCTURE_CARDS,
  WCS_CARDS,
} from './header-table.ts';

const INTRODUCTION = `# Frames: FITS files and their headers

Every frame is a FITS file (Standard 4.0): of one image, or, where a camera has several amplifiers, of one image extension for each. The first row of the file is the bottom row of the picture. Raw counts, 0 to
65535, are stored as 16-bit integers with BZERO 32768. Every header-data unit carries CHECKSUM and DATASUM. No card tells the wall clock's time: the
same frame is the same bytes, whenever and wherever it is written.

This page is made from the header table, \`core/fits/header-table.ts\`, by \`headerTableMarkdown()\`; a test holds the two equal, and
\`npx vitest run test/core/fits/header-docs.test.ts -u\` writes it anew. *Property* is the name of the value in visit records and
sidecars; an instant there is a text like \`2026-11-21T19:42:10.123Z\`, and the card has it without the \`Z\`, because TIMESYS says
that it is UTC. *Frames* says which frames must have the card: every one, those that let light in
(${REQUIRED_FOR.light.join(', ')}), those that look at a place of the sky (${REQUIRED_FOR.sky.join(', ')}), or none
(optional); a card that is not required is there when its value exists. Texts too long for a card go on in CONTINUE cards; blanks at the
end of a text do not count.
`;

const STRUCTURE_TEXT = `BSCALE and BZERO only with unsigned counts, LONGSTRN only with CONTINUE cards; PCOUNT, GCOUNT, EXTNAME and INHERIT in
extensions, EXTEND and NEXTEND in a primary header before them, TFIELDS in tables.`;

const SIP_TEXT = `Where the optics distort, CTYPE1 and CTYPE2 end with \`-SIP\`, and the place of a pixel goes through polynomials of order 2 to 5
(Simple Imaging Polynomial, Shupe et al. 2005): u and v are columns and rows from CRPIX; (u + A(u, v), v + B(u, v)) goes through CD.
Terms that are zero are not written. AP and BP undo A and B about, for programs that need them; Nocturne itself turns A and B around.`;

const FORMS = `## Forms of files

- **One image** (\`writeFrame\`): everything stands in the primary header.
- **Several amplifiers** (\`writeMultiExtension\`): the primary header has no data and holds what the amplifiers share. Each has an IMAGE
  extension with INHERIT = T, its own cards of the group *${AMPLIFIER_GROUP}* and its own world coordinates; EXTNAME is its name.
- **Tables** (\`writeTable\`, \`readTable\`): a binary table with TTYPE, TFORM, TUNIT and TCOMM for each column. Unsigned integers are stored as
  signed ones with TZERO; NaN is a missing value.
- **Compressed** (\`compressFrame\`, \`decompressFrame\`; \`.fits.fz\`): tiled image compression (Standard 4.0, section 10) with RICE_1, a tile per
  row. Images of integers are compressed, anything else stays as it is. Decompressed, by Nocturne or by funpack, the file is what it was,
  byte for byte. CHECKSUM and DATASUM are those of the compressed header-data unit; the originals are kept in ZHECKSUM and ZDATASUM.
- **Written row by row** (\`openImageWriter\`): for images larger than memory. A header with zeros for its sums comes first, the rows follow,
  and at the end comes the true header, of the same length, to be written over the begin of the file.

Reading verifies CHECKSUM and DATASUM of every header-data unit and refuses a damaged file with ChecksumMismatch, which names it.
\`verify: false\` reads it all the same.
`;

/** The page docs/fits.md: every card of our frames with property, type, unit, range and meaning. */
export function headerTableMarkdown(): string {
  return [
    INTRODUCTION,
    section('Data unit', cardRows(STRUCTURE_CARDS), STRUCTURE_TEXT),
    ...groupSections(HEADER_GROUPS),
    section(
      'World coordinates',
      cardRows(WCS_CARDS),
      `In frames that look at a place of the sky (${REQUIRED_FOR.sky.join(', ')}), others may have them. Gnomonic projection, ICRS; the centre of the first pixel is (1, 1).`,
    ),
    section('Distortion', cardRows(SIP_CARDS), SIP_TEXT),
    FORMS,
  ].join('\n');
}

/** A section for each group of a table of cards. */
export function groupSections(table: readonly HeaderGroup[]): string[] {
  return table.map(({ title, entries }) =>
    section(title, [
      row('Keyword', 'Property', 'Type', 'Unit', 'Range', 'Frames', 'Meaning'),
      row(...Array.from({ length: 7 }, () => '---')),
      ...entries.map((entry) => entryRow(entry, table)),
    ]),
  );
}

/** A heading, a text and a table. */
export function section(title: string, rows: readonly string[], text?: string): string {
  return [`## ${title}`, '', ...(text ? [text, ''] : []), ...rows, ''].join('\n');
}

function entryRow(entry: HeaderProperty | HeaderConstant, table: readonly HeaderGroup[]): string {
  const { keyword, unit = '', comment } = entry;
  if ('value' in entry) {
    const { value, besides } = entry;
    const type = typeof value === 'string' ? 'text' : 'real';
    return row(
      keyword,
      '',
      type,
      unit,
      `always ${value}`,
      besides ? `with ${keywordOf(besides, table)}` : 'every',
      comment,
    );
  }
  const frames = entry.simulatedOnly ? `${entry.required}, if simulated` : entry.required;
  return row(keyword, `\`${entry.property}\``, entry.type, unit, rangeText(entry), frames, comment);
}

function keywordOf(property: string, table: readonly HeaderGroup[]): string {
  const entries = table.flatMap((group) => [...group.entries]);
  return entries.find((entry) => 'property' in entry && entry.property === property)!.keyword;
}

function rangeText({ min, max, below, values, pattern }: HeaderProperty): string {
  if (values) return values.map((value) => (value === '' ? '(none)' : value)).join(', ');
  if (pattern) return pattern === SECTION ? '`[x1:x2,y1:y2]`' : '`YYYY-MM-DDThh:mm:ss.sss`';
  if (min === undefined) return '';
  if (below !== undefined) return `${min} to below ${below}`;
  return max === undefined ? `from ${min}` : `${min} to ${max}`;
}

/** Rows of cards without a property. */
export function cardRows(cards: Readonly<Record<string, { type: string; unit?: string; comment: string }>>): string[] {
  return [
    row('Keyword', 'Type', 'Unit', 'Meaning'),
    row('---', '---', '---', '---'),
    ...Object.entries(cards).map(([keyword, { type, unit = '', comment }]) => row(keyword, type, unit, comment)),
  ];
}

/** A row of a table. */
export function row(...cells: readonly string[]): string {
  return `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`;
}
