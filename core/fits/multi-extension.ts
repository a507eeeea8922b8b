import type { Wcs } from '../gnomonic.ts';
import { InvalidFrameHeader } from './errors.ts';
import { frameHeaderOf, groupCards, missingWcsFaults } from './frame.ts';
import { concatBytes } from './hdu-write.ts';
import type { Hdu } from './hdus.ts';
import { type AmplifierHeader, type FrameHeader, HEADER_PROPERTIES, type SharedHeader } from './header-table.ts';
import { amplifierFaults, sharedHeaderFaults } from './header-validate.ts';
import { emptyPrimary, imageExtension } from './image.ts';
import type { Pixels } from './pixels.ts';
import { wcsFaults } from './wcs.ts';

/** What one amplifier read. */
export interface AmplifierImage {
  /** EXTNAME, other for every extension. */
  name: string;
  header: AmplifierHeader;
  wcs?: Wcs;
  widthPix: number;
  heightPix: number;
  /** Rows one after the other, the bottom one first. */
  pixels: Pixels;
}

/**
 * A frame of several amplifiers: a primary header without data that holds what they share, and an image extension for each,
 * which inherits it (INHERIT = T, standard 4.0 section 4.4.2.6). Every header-data unit has its CHECKSUM and DATASUM. Throws
 * InvalidFrameHeader with all faults at once, and InvalidImageSize.
 */
export function writeMultiExtension({
  header,
  extensions,
}: {
  header: SharedHeader;
  extensions: readonly AmplifierImage[];
}): Uint8Array {
  const names = extensions.map(({ name }) => name);
  const faults = [
    ...sharedHeaderFaults(header),
    ...(extensions.length === 0 ? ['extensions: none; there must be at least one'] : []),
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `extensions: ${name} stands twice`),
    ...extensions.flatMap((extension) => extensionFaults(extension, header)),
  ];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  return concatBytes([
    emptyPrimary(extensions.length, groupCards(header, undefined)),
    ...extensions.map(({ name, header: own, wcs, widthPix, heightPix, pixels }) =>
      imageExtension(name, { cards: groupCards(own, wcs), widthPix, heightPix, pixels }),
    ),
  ]);
}

/** The whole header of an extension: its own properties, and those of the primary header that it inherits. */
export function inheritedFrameHeader(primary: Pick<Hdu, 'header'>, extension: Pick<Hdu, 'header'>): FrameHeader {
  const values = new Map(extension.header.values);
  if (values.get('INHERIT') === true) {
    for (const { keyword } of HEADER_PROPERTIES) {
      const shared = primary.header.values.get(keyword);
      if (shared !== undefined && !values.has(keyword)) values.set(keyword, shared);
    }
  }
  return frameHeaderOf({ ...extension.header, values });
}

function extensionFaults({ name, header, wcs }: AmplifierImage, shared: SharedHeader): string[] {
  const faults = [...amplifierFaults(header, shared), ...(wcs ? wcsFaults(wcs) : missingWcsFaults(shared))];
  return faults.map((fault) => `${name}: ${fault}`);
}
