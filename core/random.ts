/**
 * Chance with a name and a seed. Every effect of a simulation has its own stream, which is a function of the night's seed, the
 * effect's name and a key (an exposure, a day), and of nothing else: what was drawn before, elsewhere, changes nothing.
 *
 * The generator is Threefry-2x32 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11): a
 * keyed mixing of a counter, with additions, rotations and exclusive ors of 32-bit words alone, so it is the same everywhere.
 * 13 rounds: the fewest without a known statistical flaw according to its authors. The 20 of their default buy a margin
 * against cryptanalysis that noise does not need, and would take a tenth of the time of a frame.
 */
import { kernels, SCRATCH, scratch } from './kernels/instance.ts';

/** A mean of a Poisson distribution that is not a number from 0 to 1e15. */
export class InvalidMean extends Error {
  readonly got: number;

  constructor(got: number) {
    super(`a Poisson distribution has no mean of ${got}; must be from 0 to ${LARGEST_MEAN}`);
    this.name = 'InvalidMean';
    this.got = got;
  }
}

/** Words drawn at a time. Even, as the generator gives them in pairs. */
const BUFFER_WORDS = 256;
const TWO_TO_MINUS_52 = 2 ** -52;
const TWO_TO_MINUS_53 = 2 ** -53;
/** Above it neighbouring integers become too coarse. */
const LARGEST_MEAN = 1e15;
/** Bytes that kernels may write or read past the end of an array, as they do several numbers at a time. */
const KERNEL_PADDING = 32;
/** Numbers that a kernel makes of an image at a time: few enough for the processor's second cache. */
const PART_NUMBERS = 32_768;

/** Where in a stream rows of numbers begin: each row in the next lane, all at the same counter. */
interface Place {
  counter: number;
  lane: number;
  width: number;
  rows: number;
}

/** How charge becomes counts, of one row or of the part of it that one amplifier reads. */
export interface ReadOutChain {
  gainEPerAdu: number;
  /** Rms, electrons. 0 for none. */
  readNoiseE: number;
  /** Level without charge: of all pixels, or one for each. */
  biasAdu: number | Float32Array;
}

/**
 * Fills `out` with Threefry-2x32-13: words 2 i and 2 i + 1 are the output for the counter (counter0 + i, counter1) under the key
 * (key0, key1). All words are 32 bits; `out` has an even length and signed words.
 */
export function fillThreefry(key0: number, key1: number, counter0: number, counter1: number, out: Int32Array): void {
  const buffer = scratch(4 * out.length + KERNEL_PADDING);
  kernels.fillThreefry(key0, key1, counter0, counter1, SCRATCH, out.length / 2);
  out.set(new Int32Array(buffer, SCRATCH, out.length));
}

/**
 * A stream of random numbers. It holds 2^32 lanes (a frame uses one per row) of 2^33 words each; a new stream stands at the
 * beginning of lane 0.
 */
export class RandomStream {
  private readonly key0: number;
  private readonly key1: number;
  private readonly words = new Int32Array(BUFFER_WORDS);
  private next = BUFFER_WORDS;
  private counter = 0;
  private lane = 0;

  constructor(key0: number, key1: number) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** Goes to the beginning of a lane, 0 to 2^32 - 1: what follows does not depend on what was drawn before. */
  enterLane(lane: number): void {
    this.lane = lane;
    this.counter = 0;
    this.next = BUFFER_WORDS;
  }

  /** 32 random bits as a signed integer. */
  int32(): number {
    if (this.next === BUFFER_WORDS) {
      fillThreefry(this.key0, this.key1, this.counter, this.lane, this.words);
      this.counter = (this.counter + BUFFER_WORDS / 2) | 0;
      this.next = 0;
    }
    return this.words[this.next++];
  }

  /** Integer from 0 to 2^32 - 1. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number {
    return uniformOf(this.int32(), this.int32());
  }

  /** Uniform in (0, 1): never 0 nor 1, symmetric about 1/2; for logarithms. */
  uniformOpen(): number {
    const high = this.int32() >>> 6;
    return (high * 67_108_864 + (this.int32() >>> 6) + 0.5) * TWO_TO_MINUS_52;
  }

  /**
   * Standard normal. Ziggurat of 256 layers (Marsaglia & Tsang 2000, J. Stat. Soft. 5(8)), with layer and value from separate
   * bits of the word (Doornik 2005: the original's shared bits fail tests). Exact; inside the layers in steps below 5e-7.
   */
  normal(): number {
    return this.normalFrom(this.int32());
  }

  /**
   * Fills `out` with standard normals: as `normal`, from one word each, but much faster. Number i depends on the stream, the lane and
   * its place in the lane alone.
   * @param width if given, `out` is an image of rows of this width: each goes to the beginning of a lane, from the present one on, and
   *   the stream then stands at the beginning of the lane after the last
   */
  fillNormal(out: Float32Array | Float64Array, width?: number): void {
    this.byRows(out.length, width, 2, (place, begin, count) => {
      const part = out.subarray(begin, begin + count);
      const buffer = scratch(part.byteLength);
      const single = out instanceof Float32Array;
      const fill = single ? kernels.fillNormal32 : kernels.fillNormal64;
      fill(this.key0, this.key1, place.counter, place.lane, SCRATCH, place.width, place.rows);
      part.set(single ? new Float32Array(buffer, SCRATCH, count) : new Float64Array(buffer, SCRATCH, count));
    });
  }

