import { skyFromTangentPlane, tangentPlaneOffset } from '../gnomonic.ts';
import { integerCard, realCard, textCards } from './cards.ts';
import { InvalidWcs } from './errors.ts';
import { cardComment, WCS_CARDS } from './header-table.ts';

/**
 * World coordinates of an image without distortion: ICRS, gnomonic (RA---TAN, DEC--TAN), as Greisen & Calabretta 2002 (A&A 395,
 * 1061) and Calabretta & Greisen 2002 (A&A 395, 1077) define them. Pixels are those of FITS: the centre of the first is (1, 1).
 */
export interface TanWcs {
  /** Place on the sky of the tangent point: right ascension [0, 360), declination [-90, 90], degrees. */
  crval1Deg: number;
  crval2Deg: number;
  /** Pixel of the tangent point: column and row, from 1, with fractions; it may lie outside of the image. */
  crpix1: number;
  crpix2: number;
  /** Degrees on the tangent plane per pixel: first index 1 east, 2 north; second index 1 column, 2 row. */
  cd11: number;
  cd12: number;
  cd21: number;
  cd22: number;
}

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

/** Pixel (from 1) at which a place on the sky (degrees) falls; undefined 90 degrees or more from the tangent point. */
export function skyToPixel(wcs: TanWcs, raDeg: number, decDeg: number): { x: number; y: number } | undefined {
  const offset = tangentPlaneOffset(raDeg, decDeg, wcs.crval1Deg, wcs.crval2Deg);
  if (!offset) return undefined;
  const { xiDeg, etaDeg } = offset;
  const perPixel = determinant(wcs);
  return {
    x: wcs.crpix1 + (wcs.cd22 * xiDeg - wcs.cd12 * etaDeg) / perPixel,
    y: wcs.crpix2 + (wcs.cd11 * etaDeg - wcs.cd21 * xiDeg) / perPixel,
  };
}

/** Place on the sky of a pixel (from 1, with fractions): right ascension [0, 360), declination [-90, 90], degrees. */
export function pixelToSky(wcs: TanWcs, x: number, y: number): { raDeg: number; decDeg: number } {
  const dx = x - wcs.crpix1;
  const dy = y - wcs.crpix2;
  return skyFromTangentPlane(
    wcs.cd11 * dx + wcs.cd12 * dy,
    wcs.cd21 * dx + wcs.cd22 * dy,
    wcs.crval1Deg,
    wcs.crval2Deg,
  );
}

function determinant({ cd11, cd12, cd21, cd22 }: TanWcs): number {
  return cd11 * cd22 - cd12 * cd21;
}

function commentOf(keyword: keyof typeof WCS_CARDS): string {
  return cardComment(WCS_CARDS[keyword]);
}
