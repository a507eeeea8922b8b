import type { Wcs } from '../../gnomonic.ts';
import { amplifierSaturationAdu, type Camera } from '../../records/observatory/camera.ts';
import { type Layout, layoutOf, type Part, type Window } from './geometry.ts';

/** What one amplifier read, as an image of its own: prescan columns, image, overscan columns; overscan rows on top. */
export interface AmplifierImage {
  name: string;
  gainEPerAdu: number;
  readNoiseE: number;
  saturationAdu: number;
  widthPix: number;
  heightPix: number;
  pixels: Uint16Array;
  /** Sections of FITS, from 1, in this image; `detectorSection` in unbinned pixels of the whole detector. */
  dataSection: string;
  biasSection: string | undefined;
  detectorSection: string;
  /** Absent for a frame that looks at no place of the sky. */
  wcs?: Wcs;
}

/**
 * Takes a frame apart into the images of its amplifiers.
 * @param frame as `readOut` gave it for the same camera, binning and window
 * @param wcs of the whole frame
 */
export function amplifierImages(
  camera: Camera,
  frame: { width: number; pixels: Uint16Array },
  wcs: Wcs | undefined,
  binning?: number,
  window?: Window,
): AmplifierImage[] {
  const layout = layoutOf(camera, binning, window);
  return layout.parts.map((part) => amplifierImage(camera, layout, part, frame, wcs));
}

function amplifierImage(
  camera: Camera,
  layout: Layout,
  part: Part,
  frame: { width: number; pixels: Uint16Array },
  wcs: Wcs | undefined,
): AmplifierImage {
  const { prescanColumns, overscanColumns, overscanRows, imageOrigin, image, binning } = layout;
  const { readColumns, readRows, amplifier } = part;
  const columns = readColumns.end - readColumns.begin;
  const rows = readRows.end - readRows.begin;
  const dataX = imageOrigin.x + readColumns.begin - image.columns.begin;
  const dataY = imageOrigin.y + readRows.begin - image.rows.begin;
  const widthPix = prescanColumns + columns + overscanColumns;
  const heightPix = rows + overscanRows;
  const pixels = new Uint16Array(widthPix * heightPix);
  const runs = [
    { from: part.prescanX, length: prescanColumns, to: 0 },
    { from: dataX, length: columns, to: prescanColumns },
    { from: part.overscanX, length: overscanColumns, to: prescanColumns + columns },
  ];
  for (let row = 0; row < heightPix; row++) {
    const source = (row < rows ? dataY + row : part.overscanY + row - rows) * frame.width;
    for (const { from, length, to } of runs) {
      pixels.set(frame.pixels.subarray(source + from, source + from + length), row * widthPix + to);
    }
  }
  const bias =
    overscanColumns > 0
      ? `[${prescanColumns + columns + 1}:${widthPix},1:${rows}]`
      : prescanColumns > 0
        ? `[1:${prescanColumns},1:${rows}]`
        : undefined;
  const { name, gainEPerAdu, readNoiseE } = amplifier;
  return {
    name,
    gainEPerAdu,
    readNoiseE,
    saturationAdu: amplifierSaturationAdu(camera, amplifier),
    widthPix,
    heightPix,
    pixels,
    dataSection: `[${prescanColumns + 1}:${prescanColumns + columns},1:${rows}]`,
    biasSection: bias,
    detectorSection: `[${readColumns.begin * binning + 1}:${readColumns.end * binning},${readRows.begin * binning + 1}:${readRows.end * binning}]`,
    ...(wcs && { wcs: { ...wcs, crpix1: wcs.crpix1 - dataX + prescanColumns, crpix2: wcs.crpix2 - dataY } }),
  };
}
