import { determinant, type TanWcs } from '../gnomonic.ts';
import { integerCard, realCard, textCards } from './cards.ts';
import { InvalidWcs } from './errors.ts';
import { cardComment, WCS_CARDS } from './header-table.ts';

/**
 * Celestial pole in native coordinates. It is the default of the standard for all declinations below 90, but 0 is the default
 * at the pole itself; written always, the formulas are the same everywhere.
 */
const LONPOLE_DEG = 180;

/** Cards of the world coordinate system. Throws InvalidWcs. */
export function wcsCards(wcs: TanWcs): string[] {
  const faults = wcsFaults(wcs);
  if (faults.length > 0) throw new InvalidWcs(faults);
  const real = (keyword: keyof typeof WCS_CARDS, value: number) => realCard(keyword, value, commentOf(keyword));
  const text = (keyword: keyof typeof WCS_CARDS, value: string) => textCards(keyword, value, commentOf(keyword));
  return [
    integerCard('WCSAXES', 2, commentOf('WCSAXES')),
    ...text('CTYPE1', 'RA---TAN'),
    ...text('CTYPE2', 'DEC--TAN'),
    ...text('CUNIT1', 'deg'),
    ...text('CUNIT2', 'deg'),
    real('CRVAL1', wcs.crval1Deg),
    real('CRVAL2', wcs.crval2Deg),
    real('CRPIX1', wcs.crpix1),
    real('CRPIX2', wcs.crpix2),
    real('CD1_1', wcs.cd11),
    real('CD1_2', wcs.cd12),
    real('CD2_1', wcs.cd21),
    real('CD2_2', wcs.cd22),
    real('LONPOLE', LONPOLE_DEG),
  ];
}

/** Every fault of a world coordinate system, one text each; none when it is right. */
export function wcsFaults(wcs: TanWcs): string[] {
  const names = ['crval1Deg', 'crval2Deg', 'crpix1', 'crpix2', 'cd11', 'cd12', 'cd21', 'cd22'] as const;
  const faults = names
    .filter((name) => !Number.isFinite(wcs[name]))
    .map((name) => `wcs.${name}: got ${String(wcs[name])}; must be a finite number`);
  if (wcs.crval1Deg < 0 || wcs.crval1Deg >= 360)
    faults.push(`wcs.crval1Deg: got ${wcs.crval1Deg}; must be in [0, 360)`);
  if (Math.abs(wcs.crval2Deg) > 90) faults.push(`wcs.crval2Deg: got ${wcs.crval2Deg}; must be in [-90, 90]`);
  if (determinant(wcs) === 0) faults.push('wcs.cd: got a matrix with determinant 0; must be one that can be inverted');
  return faults;
}

function commentOf(keyword: keyof typeof WCS_CARDS): string {
  return cardComment(WCS_CARDS[keyword]);
}
