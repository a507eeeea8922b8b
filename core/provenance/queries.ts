import type { ProvenanceEdge } from '../records/visit.ts';
import { REJECTED_ROLE } from './edges.ts';

/** Edges at a node: those that it is the subject of lead to what it came from, those that it is the object of to what came from it. */
export type Neighbours = (node: string, side: 'subject' | 'object') => Promise<readonly ProvenanceEdge[]>;

/** Nodes that are asked for at once. */
const AT_ONCE = 8;

export const isFile = (node: string): boolean => node.startsWith('file:');
const keyOf = (node: string): string => node.slice('file:'.length);

/** One file that was made with another. */
export interface Use {
  key: string;
  /** How many files lie between, plus one: 1 was made with it directly. */
  depth: number;
  /** The way from the node that was asked for to the file, both in it. */
  path: string[];
}

/**
 * Every file that was made with a node, directly or by way of others, in the order of depth and key. Goes from object to subject;
 * cycles end where they close. What an activity turned down was not used.
 */
export async function usesOf(start: string, neighbours: Neighbours): Promise<Use[]> {
  const uses: Use[] = [];
  const seen = new Set([start]);
  let level: { node: string; depth: number; path: string[] }[] = [{ node: start, depth: 0, path: [start] }];
  while (level.length > 0) {
    const found = await inTurns(level, ({ node }) => neighbours(node, 'object'));
    const next: typeof level = [];
    for (const [index, edges] of found.entries()) {
      const { depth, path } = level[index];
      for (const { subject, attributes } of edges) {
        if (seen.has(subject) || attributes?.role === REJECTED_ROLE) continue;
        seen.add(subject);
        const reached = { node: subject, depth: depth + (isFile(subject) ? 1 : 0), path: [...path, subject] };
        next.push(reached);
        if (isFile(subject)) uses.push({ key: keyOf(subject), depth: reached.depth, path: reached.path });
      }
    }
    // By depth, so that a file that is reached on two ways is told on the shorter one.
    level = next;
  }
  return uses.toSorted((a, b) => a.depth - b.depth || (a.key < b.key ? -1 : 1));
}

/** A node with all that it came from. */
export interface Ancestry {
  node: string;
  /** How the node below it came from this one; absent for the node that was asked for. */
  relation?: ProvenanceEdge['relation'];
  attributes?: NonNullable<ProvenanceEdge['attributes']>;
  /** In the order of relation and name. */
  from: Ancestry[];
  /** Set where the node stands elsewhere in the tree already, with all that it came from. */
  isRepeated?: true;
}

/**
 * The whole ancestry of a node as a tree. A node that is reached on several ways is unfolded at the first of them, nearest to the
 * root; so cycles end. A node of which nothing is known is a leaf.
 */
export async function ancestryOf(start: string, neighbours: Neighbours): Promise<Ancestry> {
  const root: Ancestry = { node: start, from: [] };
  const seen = new Set([start]);
  let level = [root];
  while (level.length > 0) {
    const found = await inTurns(level, ({ node }) => neighbours(node, 'subject'));
    const next: Ancestry[] = [];
    for (const [index, edges] of found.entries()) {
      const sorted = edges.toSorted((a, b) => (a.relationObject < b.relationObject ? -1 : 1));
      for (const { object, relation, attributes } of sorted) {
        const isRepeated = seen.has(object);
        seen.add(object);
        const parent: Ancestry = {
          node: object,
          relation,
          ...(attributes && { attributes }),
          from: [],
          ...(isRepeated && { isRepeated }),
        };
        level[index].from.push(parent);
        if (!isRepeated) next.push(parent);
      }
    }
    level = next;
  }
  return root;
}

/** Asks for all, some at a time; the answers are in the order of the questions. */
async function inTurns<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    answers.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(ask))));
  }
  return answers;
}
