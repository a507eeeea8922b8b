import type { NightEvent, TelescopeState } from '../../records/night.ts';
import type { Observatory } from '../../records/observatory.ts';
import type { ExposureRecord } from '../../records/visit.ts';
import { skyAt } from '../../sky/coordinates.ts';
import { utcMsOf } from '../../time.ts';
import { MS_PER_S } from '../../units.ts';
import { type AxisTimes, type AxisTurn, type Place, parkedTelescope } from '../mount.ts';
import { axesNow, nearestTurnDeg } from '../mount-axes.ts';
import { slewCourse } from '../slew-course.ts';

export const MOUNT_STATES = ['standing', 'slewing', 'settling', 'following'] as const;
export type MountState = (typeof MOUNT_STATES)[number];

/** What the telescope does over a stretch of time. */
export interface Stretch {
  fromMs: number;
  toMs: number;
  stateAt(utcMs: number): MountState;
  axesAt(utcMs: number): { longitudeDeg: number; latitudeDeg: number };
  /** NaN where it goes with the tube. */
  domeAzimuthAt(utcMs: number): number;
}

/** A dome that begins to open or to close. */
export interface DomeChange {
  atMs: number;
  opens: boolean;
}

export interface Course {
  /** In order of time, without gaps, from the beginning of the night to its end. */
  stretches: Stretch[];
  domeChanges: DomeChange[];
}

/** Instants at which the place of a followed star is computed; between them a cubic through four is good to a microarcsecond. */
const NODE_MS = 30_000;

interface Axes {
  longitudeDeg: number;
  latitudeDeg: number;
}

/**
 * What mount and dome did in a night, from its events: they turn as the slews say, follow the places that exposures were taken
 * of, and stand still while the night waits. The twin parks in no time when weather closes the dome; so does this.
 */
export function courseOf(of: {
  observatory: Observatory;
  events: readonly NightEvent[];
  exposures: ReadonlyMap<string, ExposureRecord>;
  fromMs: number;
  toMs: number;
}): Course {
  const { observatory, events, exposures, fromMs, toMs } = of;
  const stretches: Stretch[] = [];
  const domeChanges: DomeChange[] = [];
  const parked = parkedTelescope(observatory);
  const parkedAxes = axesNow(observatory, parked, parked);
  let pierSide: TelescopeState['pierSide'];
  let isOpen = false;
  /** What goes on since `sinceMs`, until the next event changes it. */
  let now: (fromMs: number) => Omit<Stretch, 'toMs'> = (atMs) => standing(parkedAxes, parked.domeAzimuthDeg, atMs);
  let sinceMs = fromMs;

  const change = (atMs: number, next: typeof now) => {
    if (atMs > sinceMs) stretches.push({ ...now(sinceMs), toMs: atMs });
    sinceMs = Math.max(atMs, sinceMs);
    now = next;
  };
  const last = (): { axes: Axes; domeAzimuthDeg: number } => {
    const before = stretches.at(-1);
    if (!before) return { axes: parkedAxes, domeAzimuthDeg: parked.domeAzimuthDeg };
    return { axes: before.axesAt(before.toMs), domeAzimuthDeg: before.domeAzimuthAt(before.toMs) };
  };
  const shutter = (opens: boolean, atMs: number) => {
    if (isOpen !== opens) domeChanges.push({ atMs, opens });
    isOpen = opens;
  };
  const follow = (place: Place) => (atMs: number) => following(observatory, place, pierSide, last().axes, atMs);

  for (const event of events) {
    const [beginMs, endMs] = [event.beginAt, event.endAt].map(utcMsOf);
    const details = event.details ?? {};
    if (event.kind === 'slew' || event.kind === 'close') {
      const times = details.axisTimesS as AxisTimes | undefined;
      const turns = (details.turns ?? []) as AxisTurn[];
      shutter(event.kind === 'slew', beginMs);
      change(beginMs, (atMs) => slewing(observatory, turns, times, last(), atMs, (endMs - beginMs) / MS_PER_S));
      pierSide = details.pierSide as TelescopeState['pierSide'];
      const { raDeg, decDeg } = details as Partial<Place>;
      change(
        endMs,
        raDeg !== undefined && decDeg !== undefined
          ? follow({ raDeg, decDeg })
          : (atMs) => standing(parkedAxes, parked.domeAzimuthDeg, atMs),
      );
    } else if (event.kind === 'wait') {
      const closes = event.budget.weather !== undefined;
      if (closes) shutter(false, beginMs);
      change(beginMs, (atMs) =>
        closes ? standing(parkedAxes, parked.domeAzimuthDeg, atMs) : standing(last().axes, last().domeAzimuthDeg, atMs),
      );
    } else if (event.kind === 'exposure') {
      const exposure = exposures.get(event.exposureId ?? '');
      const { raDeg, decDeg } = (exposure?.header ?? {}) as Partial<Place>;
      if (!exposure || raDeg === undefined || decDeg === undefined) continue;
      change(beginMs, follow({ raDeg, decDeg }));
      // A mount that had to flip before the shutter opened.
      const { durationS, turns, axisTimesS } = details as {
        durationS?: number;
        turns?: AxisTurn[];
        axisTimesS?: AxisTimes;
      };
      if (durationS === undefined || turns === undefined) continue;
      const openMs = utcMsOf(exposure.beginAt);
      change(openMs - durationS * MS_PER_S, (atMs) => slewing(observatory, turns, axisTimesS, last(), atMs, durationS));
      pierSide = details.pierSide as TelescopeState['pierSide'];
      change(openMs, follow({ raDeg, decDeg }));
    }
  }
  change(toMs, now);
  return { stretches, domeChanges };
}

