/**
 * Magnitude that is observed through the air: m + k X + cloud.
 * @param extinctionMagPerAirmass k of the band
 * @param airmass X, from 1
 * @param cloudMag what cloud takes on top, 0 when clear
 */
export function extinguishedMag(
  mag: number,
  extinctionMagPerAirmass: number,
  airmass: number,
  cloudMag: number,
): number {
  return mag + extinctionMagPerAirmass * airmass + cloudMag;
}

/** Share of the light that air and cloud let through, 0 to 1: 10^(-0.4 (k X + cloud)). */
export function transmission(extinctionMagPerAirmass: number, airmass: number, cloudMag: number): number {
  return 10 ** (-0.4 * extinguishedMag(0, extinctionMagPerAirmass, airmass, cloudMag));
}
