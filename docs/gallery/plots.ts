/** Makes the plots of this folder from the twin's own numbers: `node docs/gallery/plots.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { observatory as observatorySchema } from '../../core/records/observatory.ts';
import { skyAt } from '../../core/sky/coordinates.ts';
import { modelOffset, pointingModel } from '../../core/twin/pointing.ts';
import { makeFrame, weatherFor } from '../../core/visits/frame.ts';
import { singleRecipe } from '../../core/visits/single.ts';
import { loadSky } from '../../functions/shared/sky.ts';

const HERE = import.meta.dirname;
const FILE = path.join(HERE, '../../observatories/la-palma.json');
const LA_PALMA = observatorySchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
const SEED = 1;
const BEGIN_MS = Date.UTC(2026, 10, 9, 20);
const DAY_MS = 86_400_000;

interface Series {
  points: readonly (readonly [number, number])[];
  colour: string;
  line: boolean;
}

interface Axis {
  label: string;
  min: number;
  max: number;
  ticks: readonly number[];
}

/** A plot of 640 x 320 units as SVG: one frame, ticks, and each series as a line or as dots. */
function plot(name: string, x: Axis, y: Axis, series: readonly Series[]): void {
  const [left, right, top, bottom] = [64, 624, 16, 268];
  const px = (value: number) => (left + ((value - x.min) / (x.max - x.min)) * (right - left)).toFixed(1);
  const py = (value: number) => (bottom - ((value - y.min) / (y.max - y.min)) * (bottom - top)).toFixed(1);
  const drawn = series.map(({ points, colour, line }) =>
    line
      ? `<polyline fill="none" stroke="${colour}" points="${points.map(([a, b]) => `${px(a)},${py(b)}`).join(' ')}"/>`
      : points.map(([a, b]) => `<circle cx="${px(a)}" cy="${py(b)}" r="2.5" fill="${colour}"/>`).join(''),
  );
  const ticks = [
    ...x.ticks.map((tick) => `<text x="${px(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`),
    ...y.ticks.map((tick) => `<text x="${left - 6}" y="${Number(py(tick)) + 4}" text-anchor="end">${tick}</text>`),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif" font-size="12">
<title>${y.label} by ${x.label}</title>
<rect width="640" height="320" fill="white"/><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="black"/>
${ticks.join('')}
<text x="344" y="308" text-anchor="middle">${x.label}</text><text transform="translate(18 142) rotate(-90)" text-anchor="middle">${y.label}</text>
${drawn.join('\n')}
</svg>
`;
  writeFileSync(path.join(HERE, `${name}.svg`), svg);
}

/** Seeing and cloud of thirty days. */
function weather(): void {
  const source = weatherFor(LA_PALMA, SEED);
  const states = Array.from({ length: 30 * 24 }, (_, hour) => {
    const state = source.at(BEGIN_MS + (hour / 24) * DAY_MS);
    return { day: hour / 24, ...state };
  });
  plot(
    'weather',
    { label: 'days', min: 0, max: 30, ticks: [0, 5, 10, 15, 20, 25, 30] },
    { label: 'seeing, arcsec; cloud, mag', min: 0, max: 2.5, ticks: [0, 0.5, 1, 1.5, 2, 2.5] },
    [
      {
        points: states.map(({ day, cloudExtinctionMag }) => [day, Math.min(2.5, cloudExtinctionMag)]),
        colour: '#c33',
        line: true,
      },
      {
        points: states.map(({ day, seeingZenith500Arcsec }) => [day, seeingZenith500Arcsec]),
        colour: '#27c',
        line: true,
      },
    ],
  );
}

/** What the mount points beside its targets, without its model and with it, over the sky. */
function pointing(): void {
  const model = pointingModel(LA_PALMA);
  if (!model) throw new Error('la-palma has no pointing model');
  const sky = skyAt(BEGIN_MS, LA_PALMA.site);
  const places: { raDeg: number; decDeg: number }[] = [];
  for (let decDeg = -30; decDeg <= 80; decDeg += 10) {
    for (let raDeg = 0; raDeg < 360; raDeg += 15) {
      if (sky.horizontal(raDeg, decDeg).altitudeRefractedDeg > 25) places.push({ raDeg, decDeg });
    }
  }
  const offsets = (part: 'true' | 'left') =>
    places
      .map((place) => modelOffset(LA_PALMA, model, part, place, BEGIN_MS))
      .map(({ eastArcsec, northArcsec }) => [eastArcsec, northArcsec] as const);
  process.stdout.write(`${JSON.stringify(model)}\n`);
  const ticks = [-150, -100, -50, 0, 50, 100, 150];
  plot(
    'pointing',
    { label: 'east, arcsec', min: -180, max: 180, ticks },
    { label: 'north, arcsec', min: -180, max: 180, ticks },
    [
      { points: offsets('true'), colour: '#c33', line: false },
      { points: offsets('left'), colour: '#27c', line: false },
    ],
  );
}

/** Variance of the difference of two flats over their mean, in the middle of the chip, and the noise equation. */
function photonTransfer(): void {
  const observatory = { ...LA_PALMA, without: [...LA_PALMA.without, 'cosmicRays' as const, 'bleeding' as const] };
  const source = weatherFor(observatory, SEED);
  const sky = loadSky();
  const frame = (levelAdu: number, seqNum: number) =>
    makeFrame(
      singleRecipe(
        {
          observatory,
          parameters: 'la-palma.json',
          imageType: 'flat',
          target: null,
          filter: 'r',
          exposureTimeS: undefined,
          levelAdu,
          flatLight: 'dome',
          beginMs: BEGIN_MS,
          dayObs: 20261109,
          seed: SEED,
          seqNum,
          binning: 1,
          window: undefined,
          focusOffsetUm: 0,
        },
        source,
      ),
      source,
      sky,
    ).rendered.frame;
  const { gainEPerAdu, readNoiseE, biasLevelAdu } = observatory.camera;
  const levels = [2000, 6000, 12_000, 20_000, 28_000, 36_000, 44_000, 50_000, 55_000, 58_000, 60_500];
  const points = levels.map((level, i) => {
    const [a, b] = [frame(level, 2 * i + 1), frame(level, 2 * i + 2)];
    let [n, sum, square, difference] = [0, 0, 0, 0];
    for (let row = 900; row < 1150; row++) {
      for (let column = 900; column < 1150; column++) {
        const [p, q] = [a.pixels[row * a.width + column], b.pixels[row * a.width + column]];
        n++;
        sum += (p + q) / 2 - biasLevelAdu;
        difference += p - q;
        square += (p - q) ** 2;
      }
    }
    return [sum / n, (square / n - (difference / n) ** 2) / 2] as const;
  });
  process.stdout.write(`${JSON.stringify(points)}\n`);
  const line = [0, 65_000].map((mean) => [mean, mean / gainEPerAdu + (readNoiseE / gainEPerAdu) ** 2] as const);
  plot(
    'photon-transfer',
    { label: 'mean, counts above bias', min: 0, max: 65_000, ticks: [0, 20_000, 40_000, 60_000] },
    { label: 'variance, counts squared', min: 0, max: 42_000, ticks: [0, 10_000, 20_000, 30_000, 40_000] },
    [
      { points: line, colour: '#999', line: true },
      { points, colour: '#27c', line: false },
    ],
  );
}

weather();
pointing();
photonTransfer();
