import type { Planes, Section } from '../calibration/planes.ts';

/**
 * A part of planes: what a master has for a frame of which only a window was read. Throws RangeError for a section that does not
 * lie on them.
 */
export function cropPlanes(planes: Planes, { x0, y0, x1, y1 }: Section): Planes {
  const { widthPix, heightPix } = planes;
  if (
    ![x0, y0, x1, y1].every(Number.isInteger) ||
    x0 < 0 ||
    y0 < 0 ||
    x1 > widthPix ||
    y1 > heightPix ||
    x0 >= x1 ||
    y0 >= y1
  ) {
    throw new RangeError(`columns ${x0} to ${x1}, rows ${y0} to ${y1}; must lie on ${widthPix} x ${heightPix} pixels`);
  }
  const width = x1 - x0;
  const part = <T extends Float32Array | Uint8Array>(from: T, to: T): T => {
    for (let y = y0; y < y1; y++) to.set(from.subarray(y * widthPix + x0, y * widthPix + x1), (y - y0) * width);
    return to;
  };
  const count = width * (y1 - y0);
  return {
    widthPix: width,
    heightPix: y1 - y0,
    data: part(planes.data, new Float32Array(count)),
    uncertainty: part(planes.uncertainty, new Float32Array(count)),
    dq: part(planes.dq, new Uint8Array(count)),
  };
}
