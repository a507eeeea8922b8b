import { randomStream } from '../../random.ts';
import type { NightEvent } from '../../records/night.ts';
import type { Observatory } from '../../records/observatory.ts';
import type { ExposureRecord } from '../../records/visit.ts';
import { utcMsOf } from '../../time.ts';
import { detectorTemperatureC } from '../detector/dark-current.ts';
import { chipWarmingC, degradationAt } from '../faults.ts';
import type { NightOf } from './motion.ts';
import { type Clock, sampleTimes, stamps, type TelemetryTable } from './table.ts';

/** One exposure as the camera went through it. */
export interface Taken {
  exposureId: string;
  beginMs: number;
  endMs: number;
  readyMs: number;
  /** The shutter opened: not for a bias or dark frame, nor when it is stuck. */
  opens: boolean;
  /** Of the chip; undefined where the camera does not tell. */
  temperatureC: number | undefined;
}

const CAMERA_STATES = ['idle', 'exposing', 'reading'] as const;
/** Kinds of frames that are taken in the dark. */
const DARK_KINDS = ['bias', 'dark'];

/** What the camera did, exposure by exposure, in order of time. */
export function takenIn(night: NightOf, exposures: readonly ExposureRecord[]): Taken[] {
  const { observatory, weather, seed, faults, nightBeginMs } = night;
  return exposures
    .map(({ exposureId, imageType, beginAt, endAt, readyAt }) => {
      const [beginMs, endMs, readyMs] = [beginAt, endAt, readyAt].map(utcMsOf);
      const attempt = { faults, seed, key: exposureId, beginMs, endMs, nightBeginMs };
      const ambientC = weather.at((beginMs + endMs) / 2).temperatureC;
      const { shutterStuck, chipWarmingC: warmingC } = degradationAt(attempt, observatory, ambientC);
      const chipC = detectorTemperatureC(observatory, seed, exposureId);
      return {
        exposureId,
        beginMs,
        endMs,
        readyMs,
        opens: !DARK_KINDS.includes(imageType) && !shutterStuck && endMs > beginMs,
        temperatureC: chipC === undefined ? undefined : chipC + warmingC,
      };
    })
    .toSorted((one, other) => one.beginMs - other.beginMs);
}

/** The camera's shutter, sampled, and each of its edges at its instant: from these the true intervals of the frames follow. */
export function shutterTables(night: NightOf, taken: readonly Taken[], clock: Clock): TelemetryTable[] {
  const { nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryShutter', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  const exposureAt = during(taken);
  const open = Uint8Array.from(times, (utcMs) => {
    const exposure = exposureAt(utcMs);
    return exposure?.opens && utcMs < exposure.endMs ? 1 : 0;
  });
  const edges = taken
    .filter(({ opens }) => opens)
    .flatMap(({ exposureId, beginMs, endMs }) => [
      { exposureId, atMs: beginMs, edge: 'open' },
      { exposureId, atMs: endMs, edge: 'close' },
    ]);
  const edgeStream = randomStream(seed, 'telemetryShutterEdges', nightId);
  return [
    { name: 'SHUTTER', ...clock, columns: [mjd, { name: 'open', description: '1 open, 0 closed', values: open }] },
    {
      name: 'SHUTTER_EDGES',
      ...clock,
      columns: [
        stamps(
          edges.map(({ atMs }) => atMs),
          clock,
          edgeStream,
        ),
        { name: 'edge', description: 'open or close', values: edges.map(({ edge }) => edge) },
        { name: 'exposure', description: 'id of the exposure', values: edges.map(({ exposureId }) => exposureId) },
      ],
    },
  ];
}

/** What the camera is doing, and the temperature of its chip where it tells. */
export function detectorTable(night: NightOf, taken: readonly Taken[], clock: Clock): TelemetryTable {
  const { observatory, weather, nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryDetector', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  const { temperature } = observatory.camera;
  const state = new Uint8Array(times.length);
  const chipC = new Float32Array(times.length);
  const exposureAt = during(taken);
  for (let row = 0; row < times.length; row++) {
    const utcMs = times[row];
    const exposure = exposureAt(utcMs);
    state[row] = exposure === undefined ? 0 : utcMs < exposure.endMs ? 1 : 2;
    if (temperature === undefined) continue;
    const idleC = temperature.setC + temperature.regulationC * stream.normal();
    // The same as the frame's header has it.
    chipC[row] =
      exposure?.temperatureC ?? idleC + chipWarmingC(night, observatory, weather.at(utcMs).temperatureC, utcMs);
  }
  return {
    name: 'DETECTOR',
    ...clock,
    columns: [
      mjd,
      { name: 'state', description: CAMERA_STATES.map((word, i) => `${i} ${word}`).join(', '), values: state },
      ...(temperature ? [{ name: 'temperature_c', description: 'of the chip, degrees Celsius', values: chipC }] : []),
    ],
  };
}

/** Which filter stands in the beam, by its place in the observatory's list from 1; 0 while it is changed. */
export function filterTable(night: NightOf, events: readonly NightEvent[], clock: Clock): TelemetryTable {
  const { observatory, nightId, seed } = night;
  const stream = randomStream(seed, 'telemetryFilter', nightId);
  const times = sampleTimes(night.fromMs, night.toMs, clock, stream);
  const mjd = stamps(times, clock, stream);
  const changes = events
    .filter(({ kind, details }) => kind === 'configure' && typeof details?.filter === 'string')
    .map(({ beginAt, endAt, details }) => ({
      beginMs: utcMsOf(beginAt),
      endMs: utcMsOf(endAt),
      position: positionOf(observatory, details?.filter as string),
    }));
  let next = 0;
  let position = 1;
  const values = Int16Array.from(times, (utcMs) => {
    while (next < changes.length && utcMs >= changes[next].endMs) position = changes[next++].position;
    return next < changes.length && utcMs >= changes[next].beginMs ? 0 : position;
  });
  const names = observatory.filters.map(({ name }, i) => `${i + 1} ${name}`).join(', ');
  return {
    name: 'FILTER',
    ...clock,
    columns: [mjd, { name: 'position', description: `0 moving, ${names}`, values }],
  };
}

const positionOf = ({ filters }: Observatory, name: string): number =>
  filters.findIndex((filter) => filter.name === name) + 1;

/** The exposure that goes on, from the opening of the shutter to the end of the readout, for instants that rise. */
function during(taken: readonly Taken[]): (utcMs: number) => Taken | undefined {
  let index = 0;
  return (utcMs) => {
    while (index < taken.length && utcMs >= taken[index].readyMs) index++;
    return index < taken.length && utcMs >= taken[index].beginMs ? taken[index] : undefined;
  };
}
