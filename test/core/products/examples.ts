import { DQ, type Planes } from '../../../core/calibration/planes.ts';
import type { MasterContent } from '../../../core/products/master-file.ts';
import type { ReadRawFrame } from '../../../core/products/raw-frame.ts';
import type { ReducedContent } from '../../../core/products/reduced-file.ts';
import type { Source } from '../../../core/reduction/sources.ts';

export const WIDTH = 51;
export const HEIGHT = 33;

/** Planes with a value, an uncertainty and flags of each kind, among them infinite uncertainty and no number at all. */
export function examplePlanes(widthPix = WIDTH, heightPix = HEIGHT): Planes {
  const count = widthPix * heightPix;
  const flags = Object.values(DQ);
  const planes = {
    widthPix,
    heightPix,
    data: Float32Array.from({ length: count }, (_, i) => Math.sin(i) * 10 ** ((i % 9) - 4)),
    uncertainty: Float32Array.from({ length: count }, (_, i) => 1 + (i % 17) / 3),
    dq: Uint8Array.from({ length: count }, (_, i) => (i % 10 === 0 ? flags[(i / 10) % flags.length] : 0)),
  };
  planes.uncertainty[3] = Number.POSITIVE_INFINITY;
  planes.data[4] = Number.NaN;
  return planes;
}

/** A master flat with every card, of 3 frames. */
export const MASTER: MasterContent = {
  master: {
    masterId: 'noc1_mf_20261121_000031',
    calibrationKey: 'noc1.flat.twilight.g.b1.t-60',
    instrument: 'noc1',
    set: {
      type: 'flat',
      target: 'twilight',
      filter: 'g',
      levelAdu: 20_000,
      count: 4,
      minimum: 3,
      configuration: { binning: 1, setTemperatureC: -60 },
    },
    isScalable: false,
    temperatureC: -59.96,
    dayObs: 20261121,
    nightId: 'la-palma-20261121',
    requestId: 'la-palma-20261121.evening.flat.twilight.g.b1.t-60',
    observatoryId: 'la-palma',
    takenFrom: '2026-11-21T19:10:37.000',
    takenTo: '2026-11-21T19:14:12.500',
    frames: ['noc1_f_20261121_000031', 'noc1_f_20261121_000032', 'noc1_f_20261121_000034'],
    rejected: [
      { exposureId: 'noc1_f_20261121_000033', reason: "saturated: 12 % of its pixels, and it's more than 1 %" },
    ],
    biasId: 'noc1_mb_20261121_000001',
    darkId: 'noc1_md_20261120_000011',
    quality: {
      grade: 'WARN',
      metrics: [
        {
          name: 'readNoise',
          value: 5.02,
          unit: 'electron',
          meaning: 'from pairs of frames',
          goodMax: 5.3,
          grade: 'GOOD',
        },
        { name: 'gradientX', value: -1.25e-7, unit: '%', meaning: 'slope across the field', grade: 'WARN' },
        { name: 'previousDifference', unit: '', meaning: 'pixels off by 6 sigma', grade: 'GOOD' },
      ],
      reasons: ['gradientX is -0.000000125 %: above what is good'],
    },
    softwareVersion: 'nocturne 0.1.0',
  },
  planes: examplePlanes(),
  bunit: '',
  combination: { method: 'clippedMean', sigmaLow: 3, sigmaHigh: 2.5, deviation: 'mad', iterationsMax: 100 },
  madeMs: Date.UTC(2026, 10, 21, 19, 15),
  origin: 'Nocturne',
  telescope: 'Nocturne 0.6 m',
  simulate: true,
  exposureTimeS: 2.75,
  darkTimeS: 3.25,
  normValueAdu: 19_876.5,
  validFrom: '2026-11-21T19:10:37.000',
  validTo: '2026-12-21T19:10:37.000',
  history: ['Overscan level of each amplifier taken off, then bias and dark; each frame was brought to one level.'],
};

