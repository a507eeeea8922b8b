import type { Wcs } from '../gnomonic.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import type { SkyInstant } from '../sky/coordinates.ts';
import type { Vector3 } from '../sky/earth.ts';
import { refractionBy } from '../sky/refraction.ts';
import { ARCSEC_PER_DEG, DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';
import { fitWcs } from '../wcs-fit.ts';
import type { Place } from './mount.ts';
import { fitPolynomial2 } from './polynomial.ts';

/** Where the sky falls on the chip of one exposure. Pixels count from 0 at the centre of the first; row 0 is at the bottom. */
export interface Projection {
  /** ICRS place whose light falls on the chip's centre, degrees. */
  centre: Place;
  /** Degrees on the tangent plane per pixel on the axis. */
  scaleDegPerPix: number;
  /**
   * Pixel of an ICRS place, degrees; undefined where it is 90 degrees or more away or below the horizon. Over the field within
   * 0.001 pixel of the exact path of light.
   */
  pixelOf(raDeg: number, decDeg: number): { x: number; y: number } | undefined;
  /** The ICRS place, degrees, of a pixel in or near the field: the inverse of `pixelOf`. */
  skyOf(x: number, y: number): Place;
  /** Airmass (Kasten & Young) at a pixel; beyond 1.5 times the field that of the nearest place inside. */
  airmassAt(x: number, y: number): number;
  /** The path of light, worked out in full for one place: what `pixelOf` stands for. */
  exactPixelOf(raDeg: number, decDeg: number): { x: number; y: number } | undefined;
  /** World coordinates fitted to the path: TAN, or TAN-SIP where the optics distort. Pixels of FITS, from 1. */
  wcs: Wcs;
  /** Largest distance between `wcs` and `pixelOf` over the field, pixels. */
  wcsMaxPix: number;
}

/** Wavelength that the mount points by, nm; see core/sky/refraction.ts. */
const POINTING_WAVELENGTH_NM = 550;
/** The polynomials hold for this many half diagonals of the chip; farther out the whole path is worked out. */
const FITTED_RADII = 1.5;
const DEGREE = 5;
const FIT_NODES = 12;
const WCS_NODES = 9;

/**
 * The path of light of one exposure: ICRS place, apparent place (precession, nutation, aberration), refraction in the filter's
 * wavelength, plane that touches the sphere where the telescope points, rotation, distortion, pixel.
 *
 * What falls on the chip's centre: the light of `pointing` at the wavelength that the mount points by, so that a blue or red
 * filter sees its field shifted (by 2 % of the refraction between 400 and 900 nm). Inside one band light is taken as of one colour.
 * Distortion: r' = r (1 + k r^2) with r in degrees on the plane and k = `telescope.distortion.radialPerDeg2`.
 * Proper motion: the catalogue has none (positions of 2025.0), so there is none here.
 *
 * The effects `differentialRefraction` and `distortion` can be switched off. Throws nothing; the pointing stands above the
 * horizon, as the caller has made sure.
 * @param rotationDeg error of the camera's angle, added to `camera.positionAngleDeg`: the angle, from north through east, of
 * the chip's upward direction at the centre
 */
export function projectionOf(from: {
  observatory: Observatory;
  pointing: Place;
  instant: SkyInstant;
  filter: { effectiveWavelengthNm: number };
  rotationDeg?: number | undefined;
}): Projection {
  const { observatory, pointing, instant, filter, rotationDeg = 0 } = from;
  const { widthPix, heightPix, positionAngleDeg } = observatory.camera;
  const scaleDegPerPix = plateScaleArcsecPerPix(observatory) / ARCSEC_PER_DEG;
  const centreX = (widthPix - 1) / 2;
  const centreY = (heightPix - 1) / 2;
  const plane = seenPlane(instant, pointing, {
    wavelengthNm: filter.effectiveWavelengthNm,
    refracted: !observatory.without.includes('differentialRefraction'),
  });
  const angle = (positionAngleDeg + rotationDeg) * DEG_TO_RAD;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const k = observatory.without.includes('distortion') ? 0 : (observatory.telescope.distortion?.radialPerDeg2 ?? 0);
  // With k below 0 the law would fold back there; no field of a telescope comes near.
  const foldDeg2 = k < 0 ? -1 / (3 * k) : Number.POSITIVE_INFINITY;

  const pathOf = (direction: Vector3) => {
    const seen = plane(direction);
    if (seen === undefined) return undefined;
    const { xiDeg, etaDeg, airmass } = seen;
    const stretch = (1 + k * Math.min(foldDeg2, xiDeg * xiDeg + etaDeg * etaDeg)) / scaleDegPerPix;
    return {
      x: centreX + stretch * (sin * etaDeg - cos * xiDeg),
      y: centreY + stretch * (sin * xiDeg + cos * etaDeg),
      airmass,
    };
  };
  const exactPixelOf = (raDeg: number, decDeg: number) => {
    const path = pathOf(directionOf(raDeg, decDeg));
    return path && { x: path.x, y: path.y };
  };

  // The catalogue's own tangent plane about the pointing is cheap; from there to the pixel leads a smooth, nearly linear map.
  const { away, east, north } = axesAt(pointing);
  const reach = FITTED_RADII * Math.hypot(centreX + 1, centreY + 1) * scaleDegPerPix * DEG_TO_RAD;
  const samples = nodesWithin(reach).flatMap(([xi, eta]) => {
    const path = pathOf(along(away, xi, east, eta, north));
    return path ? [{ xi, eta, ...path }] : [];
  });
  const [sampleXi, sampleEta] = [samples.map((each) => each.xi / reach), samples.map((each) => each.eta / reach)];
  const polynomialOf = (values: number[]) => fitPolynomial2(sampleXi, sampleEta, values, DEGREE);
  const xFit = polynomialOf(samples.map((each) => each.x));
  const yFit = polynomialOf(samples.map((each) => each.y));
  const fitPix = reach / (scaleDegPerPix * DEG_TO_RAD);
  const airFit = fitPolynomial2(
    samples.map(({ x }) => (x - centreX) / fitPix),
    samples.map(({ y }) => (y - centreY) / fitPix),
    samples.map(({ airmass }) => airmass),
    DEGREE,
  );

  const pixelOf = (raDeg: number, decDeg: number) => {
    const cosDec = Math.cos(decDeg * DEG_TO_RAD);
    const ra = raDeg * DEG_TO_RAD;
    const ux = cosDec * Math.cos(ra);
    const uy = cosDec * Math.sin(ra);
    const uz = Math.sin(decDeg * DEG_TO_RAD);
    const depth = (away[0] * ux + away[1] * uy + away[2] * uz) * reach;
    const xi = (east[0] * ux + east[1] * uy) / depth;
    const eta = (north[0] * ux + north[1] * uy + north[2] * uz) / depth;
    if (depth > 0 && xi * xi + eta * eta <= 1) return { x: xFit(xi, eta), y: yFit(xi, eta) };
    return exactPixelOf(raDeg, decDeg);
  };
  /** Newton's method on the catalogue's tangent plane, from the undistorted place. */
  const planeOf = (x: number, y: number): [number, number] => {
    const perReach = scaleDegPerPix * (DEG_TO_RAD / reach);
    const step = (dx: number, dy: number) => [(sin * dy - cos * dx) * perReach, (sin * dx + cos * dy) * perReach];
    let [xi, eta] = step(x - centreX, y - centreY);
    for (let i = 0; i < 6; i++) {
      const [byX, byY] = step(x - xFit(xi, eta), y - yFit(xi, eta));
      xi += byX;
      eta += byY;
    }
    return [xi, eta];
  };
  const skyOf = (x: number, y: number): Place => {
    const [xi, eta] = planeOf(x, y);
    return placeOfDirection(along(away, xi * reach, east, eta * reach, north));
  };
  const airmassAt = (x: number, y: number) => {
    const u = (x - centreX) / fitPix;
    const v = (y - centreY) / fitPix;
    // Farther out, where only halos and the largest galaxies come from, the value of the edge will do.
    const inward = 1 / Math.max(1, Math.hypot(u, v));
    return airFit(u * inward, v * inward);
  };

  const pairs = gridOf(widthPix, heightPix).map(({ x, y }) => ({ x: x + 1, y: y + 1, ...skyOf(x, y) }));
  const fitted = fitWcs(pairs, { crpix1: centreX + 1, crpix2: centreY + 1, ...(k === 0 ? {} : { sipOrder: 3 }) });
  return {
    centre: pointing,
    scaleDegPerPix,
    pixelOf,
    skyOf,
    airmassAt,
    exactPixelOf,
    wcs: fitted.wcs,
    wcsMaxPix: Math.max(...fitted.residuals.map(({ dxPix, dyPix }) => Math.hypot(dxPix, dyPix))),
  };
}

type SeenPlane = (direction: Vector3) => { xiDeg: number; etaDeg: number; airmass: number } | undefined;

/**
 * The plane that touches the sphere, as it is seen through the air, at the place where the telescope points; its north is where
 * ICRS north lies at that place.
 */
function seenPlane(
  instant: SkyInstant,
  pointing: Place,
  { wavelengthNm, refracted }: { wavelengthNm: number; refracted: boolean },
): SeenPlane {
  const inBand = refractionBy(instant.air, wavelengthNm / 1000);
  const byMount = refractionBy(instant.air, POINTING_WAVELENGTH_NM / 1000);
  const seenFrom = (direction: Vector3, refraction: (altitudeDeg: number) => number) => {
    const at = instant.horizontalOf(direction);
    const altitudeDeg = at.altitudeUnrefractedDeg + (refracted ? refraction(at.altitudeUnrefractedDeg) : 0);
    return { vector: horizontalVector(altitudeDeg, at.azimuthDeg), airmass: at.airmass };
  };
  const { away, north } = axesAt(pointing);
  const centre = seenFrom(away, byMount).vector;
  const step = 1e-4;
  const up = seenFrom(along(away, 0, away, step, north), byMount).vector;
  const down = seenFrom(along(away, 0, away, -step, north), byMount).vector;
  // The component of the step across the line of sight.
  const rise: Vector3 = [up[0] - down[0], up[1] - down[1], up[2] - down[2]];
  const onSight = dot(rise, centre);
  const flat: Vector3 = [rise[0] - onSight * centre[0], rise[1] - onSight * centre[1], rise[2] - onSight * centre[2]];
  const length = Math.hypot(...flat);
  const north1: Vector3 = [flat[0] / length, flat[1] / length, flat[2] / length];
  // In axes of east, north and up, and in ICRS alike, north cross line of sight is east.
  const east1 = cross(north1, centre);
  return (direction) => {
    const { vector, airmass } = seenFrom(direction, inBand);
    const depth = dot(vector, centre);
    if (!(depth > 1e-6 && Number.isFinite(airmass))) return undefined;
    return {
      xiDeg: (dot(vector, east1) / depth) * RAD_TO_DEG,
      etaDeg: (dot(vector, north1) / depth) * RAD_TO_DEG,
      airmass,
    };
  };
}

function horizontalVector(altitudeDeg: number, azimuthDeg: number): Vector3 {
  const cos = Math.cos(altitudeDeg * DEG_TO_RAD);
  const azimuth = azimuthDeg * DEG_TO_RAD;
  return [cos * Math.sin(azimuth), cos * Math.cos(azimuth), Math.sin(altitudeDeg * DEG_TO_RAD)];
}

/** Unit vectors at a place: to it, to the east of it and to the north of it; at a pole by its right ascension. */
function axesAt({ raDeg, decDeg }: Place): { away: Vector3; east: Vector3; north: Vector3 } {
  const [ra, dec] = [raDeg * DEG_TO_RAD, decDeg * DEG_TO_RAD];
  return {
    away: directionOf(raDeg, decDeg),
    east: [-Math.sin(ra), Math.cos(ra), 0],
    north: [-Math.sin(dec) * Math.cos(ra), -Math.sin(dec) * Math.sin(ra), Math.cos(dec)],
  };
}

function directionOf(raDeg: number, decDeg: number): Vector3 {
  const cos = Math.cos(decDeg * DEG_TO_RAD);
  return [cos * Math.cos(raDeg * DEG_TO_RAD), cos * Math.sin(raDeg * DEG_TO_RAD), Math.sin(decDeg * DEG_TO_RAD)];
}

function placeOfDirection([x, y, z]: Vector3): Place {
  const raDeg = Math.atan2(y, x) * RAD_TO_DEG;
  return { raDeg: raDeg < 0 ? (raDeg + 360) % 360 : raDeg, decDeg: Math.atan2(z, Math.hypot(x, y)) * RAD_TO_DEG };
}

function along(from: Vector3, p: number, a: Vector3, q: number, b: Vector3): Vector3 {
  return [from[0] + p * a[0] + q * b[0], from[1] + p * a[1] + q * b[1], from[2] + p * a[2] + q * b[2]];
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Places spread over a disc, denser towards its edge, where polynomials go astray first. */
function nodesWithin(radius: number): [number, number][] {
  const nodes: [number, number][] = [[0, 0]];
  for (let ring = 1; ring <= FIT_NODES; ring++) {
    const r = radius * Math.sin((Math.PI / 2) * (ring / FIT_NODES));
    for (let i = 0; i < 2 * FIT_NODES; i++) {
      const turn = (Math.PI * (i + (ring % 2) / 2)) / FIT_NODES;
      nodes.push([r * Math.cos(turn), r * Math.sin(turn)]);
    }
  }
  return nodes;
}

function gridOf(widthPix: number, heightPix: number): { x: number; y: number }[] {
  const at = (i: number, pixels: number) => (i / (WCS_NODES - 1)) * (pixels - 1);
  return Array.from({ length: WCS_NODES * WCS_NODES }, (_, i) => ({
    x: at(i % WCS_NODES, widthPix),
    y: at(Math.floor(i / WCS_NODES), heightPix),
  }));
}