  /**
   * Poisson with the given mean, 0 to 1e15. Below 10 by inversion of one uniform of 53 bits; above by algorithm PD of Ahrens & Dieter
   * 1982 (ACM Trans. Math. Soft. 8, 163), exact as far as normals of 32 bits can be. Throws InvalidMean.
   */
  poisson(mean: number): number {
    if (!(mean >= 0 && mean <= LARGEST_MEAN)) throw new InvalidMean(mean);
    return kernels.poissonAt(this.key0, this.key1, this.advance(1), this.lane, mean);
  }

  /**
   * Fills `out` with Poisson numbers, one for each of `means`, which may be `out` itself: as `poisson`, but much faster. Number i
   * depends on the stream, the lane, its place in the lane and its own mean alone. Throws InvalidMean; RangeError for unequal lengths.
   * @param width as in `fillNormal`
   */
  fillPoisson(means: Float32Array, out: Float32Array | Float64Array, width?: number): void {
    if (means.length !== out.length)
      throw new RangeError(`${means.length} means for ${out.length} numbers; must be as many`);
    this.byRows(out.length, width, 1, (place, begin, count) => {
      const part = out.subarray(begin, begin + count);
      const buffer = scratch(4 * count + part.byteLength + 2 * KERNEL_PADDING);
      const meansAt = SCRATCH + Math.ceil(part.byteLength / 16) * 16 + KERNEL_PADDING;
      new Float32Array(buffer, meansAt, count).set(means.subarray(begin, begin + count));
      const single = out instanceof Float32Array;
      const fill = single ? kernels.fillPoisson32 : kernels.fillPoisson64;
      const bad = fill(this.key0, this.key1, place.counter, place.lane, meansAt, SCRATCH, place.width, place.rows);
      if (bad >= 0) throw new InvalidMean(means[begin + bad]);
      part.set(single ? new Float32Array(buffer, SCRATCH, count) : new Float64Array(buffer, SCRATCH, count));
    });
  }

  /**
   * The end of the chain in one step: counts floor(bias + charge / gain + read noise + 0.5), cut to 0 and 65535, with the normals of
   * `fillNormal`. Throws RangeError for arrays of unequal lengths.
   * @param chargesE electrons
   * @param width as in `fillNormal`
   */
  fillCounts(chargesE: Float32Array | Float64Array, chain: ReadOutChain, out: Uint16Array, width?: number): void {
    const { gainEPerAdu, readNoiseE, biasAdu } = chain;
    const levels = typeof biasAdu === 'number' ? undefined : biasAdu;
    const level = typeof biasAdu === 'number' ? biasAdu : 0;
    if (chargesE.length !== out.length || (levels && levels.length !== out.length)) {
      const given = levels
        ? `${chargesE.length} charges and ${levels.length} bias levels`
        : `${chargesE.length} charges`;
      throw new RangeError(`${given} for ${out.length} counts; must be as many`);
    }
    const aduPerE = 1 / gainEPerAdu;
    const single = chargesE instanceof Float32Array;
    const fill = single ? kernels.fillCounts32 : kernels.fillCounts64;
    this.byRows(out.length, width, 2, ({ counter, lane, width: columns, rows }, begin, count) => {
      // Each array has room behind it, and begins at a multiple of 16 bytes.
      const room = (bytes: number) => Math.ceil(bytes / 16) * 16 + KERNEL_PADDING;
      const outAt = SCRATCH + room(count * chargesE.BYTES_PER_ELEMENT);
      const levelsAt = outAt + room(2 * count);
      const buffer = scratch(levelsAt - SCRATCH + room(4 * count));
      const charges = single ? new Float32Array(buffer, SCRATCH, count) : new Float64Array(buffer, SCRATCH, count);
      charges.set(chargesE.subarray(begin, begin + count));
      if (levels) new Float32Array(buffer, levelsAt, count).set(levels.subarray(begin, begin + count));
      const [noiseAdu, biases] = [readNoiseE * aduPerE, levels ? levelsAt : 0];
      fill(this.key0, this.key1, counter, lane, SCRATCH, biases, level, aduPerE, noiseAdu, outAt, columns, rows);
      out.set(new Uint16Array(buffer, outAt, count), begin);
    });
  }

  /** Begins with a word that is drawn already; whatever else it needs comes from the stream. */
  private normalFrom(word: number): number {
    const layer = word & 255;
    // 24 bits of value, halfway between the steps: symmetric, and never 0.
    const x = ((word >> 8) + 0.5) * ZIGGURAT_STEP[layer];
    return Math.abs(x) < ZIGGURAT_X[layer + 1] ? x : this.normalOutside(layer, x);
  }

