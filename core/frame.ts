/** One detector readout. Row 0 is the bottom row, as in FITS: pixel (x, y), both from 0, is `pixels[y * width + x]`. */
export interface Frame {
  width: number;
  height: number;
  /** Raw counts in ADU, 0 to 65535. */
  pixels: Uint16Array;
}
