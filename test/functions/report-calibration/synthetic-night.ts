import { readFileSync } from 'node:fs';
import { encode } from 'fast-png';
import type { PlannedSet } from '../../../core/calibration/due.ts';
import type {
  CalibrationRequest,
  Certificate,
  Grade,
  MasterRecord,
  Metric,
  ReducedRecord,
} from '../../../core/records/calibration.ts';
import type { NightRecord } from '../../../core/records/night.ts';
import { observatory as observatorySchema } from '../../../core/records/observatory.ts';
import type { ExposureRecord } from '../../../core/records/visit.ts';
import type { CalibrationNight } from '../../../functions/report-calibration/night.ts';
import { pictureOf } from '../../../functions/report-calibration/pictures.ts';

/** What must never get into the page as markup. */
export const HOSTILE = `<script>alert("x")</script> & 'quotes'`;

const NIGHT_ID = 'page-night';
const BUCKET = 'nocturne';
const DAY = 20261121;
const SHA = 'ab'.repeat(32);

export const night = {
  nightId: NIGHT_ID,
  item: 'night',
  siteDay: `la-palma#${DAY}`,
  status: 'COMPLETED',
  input: {
    nightId: NIGHT_ID,
    dayObs: DAY,
    seed: 1,
    campaign: NIGHT_ID,
    observatory: { bucket: BUCKET, key: 'nights/o.json' },
    programme: { bucket: BUCKET, key: 'nights/p.json' },
    mode: { kind: 'simulated' },
    faults: {},
  },
  context: {} as never,
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:night:page-night-r1',
  observatoryId: 'la-palma',
  programmeId: 'andromeda',
  softwareVersion: '0.1.0',
  darkTimeS: 36_000,
  firstSeqNum: 1,
  runs: [],
  history: [],
  haltRequested: false,
} satisfies NightRecord;

export const observatory = observatorySchema.parse(
  JSON.parse(readFileSync(new URL('../../../observatories/la-palma.json', import.meta.url), 'utf8')),
);

const configuration = { binning: 1, setTemperatureC: -60 };
const SETS: PlannedSet[] = [
  { type: 'bias' as const, count: 5, minimum: 3 },
  { type: 'dark' as const, exposureTimeS: 300, count: 3, minimum: 3 },
  { type: 'flat' as const, target: 'twilight' as const, filter: 'g', levelAdu: 20_000, count: 3, minimum: 3 },
].map((set) => {
  const key = `noc1.${set.type}${set.target ? `.${set.target}.${set.filter}` : ''}.b1.t-60`;
  const when = set.type === 'flat' ? 'evening' : 'afternoon';
  return {
    id: set.type,
    requestId: `${NIGHT_ID}.${when}.${key.slice(5)}`,
    origin: 'policy',
    set: { ...set, configuration },
    calibrationKey: key,
    when,
    priority: 1,
    reason: 'no master of its kind',
    validDays: 2,
  };
});

const request = (planned: PlannedSet, status: CalibrationRequest['status'], cause: string): CalibrationRequest => {
  const { id: _, ...asked } = planned;
  return {
    ...asked,
    kind: 'calibration',
    programmeId: `calibrations.${NIGHT_ID}`,
    campaign: NIGHT_ID,
    status,
    history: [{ status, at: '2026-11-21T17:00:00.000Z', cause, nightId: NIGHT_ID }],
    version: 1,
  };
};

const exposure = (
  seqNum: number,
  imageType: ExposureRecord['imageType'],
  requestId: string,
  more: Partial<ExposureRecord> = {},
): ExposureRecord => {
  const letter = { bias: 'b', dark: 'd', flat: 'f', object: 'o', focus: 'x' }[imageType];
  const exposureId = `noc1_${letter}_${DAY}_${String(seqNum).padStart(6, '0')}`;
  const key = `raw/${DAY}/${exposureId}.fits`;
  return {
    exposureId,
    nightId: NIGHT_ID,
    observationId: `${NIGHT_ID}-000001`,
    requestId,
    programmeId: 'andromeda',
    observatoryId: 'la-palma',
    dayObs: DAY,
    seqNum,
    imageType,
    header: { exposureTimeS: imageType === 'bias' ? 0 : 60, ...(imageType === 'object' && { filter: 'g' }) },
    conditions: {} as never,
    beginAt: '2026-11-21T16:30:00.000Z',
    endAt: '2026-11-21T16:30:00.000Z',
    readyAt: '2026-11-21T16:30:04.000Z',
    frame: { bucket: BUCKET, key },
    sidecar: { bucket: BUCKET, key: key.replace('.fits', '.json') },
    sha256: SHA,
    sizeBytes: 8_000_000,
    ...more,
  };
};

