import type { Horizontal } from '../sky/coordinates.ts';
import { DEG_TO_RAD, MS_PER_S, RAD_TO_DEG, S_PER_HOUR } from '../units.ts';

/** A span of time, both ends included, UTC milliseconds. */
export interface Interval {
  fromMs: number;
  toMs: number;
}

/**
 * The way of a star over one night: apparent declination and hour angle at `utcMs`. From there on only the Earth turns, which
 * is exact to 0.1 arcsec over a night (what nutation and aberration change in that time).
 */
export interface Arc {
  utcMs: number;
  hourAngleDeg: number;
  declinationDeg: number;
  latitudeDeg: number;
}

/** Turning of the sky: degrees of hour angle in a millisecond, a turn against the stars in 23 h 56 min 4.1 s (IAU 2000). */
export const SIDEREAL_DEG_PER_MS = (15 * 1.002737811911354) / (S_PER_HOUR * MS_PER_S);
const TURN_MS = 360 / SIDEREAL_DEG_PER_MS;

/** The arc of a place that stands at `at` at `utcMs`. */
export function arcOf(at: Horizontal, utcMs: number, latitudeDeg: number): Arc {
  const altitude = at.altitudeUnrefractedDeg * DEG_TO_RAD;
  const latitude = latitudeDeg * DEG_TO_RAD;
  const sin =
    Math.sin(latitude) * Math.sin(altitude) +
    Math.cos(latitude) * Math.cos(altitude) * Math.cos(at.azimuthDeg * DEG_TO_RAD);
  const declinationDeg = Math.asin(Math.min(1, Math.max(-1, sin))) * RAD_TO_DEG;
  return { utcMs, hourAngleDeg: at.hourAngleHours * 15, declinationDeg, latitudeDeg };
}

/** Hour angle, hours, west positive, (-12, 12]. */
export function hourAngleHoursAt(arc: Arc, utcMs: number): number {
  const degrees = arc.hourAngleDeg + (utcMs - arc.utcMs) * SIDEREAL_DEG_PER_MS;
  return (180 - ((((180 - degrees) % 360) + 360) % 360)) / 15;
}

/** Altitude without the air, degrees: sin a = sin latitude sin declination + cos latitude cos declination cos H. */
export function altitudeUnrefractedDegAt(arc: Arc, utcMs: number): number {
  return altitudeAtHourAngle(arc, hourAngleHoursAt(arc, utcMs) * 15);
}

/** Altitude without the air for an hour angle in degrees. */
export function altitudeAtHourAngle(
  { latitudeDeg, declinationDeg }: Omit<Arc, 'utcMs' | 'hourAngleDeg'>,
  hourAngleDeg: number,
): number {
  const latitude = latitudeDeg * DEG_TO_RAD;
  const declination = declinationDeg * DEG_TO_RAD;
  const sin =
    Math.sin(latitude) * Math.sin(declination) +
    Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngleDeg * DEG_TO_RAD);
  return Math.asin(Math.min(1, Math.max(-1, sin))) * RAD_TO_DEG;
}

/** Lowest and highest altitude without the air between two instants: at the ends, or at a culmination between them. */
export function altitudeRangeDeg(arc: Arc, { fromMs, toMs }: Interval): { lowestDeg: number; highestDeg: number } {
  const atEnds = [altitudeUnrefractedDegAt(arc, fromMs), altitudeUnrefractedDegAt(arc, toMs)];
  if (passes(arc, { fromMs, toMs }, 0)) atEnds.push(altitudeAtHourAngle(arc, 0));
  if (passes(arc, { fromMs, toMs }, 180)) atEnds.push(altitudeAtHourAngle(arc, 180));
  return { lowestDeg: Math.min(...atEnds), highestDeg: Math.max(...atEnds) };
}

/** Largest |hour angle| between two instants, hours, 0 to 12. */
export function hourAngleMaxHours(arc: Arc, { fromMs, toMs }: Interval): number {
  if (passes(arc, { fromMs, toMs }, 180)) return 12;
  return Math.max(Math.abs(hourAngleHoursAt(arc, fromMs)), Math.abs(hourAngleHoursAt(arc, toMs)));
}

/** Whether the hour angle is `degrees` at some instant of the span. */
function passes(arc: Arc, { fromMs, toMs }: Interval, degrees: number): boolean {
  const turnsAt = (utcMs: number) => (arc.hourAngleDeg + (utcMs - arc.utcMs) * SIDEREAL_DEG_PER_MS - degrees) / 360;
  return Math.floor(turnsAt(toMs)) > Math.floor(turnsAt(fromMs)) || Number.isInteger(turnsAt(fromMs));
}

/**
 * Half the hour angle range in which the place stands at least `altitudeUnrefractedDeg` high, degrees: 0 to 180; 180 when it
 * always does, undefined when it never does. cos H = (sin a - sin latitude sin declination) / (cos latitude cos declination).
 */
export function hourAngleOfAltitudeDeg(
  { latitudeDeg, declinationDeg }: Omit<Arc, 'utcMs' | 'hourAngleDeg'>,
  altitudeUnrefractedDeg: number,
): number | undefined {
  const latitude = latitudeDeg * DEG_TO_RAD;
  const declination = declinationDeg * DEG_TO_RAD;
  const above = Math.sin(altitudeUnrefractedDeg * DEG_TO_RAD) - Math.sin(latitude) * Math.sin(declination);
  const across = Math.cos(latitude) * Math.cos(declination);
  if (above <= -across) return 180;
  if (above > across) return undefined;
  return Math.acos(above / across) * RAD_TO_DEG;
}

/** The parts of `span` in which the |hour angle| is at most `limitDeg`; all of it from 180 on. In order of time. */
export function nearMeridian(arc: Arc, span: Interval, limitDeg: number): Interval[] {
  if (limitDeg >= 180) return [span];
  const halfMs = limitDeg / SIDEREAL_DEG_PER_MS;
  const transitMs = arc.utcMs - arc.hourAngleDeg / SIDEREAL_DEG_PER_MS;
  const first = Math.ceil((span.fromMs - halfMs - transitMs) / TURN_MS);
  const last = Math.floor((span.toMs + halfMs - transitMs) / TURN_MS);
  const parts: Interval[] = [];
  for (let turn = first; turn <= last; turn++) {
    const atMs = transitMs + turn * TURN_MS;
    parts.push({ fromMs: Math.max(span.fromMs, atMs - halfMs), toMs: Math.min(span.toMs, atMs + halfMs) });
  }
  return parts;
}

/** What two lists of intervals, each in order, have in common. */
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  return a.flatMap((one) =>
    b
      .map((other) => ({ fromMs: Math.max(one.fromMs, other.fromMs), toMs: Math.min(one.toMs, other.toMs) }))
      .filter(({ fromMs, toMs }) => fromMs <= toMs),
  );
}

/** `span` without the intervals of `gaps`, which are in order; the ends of a gap stay. */
export function without(span: Interval, gaps: readonly Interval[]): Interval[] {
  const parts: Interval[] = [];
  let fromMs = span.fromMs;
  for (const gap of gaps) {
    if (gap.fromMs > fromMs) parts.push({ fromMs, toMs: gap.fromMs });
    fromMs = Math.max(fromMs, gap.toMs);
  }
  if (fromMs <= span.toMs) parts.push({ fromMs, toMs: span.toMs });
  return parts;
}
