import { randomStream } from '../../random.ts';
import type { Observatory } from '../../records/observatory.ts';
import type { Layout, Part } from './geometry.ts';

/** Bias level of one amplifier, ADU, by the order in which it reads: a pixel has the sum of its column's and its row's. */
export interface BiasLevel {
  /** Prescan, its part of the chip, overscan. */
  columnsAdu: Float64Array;
  /** Its part of the chip, overscan rows. */
  rowsAdu: Float64Array;
}

/**
 * The bias level over one amplifier's readout: its level, a pattern of the chip's columns that is fixed for the camera, straight gradients,
 * and a drift of the exposure. Undefined when it has the level of the amplifier everywhere.
 */
export function biasLevelOf(
  { camera, without }: Observatory,
  layout: Layout,
  part: Part,
  seed: number,
  exposureId: string,
): BiasLevel | undefined {
  if (camera.biasStructure === undefined || without.includes('biasStructure')) return undefined;
  const columns = part.columns.end - part.columns.begin;
  const rows = part.rows.end - part.rows.begin;
  const columnsAdu = new Float64Array(layout.prescanColumns + columns + layout.overscanColumns);
  const rowsAdu = new Float64Array(rows + layout.overscanRows);
  const { columnPatternAdu, rowGradientAdu, columnGradientAdu, driftAdu } = camera.biasStructure;
  const { name, biasLevelAdu } = part.amplifier;
  // Of the chip's own columns: the scans have none, and no say in which column has which.
  const pattern = new Float64Array(columns);
  randomStream(0, 'biasStructure', `${camera.id}/${name}`).fillNormal(pattern);
  const drift = driftAdu * randomStream(seed, 'biasDrift', `${exposureId}/${name}`).normal();
  const perColumn = columnGradientAdu / Math.max(1, columns - 1);
  for (let k = 0; k < columnsAdu.length; k++) {
    const column = k - layout.prescanColumns;
    columnsAdu[k] = biasLevelAdu + drift + columnPatternAdu * (pattern[column] ?? 0) + perColumn * column;
  }
  const perRow = rowGradientAdu / Math.max(1, rows - 1);
  for (let k = 0; k < rowsAdu.length; k++) rowsAdu[k] = perRow * k;
  return { columnsAdu, rowsAdu };
}
