import { encode } from 'fast-png';

/** Levels of the picture: share of the pixels below black, and above white. */
const BLACK_SHARE = 0.02;
const WHITE_SHARE = 0.998;
/** How much the faint is raised: counts up to white / STRETCH are shown in proportion, what is brighter by its logarithm. */
const STRETCH = 12;

/**
 * A frame as a PNG, for looking at: the row at the bottom of the sky is at the bottom of the picture. The means of square blocks
 * of pixels are shown, as many as make the picture at most `widthMax` wide, by the inverse hyperbolic sine of the count (Lupton et al. 1999, AJ 118, 1406)
 * between the frame's own black and white.
 * @param frame counts, row by row from the bottom
 * @param section of FITS, what of the frame to show: `[17:2064,1:2048]`
 */
export function previewOf(
  frame: { width: number; pixels: Uint16Array },
  section: string,
  widthMax: number,
): Uint8Array {
  const [left, right, bottom, top] = section.slice(1, -1).split(/[:,]/).map(Number);
  const block = Math.max(1, Math.ceil((right - left + 1) / widthMax));
  const [columns, rows] = [Math.floor((right - left + 1) / block), Math.floor((top - bottom + 1) / block)];
  const means = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = bottom - 1 + row * block, end = y + block; y < end; y++) {
        const from = y * frame.width + left - 1 + column * block;
        for (let i = from; i < from + block; i++) sum += frame.pixels[i];
      }
      means[(rows - 1 - row) * columns + column] = sum / (block * block);
    }
  }
  const sorted = means.slice().sort();
  const black = sorted[Math.floor(BLACK_SHARE * (sorted.length - 1))];
  const white = Math.max(black + 1, sorted[Math.floor(WHITE_SHARE * (sorted.length - 1))]);
  const scale = 255 / Math.asinh(STRETCH);
  const data = Uint8Array.from(means, (mean) => {
    const share = Math.min(1, Math.max(0, (mean - black) / (white - black)));
    return Math.round(scale * Math.asinh(STRETCH * share));
  });
  return encode({ width: columns, height: rows, data, depth: 8, channels: 1 });
}
