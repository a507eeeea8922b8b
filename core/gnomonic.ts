/**
 * The gnomonic (TAN) projection: the sky seen through the centre of the sphere onto the plane that touches it at one place,
 * which is what a camera without distortion does; one with it is described by polynomials in pixels before it. Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3, with the rotation of
 * section 2.4 for a native pole at the tangent point (LONPOLE 180), written out in sums of small terms.
 */

import { distorted, type Sip, undistorted } from './sip.ts';

const DEG_TO_RAD = Math.PI / 180;
const RAD_TO_DEG = 180 / Math.PI;

/** Place on the tangent plane: xi to the east, eta to the north, in degrees (radians on the plane times 180/pi). */
export interface TangentPlaneOffset {
  xiDeg: number;
  etaDeg: number;
}

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

/** World coordinates of an image with or without distortion: with `sip` they are RA---TAN-SIP, DEC--TAN-SIP. */
export type Wcs = TanWcs & { sip?: Sip };

/**
 * Where a place on the sky falls on the plane that touches it at (ra0Deg, dec0Deg). Angles in degrees, any right ascension,
 * declinations in [-90, 90]. Undefined when the place is 90 degrees or more away: the plane does not reach it.
 */
export function tangentPlaneOffset(
  raDeg: number,
  decDeg: number,
  ra0Deg: number,
  dec0Deg: number,
): TangentPlaneOffset | undefined {
  const deltaRa = (raDeg - ra0Deg) * DEG_TO_RAD;
  const sinDec = Math.sin(decDeg * DEG_TO_RAD);
  const cosDec = Math.cos(decDeg * DEG_TO_RAD);
  const sinDec0 = Math.sin(dec0Deg * DEG_TO_RAD);
  const cosDec0 = Math.cos(dec0Deg * DEG_TO_RAD);
  const sinHalf = Math.sin(deltaRa / 2);
  const cosDistance = sinDec0 * sinDec + cosDec0 * cosDec * Math.cos(deltaRa);
  if (!(cosDistance > HORIZON)) return undefined;
  // sin(dec - dec0) + ... is cosDec0 sinDec - sinDec0 cosDec cos(deltaRa) without the difference of two nearly equal numbers.
  const north = Math.sin((decDeg - dec0Deg) * DEG_TO_RAD) + 2 * sinDec0 * cosDec * sinHalf * sinHalf;
  const east = cosDec * Math.sin(deltaRa);
  return { xiDeg: (east / cosDistance) * RAD_TO_DEG, etaDeg: (north / cosDistance) * RAD_TO_DEG };
}

/** Rounding leaves a place exactly 90 degrees away with a cosine of about 1e-16 of either sign. */
const HORIZON = 1e-15;

/**
 * The place on the sky of an offset on the tangent plane: the inverse of `tangentPlaneOffset`. Right ascension in [0, 360),
 * declination in [-90, 90], degrees; every offset has a place.
 */
export function skyFromTangentPlane(
  xiDeg: number,
  etaDeg: number,
  ra0Deg: number,
  dec0Deg: number,
): { raDeg: number; decDeg: number } {
  const xi = xiDeg * DEG_TO_RAD;
  const eta = etaDeg * DEG_TO_RAD;
  const sinDec0 = Math.sin(dec0Deg * DEG_TO_RAD);
  const cosDec0 = Math.cos(dec0Deg * DEG_TO_RAD);
  const towardsEquator = cosDec0 - eta * sinDec0;
  const raDeg = ra0Deg + Math.atan2(xi, towardsEquator) * RAD_TO_DEG;
  const decDeg = Math.atan2(sinDec0 + eta * cosDec0, Math.hypot(xi, towardsEquator)) * RAD_TO_DEG;
  const wrapped = raDeg - 360 * Math.floor(raDeg / 360);
  // A tiny negative angle plus 360 rounds to 360 itself, which is outside the range.
  return { raDeg: wrapped >= 360 ? 0 : wrapped, decDeg };
}

/**
 * Pixel (from 1) at which a place on the sky (degrees) falls; undefined 90 degrees or more from the tangent point, and where a
 * distortion cannot be turned around.
 */
export function skyToPixel(wcs: Wcs, raDeg: number, decDeg: number): { x: number; y: number } | undefined {
  const offset = tangentPlaneOffset(raDeg, decDeg, wcs.crval1Deg, wcs.crval2Deg);
  if (!offset) return undefined;
  const { xiDeg, etaDeg } = offset;
  const perPixel = determinant(wcs);
  const u = (wcs.cd22 * xiDeg - wcs.cd12 * etaDeg) / perPixel;
  const v = (wcs.cd11 * etaDeg - wcs.cd21 * xiDeg) / perPixel;
  const place = wcs.sip ? distorted(wcs.sip, u, v) : { u, v };
  return place && { x: wcs.crpix1 + place.u, y: wcs.crpix2 + place.v };
}

/** Place on the sky of a pixel (from 1, with fractions): right ascension [0, 360), declination [-90, 90], degrees. */
export function pixelToSky(wcs: Wcs, x: number, y: number): { raDeg: number; decDeg: number } {
  const seen = { u: x - wcs.crpix1, v: y - wcs.crpix2 };
  const { u, v } = wcs.sip ? undistorted(wcs.sip, seen.u, seen.v) : seen;
  return skyFromTangentPlane(wcs.cd11 * u + wcs.cd12 * v, wcs.cd21 * u + wcs.cd22 * v, wcs.crval1Deg, wcs.crval2Deg);
}

/** Of the CD matrix; 0 when it cannot be inverted. */
export function determinant({ cd11, cd12, cd21, cd22 }: TanWcs): number {
  return cd11 * cd22 - cd12 * cd21;
}
