/** The kernels of chance once more, in plain TypeScript, number by number: what WebAssembly must agree with. */

const rotate = (y: number, bits: number) => (y << bits) | (y >>> (32 - bits));

/** Threefry-2x32-13 for one counter. */
export function threefry(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 | 0, key1 | 0, key0 ^ key1 ^ 0x1bd11bda];
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  let [x, y] = [(counter0 + key0) | 0, (counter1 + key1) | 0];
  for (let round = 0; round < 13; round++) {
    x = (x + y) | 0;
    y = rotate(y, rotations[round % 8]) ^ x;
    if (round % 4 !== 3) continue;
    const part = (round + 1) / 4;
    x = (x + keys[part % 3]) | 0;
    y = (y + keys[(part + 1) % 3] + part) | 0;
  }
  return [x, y];
}

/** Ziggurat of 256 layers: right edges from the base to the top. */
const R = 3.6541528853610088;
const AREA = 0.004928673233974657;
const height = (x: number) => Math.exp(-0.5 * x * x);
const EDGES = [AREA / height(R), R];
while (EDGES.length < 256) {
  const last = EDGES[EDGES.length - 1];
  EDGES.push(Math.sqrt(-2 * Math.log(AREA / last + height(last))));
}
EDGES.push(0);

/** Further words of a counter. */
function furtherWords(key: Key, counter: number, lane: number, which: number): { word(): number; uniform(): number } {
  let taken = 0;
  const word = () => {
    const pair = threefry(~key[0] ^ which, (~key[1] + (taken >> 1)) | 0, counter, lane);
    return pair[taken++ & 1];
  };
  const uniform = () => ((word() >>> 6) * 2 ** 26 + (word() >>> 6) + 0.5) * 2 ** -52;
  return { word, uniform };
}

type Key = readonly [number, number];

function zigguratFrom(layer: number, x: number, further: ReturnType<typeof furtherWords>): number {
  if (Math.abs(x) < EDGES[layer + 1]) return x;
  while (layer === 0) {
    const beyond = -Math.log(further.uniform()) / R;
    if (-2 * Math.log(further.uniform()) > beyond * beyond) return Math.sign(x) * (R + beyond);
  }
  const [low, high] = [height(EDGES[layer]), height(EDGES[layer + 1])];
  if (low + further.uniform() * (high - low) < height(x)) return x;
  const value = further.word();
  const next = further.word() & 255;
  return zigguratFrom(next, ((value + 0.5) * EDGES[next]) / 2 ** 31, further);
}

/** Number `index` of fillNormal in a lane. */
export function normalAt(key: Key, lane: number, index: number): number {
  const counter = index >>> 1;
  const word = threefry(key[0], key[1], counter, lane)[index & 1];
  const layer = word & 255;
  return zigguratFrom(
    layer,
    (((word >> 8) + 0.5) * EDGES[layer]) / 2 ** 23,
    furtherWords(key, counter, lane, index & 1),
  );
}

/** Number `index` of fillPoisson in a lane: Ahrens & Dieter 1982, algorithm PD, from 10 on; inversion below. */
export function poissonAt(key: Key, lane: number, index: number, mean: number): number {
  const [value, word] = threefry(key[0], key[1], index, lane);
  if (mean < 10) {
    let left = ((value >>> 5) * 2 ** 26 + (word >>> 6)) * 2 ** -53;
    let share = Math.exp(-mean);
    let k = 0;
    while (left >= share && !(share < 2 ** -53 && k > mean)) {
      left -= share;
      share *= mean / ++k;
    }
    return k;
  }
  const root = Math.sqrt(mean);
  const layer = word & 255;
  const t = zigguratFrom(layer, ((value + 0.5) * EDGES[layer]) / 2 ** 31, furtherWords(key, index, lane, 0));
  const g = mean + root * t;
  const u = ((word >>> 8) + 0.5) * 2 ** -24;
  // Without the quick test of the kernel: it must not change anything.
  if (g >= 0) {
    const k = Math.floor(g);
    const [factor, exponent] = poissonShare(mean, k);
    const [normalFactor, normalExponent] = normalShare(mean, k);
    if (normalFactor * (1 - u) <= factor * Math.exp(exponent - normalExponent)) return k;
  }
  const further = furtherWords(key, index, lane, 1);
  for (;;) {
    const e = -Math.log(further.uniform());
    const side = 2 * further.uniform() - 1;
    const at = 1.8 + (side < 0 ? -e : e);
    if (at <= -0.6744) continue;
    const k = Math.floor(mean + root * at);
    const [factor, exponent] = poissonShare(mean, k);
    const [normalFactor, normalExponent] = normalShare(mean, k);
    const difference = factor * Math.exp(exponent + e) - normalFactor * Math.exp(normalExponent + e);
    if ((0.1069 / mean) * Math.abs(side) <= difference) return k;
  }
}

function poissonShare(mean: number, k: number): [number, number] {
  if (k < 10) {
    let factorial = 1;
    for (let i = 2; i <= k; i++) factorial *= i;
    return [mean ** k / factorial, -mean];
  }
  const series = 1 / (12 * k) - 1 / (360 * k ** 3) + 1 / (1260 * k ** 5);
  return [1 / Math.sqrt(2 * Math.PI * k), k * Math.log1p((mean - k) / k) - (mean - k) - series];
}

/** The normal's share between k and k + 1, by Simpson's rule in place of the paper's series. */
function normalShare(mean: number, k: number): [number, number] {
  const root = Math.sqrt(mean);
  const middle = (k - mean + 0.5) / root;
  const steps = 16;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const x = middle + (i / steps - 0.5) / root;
    sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(-0.5 * (x * x - middle * middle));
  }
  return [sum / (3 * steps) / (root * Math.sqrt(2 * Math.PI)), -0.5 * middle * middle];
}
