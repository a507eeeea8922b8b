import type { Filter, Observatory } from '../records/observatory.ts';
import { separationDeg } from '../sky/angles.ts';
import { skyBrightness } from '../sky/background.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import { solarFluxAt } from '../sky/solar-flux.ts';
import { moonAt, sunAt } from '../sky/sun-moon.ts';
import { eclipticOf } from '../sky/zodiacal.ts';
import type { CloudField } from './cloud-field.ts';
import { add } from './detector/rows.ts';
import type { Place } from './mount.ts';
import type { Projection } from './projection.ts';
import type { LightImage } from './psf.ts';

/** Nodes along each side of the field at which the sky's brightness is worked out. */
const NODES = 17;

/** The sky's brightness over a field: nodes spread evenly from edge to edge, row by row from the bottom left. */
export interface SkyField {
  /** AB mag per square arcsec at the centre; Infinity where every light of the sky is switched off. */
  centreMagPerArcsec2: number;
  nodesMagPerArcsec2: Float64Array;
  moonSeparationDeg: number;
}

/**
 * Brightness over the field of a camera: airglow, zodiacal light, Moon and twilight through air and cloud, each node in its own
 * direction. Lights that the observatory is `without` do not shine.
 */
export function skyOver(from: {
  observatory: Observatory;
  instant: SkyInstant;
  projection: Projection;
  filter: Filter;
  sunAltitudeDeg: number;
  cloud: CloudField;
}): SkyField {
  const { observatory, instant, projection, filter, sunAltitudeDeg, cloud } = from;
  const { camera } = observatory;
  const brightnessOf = skyToward({ observatory, instant, filter, sunAltitudeDeg });
  const brightnessAt = (x: number, y: number): number => brightnessOf(projection.skyOf(x, y), cloud(x, y));
  const moon = moonAt(instant);
  const at = (i: number, pixels: number) => (i / (NODES - 1)) * (pixels - 1);
  const { raDeg, decDeg } = projection.centre;
  return {
    centreMagPerArcsec2: brightnessAt((camera.widthPix - 1) / 2, (camera.heightPix - 1) / 2),
    nodesMagPerArcsec2: Float64Array.from({ length: NODES * NODES }, (_, i) =>
      brightnessAt(at(i % NODES, camera.widthPix), at(Math.floor(i / NODES), camera.heightPix)),
    ),
    moonSeparationDeg: separationDeg(raDeg, decDeg, moon.raDeg, moon.decDeg),
  };
}

/**
 * The sky's brightness at an instant as a function of the place and the cloud in front of it: airglow, zodiacal light, Moon and
 * twilight, AB mag per square arcsec. Lights that the observatory is `without` do not shine.
 */
export function skyToward(from: {
  observatory: Observatory;
  instant: SkyInstant;
  filter: Filter;
  sunAltitudeDeg: number;
}): (place: Place, cloudMag: number) => number {
  const { observatory, instant, filter, sunAltitudeDeg } = from;
  const { site, without } = observatory;
  const moon = moonAt(instant);
  const sun = sunAt(instant);
  const solarFluxSfu = site.solarFluxSfu ?? solarFluxAt(instant.utcMs);
  return (place, cloudMag) => {
    const at = instant.horizontal(place.raDeg, place.decDeg);
    return skyBrightness({
      band: filter.band,
      darkSkyMagPerArcsec2: filter.darkSkyMagPerArcsec2,
      extinctionMagPerAirmass: without.includes('extinction') ? 0 : filter.extinctionMagPerAirmass,
      zenithDistanceDeg: Math.min(90, at.zenithDistanceRefractedDeg),
      sunAltitudeDeg,
      azimuthFromSunDeg: at.azimuthDeg - sun.azimuthDeg,
      moon: {
        zenithDistanceDeg: moon.zenithDistanceRefractedDeg,
        separationDeg: separationDeg(place.raDeg, place.decDeg, moon.raDeg, moon.decDeg),
        phaseAngleDeg: moon.phaseAngleDeg,
      },
      ecliptic: eclipticOf(place, sun),
      solarFluxSfu,
      cloudMag,
      without,
    });
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

/** Adds the sky to an image: electrons per pixel at the field's nodes, straight between them. */
export function addSky({ width, height, electrons }: LightImage, nodesE: Float64Array): void {
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    fillSkyRow(nodesE, y, height, row);
    add(electrons.subarray(y * width, (y + 1) * width), row);
  }
}
