import { NocturneError } from '../errors.ts';
import { randomStream } from '../random.ts';
import type { Observatory } from '../records/observatory.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { leastSquares } from './least-squares.ts';

/** One frame of a focus sequence, measured. */
export interface FocusMeasurement {
  positionUm: number;
  fwhmArcsec: number;
}

/** What a focus sequence has found. */
export interface BestFocus {
  positionUm: number;
  standardErrorUm: number;
  /** Width there. */
  fwhmArcsec: number;
}

/** The widths of a focus sequence have no least one among them. */
export class FocusNotFound extends NocturneError {
  constructor(message: string) {
    super('FocusNotFound', message);
  }
}

const UM_PER_M = 1e6;
const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.log(2));
/** A parabola has three coefficients, and its errors want one measurement more. */
const FEWEST_FRAMES = 4;

/**
 * Where the focuser has to stand, um: the best focus goes with the temperature of the tube (that of the air), sinks with the tube
 * away from the zenith, and has an offset for each filter. Undefined without the section, or without the effect `focusError`.
 */
export function bestFocusUm(at: {
  observatory: Observatory;
  filter: string;
  temperatureC: number;
  altitudeDeg: number;
}): number | undefined {
  const focus = focusOf(at.observatory);
  if (!focus) return undefined;
  return (
    focus.bestUmPerC * (at.temperatureC - focus.referenceTemperatureC) +
    focus.bestUmZenithToHorizon * (1 - Math.sin(at.altitudeDeg * DEG_TO_RAD)) +
    (focus.filterOffsetsUm[at.filter] ?? 0)
  );
}

/**
 * Where the controller puts the focuser, um: by its own coefficient of temperature and the filter's offset, with an error drawn
 * for the key (a visit and the number of its frame). It knows nothing of the altitude. Undefined as bestFocusUm.
 */
export function setFocusUm(to: {
  observatory: Observatory;
  filter: string;
  temperatureC: number;
  seed: number;
  key: string;
}): number | undefined {
  const focus = focusOf(to.observatory);
  if (!focus) return undefined;
  return (
    focus.setUmPerC * (to.temperatureC - focus.referenceTemperatureC) +
    (focus.filterOffsetsUm[to.filter] ?? 0) +
    focus.setErrorUm * randomStream(to.seed, 'focusError', to.key).normal()
  );
}

/**
 * Width that a focuser at `positionUm` adds to a star's, FWHM in arcsec, in squares. Out of focus by d, a cone of focal ratio N
 * is a ring of outer diameter D = d / N, dark within the share e of the obstruction; its variance on each axis is
 * D^2 (1 + e^2) / 16, and the width that of the Gaussian with this variance. 0 without the section or the effect, and before the
 * focus was ever set (`positionUm` undefined).
 */
export function focusBlurArcsec(at: {
  observatory: Observatory;
  filter: string;
  positionUm: number | undefined;
  temperatureC: number;
  altitudeDeg: number;
}): number {
  const bestUm = bestFocusUm(at);
  if (bestUm === undefined || at.positionUm === undefined) return 0;
  const { apertureM, obstructionM, focalLengthM } = at.observatory.telescope;
  const ringUm = Math.abs(at.positionUm - bestUm) * (apertureM / focalLengthM);
  const ringArcsec = (ringUm / (focalLengthM * UM_PER_M)) * RAD_TO_DEG * ARCSEC_PER_DEG;
  return FWHM_PER_SIGMA * (ringArcsec / 4) * Math.hypot(1, obstructionM / apertureM);
}

/** Positions of a focus sequence, um, in growing order about a centre. `count` is a whole number above 0. */
export function focusSequence(plan: { centreUm: number; stepUm: number; count: number }): number[] {
  const { centreUm, stepUm, count } = plan;
  return Array.from({ length: count }, (_, i) => centreUm + stepUm * (i - (count - 1) / 2));
}

/**
 * The best focus from the widths of a sequence, in any order. Width squared is a parabola of the position, for the blur grows
 * straight with the defocus and adds in squares: width is a hyperbola. Fitted by least squares with equal weights.
 * Throws FocusNotFound when there are less than 4 frames or 3 positions, or no lowest point between them.
 */
export function bestFocus(measurements: readonly FocusMeasurement[]): BestFocus {
  const positions = measurements.map(({ positionUm }) => positionUm);
  const [low, high] = [Math.min(...positions), Math.max(...positions)];
  const different = new Set(positions).size;
  if (measurements.length < FEWEST_FRAMES || different < 3) {
    throw new FocusNotFound(
      `${measurements.length} frames at ${different} positions; a focus sequence needs at least ${FEWEST_FRAMES} at 3 or more`,
    );
  }
  // Scaled to -1 to 1: a parabola in um would be near to singular.
  const middle = (low + high) / 2;
  const half = (high - low) / 2;
  const rows = positions.map((position) => {
    const x = (position - middle) / half;
    return [1, x, x * x];
  });
  const fit = leastSquares(
    rows,
    measurements.map(({ fwhmArcsec }) => fwhmArcsec ** 2),
  );
  const [at0, slope, bend] = fit?.values ?? [0, 0, 0];
  const x = -slope / (2 * bend);
  if (!fit || !(bend > 0) || Math.abs(x) > 1) {
    const where = bend > 0 ? `; it would lie near ${(middle + half * x).toFixed(0)} um` : '';
    throw new FocusNotFound(
      `no smallest width between ${low} and ${high} um${where}; take a sequence that is wider, or about another centre`,
    );
  }
  const [towards1, towards2] = [-1 / (2 * bend), slope / (2 * bend * bend)];
  const variance =
    towards1 ** 2 * fit.covariance[1][1] +
    2 * towards1 * towards2 * fit.covariance[1][2] +
    towards2 ** 2 * fit.covariance[2][2];
  return {
    positionUm: middle + half * x,
    standardErrorUm: half * Math.sqrt(variance),
    fwhmArcsec: Math.sqrt(Math.max(0, at0 - (slope * slope) / (4 * bend))),
  };
}

function focusOf({ telescope, without }: Observatory): Observatory['telescope']['focus'] {
  return without.includes('focusError') ? undefined : telescope.focus;
}
