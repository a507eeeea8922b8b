import type { Observatory } from '../records/observatory.ts';

/**
 * Lowest altitude (degrees, as seen through the air) at which a mount points at an azimuth: its own limit, or what stands around
 * the dome. The horizon is straight between its points, the last of which is followed by the first. Any azimuth.
 */
export function lowestAltitudeDeg({ altitudeMinDeg, horizon }: Observatory['mount'], azimuthDeg: number): number {
  if (horizon === undefined) return altitudeMinDeg;
  const azimuth = azimuthDeg - 360 * Math.floor(azimuthDeg / 360);
  const last = horizon[horizon.length - 1];
  const next = horizon.findIndex((point) => point.azimuthDeg > azimuth);
  const [before, after] =
    next > 0
      ? [horizon[next - 1], horizon[next]]
      : next === 0
        ? [{ ...last, azimuthDeg: last.azimuthDeg - 360 }, horizon[0]]
        : [last, { ...horizon[0], azimuthDeg: horizon[0].azimuthDeg + 360 }];
  const share = (azimuth - before.azimuthDeg) / (after.azimuthDeg - before.azimuthDeg);
  return Math.max(altitudeMinDeg, before.altitudeDeg + share * (after.altitudeDeg - before.altitudeDeg));
}