const metric = (name: string, value: number, grade: Grade, limits: Partial<Metric> = {}): Metric => ({
  name,
  value,
  unit: 'e',
  meaning: `meaning of ${name}`,
  grade,
  ...limits,
});

const master = (
  planned: PlannedSet,
  masterId: string,
  frames: string[],
  grade: Grade,
  more: Partial<MasterRecord> = {},
): MasterRecord => ({
  masterId,
  calibrationKey: planned.calibrationKey,
  instrument: 'noc1',
  set: planned.set,
  isScalable: planned.set.type === 'dark',
  temperatureC: -60.01,
  dayObs: DAY,
  nightId: NIGHT_ID,
  requestId: planned.requestId,
  observatoryId: 'la-palma',
  takenFrom: '2026-11-21T16:30:37.000',
  takenTo: '2026-11-21T16:40:37.000',
  frames,
  rejected: [],
  quality: {
    grade,
    metrics: [
      metric('noiseDeviation', 0.012, grade, { goodMin: -0.05, goodMax: 0.05, badMin: -0.1, badMax: 0.1 }),
      metric('hotPixelCount', 40, 'GOOD', { goodMax: 100, badMax: 200 }),
    ],
    reasons: grade === 'GOOD' ? [] : [`noiseDeviation is 0.2, ${HOSTILE}`],
  },
  file: { bucket: BUCKET, key: `calibrations/${DAY}/${masterId}.fits` },
  sha256: SHA,
  sizeBytes: 38_000_000,
  softwareVersion: 'nocturne 0.1.0',
  ...more,
});

/** A grey ramp with a dot in it. */
export const png = (side: number): Uint8Array =>
  encode({
    width: side,
    height: side,
    data: Uint8Array.from({ length: side * side }, (_, at) => ((at % side) * 255) / side),
    depth: 8,
    channels: 1,
  });

const steps = [
  { step: 'bias', status: 'COMPLETE' as const, detail: 'noc1_mb_20261121_000001' },
  { step: 'flat', status: 'SKIPPED' as const, detail: `no master flat: ${HOSTILE}` },
];

const reduced = (frame: ExposureRecord, more: Partial<ReducedRecord> = {}): ReducedRecord => {
  const key = frame.frame.key.replace('raw/', 'reduced/').replace('.fits', '_red.fits');
  return {
    nightId: NIGHT_ID,
    item: `reduced#${frame.exposureId}`,
    exposureId: frame.exposureId,
    requestId: frame.requestId,
    blockId: 'block-1',
    status: 'COMPLETE',
    missing: [],
    file: { bucket: BUCKET, key },
    sha256: SHA,
    sizeBytes: 38_000_000,
    preview: { bucket: BUCKET, key: key.replace('.fits', '.png') },
    sidecar: { bucket: BUCKET, key: key.replace('.fits', '.json') },
    steps,
    sheet: {
      exposureId: frame.exposureId,
      at: '2026-11-21T21:00:37.000',
      complete: true,
      choices: [
        {
          type: 'bias',
          wanted: 'noc1.bias.b1.t-60',
          masterId: 'noc1_mb_20261121_000001',
          file: { bucket: BUCKET, key: `calibrations/${DAY}/noc1_mb_20261121_000001.fits` },
          candidates: [
            {
              masterId: 'noc1_mb_20261121_000001',
              calibrationKey: 'noc1.bias.b1.t-60',
              validFrom: '2026-11-21T16:30:37.000',
              validTo: '2026-11-23T16:30:37.000',
              grade: 'GOOD',
              criteria: [],
              distanceS: -16_200,
              chosen: true,
            },
          ],
          reason: 'the only one',
        },
        { type: 'flat', wanted: 'noc1.flat.twilight.g.b1.t-60', candidates: [], reason: 'no flat in g is valid' },
      ],
    },
    sourceCount: 1234,
    matchedCount: 456,
    zeroPointMag: 25.1234,
    zeroPointErrorMag: 0.0042,
    seeingArcsec: 0.987,
    skyElectronsPerPix: 321,
    skyMagPerArcsec2: 21.43,
    ellipticity: 0.03,
    grade: 'A',
    gradeReasons: [],
    softwareVersion: 'nocturne 0.1.0',
    ...more,
  };
};

