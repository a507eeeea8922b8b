import { ConfigureFailed } from '../../errors.ts';
import type { TanWcs } from '../../gnomonic.ts';
import { amplifiersOf, type Camera } from '../../records/observatory/camera.ts';
import type { Amplifier } from '../../records/observatory/detector.ts';

/** Part of the active area that is read, in unbinned pixels counted from 0. */
export interface Window {
  xPix: number;
  yPix: number;
  widthPix: number;
  heightPix: number;
}

/** Half-open range of columns or rows. */
export interface Range {
  begin: number;
  end: number;
}

/** One amplifier's share of a frame. Detector places are in binned pixels of the whole active area, frame places as written. */
export interface Part {
  amplifier: Amplifier;
  /** Among all amplifiers of the camera, for the crosstalk matrix. */
  index: number;
  /** The whole part of the chip that the amplifier reads, window or not. */
  columns: Range;
  rows: Range;
  /** What of it is read. */
  readColumns: Range;
  readRows: Range;
  /** Reads from the right, and from the top. */
  fromRight: boolean;
  fromTop: boolean;
  /** In the frame: begin of its prescan and overscan columns, and of its overscan rows. */
  prescanX: number;
  overscanX: number;
  overscanY: number;
}

/** How a readout is laid out as a frame. */
export interface Layout {
  binning: number;
  /** Frame as written: prescan columns of all amplifiers, the image, their overscan columns; overscan rows on top. */
  widthPix: number;
  heightPix: number;
  /** First pixel of the image in the frame, from 0. */
  imageOrigin: { x: number; y: number };
  /** Part of the detector that is read, in binned pixels. */
  image: { columns: Range; rows: Range };
  prescanColumns: number;
  overscanColumns: number;
  overscanRows: number;
  parts: Part[];
}

/**
 * Lays out the readout of a camera. The image stays in one piece, whatever the number of amplifiers, so that the frame has one
 * WCS; the scans stand beside it, those of the left amplifiers first (Keck's LRIS writes its mosaics so). Scans shrink with the
 * binning, rounded down. Throws ConfigureFailed for a binning or window that the camera cannot read.
 */
export function layoutOf(camera: Camera, binning = 1, window: Window = wholeOf(camera)): Layout {
  const { widthPix, heightPix } = camera;
  if (!Number.isInteger(binning) || binning < 1 || binning > 16) {
    throw new ConfigureFailed(`binning ${binning}; ${camera.id} bins by whole numbers from 1 to 16`);
  }
  const { xPix, yPix } = window;
  const edges = [xPix, yPix, xPix + window.widthPix, yPix + window.heightPix];
  const inside = xPix >= 0 && yPix >= 0 && edges[2] <= widthPix && edges[3] <= heightPix;
  if (!inside || !(window.widthPix > 0 && window.heightPix > 0) || edges.some((edge) => !Number.isInteger(edge))) {
    throw new ConfigureFailed(
      `a window of ${window.widthPix} x ${window.heightPix} pixels at (${xPix}, ${yPix}); must lie on the ${widthPix} x ${heightPix} pixels of ${camera.id}`,
    );
  }
  const amplifiers = amplifiersOf(camera);
  const { splitColumns, splitRows } = splits(amplifiers);
  const cuts = [
    ...edges,
    widthPix,
    heightPix,
    ...(splitColumns ? [widthPix / 2] : []),
    ...(splitRows ? [heightPix / 2] : []),
  ];
  if (cuts.some((cut) => cut % binning !== 0)) {
    throw new ConfigureFailed(
      `binning ${binning} does not divide the edges of window, chip and amplifiers, ${cuts.join(', ')} pixels`,
    );
  }
  const image = {
    columns: { begin: edges[0] / binning, end: edges[2] / binning },
    rows: { begin: edges[1] / binning, end: edges[3] / binning },
  };
  const scan = camera.scan ?? { prescanColumns: 0, overscanColumns: 0, overscanRows: 0 };
  const prescanColumns = Math.floor(scan.prescanColumns / binning);
  const overscanColumns = Math.floor(scan.overscanColumns / binning);
  const overscanRows = Math.floor(scan.overscanRows / binning);

  const parts: Part[] = [];
  amplifiers.forEach((amplifier, index) => {
    const fromRight = amplifier.corner.endsWith('Right');
    const fromTop = amplifier.corner.startsWith('upper');
    const columns = share(widthPix / binning, splitColumns, fromRight);
    const rows = share(heightPix / binning, splitRows, fromTop);
    const readColumns = overlap(columns, image.columns);
    const readRows = overlap(rows, image.rows);
    if (readColumns.end <= readColumns.begin || readRows.end <= readRows.begin) return;
    const place = { prescanX: 0, overscanX: 0, overscanY: 0 };
    parts.push({ amplifier, index, columns, rows, readColumns, readRows, fromRight, fromTop, ...place });
  });
  const across = [...new Set(parts.map((part) => part.readColumns.begin))].sort((a, b) => a - b);
  const up = [...new Set(parts.map((part) => part.readRows.begin))].sort((a, b) => a - b);
  const width = image.columns.end - image.columns.begin;
  const height = image.rows.end - image.rows.begin;
  const originX = across.length * prescanColumns;
  for (const part of parts) {
    const column = across.indexOf(part.readColumns.begin);
    part.prescanX = column * prescanColumns;
    part.overscanX = originX + width + column * overscanColumns;
    part.overscanY = height + up.indexOf(part.readRows.begin) * overscanRows;
  }
  return {
    binning,
    widthPix: originX + width + across.length * overscanColumns,
    heightPix: height + up.length * overscanRows,
    imageOrigin: { x: originX, y: 0 },
    image,
    prescanColumns,
    overscanColumns,
    overscanRows,
    parts,
  };
}

/** The WCS of a frame as written, from that of the unbinned active area. */
export function frameWcs<Wcs extends TanWcs>(
  wcs: Wcs,
  at: { imageOrigin: { x: number; y: number }; binning?: number; window?: Pick<Window, 'xPix' | 'yPix'> },
): Wcs {
  const { imageOrigin, binning = 1, window = { xPix: 0, yPix: 0 } } = at;
  // Edges of pixels, not their centres, fall on each other: pixel n covers n - 0.5 to n + 0.5.
  return {
    ...wcs,
    crpix1: (wcs.crpix1 - 0.5 - window.xPix) / binning + 0.5 + imageOrigin.x,
    crpix2: (wcs.crpix2 - 0.5 - window.yPix) / binning + 0.5 + imageOrigin.y,
    cd11: wcs.cd11 * binning,
    cd12: wcs.cd12 * binning,
    cd21: wcs.cd21 * binning,
    cd22: wcs.cd22 * binning,
  };
}

function wholeOf({ widthPix, heightPix }: Camera): Window {
  return { xPix: 0, yPix: 0, widthPix, heightPix };
}

function splits(amplifiers: readonly Amplifier[]): { splitColumns: boolean; splitRows: boolean } {
  const differ = (of: (corner: string) => boolean) => new Set(amplifiers.map(({ corner }) => of(corner))).size > 1;
  return {
    splitColumns: differ((corner) => corner.endsWith('Right')),
    splitRows: differ((corner) => corner.startsWith('upper')),
  };
}

function share(length: number, split: boolean, far: boolean): Range {
  if (!split) return { begin: 0, end: length };
  return far ? { begin: length / 2, end: length } : { begin: 0, end: length / 2 };
}

function overlap(a: Range, b: Range): Range {
  return { begin: Math.max(a.begin, b.begin), end: Math.min(a.end, b.end) };
}
