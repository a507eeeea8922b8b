import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { INDEXES } from '../../core/names.ts';
import { node } from '../../core/provenance/edges.ts';
import { type Ancestry, ancestryOf, type Neighbours, usesOf } from '../../core/provenance/queries.ts';
import { type ProvenanceEdge, provenanceEdge } from '../../core/records/visit.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { fileKeyOf } from '../file-of.ts';
import { isNowhere } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';

interface GraphOptions extends EngineOptions {
  json?: boolean;
}

/** Lists every file that was made with a file. Throws InputRefused for one of which nothing is on record. */
export async function showUses(text: string, options: GraphOptions): Promise<number> {
  const { key, found } = await ask(text, options, (start, neighbours) => usesOf(start, neighbours));
  if (options.json) {
    for (const each of found) process.stdout.write(`${JSON.stringify({ type: 'use', ...each })}\n`);
    return EXIT.done;
  }
  for (const { key: made, path } of found) {
    const by = path.slice(1, -1).toReversed();
    process.stdout.write(`${made}${by.length > 0 ? `  (${by.join(' < ')})` : ''}\n`);
  }
  process.stdout.write(`${found.length} files were made with ${key}\n`);
  return EXIT.done;
}

/** Shows all that a file came from, as a tree. Throws InputRefused for one of which nothing is on record. */
export async function showAncestry(text: string, options: GraphOptions): Promise<number> {
  const { found } = await ask(text, options, (start, neighbours) => ancestryOf(start, neighbours));
  if (options.json) process.stdout.write(`${JSON.stringify({ type: 'ancestry', ...found })}\n`);
  else process.stdout.write(`${found.node}\n${treeText(found, '')}`);
  return EXIT.done;
}

async function ask<T>(
  text: string,
  options: GraphOptions,
  query: (start: string, neighbours: Neighbours) => Promise<T>,
): Promise<{ key: string; found: T }> {
  if (isNowhere(options)) throw new InputRefused([`file: unknown file "${text}"; there is no folder ${options.out}`]);
  return withSession(options, async (session) => {
    const key = await fileKeyOf(session, text);
    if (key === undefined) {
      throw new InputRefused([
        `file: "${text}" names no file; give a key like raw/20261121/noc1_o_20261121_000177_g.fits, or the id of an exposure or a master`,
      ]);
    }
    const neighbours = neighboursIn(session);
    const start = node.file({ bucket: session.bucket, key });
    const edges = await Promise.all([neighbours(start, 'subject'), neighbours(start, 'object')]);
    if (edges.flat().length === 0) {
      throw new InputRefused([
        `file: nothing is on record of ${key}; nocturne files <night> lists the files of a night`,
      ]);
    }
    return { key, found: await query(start, neighbours) };
  });
}

/** Edges of the graph as the table has them; what came from a node is found by an index that may be some moments behind. */
const neighboursIn =
  ({ documents, tableName }: Session): Neighbours =>
  async (of, side) => {
    const edges: ProvenanceEdge[] = [];
    const query = {
      TableName: tableName('provenance'),
      ...(side === 'object' && { IndexName: INDEXES.provenanceReverse }),
      KeyConditionExpression: '#side = :node',
      ExpressionAttributeNames: { '#side': side },
      ExpressionAttributeValues: { ':node': of },
    };
    for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
      edges.push(...Items.map((item) => provenanceEdge.parse(item)));
    }
    return edges;
  };

function treeText({ from }: Ancestry, indent: string): string {
  return from
    .map((each, index) => {
      const isLast = index === from.length - 1;
      const attributes = Object.entries(each.attributes ?? {}).map(([name, value]) => `${name} ${value}`);
      const told = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
      const line = `${indent}${isLast ? '└─' : '├─'} ${each.relation} ${each.node}${told}${each.isRepeated ? ', see above' : ''}\n`;
      return line + treeText(each, `${indent}${isLast ? '   ' : '│  '}`);
    })
    .join('');
}
