/**
 * Chance with a name and a seed. Every effect of a simulation has its own stream, which is a function of the night's seed, the
 * effect's name and a key (an exposure, a day), and of nothing else: what was drawn before, elsewhere, changes nothing.
 *
 * The generator is Threefry-2x32 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11): a
 * keyed mixing of a counter, with additions, rotations and exclusive ors of 32-bit words alone, so it is the same everywhere.
 * 13 rounds: the fewest without a known statistical flaw according to its authors. The 20 of their default buy a margin
 * against cryptanalysis that noise does not need, and would take a tenth of the time of a frame.
 */

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
const SKEIN_PARITY = 0x1bd11bda;
const TWO_TO_MINUS_32 = 2 ** -32;
const TWO_TO_MINUS_52 = 2 ** -52;
const TWO_TO_MINUS_53 = 2 ** -53;
/** Above it neighbouring integers, and the 32-bit draws of the large means, become too coarse. */
const LARGEST_MEAN = 1e15;
const SMALL_MEAN = 10;

/**
 * Fills `out` with Threefry-2x32-13: words 2 i and 2 i + 1 are the output for the counter (counter0 + i, counter1) under the key
 * (key0, key1). All words are 32 bits; `out` has an even length and signed words.
 */
export function fillThreefry(key0: number, key1: number, counter0: number, counter1: number, out: Int32Array): void {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = k0 ^ k1 ^ SKEIN_PARITY;
  // The rounds' rotations are 13 15 26 6 17 29 16 24, over and over, and a part of the key is added after each four.
  for (let i = 0; i < out.length; i += 2) {
    let x = (counter0 + (i >>> 1) + k0) | 0;
    let y = (counter1 + k1) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k1) | 0;
    y = (y + k2 + 1) | 0;
    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + k2) | 0;
    y = (y + k0 + 2) | 0;
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k0) | 0;
    y = (y + k1 + 3) | 0;
    x = (x + y) | 0;
    out[i] = x;
    out[i + 1] = ((y << 17) | (y >>> 15)) ^ x;
  }
}

/**
 * A stream of random numbers. It holds 2^32 lanes (a frame uses one per row) of 2^33 words each; a new stream stands at the
 * beginning of lane 0.
 */
export class RandomStream {
  private readonly key0: number;
  private readonly key1: number;
  private readonly words = new Int32Array(BUFFER_WORDS);
  private taken = new Int32Array(0);
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

  /** Fills `out` with standard normals: as `normal`, but the generator runs over all of them at once, which is faster. */
  fillNormal(out: Float64Array): void {
    const words = this.take(out.length);
    for (let i = 0; i < out.length; i++) out[i] = this.normalFrom(words[i]);
  }

  /**
   * Poisson with the given mean, 0 to 1e15. Below 10 by inversion of one uniform of 53 bits; above by transformed rejection,
   * PTRS of Hörmann 1993 (Insurance: Mathematics and Economics 12, 39), exact as far as uniforms of 32 bits can be.
   * Throws InvalidMean.
   */
  poisson(mean: number): number {
    return this.poissonFrom(mean, this.int32(), this.int32());
  }

  /** Fills `out` with Poisson numbers, one for each of `means`: as `poisson`, but faster. Throws InvalidMean. */
  fillPoisson(means: Float32Array, out: Float64Array): void {
    const words = this.take(2 * out.length);
    for (let i = 0; i < out.length; i++) out[i] = this.poissonFrom(means[i], words[2 * i], words[2 * i + 1]);
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

  private poissonFrom(mean: number, word0: number, word1: number): number {
    if (!(mean >= SMALL_MEAN && mean <= LARGEST_MEAN)) return this.poissonSmall(mean, word0, word1);
    const u = (word0 + 0.5) * TWO_TO_MINUS_32;
    const v = ((word1 >>> 0) + 0.5) * TWO_TO_MINUS_32;
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const margin = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / margin + b) * u + mean + 0.43);
    // v <= 0.9277 - 3.6224 / (b - 2), without the division.
    const inside = margin >= 0.07 && (0.9277 - v) * (b - 2) >= 3.6224;
    return inside ? k : this.poissonOutside(mean, k, margin, v);
  }

  /** The seventh case: a point that is not under the curve for sure. */
  private poissonOutside(mean: number, k: number, margin: number, v: number): number {
    if (k >= 0 && (margin >= 0.013 || v <= margin)) {
      const b = 0.931 + 2.53 * Math.sqrt(mean);
      const a = -0.059 + 0.02483 * b;
      const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
      const height = (v * inverseAlpha) / (a / (margin * margin) + b);
      if (Math.log(height) <= logPoisson(k, mean)) return k;
    }
    return this.poisson(mean);
  }

  private poissonSmall(mean: number, word0: number, word1: number): number {
    if (!(mean >= 0 && mean < SMALL_MEAN)) throw new InvalidMean(mean);
    let left = uniformOf(word0, word1);
    let share = Math.exp(-mean);
    let k = 0;
    while (left >= share) {
      left -= share;
      k++;
      share *= mean / k;
      // What is left is rounding: no larger k has a share that a double could tell.
      if (share < TWO_TO_MINUS_53 && k > mean) break;
    }
    return k;
  }

  /** The next words of the lane in one array, which the next call writes over. Begins with a fresh block of the generator. */
  private take(count: number): Int32Array {
    const even = count + (count & 1);
    if (this.taken.length !== even) this.taken = new Int32Array(even);
    fillThreefry(this.key0, this.key1, this.counter, this.lane, this.taken);
    this.counter = (this.counter + even / 2) | 0;
    return this.taken;
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

/** ln of the Poisson probability of k. Above 9 Stirling's series to its third term, whose error is below 1e-10. */
function logPoisson(k: number, mean: number): number {
  if (k < LOG_FACTORIAL.length) return k * Math.log(mean) - mean - LOG_FACTORIAL[k];
  const inverse = 1 / k;
  const inverse2 = inverse * inverse;
  const series = inverse * (1 / 12 - inverse2 * (1 / 360 - inverse2 / 1260));
  return k - mean + k * Math.log(mean * inverse) - 0.5 * Math.log(2 * Math.PI * k) - series;
}

const LOG_FACTORIAL = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880].map(Math.log);

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
