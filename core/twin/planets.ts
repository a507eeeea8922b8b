import { bandMag } from '../sky/colours.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import { planetsAt } from '../sky/planets.ts';
import { ARCSEC_PER_DEG } from '../units.ts';
import { addAureole } from './aureole.ts';
import type { Light } from './light.ts';
import { addPointSource } from './psf.ts';

/** Planets whose centre is this far outside of the field are not drawn; their aureole, if there is one, reaches farther. */
const MARGIN_DEG = 0.05;
/** Points of a disc lie this far apart, in FWHM: nothing finer survives the blur. */
const POINT_SPACING_FWHM = 0.4;

/**
 * Adds Venus to Neptune where they stand in the field: uniform discs of their diameter, as light as their magnitude says, blurred
 * by the point spread function. Phases are in the magnitude, not in the shape; rings, belts and moons are left out. Gives back how
 * many there were.
 */
export function addPlanets(light: Light, instant: SkyInstant): number {
  const { projection, image, psf, filter, truth } = light;
  const scaleArcsec = projection.scaleDegPerPix * ARCSEC_PER_DEG;
  const marginPix = MARGIN_DEG / projection.scaleDegPerPix;
  let added = 0;
  for (const planet of planetsAt(instant)) {
    const pixel = projection.pixelOf(planet.raDeg, planet.decDeg);
    if (pixel === undefined) continue;
    const mag = bandMag(filter.band, planet.vMag, planet.bMinusV);
    const electrons = light.electronsOf(mag, projection.airmassAt(pixel.x, pixel.y), pixel);
    addAureole(light, pixel, electrons);
    const { x, y } = pixel;
    if (x < -marginPix || y < -marginPix || x > image.width + marginPix || y > image.height + marginPix) continue;
    const points = discPoints(planet.diameterArcsec / (2 * scaleArcsec), POINT_SPACING_FWHM * psf.fwhmPix);
    let inside = false;
    for (const [dx, dy] of points) {
      inside = addPointSource(image, psf, x + dx, y + dy, electrons / points.length) || inside;
    }
    if (!inside) continue;
    added++;
    truth?.({ kind: 'planet', id: planet.name, raDeg: planet.raDeg, decDeg: planet.decDeg, x, y, mag, electrons });
  }
  return added;
}

/** Points spread evenly over a disc, its centre alone when it is narrower than their spacing. */
function discPoints(radius: number, spacing: number): [number, number][] {
  const points: [number, number][] = [];
  const steps = Math.floor(radius / spacing);
  for (let j = -steps; j <= steps; j++) {
    for (let i = -steps; i <= steps; i++) {
      if (Math.hypot(i, j) * spacing <= radius) points.push([i * spacing, j * spacing]);
    }
  }
  return points;
}
