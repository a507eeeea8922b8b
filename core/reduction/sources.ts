import { DQ, type Planes } from '../calibration/planes.ts';
import { apertureSum } from './apertures.ts';
import { type Background, findBackground, withoutBackground } from './background.ts';
import { withoutWorthless } from './cosmic-rays.ts';
import { detect } from './detect.ts';
import type { Plane } from './filters.ts';
import { PlaceGrid } from './grid.ts';
import { medianOf } from './medians.ts';
import { ellipseOf, gaussianFwhmPix, shapeOf } from './shapes.ts';

/** Something in the sky, as a frame shows it. */
export interface Source {
  /** Centre; that of the first pixel is (0, 0). */
  xPix: number;
  yPix: number;
  /** ICRS, degrees, in [0, 360) and [-90, 90]; absent without world coordinates. */
  raDeg?: number;
  decDeg?: number;
  /** All of its light: `apertureFluxE` times the aperture correction of the frame; and its standard deviation. */
  fluxE: number;
  fluxErrorE: number;
  /** Light in the aperture of the frame. */
  apertureFluxE: number;
  /** Highest pixel, above the sky. */
  peakE: number;
  fwhmPix: number;
  /** 1 - minor / major axis. */
  ellipticity: number;
  /** Of the major axis, from x towards y, (-90, 90]. */
  positionAngleDeg: number;
  /** How many stand above the threshold. */
  pixels: number;
  /** `SOURCE_FLAGS`, OR-ed. */
  flags: number;
  /** AB, with the frame's zero point as observed; absent without one. */
  mag?: number;
  magError?: number;
}

/** What is to be known of a source before it is trusted. */
export const SOURCE_FLAGS = {
  /** Its aperture is cut by the edge of the image. */
  EDGE: 1,
  SATURATED: 2,
  /** It touches another source, or has one in its aperture. */
  BLENDED: 4,
  /** A pixel of its aperture is worthless and was replaced by its neighbours' median. */
  MASKED: 8,
  /** A pixel of its aperture was hit by a cosmic ray. */
  COSMIC_RAY: 16,
} as const;

export interface SourceList {
  /** The brightest first. */
  sources: Source[];
  aperture: Aperture;
}

/** In which circle light is summed up, and what share of it that is. */
export interface Aperture {
  radiusPix: number;
  /** All light over that in the aperture; 1 where too few stars tell. */
  correction: number;
  /** How many stars tell. */
  stars: number;
}

/** The aperture in widths of a star, and its least radius: smaller ones depend on where in a pixel a star stands. */
const RADIUS_PER_FWHM = 2;
const RADIUS_LEAST_PIX = 3;
/** Radii of the curve of growth, in that of the aperture; all light lies in the last. */
const GROWTH = [1, 1.25, 1.5, 2];
/** Stars that tell a width or a curve of growth: signal to noise, how many are looked at and how few suffice. */
const CLEAR_SIGNAL_TO_NOISE = 50;
const GROWTH_STARS_MOST = 25;
const GROWTH_STARS_LEAST = 5;
/** A first guess where no star tells. */
const FWHM_UNKNOWN_PIX = 3;

/** How far the light of a source goes on beyond the pixels that are above the threshold. */
const HALO_PIX = 2;

type Draft = Omit<Source, 'fluxE' | 'fluxErrorE' | 'apertureFluxE'>;

/**
 * Finds and measures the sources of a frame in electrons. Fluxes are sums in a circle of 2 FWHM (of the frame's stars, 3 pixels at least) less
 * the sky of the mesh, with the errors of the plane of uncertainty; times the aperture correction, from the curve of growth of the
 * clearest stars that stand alone, out to twice that radius (Howell 1989, PASP 101, 616).
 */