/** A master bias with as few cards as there can be. */
export const BIAS: MasterContent = {
  master: {
    masterId: 'noc1_mb_20261121_000001',
    calibrationKey: 'noc1.bias.b2',
    instrument: 'noc1',
    set: { type: 'bias', count: 10, minimum: 5, configuration: { binning: 2 } },
    isScalable: false,
    dayObs: 20261121,
    observatoryId: 'la-palma',
    takenFrom: '2026-11-21T17:10:37.000',
    takenTo: '2026-11-21T17:12:12.500',
    frames: ['noc1_b_20261121_000001', 'noc1_b_20261121_000002'],
    rejected: [],
    quality: { grade: 'GOOD', metrics: [], reasons: [] },
    softwareVersion: 'nocturne 0.1.0',
  },
  planes: examplePlanes(),
  bunit: 'adu',
  combination: { method: 'median' },
  madeMs: Date.UTC(2026, 10, 21, 17, 15),
  origin: 'Nocturne',
  telescope: 'Nocturne 0.6 m',
  simulate: true,
  exposureTimeS: 0,
  darkTimeS: 0.5,
};

export const SOURCES: readonly Source[] = [
  {
    xPix: 12.25,
    yPix: 7.75,
    raDeg: 60.0125,
    decDeg: -5.0025,
    fluxE: 125_000,
    fluxErrorE: 375,
    apertureFluxE: 118_000,
    peakE: 9000,
    fwhmPix: 3.5,
    ellipticity: 0.0625,
    positionAngleDeg: -45,
    pixels: 61,
    flags: 2,
    mag: 16.25,
    magError: 0.00390625,
  },
  {
    xPix: 0.5,
    yPix: 30.125,
    fluxE: 512,
    fluxErrorE: 64,
    apertureFluxE: 480,
    peakE: 50,
    fwhmPix: 4,
    ellipticity: 0.25,
    positionAngleDeg: 90,
    pixels: 9,
    flags: 1 | 16,
  },
];

/** What was reduced of a raw frame, as far as its file goes: planes of the example's values, of the frame's size. */
export function exampleReduced(frame: ReadRawFrame): ReducedContent {
  const { widthPix, heightPix, exposureId } = frame.raw;
  const complete = (step: string, detail = 'done') => ({ step, status: 'COMPLETE' as const, detail });
  const choice = (type: 'bias' | 'dark' | 'flat', masterId: string | undefined, scale?: number) => ({
    type,
    wanted: `noc1.${type}.b1.t-60`,
    ...(masterId !== undefined && {
      masterId,
      file: { bucket: 'data', key: `calibrations/20261110/${masterId}.fits` },
    }),
    ...(scale !== undefined && { scale }),
    candidates: [],
    reason: 'the nearest',
  });
  return {
    frame,
    reduced: {
      planes: examplePlanes(widthPix, heightPix),
      ...(frame.wcs && { wcs: frame.wcs }),
      steps: [
        complete('overscan'),
        complete('saturation'),
        complete('bias', 'noc1_mb_20261110_000001'),
        complete('dark', 'noc1_md_20261110_000011, times 0.2'),
        { step: 'flat', status: 'SKIPPED', detail: 'no master flat of filter r' },
        complete('gain'),
        complete('uncertainty'),
        complete('dataQuality'),
        { step: 'cosmicRays', status: 'SKIPPED', detail: 'the policy asks for none' },
        complete('background'),
        complete('sources'),
        complete('photometry'),
      ],
      missing: ['flat'],
      status: 'INCOMPLETE',
      background: { levelE: 231.5, rmsE: 16.5, meshPix: 64 },
      sources: [...SOURCES],
      cosmicRayPixels: 0,
      saturatedPixels: 3,
      maskedPixels: 41,
      matchedCount: 1,
      offsetPix: { dxPix: 0.25, dyPix: -0.125 },
      zeroPointMag: 22.4375,
      zeroPointErrorMag: 0.0125,
      zeroPointAtAirmass1Mag: 22.5,
      seeingArcsec: 1.375,
      ellipticity: 0.03125,
      skyElectronsPerPix: 231.5,
      skyMagPerArcsec2: 21.25,
    },
    sheet: {
      exposureId,
      at: '2026-11-11T03:01:07.000',
      choices: [
        choice('bias', 'noc1_mb_20261110_000001'),
        choice('dark', 'noc1_md_20261110_000011', 0.2),
        choice('flat', undefined),
      ],
      complete: false,
    },
    grade: 'B',
    gradeReasons: ['seeing 1.38 arcsec, asked 1.3: within 10 %'],
    filename: `${exposureId}_r_red.fits`,
    madeMs: Date.UTC(2026, 10, 11, 3, 2),
    softwareVersion: 'nocturne 0.1.0',
    blockId: 'la-palma-20261110.r.1',
  };
}
