import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EFFECTS, type Effect, observatory as observatorySchema } from '../../../core/records/observatory.ts';
import { dayObs } from '../../../core/time.ts';
import type { TruthEntry } from '../../../core/twin/light.ts';
import { renderFrame, type SkyCatalogue } from '../../../core/twin/render.ts';
import { type MadeFrame, makeFrame, weatherFor } from '../../../core/visits/frame.ts';
import { type SingleExposure, singleRecipe } from '../../../core/visits/single.ts';
import { ROOT } from '../../helpers/night.ts';
import { realSky } from '../../judges/sky-frames.ts';

const SIDE = 128;
type Json = Record<string, any>;

/** The default observatory with every section, two amplifiers that disturb each other, and a quarter of a degree on 128 pixels a side. */
function observatoryWith(without: readonly Effect[], change: (json: Json) => void = () => {}) {
  const json = JSON.parse(readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'));
  const { camera, site } = json;
  camera.widthPix = SIDE;
  camera.heightPix = SIDE;
  camera.pixelSizeUm = 54;
  camera.hotPixels.share = 0.01;
  camera.flatStructure.treeRingSpacingUm = 4000;
  const amplifier = { gainEPerAdu: 1.6, readNoiseE: 6, biasLevelAdu: 1000 };
  camera.amplifiers = [
    { name: 'L', corner: 'lowerLeft', ...amplifier },
    { name: 'R', corner: 'lowerRight', ...amplifier },
  ];
  camera.crosstalk = [
    [0, 0.001],
    [0.001, 0],
  ];
  site.satellites.trailsPerHourPerDeg = 2000;
  json.climate.clearShare = 0.1;
  json.climate.seasons.clearShare = undefined;
  change(json);
  json.without = without;
  return observatorySchema.parse(JSON.parse(JSON.stringify(json)));
}

/** Saturn, where astronomy-engine has it, in the evening twilight of 2026-11-22, the Moon 29 degrees away. */
const SATURN = { raDeg: 8.2396, decDeg: 0.706 };
const EVENING_MS = Date.UTC(2026, 10, 22, 19, 15);
const SCENES = {
  saturn: { imageType: 'object', target: { name: 'Saturn', ...SATURN }, exposureTimeS: 20, beginMs: EVENING_MS },
  moon: {
    imageType: 'object',
    target: { name: 'Moon', raDeg: 28.5, decDeg: 14 },
    exposureTimeS: 2,
    beginMs: EVENING_MS,
  },
  m31: {
    imageType: 'object',
    target: { name: 'M31', raDeg: 10.6847, decDeg: 41.2688 },
    exposureTimeS: 60,
    beginMs: EVENING_MS,
  },
  dark: { imageType: 'dark', target: null, exposureTimeS: 900, beginMs: EVENING_MS },
  flat: { imageType: 'flat', target: null, exposureTimeS: 1, beginMs: EVENING_MS },
} as const satisfies Record<string, Partial<SingleExposure>>;
type Scene = keyof typeof SCENES;

function take(
  scene: Scene,
  without: readonly Effect[],
  change?: (json: Json) => void,
  sky: SkyCatalogue = realSky(),
  entries: TruthEntry[] = [],
): MadeFrame {
  const observatory = observatoryWith(without, change);
  const weather = weatherFor(observatory, 3);
  const single: SingleExposure = {
    observatory,
    parameters: 'observatory.json',
    filter: 'r',
    levelAdu: undefined,
    flatLight: 'dome',
    dayObs: dayObs(EVENING_MS, observatory.site.longitudeDeg),
    seed: 3,
    seqNum: 1,
    binning: 1,
    window: undefined,
    focusOffsetUm: 40,
    ...SCENES[scene],
  };
  return makeFrame(singleRecipe(single, weather), weather, sky, (entry) => entries.push(entry));
}

const pixelsOf = (...args: Parameters<typeof take>): Uint16Array => take(...args).rendered.frame.pixels;
const all = new Map<Scene, Uint16Array>();
/** The frame with everything in it. */
function full(scene: Scene): Uint16Array {
  const kept = all.get(scene) ?? pixelsOf(scene, []);
  all.set(scene, kept);
  return kept;
}
const changed = (a: Uint16Array, b: Uint16Array): number =>
  a.reduce((count, adu, i) => count + Number(adu !== b[i]), 0);

/** Per effect, the frame that shows it, and how an observatory or a sky that does not have it looks, where there is such a one. */
const TABLE: Record<
  Effect,
  { scene: Scene; absent?: (json: Json) => void; sky?: () => SkyCatalogue; besides?: Effect[] }
> = {
  stars: { scene: 'saturn', sky: () => ({ ...realSky(), stars: [] }), besides: ['faintStars'] },
  faintStars: { scene: 'saturn', absent: ({ site }) => delete site.faintStarsVMax },
  galaxies: { scene: 'm31', sky: () => ({ ...realSky(), galaxies: { count: 0, cone: () => [] } }) },
  planets: { scene: 'saturn' },
  moonGlare: { scene: 'moon', absent: ({ telescope }) => delete telescope.aureole, besides: ['starHalos'] },
  starHalos: { scene: 'saturn', absent: ({ telescope }) => delete telescope.aureole, besides: ['moonGlare'] },
  satelliteTrails: { scene: 'saturn', absent: ({ site }) => delete site.satellites },
  airglow: { scene: 'saturn' },
  zodiacalLight: { scene: 'saturn' },
  moonlight: { scene: 'saturn' },
  twilight: { scene: 'saturn' },
  cloud: { scene: 'saturn', absent: ({ climate }) => Object.assign(climate, { clearShare: 1 }) },
  extinction: { scene: 'saturn' },
  differentialRefraction: { scene: 'saturn' },
  seeing: { scene: 'saturn' },
  distortion: { scene: 'saturn', absent: ({ telescope }) => delete telescope.distortion },
  vignetting: { scene: 'flat', absent: ({ telescope }) => Object.assign(telescope, { vignettingAtCorner: 0 }) },
  dust: { scene: 'flat', absent: ({ camera }) => delete camera.dust },
  pointingError: { scene: 'saturn', absent: ({ mount }) => delete mount.pointing },
  trackingError: { scene: 'saturn', absent: ({ mount }) => delete mount.tracking },
  focusError: { scene: 'saturn', absent: ({ telescope }) => delete telescope.focus },
  pixelResponse: { scene: 'flat', absent: ({ camera }) => delete camera.pixelResponse },
  flatStructure: { scene: 'flat', absent: ({ camera }) => delete camera.flatStructure },
  shutterPattern: { scene: 'flat', absent: ({ camera }) => delete camera.shutter },
  darkCurrent: { scene: 'dark', absent: ({ camera }) => Object.assign(camera, { darkCurrentEPerS: 0 }) },
  hotPixels: { scene: 'dark', absent: ({ camera }) => delete camera.hotPixels },
  cosmicRays: { scene: 'dark', absent: ({ camera }) => delete camera.cosmicRays },
  shotNoise: { scene: 'flat' },
  fullWell: { scene: 'saturn' },
  bleeding: { scene: 'saturn', absent: ({ camera }) => delete camera.bleeding },
  nonLinearity: { scene: 'flat', absent: ({ camera }) => delete camera.nonLinearity },
  crosstalk: { scene: 'saturn', absent: ({ camera }) => delete camera.crosstalk },
  biasStructure: { scene: 'dark', absent: ({ camera }) => delete camera.biasStructure },
  readNoise: {
    scene: 'dark',
    absent: ({ camera }) => {
      for (const amplifier of camera.amplifiers) amplifier.readNoiseE = 0;
    },
  },
};

describe('an effect that is switched off', () => {
  it.each(EFFECTS)('%s: shows where it is on', (effect) => {
    const { scene } = TABLE[effect];
    expect(changed(full(scene), pixelsOf(scene, [effect]))).toBeGreaterThan(0);
  });

  it.each(EFFECTS.filter((effect) => TABLE[effect].absent ?? TABLE[effect].sky))(
    '%s: leaves the frame of an observatory without it',
    (effect) => {
      const { scene, absent, sky, besides = [] } = TABLE[effect];
      const off = pixelsOf(scene, [effect, ...besides]);
      const without = sky ? pixelsOf(scene, besides, undefined, sky()) : pixelsOf(scene, [], absent);
      expect(changed(off, without)).toBe(0);
    },
  );

  it('hotPixels: changes hot pixels alone', () => {
    const { rendered } = take('dark', ['crosstalk']);
    const off = pixelsOf('dark', ['crosstalk', 'hotPixels']);
    // A hot pixel without a single electron of its own is like any other.
    const differing = changed(rendered.frame.pixels, off);
    expect(rendered.readOut.truth.hotPixels).toBeGreaterThan(100);
    expect(differing).toBeLessThanOrEqual(rendered.readOut.truth.hotPixels);
    expect(differing).toBeGreaterThan(0.95 * rendered.readOut.truth.hotPixels);
  });

  it('cosmicRays: changes pixels near their tracks alone', () => {
    const { frame, readOut } = take('dark', ['crosstalk']).rendered;
    const off = pixelsOf('dark', ['crosstalk', 'cosmicRays']);
    const rays = readOut.truth.cosmicRays;
    expect(rays.length).toBeGreaterThan(3);
    const near = Uint8Array.from(frame.pixels, (_, i) => {
      const [x, y] = [(i % frame.width) - readOut.imageOrigin.x, Math.floor(i / frame.width) - readOut.imageOrigin.y];
      return Number(rays.some((ray) => Math.hypot(x - ray.xPix, y - ray.yPix) < 12));
    });
    const touched = Array.from(frame.pixels).flatMap((adu, i) => (adu === off[i] ? [] : [near[i]]));
    expect(touched.length).toBeGreaterThan(rays.length);
    expect(touched.every((isNear) => isNear === 1)).toBe(true);
  });

  it.each(['bleeding', 'fullWell'] as const)('%s: changes the columns of full pixels alone', (effect) => {
    // Without it more or less charge would reach the other amplifier.
    const others: Effect[] = ['crosstalk'];
    const { rendered } = take('saturn', others);
    const { frame, summary } = rendered;
    expect(summary.saturatedPixels).toBeGreaterThan(3);
    const off = pixelsOf('saturn', [...others, effect]);
    const columns = new Set<number>();
    frame.pixels.forEach((adu, i) => {
      if (adu > 0.95 * (1000 + 100_000 / 1.6)) columns.add(i % frame.width);
    });
    const touched = new Set<number>();
    frame.pixels.forEach((adu, i) => {
      if (adu !== off[i]) touched.add(i % frame.width);
    });
    expect(touched.size).toBeGreaterThan(0);
    expect([...touched].filter((column) => !columns.has(column))).toEqual([]);
  });

  it('planets: changes pixels near planets alone', () => {
    const halos: Effect[] = ['starHalos', 'crosstalk', 'bleeding'];
    const entries: TruthEntry[] = [];
    const { frame, readOut } = take('saturn', halos, undefined, realSky(), entries).rendered;
    const off = pixelsOf('saturn', [...halos, 'planets']);
    const planets = entries.filter(({ kind }) => kind === 'planet');
    expect(planets).toHaveLength(1);
    const distances: number[] = [];
    frame.pixels.forEach((adu, i) => {
      if (adu === off[i]) return;
      const [x, y] = [(i % frame.width) - readOut.imageOrigin.x, Math.floor(i / frame.width) - readOut.imageOrigin.y];
      distances.push(Math.min(...planets.map((planet) => Math.hypot(planet.x - x, planet.y - y))));
    });
    expect(distances.length).toBeGreaterThan(20);
    expect(Math.max(...distances)).toBeLessThan(45);
  });
});

describe('with everything switched off', () => {
  const observatory = observatoryWith(EFFECTS);
  const pointing = { raDeg: 30, decDeg: 20 };
  const columns = {
    count: 1,
    raDeg: Float64Array.of(pointing.raDeg),
    decDeg: Float64Array.of(pointing.decDeg),
    vMag: Float32Array.of(12),
    bMinusV: Float32Array.of(0.5),
  };
  const catalogue = { count: 1, epochJulianYear: 2025, vFaintest: 99, cone: () => columns };
  const render = (without: readonly Effect[], stars: SkyCatalogue['stars']) =>
    renderFrame({
      observatory: { ...observatory, without: [...without] },
      filter: 'r',
      imageType: 'object',
      exposureTimeS: 40,
      pointing,
      domeOpen: true,
      midMs: Date.UTC(2026, 10, 22, 23, 0),
      conditions: { sunAltitudeDeg: -50, cloudExtinctionMag: 0.4, seeingZenith500Arcsec: 0.76 },
      seed: 9,
      exposureId: 'x',
      sky: { stars, galaxies: { count: 0, cone: () => [] } },
    });

  it('a frame holds its bias level and nothing else', () => {
    expect(render(EFFECTS, [catalogue]).frame.pixels.every((adu) => adu === 1000)).toBe(true);
  });

  it('a star stands in it as its magnitude and the profile say, to the count', () => {
    const { frame, readOut, summary } = render(
      EFFECTS.filter((effect) => effect !== 'stars'),
      [catalogue],
    );
    // r = V - 0.42 (B-V) + 0.11 (Jester et al. 2005); the air takes nothing, no cloud either.
    const electrons = 40 * 10 ** (-0.4 * (12 - 0.42 * 0.5 + 0.11 - 21.52));
    // The telescope alone at this airmass, through the two widths of the seeing model, on pixels of 54 um at 1.54 m.
    // 0.8113: width of a Moffat profile of beta 3.5 over that of the Gaussian with its noise-equivalent area.
    const widthArcsec = 0.8113388 * 1.16 * 2.1 * summary.sky!.airmass ** 0.6;
    const fwhmPix = widthArcsec / ((206_264.806 * 54e-6) / 1.54);
    const alpha2 = (fwhmPix / 2) ** 2 / (2 ** (1 / 3.5) - 1);
    const share = (x: number, y: number): number => {
      // Midpoints of 200 x 200 parts of the pixel.
      let sum = 0;
      for (let j = 0; j < 200; j++) {
        for (let i = 0; i < 200; i++) {
          const r2 = (x + (i + 0.5) / 200 - 0.5) ** 2 + (y + (j + 0.5) / 200 - 0.5) ** 2;
          sum += (1 + r2 / alpha2) ** -3.5;
        }
      }
      return ((2.5 / (Math.PI * alpha2)) * sum) / 40_000;
    };
    const centre = (SIDE - 1) / 2;
    const { x: x0, y: y0 } = readOut.imageOrigin;
    let most = 0;
    for (let y = 52; y < 76; y++) {
      for (let x = 52; x < 76; x++) {
        const expected = electrons * share(x - centre, y - centre);
        const adu = frame.pixels[(y + y0) * frame.width + x + x0];
        most = Math.max(most, expected);
        // Rounding to counts, and 3e-4 of the light for the profile's integration.
        expect(Math.abs(adu - 1000 - expected / 1.6)).toBeLessThan(0.5 + 3e-4 * expected);
      }
    }
    expect(most).toBeGreaterThan(30_000);
  });
});