function standing(axes: Axes, domeAzimuthDeg: number, fromMs: number): Omit<Stretch, 'toMs'> {
  return { fromMs, stateAt: () => 'standing', axesAt: () => axes, domeAzimuthAt: () => domeAzimuthDeg };
}

function slewing(
  observatory: Observatory,
  turns: AxisTurn[],
  times: AxisTimes | undefined,
  from: { axes: Axes; domeAzimuthDeg: number },
  fromMs: number,
  durationS: number,
): Omit<Stretch, 'toMs'> {
  const course = slewCourse(observatory, { durationS, turns });
  const turningS = Math.max(times?.longitude ?? 0, times?.latitude ?? 0);
  const at = (utcMs: number) => course.at((utcMs - fromMs) / MS_PER_S);
  return {
    fromMs,
    stateAt: (utcMs) => ((utcMs - fromMs) / MS_PER_S < turningS ? 'slewing' : 'settling'),
    axesAt(utcMs) {
      const { longitude = from.axes.longitudeDeg, latitude = from.axes.latitudeDeg } = at(utcMs);
      return { longitudeDeg: longitude, latitudeDeg: latitude };
    },
    domeAzimuthAt: (utcMs) => at(utcMs).domeAzimuth ?? from.domeAzimuthDeg,
  };
}

function following(
  observatory: Observatory,
  place: Place,
  pierSide: TelescopeState['pierSide'],
  from: Axes,
  fromMs: number,
): Omit<Stretch, 'toMs'> {
  const nodes = new Map<number, Axes>();
  const state = { ...parkedTelescope(observatory), azimuthAxisDeg: from.longitudeDeg, ...(pierSide && { pierSide }) };
  const node = (index: number): Axes => {
    let axes = nodes.get(index);
    if (axes === undefined) {
      const { altitudeRefractedDeg, azimuthDeg } = skyAt(index * NODE_MS, observatory.site).horizontal(
        place.raDeg,
        place.decDeg,
      );
      const { longitudeDeg, latitudeDeg } = axesNow(observatory, state, {
        altitudeDeg: altitudeRefractedDeg,
        azimuthDeg,
      });
      const near = nodes.get(index - 1)?.longitudeDeg ?? from.longitudeDeg;
      axes = { longitudeDeg: nearestTurnDeg(longitudeDeg, near), latitudeDeg };
      nodes.set(index, axes);
    }
    return axes;
  };
  return {
    fromMs,
    stateAt: () => 'following',
    axesAt(utcMs) {
      const first = Math.floor(utcMs / NODE_MS) - 1;
      const x = utcMs / NODE_MS - first - 1;
      const weights = [
        -x * (x - 1) * (x - 2),
        3 * (x + 1) * (x - 1) * (x - 2),
        -3 * (x + 1) * x * (x - 2),
        (x + 1) * x * (x - 1),
      ];
      const axes = { longitudeDeg: 0, latitudeDeg: 0 };
      for (const [i, weight] of weights.entries()) {
        const { longitudeDeg, latitudeDeg } = node(first + i);
        axes.longitudeDeg += (weight / 6) * longitudeDeg;
        axes.latitudeDeg += (weight / 6) * latitudeDeg;
      }
      return axes;
    },
    domeAzimuthAt: () => Number.NaN,
  };
}

/** The stretches one after the other, for instants that rise: the stretch of an instant. */
export function inOrder(stretches: readonly Stretch[]): (utcMs: number) => Stretch {
  let index = 0;
  return (utcMs) => {
    while (index < stretches.length - 1 && utcMs >= stretches[index].toMs) index++;
    return stretches[index];
  };
}
