import { addWords } from './checksum.ts';
import { InvalidImageSize } from './errors.ts';
import { headerBytesLength, padded, writeHeader } from './hdu-write.ts';
import { imageStructure } from './image.ts';
import { encodePixels, formatOf, type Pixels } from './pixels.ts';

const TYPES = {
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export interface ImageWriter {
  /**
   * Writes whole rows, the next ones from the bottom up. Throws InvalidImageSize for parts of rows and for too many, TypeError for
   * pixels of another type.
   */
  writeRows(pixels: Pixels): void;
  /**
   * Ends the file and gives its true header, of the same length as the one that was written first: it has to be written over the
   * begin of the file. Throws InvalidImageSize when rows are missing.
   */
  close(): Uint8Array;
}

/**
 * Writes an image row by row, for images larger than memory: a header with zeros for its sums goes to `write` first, then the
 * rows as they come, then what fills the last block. The sums are known at the end only, and `close` gives the header that has them.
 * The file is then the same, byte for byte, as `writeImage` makes it. Throws InvalidImageSize, InvalidCard.
 * @param write takes the next bytes of the file; they are not changed afterwards
 */
export function openImageWriter({
  cards,
  widthPix,
  heightPix,
  format,
  write,
}: {
  cards: readonly string[];
  widthPix: number;
  heightPix: number;
  format: keyof typeof TYPES;
  write: (bytes: Uint8Array) => void;
}): ImageWriter {
  const Type = TYPES[format];
  const whole = widthPix * heightPix;
  if (
    ![widthPix, heightPix].every((size) => Number.isSafeInteger(size) && size > 0) ||
    !Number.isSafeInteger(whole * 8)
  ) {
    throw new InvalidImageSize(widthPix, heightPix, whole);
  }
  const lengthBytes = whole * Type.BYTES_PER_ELEMENT;
  const all = [...imageStructure({ SIMPLE: true }, widthPix, heightPix, formatOf(new Type(0))), ...cards];
  const header = (dataSum: number) => {
    const bytes = new Uint8Array(headerBytesLength(all));
    writeHeader(all, dataSum, bytes);
    return bytes;
  };
  let pixelsWritten = 0;
  let sum = 0;
  write(header(0));
  return {
    writeRows(pixels) {
      if (!(pixels instanceof Type))
        throw new TypeError(`pixels: got ${pixels.constructor.name}; must be ${Type.name}`);
      if (pixels.length % widthPix !== 0 || pixelsWritten + pixels.length > whole) {
        throw new InvalidImageSize(widthPix, heightPix, pixelsWritten + pixels.length);
      }
      const bytes = new Uint8Array(Math.ceil(pixels.byteLength / 4) * 4);
      const part = encodePixels(pixels, bytes);
      // Rows of an odd number of 16-bit pixels may begin in the middle of a word: the sum's halves change places.
      const isHalfway = (pixelsWritten * Type.BYTES_PER_ELEMENT) % 4 === 2;
      sum = addWords(sum, isHalfway ? ((part >>> 16) | (part << 16)) >>> 0 : part);
      pixelsWritten += pixels.length;
      write(bytes.subarray(0, pixels.byteLength));
    },
    close() {
      if (pixelsWritten !== whole) throw new InvalidImageSize(widthPix, heightPix, pixelsWritten);
      const missing = padded(lengthBytes) - lengthBytes;
      if (missing > 0) write(new Uint8Array(missing));
      return header(sum);
    },
  };
}
