import { encode } from 'fast-png';
import { DQ, type Planes, type Section } from '../calibration/planes.ts';
import { SIGMA_PER_MAD } from '../calibration/robust.ts';
import type { CalibrationType } from '../records/calibration.ts';
import { medianInPlace, select } from '../reduction/medians.ts';
import { sectionOf } from './section.ts';

/** Share of the blocks that are shown black, and beyond which they are white, in a picture of the sky. */
const SKY_BLACK_SHARE = 0.02;
const SKY_WHITE_SHARE = 0.998;
/** How much the faint is raised: counts up to white / STRETCH are shown in proportion, what is brighter by its logarithm. */
const STRETCH = 12;
/** Of a flat, either way: nearly all of it is seen, whatever a few bad pixels do. */
const FLAT_SHARE = 0.005;
/** Standard deviations about the median that a bias or a dark is shown between; what stands out is mostly brighter. */
const NOISE_BELOW = 3;
const NOISE_ABOVE = 5;

/** Colours of flags, the most telling first: of a block with several the first one is shown. */
const COLOURS: readonly [flag: number, red: number, green: number, blue: number][] = [
  [DQ.COSMIC_RAY, 230, 60, 50],
  [DQ.SATURATED, 245, 200, 40],
  [DQ.NO_DATA, 200, 60, 200],
  [DQ.HOT_PIXEL, 250, 130, 30],
  [DQ.BAD_PIXEL, 70, 130, 240],
  [DQ.LOW_FLAT, 60, 180, 90],
];

/** Values row by row from the bottom. */
interface Picture {
  widthPix: number;
  data: ArrayLike<number>;
  section: Section;
  dq?: Uint8Array;
}

/** Square blocks of a picture; rows from the top, as a PNG has them. */
interface Blocks {
  columns: number;
  rows: number;
  /** NaN where no pixel of a block tells anything. */
  means: Float32Array;
  /** All flags of a block, OR-ed. */
  flags: Uint8Array;
}

/** Values that are shown black and white, and how those between are. */
interface Levels {
  black: number;
  white: number;
  asinh: boolean;
}

/**
 * A raw frame as a PNG, for looking at: the row at the bottom of the sky is at the bottom of the picture. The means of square blocks
 * of pixels are shown, as many as make the picture at most `widthMaxPix` wide, by the inverse hyperbolic sine of the count (Lupton
 * et al. 1999, AJ 118, 1406) between the frame's own black and white.
 * @param frame counts, row by row from the bottom
 * @param section of FITS, what of the frame to show: `[17:2064,1:2048]`
 */
export function previewOf(
  frame: { width: number; pixels: Uint16Array },
  section: string,
  widthMaxPix: number,
): Uint8Array {
  const blocks = blocksOf({ widthPix: frame.width, data: frame.pixels, section: sectionOf(section) }, widthMaxPix);
  return greyPng(blocks, skyLevels(blocks.means, 1));
}

/**
 * A reduced frame as a PNG, as `previewOf` shows raw ones. Pixels without data, and bad ones, are left out of their blocks.
 * @param showFlags colours the blocks in which a pixel has a flag of `DQ`
 */
export function reducedPreview(
  planes: Planes,
  widthMaxPix: number,
  { showFlags = false }: { showFlags?: boolean } = {},
): Uint8Array {
  const blocks = blocksOf({ ...planes, section: wholeOf(planes) }, widthMaxPix);
  const levels = skyLevels(blocks.means, 0);
  return showFlags ? colouredPng(blocks, levels) : greyPng(blocks, levels);
}

/**
 * A master as a PNG, in proportion to its values: a bias or a dark from three standard deviations below its median to five above, a
 * flat between its lowest and its highest values but for half a per cent either way.
 */
export function masterPreview(planes: Planes, type: CalibrationType, widthMaxPix: number): Uint8Array {
  const blocks = blocksOf({ ...planes, section: wholeOf(planes) }, widthMaxPix);
  const levels = type === 'flat' ? shareLevels(blocks.means, FLAT_SHARE, 1 - FLAT_SHARE) : noiseLevels(blocks.means);
  return greyPng(blocks, { ...levels, asinh: false });
}

