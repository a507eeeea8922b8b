import { randomStream } from '../../random.ts';
import type { Camera } from '../../records/observatory/camera.ts';

/** Powers of x and y of the smooth pattern, without the constant: the zero point is that of the centre. */
const TERMS = [
  [1, 0],
  [0, 1],
  [2, 0],
  [1, 1],
  [0, 2],
  [3, 0],
  [2, 1],
  [1, 2],
  [0, 3],
] as const;
/** Samples along each side among which the largest departure is looked for. */
const SAMPLES = 33;
/** Rings are read from a table along the radius with this many entries per ring. */
const TABLE_PER_RING = 32;

/** Multiplies a map with the patterns of coating and silicon. */
export function multiplyFlatStructure(camera: Camera, filter: string, map: Float32Array): void {
  if (camera.flatStructure === undefined) return;
  multiplySmooth(camera, filter, camera.flatStructure.lowOrder, map);
  if (camera.flatStructure.treeRings > 0) multiplyRings(camera, camera.flatStructure, map);
}

/** A polynomial of third order with random coefficients, scaled so that its largest departure is the one asked for. */
function multiplySmooth(camera: Camera, filter: string, largest: number, map: Float32Array): void {
  if (largest === 0) return;
  const { id, widthPix, heightPix } = camera;
  const stream = randomStream(0, 'flatStructure', `${id}/${filter}`);
  const raw = TERMS.map(() => stream.normal());
  const valueAt = (coefficients: readonly number[], x: number, y: number) =>
    TERMS.reduce((sum, [i, j], k) => sum + coefficients[k] * x ** i * y ** j, 0);
  let most = 0;
  for (let k = 0; k < SAMPLES * SAMPLES; k++) {
    const x = (2 * (k % SAMPLES)) / (SAMPLES - 1) - 1;
    const y = (2 * Math.floor(k / SAMPLES)) / (SAMPLES - 1) - 1;
    most = Math.max(most, Math.abs(valueAt(raw, x, y)));
  }
  const [a10, a01, a20, a11, a02, a30, a21, a12, a03] = raw.map((coefficient) => (coefficient * largest) / most);
  for (let row = 0; row < heightPix; row++) {
    const y = (2 * row + 1) / heightPix - 1;
    const c0 = 1 + y * (a01 + y * (a02 + y * a03));
    const c1 = a10 + y * (a11 + y * a12);
    const c2 = a20 + y * a21;
    multiplyCubic(map.subarray(row * widthPix, (row + 1) * widthPix), c0, c1, c2, a30);
  }
}

/** Multiplies a row with a polynomial of its columns, which go from -1 to 1. */
function multiplyCubic(row: Float32Array, c0: number, c1: number, c2: number, c3: number): void {
  for (let column = 0; column < row.length; column++) {
    const x = (2 * column + 1) / row.length - 1;
    row[column] *= c0 + x * (c1 + x * (c2 + x * c3));
  }
}

/**
 * Tree rings: the silicon's doping follows the surface of the crystal as it grew, so that rings lie about the middle of the wafer
 * (Plazas, Bernstein & Sheldon 2014, PASP 126, 750). The middle is taken one chip's width to the left of a lower corner, the rings
 * as a wave along the radius that is closer outwards; the same in every filter.
 */
function multiplyRings(
  camera: Camera,
  { treeRings, treeRingSpacingUm }: NonNullable<Camera['flatStructure']>,
  map: Float32Array,
): void {
  const { id, widthPix, heightPix, pixelSizeUm } = camera;
  const spacingPix = treeRingSpacingUm / pixelSizeUm;
  const stream = randomStream(0, 'treeRings', id);
  const centreX = -widthPix * (0.75 + 0.5 * stream.uniform());
  const centreY = -heightPix * 0.5 * stream.uniform();
  const phase = 2 * Math.PI * stream.uniform();
  const largest = Math.hypot(widthPix - centreX, heightPix - centreY) + 2;
  const perPix = Math.max(1, TABLE_PER_RING / spacingPix);
  const table = new Float64Array(Math.ceil(largest * perPix) + 2);
  for (let k = 0; k < table.length; k++) {
    const radius = k / perPix;
    // The spacing at half of the largest radius is the one asked for; it goes as 1 / radius, as in a wave of r^2.
    const turns = (radius * radius) / (largest * spacingPix);
    table[k] = treeRings * Math.sin(2 * Math.PI * turns + phase);
  }
  for (let y = 0; y < heightPix; y++) {
    multiplyRadial(map.subarray(y * widthPix, (y + 1) * widthPix), centreX, (y - centreY) ** 2, table, perPix);
  }
}

/** Multiplies a row with 1 + what a table says of the distance from a centre, `dy2` being the square of its height over the row. */
function multiplyRadial(row: Float32Array, centreX: number, dy2: number, table: Float64Array, perPix: number): void {
  for (let x = 0; x < row.length; x++) {
    const dx = x - centreX;
    const place = Math.sqrt(dx * dx + dy2) * perPix;
    const below = Math.floor(place);
    row[x] *= 1 + table[below] + (place - below) * (table[below + 1] - table[below]);
  }
}
