import { overscanLevels } from '../calibration/overscan.ts';
import { DQ, type Planes, type RawAmplifier, type RawFrame } from '../calibration/planes.ts';
import { kernels, SCRATCH, scratch } from '../kernels/instance.ts';

/** What is taken off a frame and what it is divided by; what is absent is not. */
export interface CalibratedWith {
  /** ADU above the overscan. */
  bias?: Planes | undefined;
  /** ADU, or ADU per second, with the factor that makes it that of the frame: 1, or the frame's dark time. */
  dark?: { planes: Planes; factor: number } | undefined;
  /** Centre 1. */
  flat?: Planes | undefined;
  overscan: 'amplifier' | 'row' | 'none';
  /** A flat below it is not divided by. */
  lowFlat: number;
}

/** Pixels that a kernel is given at a time: few enough for the processor's second cache. */
const PIXELS_AT_ONCE = 8192;
/** Pixels that the kernel may read and write past a row's end, and some. */
const ROOM = 16;
/** Bytes of each pixel: counts, six planes of masters, two of output; then four of flags. */
const PLANES = 6;
/** Counts are of 16 bits: the last is that of all that is above it. */
const END_OF_CONVERTER = 65_535;

/**
 * Counts to electrons above the sky's zero, with one standard deviation and flags for each pixel: overscan level off, prescan and overscan
 * trimmed, bias off, dark off, flat divided by, times the gain of the amplifier.
 *
 *     signal = gain (raw - level - bias - factor dark)
 *     variance = max(0, gain (raw - level - bias)) + readNoise^2 + gain^2 (sigma_bias^2 + (factor sigma_dark)^2)
 *     data = signal / flat        uncertainty = sqrt(variance + (data sigma_flat)^2) / flat
 *
 * Flags: SATURATED for counts from the amplifier's saturation level on, LOW_FLAT where the flat is below `lowFlat` (nothing is divided there,
 * and the uncertainty is infinite), NO_DATA where a master has no number, and whatever the masters have. Pixels of no amplifier are
 * NO_DATA. Masters have the frame's size: the caller has seen to that. Neither frame nor masters are modified.
 */
export function calibrate(raw: RawFrame, using: CalibratedWith): Planes {
  const { widthPix, heightPix } = raw;
  const pixels = widthPix * heightPix;
  const planes: Planes = {
    widthPix,
    heightPix,
    data: new Float32Array(pixels),
    uncertainty: new Float32Array(pixels).fill(Number.POSITIVE_INFINITY),
    dq: new Uint8Array(pixels).fill(NOWHERE),
  };
  for (const amplifier of raw.amplifiers) calibrateAmplifier(amplifier, using, planes);
  return planes;
}

/** What a plane is filled with before its amplifiers write theirs. */
const NOWHERE = DQ.NO_DATA;

function calibrateAmplifier(amplifier: RawAmplifier, using: CalibratedWith, out: Planes): void {
  const { data: from, detector: to, gainEPerAdu, readNoiseE, saturationAdu } = amplifier;
  const levels = overscanLevels(amplifier, using.overscan);
  const width = to.x1 - to.x0;
  const height = to.y1 - to.y0;
  const rowsAtOnce = Math.max(1, Math.floor(PIXELS_AT_ONCE / width));
  const planeLength = Math.ceil((rowsAtOnce * width + ROOM) / 16) * 16;
  // Counts, masters, electrons and their deviations, then flags of three masters and of the result.
  const mastersAt = SCRATCH + 2 * planeLength;
  const outAt = mastersAt + 4 * PLANES * planeLength;
  const flagsAt = outAt + 8 * planeLength;
  const buffer = scratch(flagsAt - SCRATCH + 4 * planeLength);
  const counts = new Uint16Array(buffer, SCRATCH, planeLength);
  const masters = new Float32Array(buffer, mastersAt, PLANES * planeLength);
  const results = new Float32Array(buffer, outAt, 2 * planeLength);
  const flags = new Uint8Array(buffer, flagsAt, 4 * planeLength);
  masters.fill(0);
  masters.fill(1, 4 * planeLength, 5 * planeLength);
  flags.fill(0);
  const given = [using.bias, using.dark?.planes, using.flat];

  for (let row = 0; row < height; row += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - row);
    for (let i = 0; i < rows; i++) {
      const source = (from.y0 + row + i) * amplifier.widthPix + from.x0;
      counts.set(amplifier.pixels.subarray(source, source + width), i * width);
    }
    /** Where the rows stand on the detector: in one piece where the amplifier reads whole rows of it. */
    const pieces =
      width === out.widthPix
        ? [{ at: 0, place: (to.y0 + row) * width, length: rows * width }]
        : Array.from({ length: rows }, (_, i) => ({
            at: i * width,
            place: (to.y0 + row + i) * out.widthPix + to.x0,
            length: width,
          }));
    given.forEach((master, k) => {
      if (!master) return;
      for (const { at, place, length } of pieces) {
        const end = place + length;
        masters.set(master.data.subarray(place, end), 2 * k * planeLength + at);
        masters.set(master.uncertainty.subarray(place, end), (2 * k + 1) * planeLength + at);
        flags.set(master.dq.subarray(place, end), k * planeLength + at);
      }
    });
    for (let i = 0; i < rows; i++) {
      const at = i * width;
      kernels.calibrateRow(
        SCRATCH + 2 * at,
        mastersAt + 4 * at,
        4 * planeLength,
        flagsAt + at,
        planeLength,
        outAt + 4 * at,
        outAt + 4 * (planeLength + at),
        flagsAt + 3 * planeLength + at,
        width,
        levels.length === 1 ? levels[0] : levels[row + i],
        using.dark?.factor ?? 0,
        gainEPerAdu,
        readNoiseE * readNoiseE,
        Math.min(saturationAdu, END_OF_CONVERTER),
        using.lowFlat,
      );
    }
    for (const { at, place, length } of pieces) {
      out.data.set(results.subarray(at, at + length), place);
      out.uncertainty.set(results.subarray(planeLength + at, planeLength + at + length), place);
      out.dq.set(flags.subarray(3 * planeLength + at, 3 * planeLength + at + length), place);
    }
  }
}
