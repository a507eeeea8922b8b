import type { Match } from './match.ts';
import { medianOf } from './medians.ts';

export interface ZeroPoint {
  /** AB magnitude of one electron a second, as observed: through the air of that moment. */
  mag: number;
  /** One standard deviation of `mag`: from the errors of the stars, or from their scatter where that is larger. */
  errorMag: number;
  /** Scatter of the stars about it. */
  scatterMag: number;
  /** Stars in it, and those that were clipped. */
  stars: number;
  clipped: number;
}

/** Magnitudes per share of a flux: 2.5 / ln 10. */
const MAG_PER_SHARE = 2.5 / Math.LN10;
/** What flat fields, colours and catalogues leave of a star at best; keeps the brightest from deciding alone. */
const LEAST_ERROR_MAG = 0.01;
const SIGNAL_TO_NOISE_LEAST = 20;
const CLIP_SIGMAS = 3;
const CLIPS_MOST = 10;
const STARS_LEAST = 3;

/**
 * The zero point by stars of known magnitude: weighted mean of mag + 2.5 log10(electrons / s), with the stars clipped that are more than 3 of
 * their own errors (or of the scatter, where that is larger) from the median. Weights are 1 / (error of the flux and of the catalogue, and 0.01
 * mag). Stars below a signal to noise of 20 do not take part, nor those whose peak is above `peakMostE`. Undefined with fewer than 3 stars.
 */
export function zeroPointOf(
  matches: readonly Match[],
  exposureTimeS: number,
  peakMostE: number,
): ZeroPoint | undefined {
  if (!(exposureTimeS > 0)) return undefined;
  const stars = matches
    .filter(({ source }) => source.fluxE > SIGNAL_TO_NOISE_LEAST * source.fluxErrorE && source.peakE <= peakMostE)
    .map(({ source, reference }) => {
      const photonMag = (MAG_PER_SHARE * source.fluxErrorE) / source.fluxE;
      return {
        mag: reference.mag + 2.5 * Math.log10(source.fluxE / exposureTimeS),
        error: Math.hypot(photonMag, reference.magError ?? 0, LEAST_ERROR_MAG),
      };
    });
  let kept = stars;
  for (let clip = 0; clip < CLIPS_MOST; clip++) {
    const middle = medianOf(kept.map(({ mag }) => mag)) ?? 0;
    // In units of each star's own error; 1.4826 makes the median of the distances that of a Gaussian's sigma.
    const off = ({ mag, error }: { mag: number; error: number }) => Math.abs(mag - middle) / error;
    const scale = Math.max(1, 1.4826 * (medianOf(kept.map(off)) ?? 0));
    const next = kept.filter((star) => off(star) <= CLIP_SIGMAS * scale);
    if (next.length === kept.length) break;
    kept = next;
  }
  if (kept.length < STARS_LEAST) return undefined;
  const weights = kept.reduce((sum, { error }) => sum + error ** -2, 0);
  const mag = kept.reduce((sum, star) => sum + star.mag * star.error ** -2, 0) / weights;
  const chi2 = kept.reduce((sum, star) => sum + ((star.mag - mag) / star.error) ** 2, 0) / (kept.length - 1);
  return {
    mag,
    errorMag: Math.sqrt(Math.max(1, chi2) / weights),
    scatterMag: Math.sqrt(kept.reduce((sum, star) => sum + (star.mag - mag) ** 2, 0) / (kept.length - 1)),
    stars: kept.length,
    clipped: stars.length - kept.length,
  };
}
