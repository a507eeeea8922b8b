import { separationDeg } from '../sky/angles.ts';
import { moonInBand } from '../sky/background.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import { moonAt, sunAt } from '../sky/sun-moon.ts';
import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { aureoleOnChip } from './aureole.ts';
import type { Aureole, Light } from './light.ts';

/** IAU mean radius (Archinal et al. 2018, Celest. Mech. Dyn. Astron. 130, 22). */
const MOON_RADIUS_KM = 1737.4;
/** The glare is worked out on a grid of about this pitch, pixels, away from the disc. */
const GLARE_PITCH_PIX = 16;

/**
 * Adds the Moon. In the field: its disc, lit from the side of the Sun, of even brightness, sharp (it saturates any exposure). With
 * an aureole, in the field or near it: the glare of the telescope, the aureole of every part of the disc, which the outer
 * radius ends. The light that air scatters is not here; it belongs to the sky (core/sky/background.ts).
 * Gives back whether the disc lies in the frame.
 */
export function addMoon(light: Light, instant: SkyInstant): boolean {
  const { projection, image, truth } = light;
  const moon = moonAt(instant);
  if (!Number.isFinite(moon.airmass)) return false;
  const { raDeg, decDeg } = moon;
  const radiusDeg = Math.asin(MOON_RADIUS_KM / moon.distanceKm) * RAD_TO_DEG;
  const halfFieldDeg = (Math.hypot(image.width, image.height) / 2) * projection.scaleDegPerPix;
  const apartDeg = separationDeg(raDeg, decDeg, projection.centre.raDeg, projection.centre.decDeg);
  const reachDeg = radiusDeg + (light.aureole?.outerRadiusDeg ?? 0);
  if (apartDeg > halfFieldDeg + reachDeg) return false;
  const centre = projection.pixelOf(raDeg, decDeg);
  if (centre === undefined) return false;

  const mag = moonInBand(light.filter.band, moon.phaseAngleDeg);
  const electrons = light.electronsOf(mag, moon.airmass, centre);
  const radiusPix = radiusDeg / projection.scaleDegPerPix;
  const sun = sunAt(instant);
  const sunward = directionTo(light, { raDeg, decDeg }, sun);
  const inFrame = addDisc(light, { ...centre, radiusPix, sunward, phaseAngleDeg: moon.phaseAngleDeg }, electrons);
  if (light.aureole) addGlare(light, light.aureole, { ...centre, radiusPix }, electrons);
  if (inFrame) truth?.({ kind: 'moon', id: 'Moon', raDeg, decDeg, ...centre, mag, electrons });
  return inFrame;
}

interface Disc {
  x: number;
  y: number;
  radiusPix: number;
}

/** Unit vector on the chip from a place towards another on the sky. */
function directionTo(
  { projection }: Light,
  from: { raDeg: number; decDeg: number },
  to: { raDeg: number; decDeg: number },
): [number, number] {
  const deltaRa = (to.raDeg - from.raDeg) * DEG_TO_RAD;
  const [dec0, dec1] = [from.decDeg * DEG_TO_RAD, to.decDeg * DEG_TO_RAD];
  const east = Math.cos(dec1) * Math.sin(deltaRa);
  const north = Math.cos(dec0) * Math.sin(dec1) - Math.sin(dec0) * Math.cos(dec1) * Math.cos(deltaRa);
  const stepDeg = 1e-3 / Math.hypot(east, north);
  const here = projection.pixelOf(from.raDeg, from.decDeg);
  const there = projection.pixelOf(from.raDeg + (stepDeg * east) / Math.cos(dec0), from.decDeg + stepDeg * north);
  if (here === undefined || there === undefined) return [1, 0];
  const length = Math.hypot(there.x - here.x, there.y - here.y);
  return [(there.x - here.x) / length, (there.y - here.y) / length];
}