/**
 * A night with three sets: a bias master that is GOOD (an earlier one stands in the store), a dark whose master is BAD, a flat that
 * was never taken; two frames of the sky, one reduced whole, one without a flat; a third was not reduced.
 */
export function syntheticNight(): CalibrationNight {
  const [bias, dark, flat] = SETS;
  const biasFrames = [1, 2, 3, 4, 5].map((seqNum) =>
    exposure(seqNum, 'bias', bias.requestId, {
      verdict:
        seqNum === 3
          ? { accepted: false, reasons: [`light left on: ${HOSTILE}`], levelAdu: 812, noiseAdu: 6 }
          : { accepted: true, reasons: [], levelAdu: 0.04, noiseAdu: 3.9 },
    }),
  );
  const darkFrames = [6, 7, 8].map((seqNum) =>
    exposure(seqNum, 'dark', dark.requestId, { verdict: { accepted: true, reasons: [], levelAdu: 1, noiseAdu: 4 } }),
  );
  const science = [20, 21, 22].map((seqNum) =>
    exposure(seqNum, 'object', `${NIGHT_ID}.m31`, { targetName: `M31 ${HOSTILE}` }),
  );
  const goodBias = master(
    bias,
    'noc1_mb_20261121_000001',
    biasFrames.filter(({ seqNum }) => seqNum < 3 || seqNum === 5).map(({ exposureId }) => exposureId),
    'GOOD',
    { rejected: [{ exposureId: biasFrames[3].exposureId, reason: 'the same pixels as another frame' }] },
  );
  const badDark = master(
    dark,
    'noc1_md_20261121_000006',
    darkFrames.map(({ exposureId }) => exposureId),
    'BAD',
    {
      biasId: goodBias.masterId,
    },
  );
  const earlier = master(bias, 'noc1_mb_20261120_000001', ['a', 'b'], 'WARN', {
    dayObs: 20261120,
    nightId: 'night-before',
    requestId: 'another',
    takenFrom: '2026-11-20T16:30:37.000',
    takenTo: '2026-11-20T16:40:37.000',
  });
  const certificate = (record: MasterRecord, validTo: string): Certificate => ({
    calibrationKey: record.calibrationKey,
    validFrom: record.takenFrom,
    validTo,
    id: record.masterId,
    nightId: record.nightId!,
    master: record,
  });
  const frames = [
    reduced(science[0]),
    reduced(science[1], {
      status: 'INCOMPLETE',
      missing: ['flat'],
      grade: 'C',
      gradeReasons: [`seeing of 2.9″: ${HOSTILE}`],
      zeroPointMag: undefined,
    } as Partial<ReducedRecord>),
  ];
  return {
    night,
    observatory,
    plans: [
      {
        when: 'afternoon',
        sets: [bias, dark],
        notDue: [
          {
            id: 'dome-flat',
            calibrationKey: 'noc1.flat.dome.r.b1.t-60',
            when: 'afternoon',
            reason: 'noc1_mf_20261115_000030 is 6 days old, one is due every 14 days',
            possible: true,
          },
        ],
      },
      { when: 'evening', sets: [flat], notDue: [] },
      { when: 'nightEnd', sets: [], notDue: [] },
    ],
    requests: [
      request(bias, 'DONE', 'master noc1_mb_20261121_000001 is certified'),
      request(dark, 'ERROR', 'MasterRejected: noc1_md_20261121_000006 is BAD'),
      request(flat, 'ERROR', `CalibrationNotPossible: dome closed: ${HOSTILE}`),
    ],
    exposures: [...biasFrames, ...darkFrames, ...science],
    events: [],
    masters: [goodBias, badDark],
    certificates: [certificate(earlier, goodBias.takenFrom), certificate(goodBias, '2026-11-23T16:30:37.000')],
    reduced: frames,
    pictures: new Map(
      [goodBias.file, badDark.file, ...frames.map(({ file }) => file)].map(({ key }) => [
        key,
        pictureOf(png(640), 320),
      ]),
    ),
  };
}
