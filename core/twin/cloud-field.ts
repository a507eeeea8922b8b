import { type RandomStream, randomStream } from '../random.ts';
import type { Observatory } from '../records/observatory.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import { dayObsBounds } from '../time.ts';
import { DEG_TO_RAD, MS_PER_S } from '../units.ts';
import type { Projection } from './projection.ts';

/** Extinction by cloud at a pixel, magnitudes, in the mean over the exposure. */
export type CloudField = (x: number, y: number) => number;

/** Waves that make up the cloud; their lengths are spread evenly in the logarithm, over this many octaves below the outer scale. */
const MODES = 320;
const OCTAVES = 10;
/** Nodes along each side of the field; straight between them. */
const NODES = 33;

/**
 * Grey cloud over the field: mean extinction times exp(s F - s^2 Var(F) / 2), with s the contrast and F a Gaussian random field of
 * variance 1 on a layer at the cloud's height, so that cloud is never negative and its mean is what the weather says. F is a sum
 * of plane waves whose variance falls with length as length^(2/3) below the outer scale (Kolmogorov's law: the structure function
 * of a scalar carried by turbulence, Tatarskii 1961). The layer drifts without changing, at the speed of the wind up there and in a
 * direction of the night, and F is averaged in closed form along the drift of the exposure. Waves and direction belong to the night
 * (`dayObs`): its frames lie under one and the same cloud.
 *
 * Absent `site.cloudStructure`, with contrast 0 or with no cloud, the extinction is the same everywhere; with the effect `cloud`
 * off there is none.
 * @param meanMag extinction by cloud that the weather says
 */
export function cloudOver(from: {
  observatory: Observatory;
  projection: Projection;
  instant: SkyInstant;
  meanMag: number;
  exposureTimeS: number;
  seed: number;
  dayObs: number;
}): CloudField {
  const { observatory, projection, instant, exposureTimeS, seed, dayObs } = from;
  const { site, camera, without } = observatory;
  const meanMag = without.includes('cloud') ? 0 : from.meanMag;
  const structure = site.cloudStructure;
  if (structure === undefined || meanMag === 0) return () => meanMag;

  const stream = randomStream(seed, 'cloudStructure', String(dayObs));
  const modes = modesOf(structure.outerScaleM, stream);
  const towards = 2 * Math.PI * stream.uniform();
  const velocity = [structure.driftMPerS * Math.sin(towards), structure.driftMPerS * Math.cos(towards)];
  const timeS = (instant.utcMs - dayObsBounds(dayObs, site.longitudeDeg).startMs) / MS_PER_S;
  let variance = 0;
  const drifted = modes.map((mode) => {
    const perS = mode.east * velocity[0] + mode.north * velocity[1];
    const half = (perS * exposureTimeS) / 2;
    const amplitude = mode.amplitude * (Math.abs(half) < 1e-6 ? 1 : Math.sin(half) / half);
    variance += (amplitude * amplitude) / 2;
    return { ...mode, amplitude, phase: mode.phase - perS * timeS };
  });
  const at = (x: number, y: number): number => {
    const { raDeg, decDeg } = projection.skyOf(x, y);
    const { altitudeUnrefractedDeg, azimuthDeg } = instant.horizontal(raDeg, decDeg);
    // A flat layer, which at the horizon would lie infinitely far.
    const alongM = structure.heightM / Math.tan(Math.max(5, altitudeUnrefractedDeg) * DEG_TO_RAD);
    const eastM = alongM * Math.sin(azimuthDeg * DEG_TO_RAD);
    const northM = alongM * Math.cos(azimuthDeg * DEG_TO_RAD);
    let field = 0;
    for (const { east, north, amplitude, phase } of drifted) {
      field += amplitude * Math.cos(east * eastM + north * northM + phase);
    }
    return meanMag * Math.exp(structure.contrast * field - (structure.contrast ** 2 * variance) / 2);
  };
  const { widthPix, heightPix } = camera;
  const nodes = new Float64Array(NODES * NODES);
  for (let i = 0; i < nodes.length; i++) {
    const [column, row] = [i % NODES, Math.floor(i / NODES)];
    nodes[i] = at((column / (NODES - 1)) * (widthPix - 1), (row / (NODES - 1)) * (heightPix - 1));
  }
  return (x, y) => {
    // Outside of the frame, where only what shines into it stands, the cloud of the edge.
    const u = Math.min(NODES - 1, Math.max(0, (x / (widthPix - 1)) * (NODES - 1)));
    const v = Math.min(NODES - 1, Math.max(0, (y / (heightPix - 1)) * (NODES - 1)));
    const column = Math.min(NODES - 2, Math.floor(u));
    const row = Math.min(NODES - 2, Math.floor(v));
    const [right, up] = [u - column, v - row];
    const i = row * NODES + column;
    const below = nodes[i] + right * (nodes[i + 1] - nodes[i]);
    const above = nodes[i + NODES] + right * (nodes[i + NODES + 1] - nodes[i + NODES]);
    return below + up * (above - below);
  };
}

interface Mode {
  /** Wave vector, radians a metre. */
  east: number;
  north: number;
  amplitude: number;
  phase: number;
}

function modesOf(outerScaleM: number, stream: RandomStream): Mode[] {
  const modes = Array.from({ length: MODES }, (_, i) => {
    const octave = (OCTAVES * (i + stream.uniform())) / MODES;
    const turn = 2 * Math.PI * stream.uniform();
    const wave = (2 * Math.PI * 2 ** octave) / outerScaleM;
    const phase = 2 * Math.PI * stream.uniform();
    // Evenly spread octaves hold variance in proportion to length^(2/3).
    return { east: wave * Math.sin(turn), north: wave * Math.cos(turn), amplitude: 2 ** (-octave / 3), phase };
  });
  const power = modes.reduce((sum, { amplitude }) => sum + (amplitude * amplitude) / 2, 0);
  return modes.map((mode) => ({ ...mode, amplitude: mode.amplitude / Math.sqrt(power) }));
}
