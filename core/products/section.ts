import type { Section } from '../calibration/planes.ts';

/** A section of FITS, columns then rows, from 1 with both ends, as one from 0 without its ends. */
export function sectionOf(text: string): Section {
  const [left, right, bottom, top] = text.slice(1, -1).split(/[:,]/).map(Number);
  return { x0: left - 1, y0: bottom - 1, x1: right, y1: top };
}

export const isEmpty = ({ x0, y0, x1, y1 }: Section): boolean => x1 <= x0 || y1 <= y0;

export const meet = (a: Section, b: Section): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

export const scaled = ({ x0, y0, x1, y1 }: Section, factor: number): Section => ({
  x0: x0 * factor,
  y0: y0 * factor,
  x1: x1 * factor,
  y1: y1 * factor,
});

export const moved = ({ x0, y0, x1, y1 }: Section, { x, y }: { x: number; y: number }): Section => ({
  x0: x0 - x,
  y0: y0 - y,
  x1: x1 - x,
  y1: y1 - y,
});