  /** The hundredth case: a point in a layer, but not in the part of it that lies under the curve for sure. */
  private normalOutside(layer: number, x: number): number {
    if (layer === 0) {
      // Beyond the base layer: Marsaglia 1964, Technometrics 6, 101.
      for (;;) {
        const beyond = -Math.log(this.uniformOpen()) / ZIGGURAT_R;
        if (-2 * Math.log(this.uniformOpen()) > beyond * beyond)
          return x < 0 ? -ZIGGURAT_R - beyond : ZIGGURAT_R + beyond;
      }
    }
    const low = ZIGGURAT_F[layer];
    const height = low + this.uniformOpen() * (ZIGGURAT_F[layer + 1] - low);
    return height < Math.exp(-0.5 * x * x) ? x : this.normal();
  }

  /**
   * Cuts a fill into parts that stay in the processor's cache, and hands over where in the stream each begins.
   * @param numbersACounter how many numbers share a counter
   */
  private byRows(
    count: number,
    width: number | undefined,
    numbersACounter: number,
    fill: (place: Place, begin: number, count: number) => void,
  ): void {
    if (width === undefined) {
      const counter = this.advance(Math.ceil(count / numbersACounter));
      fill({ counter, lane: this.lane, width: count, rows: 1 }, 0, count);
      return;
    }
    const rows = count / width;
    if (!Number.isInteger(rows)) throw new RangeError(`${count} numbers are no rows of ${width}; must be whole rows`);
    const most = Math.max(1, Math.floor(PART_NUMBERS / width));
    const first = this.lane;
    for (let row = 0; row < rows; row += most) {
      const some = Math.min(most, rows - row);
      fill({ counter: 0, lane: (first + row) | 0, width, rows: some }, row * width, some * width);
    }
    this.enterLane(first + rows);
  }

  /** Takes the next counters of the lane: gives the first and goes past the last. */
  private advance(counters: number): number {
    const first = this.counter;
    this.counter = (first + counters) | 0;
    return first;
  }
}

/**
 * The stream of one effect. `name` is the effect (`shotNoise`, `seeing`), `key` what it happens to (an exposure's id, a day);
 * `seed` is an integer from 0 to 2^32 - 1. Different arguments give streams that have nothing in common.
 */
export function randomStream(seed: number, name: string, key: string): RandomStream {
  // The texts are hashed with the generator itself: each pair of characters is a counter, mixed under the key so far. The
  // lengths come first, so that ('ab', 'c') and ('a', 'bc') differ.
  const state = Int32Array.of(seed, 0);
  const absorb = (word0: number, word1: number) => fillThreefry(state[0], state[1], word0, word1, state);
  absorb(name.length, key.length);
  const text = name + key;
  for (let i = 0; i < text.length; i += 2) absorb(text.charCodeAt(i), i + 1 < text.length ? text.charCodeAt(i + 1) : 0);
  return new RandomStream(state[0], state[1]);
}

/** 53 bits of two words as a number in [0, 1). */
function uniformOf(word0: number, word1: number): number {
  return ((word0 >>> 5) * 67_108_864 + (word1 >>> 6)) * TWO_TO_MINUS_53;
}

/** Where the base layer of 256 ends, and the area of each layer (Marsaglia & Tsang 2000). */
const ZIGGURAT_R = 3.6541528853610088;
const ZIGGURAT_AREA = 0.004928673233974657;
/** Right edge of each layer; that of the base is the width of a box with its area. The 257th is the top's, 0. */
const ZIGGURAT_X = new Float64Array(257);
/** exp(-x^2 / 2) at the edges. */
const ZIGGURAT_F = new Float64Array(257);
/** What one step of the 24 bits is worth in each layer. */
const ZIGGURAT_STEP = new Float64Array(256);
const density = (x: number) => Math.exp(-0.5 * x * x);
ZIGGURAT_X[0] = ZIGGURAT_AREA / density(ZIGGURAT_R);
ZIGGURAT_X[1] = ZIGGURAT_R;
for (let i = 1; i < 255; i++) {
  ZIGGURAT_X[i + 1] = Math.sqrt(-2 * Math.log(ZIGGURAT_AREA / ZIGGURAT_X[i] + density(ZIGGURAT_X[i])));
}
for (let i = 0; i < 257; i++) ZIGGURAT_F[i] = density(ZIGGURAT_X[i]);
for (let i = 0; i < 256; i++) ZIGGURAT_STEP[i] = ZIGGURAT_X[i] / 2 ** 23;
// The kernels use the same tables; in single precision with the edges drawn in by eight times the rounding.
const tables = new Float64Array(kernels.memory.buffer, kernels.zigguratTables(), 257 + 257 + 256);
tables.set(ZIGGURAT_X);
tables.set(ZIGGURAT_F, 257);
tables.set(ZIGGURAT_STEP, 2 * 257);
const quick = new Float32Array(kernels.memory.buffer, tables.byteOffset + tables.byteLength, 2 * 256);
for (let i = 0; i < 256; i++) quick.set([ZIGGURAT_X[i] / 2 ** 31, ZIGGURAT_X[i + 1] * (1 - 2 ** -21)], 2 * i);
