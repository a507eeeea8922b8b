import { describe, expect, it } from 'vitest';
import { compareWorlds, comparisonText, isSame } from '../../localstack/parity/compare.ts';
import { KINDS, type Kind, type World } from '../../localstack/parity/world.ts';

const worldOf = (kind: Kind, entries: Record<string, unknown>): World => {
  const world = Object.fromEntries(KINDS.map((each) => [each, new Map()])) as World;
  for (const [key, value] of Object.entries(entries)) world[kind].set(key, value);
  return world;
};
const compare = (kind: Kind, ours: Record<string, unknown>, theirs: Record<string, unknown>) =>
  compareWorlds(
    { world: worldOf(kind, ours), naming: { prefix: '', bucket: 'nocturne' } },
    { world: worldOf(kind, theirs), naming: { prefix: 'nocturne-', bucket: 'nocturne-000000000000-us-east-1' } },
  );

describe('worlds', () => {
  it.each(KINDS)('differ by a value of %s', (kind) => {
    expect(isSame(compare(kind, { a: 'x' }, { a: 'x' }))).toBe(true);
    expect(isSame(compare(kind, { a: 'x' }, { a: 'y' }))).toBe(false);
  });

  it('differ by what only one has', () => {
    expect(isSame(compare('frames', { a: 'x' }, { a: 'x', b: 'y' }))).toBe(false);
    expect(isSame(compare('frames', { a: 'x', b: 'y' }, { a: 'x' }))).toBe(false);
  });

  it('do not differ by the order of attributes, by the bucket, or by the stage in front of a machine', () => {
    const ours = { a: 1, b: { bucket: 'nocturne', key: 'k' }, arn: 'arn:aws:states:r:1:execution:night:n-r1' };
    const theirs = {
      arn: 'arn:aws:states:r:1:execution:nocturne-night:n-r1',
      b: { key: 'k', bucket: 'nocturne-000000000000-us-east-1' },
      a: 1,
    };
    expect(isSame(compare('night', { night: ours }, { night: theirs }))).toBe(true);
  });

  it('differ by another observer of the name of the bucket', () => {
    const found = compare(
      'night',
      { n: { observer: 'nocturne' } },
      { n: { observer: 'nocturne-000000000000-us-east-1' } },
    );
    expect(isSame(found)).toBe(false);
  });
});

it('shows how many there are, how many are the same, and the lines that differ', () => {
  const text = comparisonText(compare('requests', { a: { s: 1 }, b: { s: 2 } }, { a: { s: 1 }, b: { s: 3 } }));
  expect(text).toMatch(/^requests +2 +2 +1 {3}1 differ$/m);
  expect(text).toContain('requests b:\n  embedded     "s": 2\n  LocalStack   "s": 3');
});
