import { randomStream } from '../../random.ts';
import type { Camera } from '../../records/observatory/camera.ts';

/** A charged particle that went through the chip. */
export interface CosmicRay {
  /** Where it came in, unbinned pixels, the centre of the first is (0, 0). */
  xPix: number;
  yPix: number;
  /** Track on the chip, pixels, and its direction from the rows towards the columns, degrees, [0, 360). */
  lengthPix: number;
  angleDeg: number;
  /** All that it left, also beyond the chip's edge. */
  chargeE: number;
}

const S_PER_MIN = 60;
const UM_PER_CM = 1e4;
/** Energy of an electron and hole in silicon, eV (Janesick 2001, 3.65). */
const EV_PER_E = 3.65;
/** Half of K Z/A times the density, for silicon, eV per um: Particle Data Group, Passage of particles through matter, table 34.1. */
const XI_EV_PER_UM = 0.1535375e6 * 0.49848 * 2.329 * 1e-4;
/** 2 m c^2 of the electron and the plasma energy of silicon, eV. */
const TWO_ELECTRON_MASSES_EV = 1.0219978e6;
const PLASMA_ENERGY_EV = 31.05;
/** Places along a track at which its charge is laid down, per pixel. */
const STEPS_PER_PIXEL = 8;
const STEPS_MIN = 16;

/**
 * The most probable charge that a fast particle leaves on a path in silicon, and the width of Landau's distribution about it,
 * electrons. Particle Data Group, equation 34.13: the limit of high energy, which muons at the ground have reached.
 */
export function chargeOnPath(pathUm: number): { mostProbableE: number; widthE: number } {
  const xiEv = XI_EV_PER_UM * pathUm;
  const energyEv = xiEv * (Math.log((TWO_ELECTRON_MASSES_EV * xiEv) / PLASMA_ENERGY_EV ** 2) + 0.2);
  return { mostProbableE: energyEv / EV_PER_E, widthE: xiEv / EV_PER_E };
}

/**
 * Draws the cosmic rays of an exposure and adds their charge to the chip. Their number is Poisson, their places even, their
 * directions those of muons: intensity as the square of the cosine of the zenith distance (Particle Data Group, Cosmic rays,
 * section 30.3.1), through a chip that looks up. The charge follows Moyal's form of Landau's distribution (Moyal 1955, Phil.
 * Mag. 46, 263), whose tail of knocked-on electrons is shorter than the real one; it is laid down evenly along the track and
 * spreads by diffusion.
 * @param charge electrons on the unbinned active area, row by row; added to
 * @param exposedS time in which particles are caught
 * @returns the rays, and the pixels that got charge, y * width + x, some of them more than once
 */
export function addCosmicRays(
  camera: Camera,
  charge: Float32Array,
  exposedS: number,
  seed: number,
  exposureId: string,
): { rays: CosmicRay[]; touched: number[] } {
  if (camera.cosmicRays === undefined) return { rays: [], touched: [] };
  const { widthPix, heightPix, pixelSizeUm } = camera;
  const { ratePerCm2PerMin, siliconThicknessUm, diffusionUm } = camera.cosmicRays;
  const areaCm2 = widthPix * heightPix * (pixelSizeUm / UM_PER_CM) ** 2;
  const stream = randomStream(seed, 'cosmicRays', exposureId);
  const count = stream.poisson((ratePerCm2PerMin * areaCm2 * exposedS) / S_PER_MIN);
  const diffusionPix = diffusionUm / pixelSizeUm;
  const rays: CosmicRay[] = [];
  const touched: number[] = [];
  for (let i = 0; i < count; i++) {
    // A lane each: the draws of one do not depend on how long the others are.
    stream.enterLane(i + 1);
    const xPix = stream.uniform() * widthPix - 0.5;
    const yPix = stream.uniform() * heightPix - 0.5;
    // Through a level surface the cosine c has the density 4 c^3: intensity c^2, and c for the surface seen at a slant.
    const cos = Math.sqrt(Math.sqrt(stream.uniformOpen()));
    const lengthPix = (siliconThicknessUm * Math.sqrt(1 - cos * cos)) / cos / pixelSizeUm;
    const angle = 2 * Math.PI * stream.uniform();
    const { mostProbableE, widthE } = chargeOnPath(siliconThicknessUm / cos);
    // -ln z^2 of a normal z has Moyal's distribution.
    const chargeE = Math.max(0, mostProbableE - widthE * Math.log(stream.normal() ** 2));
    const steps = Math.max(STEPS_MIN, Math.ceil(lengthPix * STEPS_PER_PIXEL));
    for (let step = 0; step < steps; step++) {
      const along = ((step + 0.5) / steps) * lengthPix;
      const x = Math.round(xPix + along * Math.cos(angle) + diffusionPix * stream.normal());
      const y = Math.round(yPix + along * Math.sin(angle) + diffusionPix * stream.normal());
      if (x < 0 || x >= widthPix || y < 0 || y >= heightPix) continue;
      // Whole electrons: what is left over at each step is taken to the next.
      const electrons = Math.floor((chargeE * (step + 1)) / steps) - Math.floor((chargeE * step) / steps);
      charge[y * widthPix + x] += electrons;
      touched.push(y * widthPix + x);
    }
    rays.push({ xPix, yPix, lengthPix, angleDeg: (angle * 180) / Math.PI, chargeE });
  }
  return { rays, touched };
}
