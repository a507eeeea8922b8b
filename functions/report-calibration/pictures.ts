import { decode, encode } from 'fast-png';

/** A picture that is part of the page. */
export interface Picture {
  dataUri: string;
  widthPx: number;
  heightPx: number;
}

/** Pixels that all pictures of a page have together: a pixel of a PNG takes a byte at most, in base64 a third more. */
const PAGE_PIXELS = 3_000_000;
const WIDTH_MAX_PX = 480;
const WIDTH_MIN_PX = 96;

/** How wide each of so many square pictures may be for the page to stay below 5 MB; not wider than it is shown. */
export const pictureWidthPx = (count: number): number =>
  Math.max(WIDTH_MIN_PX, Math.min(WIDTH_MAX_PX, Math.floor(Math.sqrt(PAGE_PIXELS / Math.max(1, count)))));

/**
 * A grey PNG of 8 bits as a smaller one: every pixel is the mean of a square block. A higher picture than wide is made as high as a
 * wide one would be wide. Throws for what is no such PNG.
 */
export function pictureOf(png: Uint8Array, sideMaxPx: number): Picture {
  const { width, height, data, channels, depth } = decode(png);
  if (channels !== 1 || depth !== 8) {
    throw new TypeError(`a picture has ${channels} channels of ${depth} bits; previews are grey, of 8 bits`);
  }
  const block = Math.max(1, Math.ceil(Math.max(width, height) / sideMaxPx));
  const [columns, rows] = [Math.max(1, Math.floor(width / block)), Math.max(1, Math.floor(height / block))];
  const small = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      small[row * columns + column] = blockMean(data, width, height, column * block, row * block, block);
    }
  }
  const bytes = encode({ width: columns, height: rows, data: small, depth: 8, channels: 1 });
  return {
    dataUri: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
    widthPx: columns,
    heightPx: rows,
  };
}

function blockMean(
  data: ArrayLike<number>,
  width: number,
  height: number,
  x0: number,
  y0: number,
  block: number,
): number {
  const [x1, y1] = [Math.min(width, x0 + block), Math.min(height, y0 + block)];
  let sum = 0;
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += data[y * width + x];
  return Math.round(sum / ((x1 - x0) * (y1 - y0)));
}
