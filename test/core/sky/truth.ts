import { readFileSync } from 'node:fs';
import type { Site } from '../../../core/sky/coordinates.ts';

/** Rows that other programs computed (test/truth/sky/generate.py), and the sites they name. */
export interface Truth<Row> {
  sites: Record<string, Site>;
  rows: Row[];
}

export function readTruth<Row>(name: string): Truth<Row> {
  return JSON.parse(readFileSync(new URL(`../../truth/sky/${name}.json`, import.meta.url), 'utf8'));
}

export function readData(name: string): Buffer {
  return readFileSync(new URL(`../../../data/${name}`, import.meta.url));
}
