import type { Observatory } from '../records/observatory.ts';
import { moveTimeS } from './axis.ts';

/**
 * Seconds until the dome stands still with its shutter as wanted. It turns, follows in altitude where it has an axis for it, and
 * opens or closes, all at the same time; after a turn in azimuth it settles (as in lsst/rubin_scheduler, kinem_model.py).
 * @param turn how far it turns, degrees, either direction
 * @param shutter what the shutter has to do meanwhile
 */
export function domeTimeS(
  dome: Observatory['dome'],
  turn: { azimuthDeg: number; altitudeDeg: number },
  shutter: 'open' | 'close' | 'stay',
): number {
  const azimuthS = moveTimeS(turn.azimuthDeg, dome.azimuthAxis);
  const altitudeS = dome.altitudeAxis ? moveTimeS(turn.altitudeDeg, dome.altitudeAxis) : 0;
  const shutterS = { open: dome.openS, close: dome.closeS, stay: 0 }[shutter];
  return Math.max(azimuthS > 0 ? azimuthS + dome.settleS : 0, altitudeS, shutterS);
}
