import { describe, expect, it } from 'vitest';
import { effectiveFwhmArcsec } from '../../../core/twin/seeing.ts';

describe('delivered image quality', () => {
  it.each([
    // FWHM_eff at zenith, SMTN-002. One seeing, 0.62 arcsec, must fit all six bands.
    ['u', 372.4, 0.92],
    ['g', 480.7, 0.87],
    ['r', 622.1, 0.83],
    ['i', 755.9, 0.8],
    ['z', 868.0, 0.78],
    ['y', 975.3, 0.76],
  ])('of Rubin in %s is what SMTN-002 has', (_band, wavelengthNm, publishedArcsec) => {
    const widthArcsec = effectiveFwhmArcsec({
      seeingZenith500Arcsec: 0.62,
      systemFwhmArcsec: 0.3986,
      airmass: 1,
      wavelengthNm,
    });
    expect(Math.abs(widthArcsec - publishedArcsec)).toBeLessThan(0.006);
  });

  it('follows the formula by hand', () => {
    // X = 2, 1000 nm: X^0.6 = 1.515717, atmosphere 1 * 0.5^0.3 * 1.515717 = 1.231144, system 2 * 1.515717 = 3.031433;
    // 1.16 sqrt(9.189587 + 1.04 * 1.515716) = 3.806132.
    const at = { seeingZenith500Arcsec: 1, systemFwhmArcsec: 2, airmass: 2, wavelengthNm: 1000 };
    expect(effectiveFwhmArcsec(at)).toBeCloseTo(3.806132, 5);
  });
});
