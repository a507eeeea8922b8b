import { KINDS, type Kind, type World } from './world.ts';

/** What names an engine's own deployment, for taking it out of a world before worlds are compared. */
export interface Naming {
  prefix: string;
  bucket: string;
}

interface MustDiffer {
  what: string;
  why: string;
  normalise(text: string, naming: Naming): string;
}

/** All that may differ between engines. Whatever else does is a fault. */
export const MUST_DIFFER: readonly MustDiffer[] = [
  {
    what: 'name of the bucket',
    why: "bucket names are everybody's, so a deployed one carries account and region; pointers and messages hold it",
    normalise: (text, { bucket }) =>
      text.replaceAll(`"bucket": "${bucket}"`, '"bucket": "<bucket>"').replaceAll(`s3://${bucket}/`, 's3://<bucket>/'),
  },
  {
    what: 'name of the machine in the ARN of an execution',
    why: "a deployed machine carries its stage in front; a night's record says which execution owns it",
    normalise: (text, { prefix }) => text.replaceAll(`:execution:${prefix}`, ':execution:'),
  },
];

/** Text of a value: the keys of records in one order, and without what must differ. */
function textOf(value: unknown, naming: Naming): string {
  const text = typeof value === 'string' ? value : JSON.stringify(sorted(value), null, 2);
  return MUST_DIFFER.reduce((left, { normalise }) => normalise(left, naming), text);
}

/** DynamoDB keeps no order of attributes, so engines may give them in any. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

export interface Difference {
  key: string;
  /** Undefined where the engine has nothing under the key. */
  embedded: string | undefined;
  localstack: string | undefined;
}

export interface KindCompared {
  kind: Kind;
  embedded: number;
  localstack: number;
  same: number;
  differences: Difference[];
}

/** Two worlds of the same night, kind by kind. */
export function compareWorlds(
  embedded: { world: World; naming: Naming },
  localstack: { world: World; naming: Naming },
): KindCompared[] {
  return KINDS.map((kind) => {
    const [ours, theirs] = [embedded, localstack].map(
      ({ world, naming }) => new Map([...world[kind]].map(([key, value]) => [key, textOf(value, naming)])),
    );
    const keys = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
    const differences = keys
      .map((key) => ({ key, embedded: ours.get(key), localstack: theirs.get(key) }))
      .filter((each) => each.embedded !== each.localstack);
    return {
      kind,
      embedded: ours.size,
      localstack: theirs.size,
      same: keys.length - differences.length,
      differences,
    };
  });
}

/** How many differences of a kind are shown in full, and how many lines of each. */
const SHOWN = 2;
const LINES = 40;

/** The comparison as a table, with the first differences in full. */
export function comparisonText(compared: readonly KindCompared[]): string {
  const row = (...cells: (string | number)[]) =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(14) : String(cell).padStart(11))).join('');
  const lines = [row('', 'embedded', 'LocalStack', 'same')];
  for (const { kind, embedded, localstack, same, differences } of compared) {
    lines.push(
      row(kind, embedded, localstack, same) + (differences.length > 0 ? `   ${differences.length} differ` : ''),
    );
  }
  for (const { kind, differences } of compared) {
    for (const each of differences.slice(0, SHOWN)) lines.push('', `${kind} ${each.key}:`, ...differenceLines(each));
    if (differences.length > SHOWN) lines.push(`... and ${differences.length - SHOWN} more of ${kind}`);
  }
  return lines.join('\n');
}

/** The lines that one has and the other lacks. */
function differenceLines({ embedded, localstack }: Difference): string[] {
  if (embedded === undefined) return ['  only on LocalStack'];
  if (localstack === undefined) return ['  only on the embedded engine'];
  const [ours, theirs] = [embedded, localstack].map((text) => text.split('\n'));
  const only = (lines: readonly string[], others: readonly string[], who: string) =>
    lines.filter((line) => !others.includes(line)).map((line) => `  ${who} ${line}`);
  return [...only(ours, theirs, 'embedded  '), ...only(theirs, ours, 'LocalStack')].slice(0, LINES);
}

export const isSame = (compared: readonly KindCompared[]): boolean =>
  compared.every(({ differences }) => differences.length === 0);
