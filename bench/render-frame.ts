/**
 * Times the rendering of one full object frame of the default observatory, and of its noise alone.
 * Run: node bench/render-frame.ts [frames, default 15] [--check]; with --check the status is 1 when even the quickest of a kind of
 * frame takes longer than wanted.
 * Seeded; warmed up before it measures; each frame has another exposure id, so that nothing can be kept from the last one; a sum
 * over the pixels is printed, so that no work can be left out.
 */
import { readFileSync } from 'node:fs';
import { observatory as observatorySchema } from '../core/records/observatory.ts';
import { openGalaxies } from '../core/sky/galaxies.ts';
import { openStars } from '../core/sky/stars.ts';
import { utcMsOf } from '../core/time.ts';
import { readOut } from '../core/twin/detector/read-out.ts';
import { type Exposure, expectedLight, renderFrame } from '../core/twin/render.ts';
import { line, spread } from './statistics.ts';

const file = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url));
const json = (name: string): unknown => JSON.parse(file(name).toString());
const bytes = (name: string) => new Uint8Array(file(name)).buffer;

const WARM_UP = 4;
const frames = Number(process.argv[2]) || 15;
const base: Omit<Exposure, 'pointing' | 'exposureId'> = {
  observatory: observatorySchema.parse(json('observatories/la-palma.json')),
  filter: 'r',
  imageType: 'object',
  exposureTimeS: 60,
  domeOpen: true,
  midMs: utcMsOf('2026-11-21T21:00:00.000Z'),
  conditions: { sunAltitudeDeg: -35, cloudExtinctionMag: 0, seeingZenith500Arcsec: 0.76 },
  seed: 20261121,
  sky: {
    stars: [openStars(bytes('data/stars.bin')), openStars(bytes('data/stars-faint.bin'))],
    galaxies: openGalaxies(json('data/galaxies.json')),
  },
};
const fields = {
  'high latitude (NGC 7814)': { raDeg: 0.8125, decDeg: 16.1453, limitMs: 400 },
  // With some 90,000 stars.
  'galactic plane (NGC 7789)': { raDeg: 359.35, decDeg: 56.7083, limitMs: 700 },
  'M31, larger than the field': { raDeg: 10.6847, decDeg: 41.2687, limitMs: 400 },
};

let checksum = 0;

function measure(label: string, take: (index: number) => Uint16Array, limitMs?: number): void {
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + frames; index++) {
    const begin = performance.now();
    const pixels = take(index);
    const ms = performance.now() - begin;
    for (let i = 0; i < pixels.length; i += 997) checksum += pixels[i];
    if (index >= WARM_UP) times.push(ms);
  }
  console.log(line(label, times, 'ms', limitMs === undefined ? undefined : `< ${limitMs} ms`));
  if (limitMs !== undefined && process.argv.includes('--check') && spread(times).least >= limitMs) process.exitCode = 1;
}

const { widthPix, heightPix } = base.observatory.camera;
const size = `${widthPix} x ${heightPix}`;
for (const [label, { limitMs, ...pointing }] of Object.entries(fields)) {
  const exposure = (index: number): Exposure => ({ ...base, pointing, exposureId: `bench-${index}` });
  const expected = expectedLight(exposure(0)).electrons;
  measure(`${size}, ${label}`, (index) => renderFrame(exposure(index)).frame.pixels, limitMs);
  measure(
    `${size}, readout only`,
    (index) =>
      readOut({
        observatory: base.observatory,
        light: expected,
        darkTimeS: base.exposureTimeS,
        seed: base.seed,
        exposureId: `bench-${index}`,
      }).frame.pixels,
  );
}
measure(
  `${size}, bias`,
  (index) =>
    renderFrame({ ...base, imageType: 'bias', exposureTimeS: 0, pointing: null, exposureId: `bias-${index}` }).frame
      .pixels,
);
console.log(`checksum ${checksum}`);
