/**
 * Delivered image width, by Rubin's model (LSST document-20160, and SMTN-002): the atmosphere's width falls with wavelength
 * as lambda^-0.3 and grows with airmass as X^0.6, as does the telescope's, and both add in squares. Rubin's own system width
 * of 0.3986 arcsec is replaced by that of the telescope at hand.
 * @param seeingZenith500Arcsec FWHM of the atmosphere at the zenith at 500 nm
 * @param systemFwhmArcsec FWHM of the telescope alone at the zenith
 * @returns width of the Gaussian that covers as many pixels of noise, arcsec: what limits depth
 */
export function effectiveFwhmArcsec(from: {
  seeingZenith500Arcsec: number;
  systemFwhmArcsec: number;
  airmass: number;
  wavelengthNm: number;
}): number {
  const byAirmass = from.airmass ** 0.6;
  const system = from.systemFwhmArcsec * byAirmass;
  const atmosphere = from.seeingZenith500Arcsec * (500 / from.wavelengthNm) ** 0.3 * byAirmass;
  return 1.16 * Math.sqrt(system ** 2 + 1.04 * atmosphere ** 2);
}
