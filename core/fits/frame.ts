import type { Wcs } from '../gnomonic.ts';
import { headingCards, integerCard, logicalCard, realCard, textCards } from './cards.ts';
import { InvalidFrameHeader } from './errors.ts';
import type { CardValue, FitsHeader } from './header-read.ts';
import {
  cardComment,
  type FrameHeader,
  type FrameImageType,
  HEADER_GROUPS,
  HEADER_PROPERTIES,
  type HeaderConstant,
  type HeaderGroup,
  type HeaderProperty,
  REQUIRED_FOR,
} from './header-table.ts';
import { frameHeaderFaults } from './header-validate.ts';
import { writeImage } from './image.ts';
import type { Pixels } from './pixels.ts';
import { wcsCards, wcsFaults } from './wcs.ts';

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * One of our frames as a FITS file: the same bytes for the same input. The header must satisfy the header table, and a frame
 * that looks at the sky (object, focus) must have world coordinates. Throws InvalidFrameHeader with all faults at once, and
 * InvalidImageSize.
 * @param wcs world coordinates; undefined for a frame that does not look at a place of the sky
 * @param pixels rows one after the other, the bottom one first
 */
export function writeFrame(
  header: FrameHeader,
  wcs: Wcs | undefined,
  widthPix: number,
  heightPix: number,
  pixels: Pixels,
): Uint8Array {
  return writeImage({ cards: frameCards(header, wcs), widthPix, heightPix, pixels });
}

/** Cards of a frame's header in the order of the header table, under headings. Throws InvalidFrameHeader. */
export function frameCards(header: FrameHeader, wcs: Wcs | undefined): string[] {
  const faults = [...frameHeaderFaults(header), ...(wcs ? wcsFaults(wcs) : missingWcsFaults(header))];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  return groupCards(header, wcs);
}

/**
 * Cards of those properties that are there, in the order of the header table, under headings; nothing is checked.
 * @param table another table than that of raw frames
 */
export function groupCards(
  header: Values,
  wcs: Wcs | undefined,
  table: readonly HeaderGroup[] = HEADER_GROUPS,
): string[] {
  const groups: { title: string; cards: string[] }[] = table.map(({ title, entries }) => ({
    title,
    cards: entries.flatMap((entry) => entryCards(entry, header)),
  }));
  if (wcs) groups.push({ title: 'World coordinates', cards: wcsCards(wcs) });
  return groups.flatMap(({ title, cards }) => (cards.length > 0 ? [...headingCards(title), ...cards] : []));
}

/** Properties of a frame's header as they were when it was written; what the header table does not know is left out. */
export function frameHeaderOf(header: FitsHeader): FrameHeader {
  const found = propertiesOf(header, HEADER_PROPERTIES);
  const faults = frameHeaderFaults(found);
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  return found as FrameHeader;
}

/** Values of properties by their names, as a header has them; nothing is checked. */
export function propertiesOf(
  { values }: Pick<FitsHeader, 'values'>,
  entries: readonly HeaderProperty[],
): Record<string, CardValue> {
  return Object.fromEntries(
    entries.flatMap(({ keyword, property, type }) => {
      const value = values.get(keyword);
      return value === undefined ? [] : [[property, type === 'instant' ? `${value}Z` : value] as const];
    }),
  );
}

function entryCards(entry: HeaderProperty | HeaderConstant, header: Values): string[] {
  const comment = cardComment(entry);
  if ('value' in entry) {
    if (entry.besides !== undefined && header[entry.besides] === undefined) return [];
    const { keyword, value } = entry;
    return typeof value === 'string' ? textCards(keyword, value, comment) : [realCard(keyword, value, comment)];
  }
  const value = header[entry.property];
  if (value === undefined) return [];
  switch (entry.type) {
    case 'logical':
      return [logicalCard(entry.keyword, value as boolean, comment)];
    case 'integer':
      return [integerCard(entry.keyword, value as number, comment)];
    case 'real':
      return [realCard(entry.keyword, value as number, comment)];
    case 'text':
      return textCards(entry.keyword, value as string, comment);
    case 'instant':
      // FITS has no letter for the time scale in a date: TIMESYS says that it is UTC.
      return textCards(entry.keyword, (value as string).replace(/Z$/, ''), comment);
  }
}

/** The fault of a frame that must have world coordinates and has none. */
export function missingWcsFaults({ imageType }: Pick<FrameHeader, 'imageType'>): string[] {
  const types: readonly FrameImageType[] = REQUIRED_FOR.sky;
  return types.includes(imageType) ? [`wcs: missing; a frame of type ${imageType} must have it`] : [];
}
