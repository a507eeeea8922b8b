import { amplifierSaturationAdu, type Camera } from '../../records/observatory/camera.ts';
import type { Layout, Part, Range } from './geometry.ts';

/** One amplifier of a frame, as headers describe it. Sections are those of FITS: columns then rows, from 1, ends included. */
export interface AmplifierSections {
  name: string;
  gainEPerAdu: number;
  readNoiseE: number;
  biasLevelAdu: number;
  saturationAdu: number;
  /** Its image pixels in the frame. */
  dataSection: string;
  /** Its overscan columns, or its prescan columns when there is no overscan; undefined without either. */
  biasSection: string | undefined;
  trimSection: string;
  /** Which pixels of the whole, unbinned detector `dataSection` shows. */
  detectorSection: string;
}

/** The sections of all amplifiers that take part in a readout, in the camera's order. */
export function sectionsOf(camera: Camera, layout: Layout): AmplifierSections[] {
  return layout.parts.map((part) => {
    const { name, gainEPerAdu, readNoiseE, biasLevelAdu } = part.amplifier;
    const rows = shifted(part.readRows, layout.imageOrigin.y - layout.image.rows.begin);
    const columns = shifted(part.readColumns, layout.imageOrigin.x - layout.image.columns.begin);
    const dataSection = section(columns, rows);
    const bias = biasColumns(layout, part);
    return {
      name,
      gainEPerAdu,
      readNoiseE,
      biasLevelAdu,
      saturationAdu: amplifierSaturationAdu(camera, part.amplifier),
      dataSection,
      biasSection: bias && section(bias, rows),
      trimSection: dataSection,
      detectorSection: section(stretched(part.readColumns, layout.binning), stretched(part.readRows, layout.binning)),
    };
  });
}

/** The whole image in the frame. */
export function imageSection({ imageOrigin, image }: Layout): string {
  return section(
    shifted(image.columns, imageOrigin.x - image.columns.begin),
    shifted(image.rows, imageOrigin.y - image.rows.begin),
  );
}

function biasColumns({ overscanColumns, prescanColumns }: Layout, part: Part): Range | undefined {
  if (overscanColumns > 0) return { begin: part.overscanX, end: part.overscanX + overscanColumns };
  if (prescanColumns > 0) return { begin: part.prescanX, end: part.prescanX + prescanColumns };
  return undefined;
}

function section(columns: Range, rows: Range): string {
  return `[${columns.begin + 1}:${columns.end},${rows.begin + 1}:${rows.end}]`;
}

function shifted({ begin, end }: Range, by: number): Range {
  return { begin: begin + by, end: end + by };
}

function stretched({ begin, end }: Range, by: number): Range {
  return { begin: begin * by, end: end * by };
}
