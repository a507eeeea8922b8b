import { type RandomStream, randomStream } from '../../random.ts';
import type { Observatory } from '../../records/observatory.ts';
import { type BiasLevel, biasLevelOf } from './bias.ts';
import type { Layout, Part } from './geometry.ts';
import { addTo } from './rows.ts';

/** What is left of the noise of a dead amplifier: the converter's own, ADU. Our choice. */
const DEAD_NOISE_ADU = 0.3;

/** One amplifier with everything behind it: gain, bias level, read noise, converter. A dead one hands no charge on. */
export class AmplifierChain {
  private readonly layout: Layout;
  private readonly part: Part;
  private readonly bias: BiasLevel | undefined;
  /** Levels of the columns in the frame's order, by where they begin and how many they are. */
  private readonly columnLevels = new Map<string, Float32Array>();
  private readonly levelsRow: Float32Array;
  private readonly readNoiseE: number;
  private readonly readNoise: RandomStream;
  private readonly scanNoise: RandomStream;
  private readonly isDead: boolean;

  constructor(observatory: Observatory, layout: Layout, part: Part, seed: number, exposureId: string, isDead = false) {
    this.layout = layout;
    this.part = part;
    this.isDead = isDead;
    this.bias = isDead ? undefined : biasLevelOf(observatory, layout, part, seed, exposureId);
    this.levelsRow = new Float32Array(this.bias?.columnsAdu.length ?? 0);
    const noiseE = isDead ? DEAD_NOISE_ADU * part.amplifier.gainEPerAdu : part.amplifier.readNoiseE;
    this.readNoiseE = observatory.without.includes('readNoise') ? 0 : noiseE;
    const key = part.index === 0 ? exposureId : `${exposureId}/${part.amplifier.name}`;
    this.readNoise = randomStream(seed, 'readNoise', key);
    this.scanNoise = randomStream(seed, 'scanNoise', key);
  }

  /** Counts of the whole of a row of the amplifier's part, `y` on the binned detector, in the detector's order. */
  imageRow(y: number, electrons: Float32Array, counts: Uint16Array): void {
    const levels = this.levels(this.layout.prescanColumns, electrons.length, this.readRow(y));
    this.readNoise.enterLane(y);
    this.convert(this.readNoise, electrons, levels, counts);
  }

  /** Writes prescan and overscan of a row into the frame, whose row begins at `at`. */
  scanRow(y: number, pixels: Uint16Array, at: number): void {
    const { prescanColumns, overscanColumns } = this.layout;
    if (prescanColumns + overscanColumns === 0) return;
    const { columns, prescanX, overscanX } = this.part;
    const row = this.readRow(y);
    this.scanNoise.enterLane(y);
    const prescan = new Uint16Array(prescanColumns);
    const overscan = new Uint16Array(overscanColumns);
    this.convert(this.scanNoise, new Float32Array(prescanColumns), this.levels(0, prescanColumns, row), prescan);
    const from = prescanColumns + columns.end - columns.begin;
    this.convert(this.scanNoise, new Float32Array(overscanColumns), this.levels(from, overscanColumns, row), overscan);
    pixels.set(prescan, at + prescanX);
    pixels.set(overscan, at + overscanX);
  }

  /** Writes the overscan rows, from prescan to overscan columns, into the frame. */
  overscanRows(pixels: Uint16Array): void {
    const { layout, part } = this;
    const { prescanColumns, overscanColumns, imageOrigin, image } = layout;
    const { columns, rows, readColumns, prescanX, overscanX, overscanY } = part;
    const width = columns.end - columns.begin;
    for (let k = 0; k < layout.overscanRows; k++) {
      const at = (overscanY + k) * layout.widthPix;
      const row = rows.end - rows.begin + k;
      // After the lanes of every row of the detector.
      this.scanNoise.enterLane(OVERSCAN_LANES + k);
      const take = (from: number, count: number) => {
        const counts = new Uint16Array(count);
        this.convert(this.scanNoise, new Float32Array(count), this.levels(from, count, row), counts);
        return counts;
      };
      pixels.set(take(0, prescanColumns), at + prescanX);
      const across = take(prescanColumns, width);
      pixels.set(take(prescanColumns + width, overscanColumns), at + overscanX);
      const shown = across.subarray(readColumns.begin - columns.begin, readColumns.end - columns.begin);
      pixels.set(shown, at + imageOrigin.x + readColumns.begin - image.columns.begin);
    }
  }

  private readRow(y: number): number {
    return this.part.fromTop ? this.part.rows.end - 1 - y : y - this.part.rows.begin;
  }

  /** Bias levels of `count` pixels from the `from`th that is read in a row, in the frame's order. */
  private levels(from: number, count: number, row: number): number | Float32Array {
    if (this.bias === undefined) return this.part.amplifier.biasLevelAdu;
    const { columnsAdu, rowsAdu } = this.bias;
    const key = `${from} ${count}`;
    let ofColumns = this.columnLevels.get(key);
    if (ofColumns === undefined) {
      ofColumns = Float32Array.from(columnsAdu.subarray(from, from + count));
      if (this.part.fromRight) ofColumns.reverse();
      this.columnLevels.set(key, ofColumns);
    }
    const levels = this.levelsRow.subarray(0, count);
    addTo(ofColumns, rowsAdu[row], levels);
    return levels;
  }

  private convert(
    noise: RandomStream,
    electrons: Float32Array,
    biasAdu: number | Float32Array,
    counts: Uint16Array,
  ): void {
    noise.fillCounts(
      this.isDead ? new Float32Array(electrons.length) : electrons,
      { gainEPerAdu: this.part.amplifier.gainEPerAdu, readNoiseE: this.readNoiseE, biasAdu },
      counts,
    );
  }
}

/** Lanes of the rows beyond the detector's own begin here. */
const OVERSCAN_LANES = 2 ** 20;
