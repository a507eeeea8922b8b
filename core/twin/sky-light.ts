import type { TanWcs } from '../gnomonic.ts';
import { skyFromTangentPlane } from '../gnomonic.ts';
import type { Filter } from '../records/observatory.ts';
import { separationDeg } from '../sky/angles.ts';
import { skyBrightness } from '../sky/background.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import { moonAt } from '../sky/sun-moon.ts';

/** Nodes along each side of the field at which the sky's brightness is worked out. */
const NODES = 5;

/** The clear sky's brightness over a field: nodes spread evenly from edge to edge, row by row from the bottom left. */
export interface SkyField {
  /** AB mag per square arcsec at the centre. */
  centreMagPerArcsec2: number;
  nodesMagPerArcsec2: Float64Array;
  moonSeparationDeg: number;
}

/** Brightness over the field of a camera: airglow, Moon and twilight, each node in its own direction. */
export function skyOver(from: {
  sky: SkyInstant;
  wcs: TanWcs;
  filter: Filter;
  sunAltitudeDeg: number;
  widthPix: number;
  heightPix: number;
}): SkyField {
  const { sky, wcs, filter, sunAltitudeDeg, widthPix, heightPix } = from;
  const moon = moonAt(sky);
  const brightnessAt = (raDeg: number, decDeg: number): number =>
    skyBrightness({
      band: filter.band,
      darkSkyMagPerArcsec2: filter.darkSkyMagPerArcsec2,
      extinctionMagPerAirmass: filter.extinctionMagPerAirmass,
      zenithDistanceDeg: Math.min(90, sky.horizontal(raDeg, decDeg).zenithDistanceRefractedDeg),
      sunAltitudeDeg,
      moon: {
        zenithDistanceDeg: moon.zenithDistanceRefractedDeg,
        separationDeg: separationDeg(raDeg, decDeg, moon.raDeg, moon.decDeg),
        phaseAngleDeg: moon.phaseAngleDeg,
      },
    });
  const nodesMagPerArcsec2 = new Float64Array(NODES * NODES);
  for (let row = 0; row < NODES; row++) {
    for (let column = 0; column < NODES; column++) {
      const dx = (column / (NODES - 1)) * (widthPix - 1) + 1 - wcs.crpix1;
      const dy = (row / (NODES - 1)) * (heightPix - 1) + 1 - wcs.crpix2;
      const xiDeg = wcs.cd11 * dx + wcs.cd12 * dy;
      const etaDeg = wcs.cd21 * dx + wcs.cd22 * dy;
      const { raDeg, decDeg } = skyFromTangentPlane(xiDeg, etaDeg, wcs.crval1Deg, wcs.crval2Deg);
      nodesMagPerArcsec2[row * NODES + column] = brightnessAt(raDeg, decDeg);
    }
  }
  return {
    centreMagPerArcsec2: brightnessAt(wcs.crval1Deg, wcs.crval2Deg),
    nodesMagPerArcsec2,
    moonSeparationDeg: separationDeg(wcs.crval1Deg, wcs.crval2Deg, moon.raDeg, moon.decDeg),
  };
}

/** Spreads values at the field's nodes over one row of pixels, straight between nodes, into `out` (one value a pixel). */
export function fillSkyRow(nodes: Float64Array, y: number, heightPix: number, out: Float64Array): void {
  const place = (y / (heightPix - 1)) * (NODES - 1);
  const below = Math.min(Math.floor(place), NODES - 2);
  const up = place - below;
  const last = out.length - 1;
  for (let column = 0; column < NODES - 1; column++) {
    const at = (k: number) => nodes[below * NODES + k] * (1 - up) + nodes[(below + 1) * NODES + k] * up;
    const left = at(column);
    const right = at(column + 1);
    const begin = (column / (NODES - 1)) * last;
    const length = last / (NODES - 1);
    const end = column === NODES - 2 ? last : Math.ceil(begin + length) - 1;
    for (let x = Math.ceil(begin); x <= end; x++) out[x] = left + ((x - begin) / length) * (right - left);
  }
}
