/** Conversions used all over the observatory. Angles are in degrees everywhere; radians exist only inside formulas. */

export const DEG_TO_RAD = Math.PI / 180;
export const RAD_TO_DEG = 180 / Math.PI;
export const ARCSEC_PER_DEG = 3600;
export const MS_PER_S = 1000;
export const S_PER_HOUR = 3600;
export const MS_PER_DAY = 86_400_000;
