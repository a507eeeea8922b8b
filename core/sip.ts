/**
 * The Simple Imaging Polynomial: the distortion of a camera in front of a projection, in pixels. Shupe et al. 2005, ADASS XIV,
 * ASP Conf. 347, 491. The undistorted place is (u + A(u, v), v + B(u, v)), with u and v counted from CRPIX.
 */

/** Coefficients: `terms[p][q]` belongs to u^p v^q, where p + q is at most the order, `terms.length - 1`. */
export type SipTerms = readonly (readonly number[])[];

/** A distortion; `ap` and `bp` undo it about, for programs that do not turn A and B around themselves. */
export interface Sip {
  a: SipTerms;
  b: SipTerms;
  ap?: SipTerms;
  bp?: SipTerms;
}

/** Orders that are written and fitted; lower ones are no distortion, higher ones are not of use in a camera. */
export const SIP_ORDERS = [2, 3, 4, 5] as const;
export type SipOrder = (typeof SIP_ORDERS)[number];

const NEWTON_STEPS = 30;
/** Pixels: below what a double tells apart at the edge of a large image times some roundings. */
const NEWTON_GOAL_PIX = 1e-11;

/** Powers [p, q] of all terms of an order from `least` up: those of one sum of powers together. */
export function sipPowers(order: number, least = 0): [p: number, q: number][] {
  const powers: [number, number][] = [];
  for (let sum = least; sum <= order; sum++) {
    for (let p = sum; p >= 0; p--) powers.push([p, sum - p]);
  }
  return powers;
}

/** Terms of an order, all zero, to be filled in. */
export function emptySipTerms(order: number): number[][] {
  return Array.from({ length: order + 1 }, (_, p) => new Array<number>(order + 1 - p).fill(0));
}

/** Value of a polynomial, by Horner's rule in both directions. */
export function sipValue(terms: SipTerms, u: number, v: number): number {
  let value = 0;
  for (let p = terms.length - 1; p >= 0; p--) {
    const row = terms[p];
    let inner = 0;
    for (let q = row.length - 1; q >= 0; q--) inner = inner * v + row[q];
    value = value * u + inner;
  }
  return value;
}

/** From a pixel's place (counted from CRPIX) to where it would be without distortion. */
export function undistorted({ a, b }: Sip, u: number, v: number): { u: number; v: number } {
  return { u: u + sipValue(a, u, v), v: v + sipValue(b, u, v) };
}

/**
 * The inverse of `undistorted`, by Newton's method from AP and BP where they are there. Undefined where it does not come to an
 * end: far outside of an image a polynomial may have no inverse.
 */
export function distorted(sip: Sip, u: number, v: number): { u: number; v: number } | undefined {
  let x = u + (sip.ap ? sipValue(sip.ap, u, v) : 0);
  let y = v + (sip.bp ? sipValue(sip.bp, u, v) : 0);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const there = undistorted(sip, x, y);
    const missU = u - there.u;
    const missV = v - there.v;
    const { uu, uv, vu, vv } = slopes(sip, x, y);
    const determinant = uu * vv - uv * vu;
    const dx = (vv * missU - uv * missV) / determinant;
    const dy = (uu * missV - vu * missU) / determinant;
    if (!Number.isFinite(dx) || !Number.isFinite(dy)) return undefined;
    x += dx;
    y += dy;
    if (Math.abs(dx) + Math.abs(dy) <= NEWTON_GOAL_PIX * (1 + Math.abs(x) + Math.abs(y))) return { u: x, v: y };
  }
  return undefined;
}

/** How fast the undistorted place moves: its derivatives by u and v. */
function slopes({ a, b }: Sip, u: number, v: number) {
  return {
    uu: 1 + slopeAlong(a, u, v, true),
    uv: slopeAlong(a, u, v, false),
    vu: slopeAlong(b, u, v, true),
    vv: 1 + slopeAlong(b, u, v, false),
  };
}

function slopeAlong(terms: SipTerms, u: number, v: number, byU: boolean): number {
  let value = 0;
  for (let p = terms.length - 1; p >= (byU ? 1 : 0); p--) {
    const row = terms[p];
    let inner = 0;
    for (let q = row.length - 1; q >= (byU ? 0 : 1); q--) inner = inner * v + (byU ? p : q) * row[q];
    value = value * u + inner;
  }
  return value;
}
