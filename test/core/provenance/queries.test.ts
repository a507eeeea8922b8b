import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateEdges, masterEdges, mastersOf } from '../../../core/provenance/edges.ts';
import { type Ancestry, ancestryOf, type Neighbours, usesOf } from '../../../core/provenance/queries.ts';
import { type ProvenanceEdge, provenanceEdge } from '../../../core/records/visit.ts';
import { certificateOf, masterOf, tai } from '../calibration/masters-of-tests.ts';

const edge = (subject: string, object: string, role?: string): ProvenanceEdge => ({
  subject,
  relation: 'used',
  object,
  relationObject: `used#${object}`,
  ...(role && { attributes: { role } }),
});
const graphOf =
  (edges: readonly ProvenanceEdge[]): Neighbours =>
  async (node, side) =>
    edges.filter((each) => each[side] === node);
const pointer = (key: string) => ({ bucket: 'nocturne', key });

describe('uses', () => {
  it('are files alone, transitively, with the shortest way', async () => {
    const graph = graphOf([
      edge('activity:1', 'file:bias'),
      edge('file:reduced', 'activity:1'),
      edge('file:preview', 'file:reduced'),
      edge('file:preview', 'activity:1'),
      edge('file:stack', 'file:preview'),
      edge('file:other', 'file:dark'),
    ]);
    expect(await usesOf('file:bias', graph)).toEqual([
      { key: 'preview', depth: 1, path: ['file:bias', 'activity:1', 'file:preview'] },
      { key: 'reduced', depth: 1, path: ['file:bias', 'activity:1', 'file:reduced'] },
      { key: 'stack', depth: 2, path: ['file:bias', 'activity:1', 'file:preview', 'file:stack'] },
    ]);
    expect(await usesOf('file:unknown', graph)).toEqual([]);
  });

  it('leave out what was looked at and turned down', async () => {
    const graph = graphOf([edge('calibration:m', 'file:bad', 'rejected'), edge('file:m', 'calibration:m')]);
    expect(await usesOf('file:bad', graph)).toEqual([]);
  });

  it('are what can be reached, in any graph, cycles and all', async () => {
    const edges = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
        .map(([a, b]) => edge(`file:${a}`, `file:${b}`)),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(edges, async (all) => {
        // Reachability by repeated squaring of the relation, without a walk.
        let reach = new Set(all.map(({ subject, object }) => `${object} ${subject}`));
        for (let round = 0; round < 4; round++) {
          const pairs = [...reach].map((each) => each.split(' '));
          reach = new Set([
            ...reach,
            ...pairs.flatMap(([a, b]) => pairs.flatMap(([c, d]) => (b === c ? [`${a} ${d}`] : []))),
          ]);
        }
        const expected = [...reach]
          .filter((each) => each.startsWith('file:0 ') && each !== 'file:0 file:0')
          .map((each) => each.slice('file:0 file:'.length));
        const found = (await usesOf('file:0', graphOf(all))).map(({ key }) => key);
        expect(found.toSorted()).toEqual(expected.toSorted());
        const ancestors = new Set<string>();
        const walk = ({ node, from }: Ancestry): void => {
          ancestors.add(node);
          from.forEach(walk);
        };
        walk(await ancestryOf('file:0', graphOf(all)));
        const above = [...reach].filter((each) => each.endsWith(' file:0')).map((each) => each.split(' ')[0]);
        expect([...ancestors].toSorted()).toEqual([...new Set(['file:0', ...above])].toSorted());
      }),
    );
  });
});

describe('ancestry', () => {
  it('is a tree that unfolds a node once and ends where a cycle closes', async () => {
    const graph = graphOf([edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd'), edge('d', 'a')]);
    const used = { relation: 'used' };
    expect(await ancestryOf('a', graph)).toEqual({
      node: 'a',
      from: [
        {
          node: 'b',
          ...used,
          from: [{ node: 'd', ...used, from: [{ node: 'a', ...used, from: [], isRepeated: true }] }],
        },
        { node: 'c', ...used, from: [{ node: 'd', ...used, from: [], isRepeated: true }] },
      ],
    });
    expect(await ancestryOf('unknown', graph)).toEqual({ node: 'unknown', from: [] });
  });
});

describe('edges of calibration', () => {
  const master = masterOf('noc1_md_20261121_000021', { nightId: 'night', requestId: 'c.dark', set: { type: 'dark' } });
  const made = masterEdges(master, {
    frames: [pointer('raw/1.fits'), pointer('raw/2.fits')],
    rejected: [{ frame: pointer('raw/3.fits'), reason: 'light' }],
    bias: pointer('calibrations/bias.fits'),
    sidecar: pointer('calibrations/20261121/noc1_md_20261121_000021.json'),
    parameters: { method: 'clippedMean', sigmaLow: 3 },
  });
  const file = `file:${master.file.key}`;

  it('lead from a master to its frames, its bias, its night and its software, with the parameters', async () => {
    for (const each of made) expect(provenanceEdge.parse(each)).toEqual(each);
    const keys = made.map(({ subject, relationObject }) => `${subject} ${relationObject}`);
    expect(new Set(keys).size).toBe(keys.length);
    const derived = made.filter(({ subject, relation }) => subject === file && relation === 'wasDerivedFrom');
    expect(derived.map(({ object }) => object)).toEqual(['file:raw/1.fits', 'file:raw/2.fits']);
    const software = made.find(({ relation }) => relation === 'wasAssociatedWith')!;
    expect(software).toMatchObject({ object: 'software:nocturne@0.1.0', attributes: { method: 'clippedMean' } });
    const users = async (key: string) => (await usesOf(`file:${key}`, graphOf(made))).map((each) => each.key);
    expect(await users('calibrations/bias.fits')).toContain(master.file.key);
    expect(await users('raw/1.fits')).toContain(master.file.key);
    expect(await users('raw/3.fits')).toEqual([]);
  });

  it('lead from a certificate to its master and to who gave it', () => {
    const edges = certificateEdges(certificateOf(master, tai(21), tai(22)), { at: 'now', by: 'ada', cause: 'checked' });
    for (const each of edges) expect(provenanceEdge.parse(each)).toEqual(each);
    expect(edges.map(({ object }) => object)).toEqual([
      file,
      'certification:noc1_md_20261121_000021@now',
      file,
      'agent:ada',
    ]);
  });

  it('name the masters that a sheet chose', () => {
    const choice = { wanted: '', candidates: [], reason: '' };
    const sheet = {
      exposureId: 'x',
      at: tai(21),
      complete: false,
      choices: [
        { type: 'bias' as const, masterId: 'b', file: pointer('b'), ...choice },
        { type: 'dark' as const, masterId: 'd', file: pointer('d'), scale: 0.5, ...choice },
        { type: 'flat' as const, ...choice },
      ],
    };
    expect(mastersOf(sheet)).toEqual([
      { role: 'bias', file: pointer('b') },
      { role: 'dark', file: pointer('d'), scale: 0.5 },
    ]);
  });
});