export function findSources(planes: Planes, background: Background, sigmas: number): SourceList {
  const { widthPix, heightPix, dq } = planes;
  const { data, uncertainty } = withoutWorthless(planes);
  const signal: Plane = { widthPix, heightPix, data: withoutBackground({ widthPix, heightPix, data }, background) };
  const isSaturated = (place: number) => (dq[place] & DQ.SATURATED) !== 0;
  const drafts: Draft[] = [];
  for (const { pixels, isBlended } of detect(signal, background, sigmas, uncertainty, isSaturated)) {
    const shape = shapeOf(signal, pixels, isBlended);
    if (!shape) continue;
    const { ellipticity, angleDeg } = ellipseOf(shape);
    drafts.push({
      xPix: shape.xPix,
      yPix: shape.yPix,
      peakE: pixels.reduce((most, place) => Math.max(most, signal.data[place]), 0),
      fwhmPix: gaussianFwhmPix(shape),
      ellipticity,
      positionAngleDeg: angleDeg,
      pixels: pixels.length,
      flags: (pixels.some(isSaturated) ? SOURCE_FLAGS.SATURATED : 0) | (isBlended ? SOURCE_FLAGS.BLENDED : 0),
    });
  }
  const inside = drafts.filter(
    ({ xPix, yPix }) => xPix > -0.5 && yPix > -0.5 && xPix < widthPix - 0.5 && yPix < heightPix - 0.5,
  );
  const isClear = ({ peakE, flags }: Draft) => flags === 0 && peakE > 10 * background.noise;
  const fwhmPix = medianOf(inside.filter(isClear).map((draft) => draft.fwhmPix)) ?? FWHM_UNKNOWN_PIX;
  const radiusPix = Math.max(RADIUS_LEAST_PIX, RADIUS_PER_FWHM * fwhmPix);
  const grid = new PlaceGrid(inside, 2 * GROWTH[GROWTH.length - 1] * radiusPix);
  const sumIn = (draft: Draft, factor: number) =>
    apertureSum(signal, uncertainty, dq, { xPix: draft.xPix, yPix: draft.yPix, radiusPix: factor * radiusPix });
  const measured = inside.map((draft) => {
    const { sum, variance, flags, isWhole } = sumIn(draft, 1);
    const hasNeighbour = grid.near(draft.xPix, draft.yPix, radiusPix).length > 1;
    return {
      ...draft,
      apertureFluxE: sum,
      fluxE: sum,
      fluxErrorE: Math.sqrt(variance),
      flags:
        draft.flags |
        sourceFlags(flags) |
        (isWhole ? 0 : SOURCE_FLAGS.EDGE) |
        (hasNeighbour ? SOURCE_FLAGS.BLENDED : 0),
    };
  });
  const seen = measured.filter(({ apertureFluxE, fluxErrorE }) => apertureFluxE > 0 && Number.isFinite(fluxErrorE));
  seen.sort((a, b) => b.apertureFluxE - a.apertureFluxE || a.yPix - b.yPix || a.xPix - b.xPix);

  const reach = GROWTH[GROWTH.length - 1] * radiusPix;
  const tellers = seen.filter(
    (source) =>
      source.flags === 0 &&
      source.apertureFluxE > CLEAR_SIGNAL_TO_NOISE * source.fluxErrorE &&
      grid.near(source.xPix, source.yPix, 1.5 * reach).length === 1,
  );
  const curves = tellers.slice(0, GROWTH_STARS_MOST).map((star) => GROWTH.map((factor) => sumIn(star, factor)));
  const correction = growthCorrection(
    curves.filter((sums) => sums.every(({ flags, isWhole }) => flags === 0 && isWhole)),
  );
  return {
    sources: seen.map((source) => ({
      ...source,
      fluxE: source.apertureFluxE * correction.factor,
      fluxErrorE: source.fluxErrorE * correction.factor,
    })),
    aperture: { radiusPix, correction: correction.factor, stars: correction.stars },
  };
}

/**
 * The sky in two passes: over all pixels, and over those that are not within 2 pixels of a source that the first one lets stand out. The
 * faint rims of stars, of which a crowded field is full, would else count as sky.
 */
export function backgroundBetweenSources(planes: Planes, sigmas: number): Background {
  const { widthPix, heightPix, dq } = planes;
  const first = findBackground(planes, dq);
  if (!(first.noise > 0)) return first;
  const { data, uncertainty } = withoutWorthless(planes);
  const signal: Plane = { widthPix, heightPix, data: withoutBackground({ widthPix, heightPix, data }, first) };
  const hidden = new Uint8Array(dq.length);
  for (const { pixels } of detect(signal, first, sigmas, uncertainty, () => false)) {
    for (const place of pixels) {
      const x = place % widthPix;
      const y = (place - x) / widthPix;
      const [from, to] = [Math.max(0, x - HALO_PIX), Math.min(widthPix, x + HALO_PIX + 1)];
      for (let v = Math.max(0, y - HALO_PIX); v <= Math.min(heightPix - 1, y + HALO_PIX); v++) {
        hidden.fill(1, v * widthPix + from, v * widthPix + to);
      }
    }
  }
  return findBackground(planes, dq, hidden);
}

/** Product of the medians of the steps of the curves. */
function growthCorrection(curves: { sum: number }[][]): { factor: number; stars: number } {
  if (curves.length < GROWTH_STARS_LEAST) return { factor: 1, stars: 0 };
  let factor = 1;
  for (let k = 1; k < GROWTH.length; k++) {
    factor *= medianOf(curves.map((sums) => sums[k].sum / sums[k - 1].sum)) ?? 1;
  }
  return { factor, stars: curves.length };
}

const WORTHLESS = DQ.BAD_PIXEL | DQ.HOT_PIXEL | DQ.LOW_FLAT | DQ.NO_DATA;

function sourceFlags(dq: number): number {
  return (
    (dq & DQ.SATURATED ? SOURCE_FLAGS.SATURATED : 0) |
    (dq & WORTHLESS ? SOURCE_FLAGS.MASKED : 0) |
    (dq & DQ.COSMIC_RAY ? SOURCE_FLAGS.COSMIC_RAY : 0)
  );
}

/** Width and ellipticity of the stars of a frame: medians over the clear ones that stand alone. Undefined where there is none. */
export function starShape(
  sources: readonly Source[],
): { fwhmPix: number; ellipticity: number; stars: number } | undefined {
  const stars = sources.filter(
    ({ flags, fluxE, fluxErrorE }) => flags === 0 && fluxE > CLEAR_SIGNAL_TO_NOISE * fluxErrorE,
  );
  const fwhmPix = medianOf(stars.map((star) => star.fwhmPix));
  const ellipticity = medianOf(stars.map((star) => star.ellipticity));
  if (fwhmPix === undefined || ellipticity === undefined) return undefined;
  return { fwhmPix, ellipticity, stars: stars.length };
}
