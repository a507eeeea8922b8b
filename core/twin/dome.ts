import type { Observatory } from '../records/observatory.ts';
import { moveTimeS } from './axis.ts';

/**
 * Seconds until the dome stands still with its shutter as wanted. It turns and opens or closes at the same time; after a turn
 * it settles.
 * @param turnDeg how far it turns, degrees, either direction
 * @param shutter what the shutter has to do meanwhile
 */
export function domeTimeS(dome: Observatory['dome'], turnDeg: number, shutter: 'open' | 'close' | 'stay'): number {
  const turnS = moveTimeS(turnDeg, dome.azimuthAxis);
  const shutterS = { open: dome.openS, close: dome.closeS, stay: 0 }[shutter];
  return Math.max(turnS > 0 ? turnS + dome.settleS : 0, shutterS);
}
