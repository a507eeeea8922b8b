import { PatternFault } from './pattern-values.ts';

/**
 * EventBridge refuses wildcards of which too many beginnings can match one text at once (User Guide, "Wildcard matching
 * complexity"; aws/event-ruler, MachineComplexityEvaluator). The number is not documented. Recorded are refusals of ten
 * (`*:*:*:*:*:event-bus/*`); eight pass.
 */
const REFUSED_FROM = 10;
/** Sets of beginnings that are looked at, at most: patterns of more are refused as well. */
const MOST_SETS = 10_000;

const STAR = '*';

/** Throws PatternFault when the wildcards among the values of one field are too complex together. */
export function checkWildcards(values: unknown[]): void {
  const patterns = values.flatMap(wildcardsOf).map(tokensOf);
  if (patterns.length === 0) return;
  const alphabet = [...new Set(patterns.flat().filter((token) => token !== STAR)), undefined];
  const start = beginnings(
    patterns,
    patterns.map((_, index) => [index, 0] as const),
  );
  const seen = new Set<string>();
  const pending = [start];
  for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
    for (const character of alphabet) {
      const next = beginnings(
        patterns,
        set.flatMap(([index, at]) => {
          const tokens = patterns[index]!;
          const stays = at > 0 && tokens[at - 1] === STAR ? [[index, at] as const] : [];
          return tokens[at] === character && character !== undefined ? [...stays, [index, at + 1] as const] : stays;
        }),
      );
      if (next.filter(([, at]) => at > 0).length >= REFUSED_FROM || seen.size > MOST_SETS) {
        throw new PatternFault(
          'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
        );
      }
      const key = next.join(' ');
      if (next.length === 0 || seen.has(key)) continue;
      seen.add(key);
      pending.push(next);
    }
  }
}

/** A beginning of a pattern that matches what has been read: which pattern, and how many of its tokens. */
type Beginning = readonly [index: number, at: number];

/** Each beginning once, in order; where a star follows, that with the star too, as it matches nothing as well. */
function beginnings(patterns: string[][], found: Beginning[]): Beginning[] {
  const closed = found.flatMap(([index, at]): Beginning[] =>
    patterns[index]![at] === STAR
      ? [
          [index, at],
          [index, at + 1],
        ]
      : [[index, at]],
  );
  const unique = new Map(closed.map((beginning) => [beginning.join(), beginning]));
  return [...unique.values()].sort(([a, m], [b, n]) => a - b || m - n);
}

/** The wildcards of one value: of `{"wildcard": …}`, and of `{"anything-but": {"wildcard": …}}`. */
function wildcardsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { wildcard, 'anything-but': anythingBut } = value as { wildcard?: unknown; 'anything-but'?: unknown };
  if (typeof wildcard === 'string') return [wildcard];
  if (Array.isArray(wildcard)) return wildcard;
  return wildcardsOf(anythingBut);
}

/** The characters of a pattern, and its stars; an escaped star is a character like others. */
function tokensOf(pattern: string): string[] {
  return [...pattern.matchAll(/\\(.)|(.)/gs)].map(([, escaped, plain]) =>
    escaped === undefined ? plain! : `\\${escaped}`,
  );
}
