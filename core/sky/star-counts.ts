/** log10 of the stars per square degree brighter than V: at the galactic poles (pole) and in the plane (plane). */
const COUNTS: readonly { v: number; pole: number; plane: number }[] = [
  { v: 8, pole: -0.19, plane: 0.29 },
  { v: 10, pole: 0.61, plane: 1.25 },
  { v: 12, pole: 1.3, plane: 2.05 },
  { v: 14, pole: 1.9, plane: 2.85 },
  { v: 16, pole: 2.45, plane: 3.6 },
  { v: 18, pole: 2.7, plane: 4.6 },
  { v: 20, pole: 3.05, plane: 5.3 },
  { v: 22, pole: 3.36, plane: 5.6 },
];
const LATITUDE_SCALE_DEG = 30;

/** A magnitude for which the model of star counts says nothing. */
export class StarCountsUnknown extends RangeError {
  constructor(vMag: number) {
    super(`star counts are known for V ${COUNTS[0].v} to ${COUNTS[COUNTS.length - 1].v}; got ${vMag}`);
    this.name = 'StarCountsUnknown';
  }
}

/**
 * Stars per square degree brighter than V at a galactic latitude: log10 N = p(V) + (g(V) - p(V)) exp(-|b| / 30 deg), linear in
 * V between the table's rows. The model fits the counts of data/stars.bin and data/stars-faint.bin to 0.1 in the logarithm where
 * they are complete (to V 10.5, above latitude 20 to 11.5); fainter than that it continues them to 16. From 18 to 22 the rows are a
 * fit to the counts of Bahcall & Soneira 1980 (ApJS 44, 73, equation B1), averaged over galactic longitude: within 0.13 in the
 * logarithm above latitude 20, where theirs hold. Below 20 the law in latitude is all there is: no dust, no bulge, no longitude.
 * Throws StarCountsUnknown outside V 8 to 22.
 */
export function faintStarCounts(vMag: number, galacticLatitudeDeg: number): number {
  const above = COUNTS.findIndex((row) => row.v >= vMag);
  if (!(vMag >= COUNTS[0].v) || above < 0) throw new StarCountsUnknown(vMag);
  const high = COUNTS[above];
  const low = COUNTS[Math.max(0, above - 1)];
  const share = above === 0 ? 0 : (vMag - low.v) / (high.v - low.v);
  const pole = low.pole + (high.pole - low.pole) * share;
  const plane = low.plane + (high.plane - low.plane) * share;
  return 10 ** (pole + (plane - pole) * Math.exp(-Math.abs(galacticLatitudeDeg) / LATITUDE_SCALE_DEG));
}