/** The lit part of a disc: towards the Sun its limb, away from it the terminator, an ellipse of semi-axis R cos(phase angle). */
function addDisc(
  { image }: Light,
  { x, y, radiusPix, sunward, phaseAngleDeg }: Disc & { sunward: [number, number]; phaseAngleDeg: number },
  electrons: number,
): boolean {
  const litShare = (1 + Math.cos(phaseAngleDeg * DEG_TO_RAD)) / 2;
  const perPix = electrons / (Math.PI * radiusPix * radiusPix * Math.max(litShare, 1e-6));
  const terminator = -Math.cos(phaseAngleDeg * DEG_TO_RAD);
  const [x0, x1] = [Math.max(0, Math.ceil(x - radiusPix)), Math.min(image.width - 1, Math.floor(x + radiusPix))];
  const [y0, y1] = [Math.max(0, Math.ceil(y - radiusPix)), Math.min(image.height - 1, Math.floor(y + radiusPix))];
  let any = false;
  for (let row = y0; row <= y1; row++) {
    for (let column = x0; column <= x1; column++) {
      const along = (column - x) * sunward[0] + (row - y) * sunward[1];
      const across = (row - y) * sunward[0] - (column - x) * sunward[1];
      const limb2 = radiusPix * radiusPix - across * across;
      if (limb2 <= 0 || Math.abs(along) > Math.sqrt(limb2) || along < terminator * Math.sqrt(limb2)) continue;
      image.electrons[row * image.width + column] += perPix;
      any = true;
    }
  }
  return any;
}

/** The aureole of an evenly bright disc: the mean of that of a point over the disc. Straight between the nodes of a grid. */
function addGlare({ image, projection }: Light, aureole: Aureole, disc: Disc, electrons: number): void {
  const { perPix, inner2, outer2 } = aureoleOnChip(aureole, projection.scaleDegPerPix);
  const strength = electrons * perPix;
  const { width, height, electrons: out } = image;
  // At the outer radius the glare ends at zero, not at a step.
  const floor = 1 / (outer2 + inner2);
  const at = (column: number, row: number) => {
    const distance2 = (column - disc.x) ** 2 + (row - disc.y) ** 2;
    return strength * Math.max(0, meanOverDisc(distance2, disc.radiusPix, inner2) - floor);
  };
  const above = new Float64Array(width + GLARE_PITCH_PIX + 1);
  const below = new Float64Array(width + GLARE_PITCH_PIX + 1);
  const fill = (row: number, nodes: Float64Array) => {
    for (let column = 0; column < width + GLARE_PITCH_PIX; column += GLARE_PITCH_PIX) nodes[column] = at(column, row);
  };
  fill(0, above);
  for (let row = 0; row < height; row++) {
    const within = row % GLARE_PITCH_PIX;
    if (within === 0) {
      below.set(above);
      fill(row + GLARE_PITCH_PIX, above);
    }
    const up = within / GLARE_PITCH_PIX;
    for (let column = 0; column < width; column++) {
      const node = column - (column % GLARE_PITCH_PIX);
      const right = (column - node) / GLARE_PITCH_PIX;
      const left0 = below[node] + up * (above[node] - below[node]);
      const next = node + GLARE_PITCH_PIX;
      const right0 = below[next] + up * (above[next] - below[next]);
      out[row * width + column] += left0 + right * (right0 - left0);
    }
  }
}

/**
 * Mean of 1 / (d^2 + e^2) over a disc of radius R whose centre lies at a distance D. With the integral over angle done,
 * what is left over p = r^2 is dp / sqrt((p + D^2 + e^2)^2 - 4 D^2 p), whose integral is a logarithm.
 */
export function meanOverDisc(distance2: number, radius: number, inner2: number): number {
  const end = radius * radius;
  const root = (p: number) => Math.sqrt((p + distance2 + inner2) ** 2 - 4 * distance2 * p);
  const term = (p: number) => Math.log(p + inner2 - distance2 + root(p));
  return (term(end) - term(0)) / end;
}
