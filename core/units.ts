/** Conversions used all over the observatory. Angles are in degrees everywhere; radians exist only inside formulas. */

export const DEG_TO_RAD = Math.PI / 180;
export const RAD_TO_DEG = 180 / Math.PI;
export const ARCSEC_PER_DEG = 3600;
export const ARCSEC_PER_RAD = 3600 * RAD_TO_DEG;
export const MS_PER_S = 1000;
export const S_PER_HOUR = 3600;
export const MS_PER_DAY = 86_400_000;

/** Ratio between the full width at half maximum of a Gaussian and its standard deviation: 2 sqrt(2 ln 2). */
export const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.LN2);