function blocksOf({ widthPix, data, section, dq }: Picture, widthMaxPix: number): Blocks {
  const { x0, y0, x1, y1 } = section;
  const block = Math.max(1, Math.ceil((x1 - x0) / widthMaxPix));
  const [columns, rows] = [Math.floor((x1 - x0) / block), Math.floor((y1 - y0) / block)];
  const means = new Float32Array(columns * rows);
  const flags = new Uint8Array(columns * rows);
  const useless = DQ.NO_DATA | DQ.BAD_PIXEL | DQ.LOW_FLAT;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      let count = 0;
      let all = 0;
      for (let y = y0 + row * block, end = y + block; y < end; y++) {
        const from = y * widthPix + x0 + column * block;
        for (let i = from; i < from + block; i++) {
          const flag = dq ? dq[i] : 0;
          all |= flag;
          if ((flag & useless) !== 0 || !Number.isFinite(data[i])) continue;
          sum += data[i];
          count++;
        }
      }
      const at = (rows - 1 - row) * columns + column;
      means[at] = sum / count;
      flags[at] = all;
    }
  }
  return { columns, rows, means, flags };
}

/** @param rangeMin what white is above black at least */
function skyLevels(means: Float32Array, rangeMin: number): Levels {
  const { black, white } = shareLevels(means, SKY_BLACK_SHARE, SKY_WHITE_SHARE);
  return { black, white: Math.max(black + rangeMin, white), asinh: true };
}

function shareLevels(means: Float32Array, blackShare: number, whiteShare: number): { black: number; white: number } {
  const values = known(means);
  const at = (share: number) => select(values, values.length, Math.floor(share * (values.length - 1)));
  return { black: at(blackShare), white: at(whiteShare) };
}

function noiseLevels(means: Float32Array): { black: number; white: number } {
  const values = known(means);
  const median = medianInPlace(values);
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i] - median);
  const sigma = SIGMA_PER_MAD * medianInPlace(values);
  return { black: median - NOISE_BELOW * sigma, white: median + NOISE_ABOVE * sigma };
}

/** A copy of what is no NaN; of one zero where nothing is known. */
function known(means: Float32Array): Float32Array {
  const values = new Float32Array(means.length);
  let count = 0;
  for (const mean of means) if (!Number.isNaN(mean)) values[count++] = mean;
  return values.subarray(0, Math.max(1, count));
}

/** Grey of each block, 0 to 255; 0 where nothing is known. */
function greysOf(means: Float32Array, { black, white, asinh }: Levels): Uint8Array {
  const scale = asinh ? 255 / Math.asinh(STRETCH) : 255;
  const greys = new Uint8Array(means.length);
  for (let i = 0; i < means.length; i++) {
    if (Number.isNaN(means[i])) continue;
    const share = white > black ? Math.min(1, Math.max(0, (means[i] - black) / (white - black))) : 0.5;
    greys[i] = Math.round(scale * (asinh ? Math.asinh(STRETCH * share) : share));
  }
  return greys;
}

function greyPng({ columns, rows, means }: Blocks, levels: Levels): Uint8Array {
  return encode({ width: columns, height: rows, data: greysOf(means, levels), depth: 8, channels: 1 });
}

function colouredPng({ columns, rows, means, flags }: Blocks, levels: Levels): Uint8Array {
  const data = new Uint8Array(3 * columns * rows);
  greysOf(means, levels).forEach((grey, i) => {
    const colour = COLOURS.find(([flag]) => (flags[i] & flag) !== 0);
    data.set(colour ? colour.slice(1) : [grey, grey, grey], 3 * i);
  });
  return encode({ width: columns, height: rows, data, depth: 8, channels: 3 });
}

const wholeOf = ({ widthPix, heightPix }: Planes): Section => ({ x0: 0, y0: 0, x1: widthPix, y1: heightPix });
