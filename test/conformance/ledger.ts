import type { Difference } from './compare.ts';
import { type EngineName, isFor, knownDifferences } from './differences.ts';

/** A case, as far as known differences hang on it. */
export interface Subject {
  id: string;
  recorded?: string;
}

/** Keeps account of the known differences of an engine: of those that occur, and of those that no longer do. */
export interface Ledger {
  /** Takes a case's differences; gives those that nobody has explained. */
  unexplained(one: Subject, differences: Difference[]): Difference[];
  /** The explanations that explain nothing any more, though all their cases have run; of `all` cases that there are. */
  stale(all: Subject[]): string[];
}

export function openLedger(engine: EngineName): Ledger {
  const entries = knownDifferences(engine).map((known) => ({ known, occurs: false }));
  const run = new Set<string>();
  return {
    unexplained(one, differences) {
      run.add(one.id);
      const here = entries.filter(({ known }) => isFor(known, one));
      return differences.filter(({ path }) => {
        const explaining = here.filter(({ known }) => known.paths.test(path));
        for (const entry of explaining) entry.occurs = true;
        return explaining.length === 0;
      });
    },
    stale: (all) =>
      entries
        .filter(({ known, occurs }) => !occurs && all.every((one) => !isFor(known, one) || run.has(one.id)))
        .map(({ known: { cases, paths, why } }) => `${cases} ${paths}: ${why}`),
  };
}

/** One difference on one line. */
export function line({ path, aws, engine }: Difference): string {
  return `${path}: AWS ${shown(aws)}, here ${shown(engine)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
