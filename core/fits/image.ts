import { InvalidImageSize } from './errors.ts';
import { type HduPlan, planHdu, structureCards, writeHdu, writePlans } from './hdu-write.ts';
import { encodePixels, formatOf, type Pixels } from './pixels.ts';

export interface Image {
  /** Cards of the header, but for those of `STRUCTURE_CARDS`, which are made here. */
  cards: readonly string[];
  widthPix: number;
  heightPix: number;
  /** Rows one after the other, the bottom one first; pixel (x, y), both from 0, is `pixels[y * widthPix + x]`. */
  pixels: Pixels;
}

/**
 * A FITS file of one image, with CHECKSUM and DATASUM: the same bytes for the same input. Throws InvalidImageSize, InvalidCard.
 */
export function writeImage(image: Image): Uint8Array {
  return writePlans([planImage(image)]);
}

/** The primary image of a file, to be written later. Throws InvalidImageSize, InvalidCard. */
export function planImage(image: Image): HduPlan {
  const { cards, widthPix, heightPix, pixels } = image;
  refuseWrongSize(image);
  const structure = imageStructure({ SIMPLE: true }, widthPix, heightPix, formatOf(pixels));
  return planHdu([...structure, ...cards], pixels.byteLength, (data) => encodePixels(pixels, data));
}

/**
 * An image as an extension of a file, by its name; the cards of the primary header, which has no data, hold for it too. Throws
 * InvalidImageSize, InvalidCard.
 */
export function imageExtension(name: string, image: Image): Uint8Array {
  return writePlans([planExtension(name, image, true)]);
}

/** An image as an extension of a file, to be written later. Throws InvalidImageSize, InvalidCard. */
export function planExtension(name: string, image: Image, inherits: boolean): HduPlan {
  const { cards, widthPix, heightPix, pixels } = image;
  refuseWrongSize(image);
  const structure = [
    ...imageStructure({ XTENSION: 'IMAGE' }, widthPix, heightPix, formatOf(pixels)),
    ...structureCards({ EXTNAME: name, ...(inherits && { INHERIT: true }) }),
  ];
  return planHdu([...structure, ...cards], pixels.byteLength, (data) => encodePixels(pixels, data));
}

/** The cards that describe an image's data unit, in the order of the standard; `begin` is the first. */
export function imageStructure(
  begin: { SIMPLE: true } | { XTENSION: 'IMAGE' },
  widthPix: number,
  heightPix: number,
  { bitpix, bzero }: { bitpix: number; bzero: number },
): string[] {
  return structureCards({
    ...begin,
    BITPIX: bitpix,
    NAXIS: 2,
    NAXIS1: widthPix,
    NAXIS2: heightPix,
    ...('XTENSION' in begin && { PCOUNT: 0, GCOUNT: 1 }),
    ...(bzero !== 0 && { BSCALE: 1, BZERO: bzero }),
  });
}

/** A primary header without data, before `extensions` extensions. */
export function emptyPrimary(extensions: number, cards: readonly string[]): Uint8Array {
  const structure = structureCards({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true, NEXTEND: extensions });
  return writeHdu([...structure, ...cards], 0, () => 0);
}

function refuseWrongSize({ widthPix, heightPix, pixels }: Image): void {
  const sizes = [widthPix, heightPix];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || widthPix * heightPix !== pixels.length) {
    throw new InvalidImageSize(widthPix, heightPix, pixels.length);
  }
}
