import { skyToPixel, type Wcs } from '../gnomonic.ts';
import { PlaceGrid } from './grid.ts';
import { medianOf } from './medians.ts';
import type { Source } from './sources.ts';

/** A star of a catalogue; AB magnitude in the band of the frame. */
export interface Reference {
  raDeg: number;
  decDeg: number;
  mag: number;
  /** 0 when left out. */
  magError?: number;
}

export interface Match {
  source: Source;
  reference: Reference;
  /** Source minus the reference's place by the world coordinates, pixels. */
  dxPix: number;
  dyPix: number;
}

export interface Matching {
  matches: Match[];
  /** By how much all sources are off their references' places: a pointing that the header does not know of. */
  offset: { dxPix: number; dyPix: number };
}

/** Farthest that sources may be off as a whole, and of how many of the brightest it is found. */
const OFFSET_MOST_PIX = 40;
const VOTERS = 150;
/** Votes that an offset needs, and by how much it must surpass what chance gives. */
const VOTES_LEAST = 5;
const VOTES_OVER_CHANCE = 3;
/** Light of other references near a reference, as a share of its own, with which it still stands alone. */
const NEIGHBOUR_SHARE = 0.01;

interface Placed {
  reference: Reference;
  xPix: number;
  yPix: number;
}

/**
 * Sources and the references that they are: nearest to each other and within `reachPix`, after all are moved by the offset on which the
 * brightest agree (none where they do not). Left out are sources with flags and references that have others near: within `alonePix`,
 * with more than a hundredth of their light together.
 */
export function matchSources(
  sources: readonly Source[],
  references: readonly Reference[],
  wcs: Wcs,
  size: { widthPix: number; heightPix: number },
  { reachPix, alonePix }: { reachPix: number; alonePix: number },
): Matching {
  const placed = placesOf(references, wcs, size);
  const first = agreedOffset(sources, placed);
  const coarse = pairs(sources, placed, first, reachPix);
  // The votes tell the offset to a pixel; the pairs that they make tell it better.
  const offset = {
    dxPix: medianOf(coarse.map(({ dxPix }) => dxPix)) ?? first.dxPix,
    dyPix: medianOf(coarse.map(({ dyPix }) => dyPix)) ?? first.dyPix,
  };
  const grid = new PlaceGrid(placed, alonePix);
  const isAlone = ({ xPix, yPix, reference }: Placed) => {
    const light = grid
      .near(xPix, yPix, alonePix)
      .reduce(
        (sum, other) =>
          other.reference === reference ? sum : sum + 10 ** (-0.4 * (other.reference.mag - reference.mag)),
        0,
      );
    return light <= NEIGHBOUR_SHARE;
  };
  const matches = pairs(sources, placed, offset, reachPix).filter(
    (pair) => pair.source.flags === 0 && isAlone(pair.placed),
  );
  return {
    offset,
    matches: matches.map(({ source, placed: { reference }, dxPix, dyPix }) => ({ source, reference, dxPix, dyPix })),
  };
}

function placesOf(
  references: readonly Reference[],
  wcs: Wcs,
  { widthPix, heightPix }: { widthPix: number; heightPix: number },
): Placed[] {
  const placed: Placed[] = [];
  for (const reference of references) {
    const pixel = skyToPixel(wcs, reference.raDeg, reference.decDeg);
    if (!pixel) continue;
    const [xPix, yPix] = [pixel.x - 1, pixel.y - 1];
    const isNear =
      Math.abs(xPix - widthPix / 2) < widthPix / 2 + OFFSET_MOST_PIX &&
      Math.abs(yPix - heightPix / 2) < heightPix / 2 + OFFSET_MOST_PIX;
    if (isNear) placed.push({ reference, xPix, yPix });
  }
  return placed.sort((a, b) => a.reference.mag - b.reference.mag || a.yPix - b.yPix || a.xPix - b.xPix);
}

/** The offset that most pairs of the brightest have, by votes in squares of 2 x 2 pixels that overlap. */
function agreedOffset(sources: readonly Source[], placed: readonly Placed[]): { dxPix: number; dyPix: number } {
  const side = 2 * OFFSET_MOST_PIX + 1;
  const votes = new Int32Array(side * side);
  const brightest = placed.slice(0, VOTERS);
  let all = 0;
  for (const { xPix, yPix } of sources.slice(0, VOTERS)) {
    for (const reference of brightest) {
      const column = Math.floor(xPix - reference.xPix) + OFFSET_MOST_PIX;
      const row = Math.floor(yPix - reference.yPix) + OFFSET_MOST_PIX;
      if (column < 0 || row < 0 || column >= side || row >= side) continue;
      votes[row * side + column]++;
      all++;
    }
  }
  let best = { count: 0, dxPix: 0, dyPix: 0 };
  for (let row = 0; row + 1 < side; row++) {
    for (let column = 0; column + 1 < side; column++) {
      const at = row * side + column;
      const count = votes[at] + votes[at + 1] + votes[at + side] + votes[at + side + 1];
      const offset = { dxPix: column + 1 - OFFSET_MOST_PIX, dyPix: row + 1 - OFFSET_MOST_PIX };
      const isNearer = Math.hypot(offset.dxPix, offset.dyPix) < Math.hypot(best.dxPix, best.dyPix);
      if (count > best.count || (count === best.count && isNearer)) best = { count, ...offset };
    }
  }
  const byChance = (4 * all) / (side * side);
  return best.count >= VOTES_LEAST && best.count > VOTES_OVER_CHANCE * byChance ? best : { dxPix: 0, dyPix: 0 };
}

/** Pairs that are nearest to each other both ways. */
function pairs(
  sources: readonly Source[],
  placed: readonly Placed[],
  offset: { dxPix: number; dyPix: number },
  reachPix: number,
): { source: Source; placed: Placed; dxPix: number; dyPix: number }[] {
  const ofSources = new PlaceGrid(sources, reachPix);
  const ofPlaces = new PlaceGrid(placed, reachPix);
  return sources.flatMap((source) => {
    const [x, y] = [source.xPix - offset.dxPix, source.yPix - offset.dyPix];
    const near = nearest(ofPlaces.near(x, y, reachPix), x, y);
    if (!near) return [];
    const [backX, backY] = [near.xPix + offset.dxPix, near.yPix + offset.dyPix];
    if (nearest(ofSources.near(backX, backY, reachPix), backX, backY) !== source) return [];
    return [{ source, placed: near, dxPix: source.xPix - near.xPix, dyPix: source.yPix - near.yPix }];
  });
}

function nearest<T extends { xPix: number; yPix: number }>(
  items: readonly T[],
  xPix: number,
  yPix: number,
): T | undefined {
  let best: T | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const distance = Math.hypot(item.xPix - xPix, item.yPix - yPix);
    if (distance < least) [best, least] = [item, distance];
  }
  return best;
}
