import { afterEach, expect, it } from 'vitest';
import type { FunctionName } from '../../core/names.ts';
import { type Answer, catchesOf, catchesTaken, fails, openMachines } from '../helpers/machines.ts';

const input = { nightId: 'n', cursor: 0 };
const block = (blockId: string, ...frames: string[]) => ({
  blockId,
  association: { bucket: 'b', key: `${blockId}.json` },
  frames,
  executionName: blockId,
});
const page =
  (...blocks: object[]): Answer =>
  ({ cursor, ...state }) => ({ ...state, cursor: cursor + blocks.length, action: 'reduce', blocks });
const done: Answer = (payload) => ({ ...payload, action: 'done', complete: 3, incomplete: 1 });
const good: Partial<Record<FunctionName, Answer[]>> = {
  'plan-reduction': [page(block('g-1', 'a', 'b'), block('r-1', 'c')), page(block('i-1', 'd')), done],
  'reduce-frame': [({ exposureId }) => ({ exposureId })],
  'finish-block': [({ blockId }) => ({ blockId })],
};

let machines: Awaited<ReturnType<typeof openMachines>>;
afterEach(() => machines.close());
const payloadsOf = (name: FunctionName) =>
  machines.calls.filter((call) => call.name === name).map(({ payload }) => payload);
const outside = (states: string[]) => states.filter((name) => !/^(ReduceBlock|BlockFailed)$/.test(name));
const PAGE = ['PlanReduction', 'BlocksPlanned', 'ReduceBlocks'];

it('reduces its blocks page by page, each in an execution of its own, and tells how many frames are complete', async () => {
  machines = await openMachines(good);
  const path = await machines.run('reduction', input);
  expect(path).toMatchObject({ status: 'SUCCEEDED', output: { nightId: 'n', complete: 3, incomplete: 1 } });
  expect(outside(path.states)).toEqual([...PAGE, ...PAGE, 'PlanReduction', 'BlocksPlanned', 'Reduced']);
  const planned = payloadsOf('plan-reduction');
  expect(planned.map(({ cursor }) => cursor)).toEqual([0, 2, 3]);
  // All pages are of one plan: it is kept under the name of the execution.
  expect(new Set(planned.map(({ executionName }) => executionName)).size).toBe(1);
  expect(planned[0].executionName).toMatch(/\S/);
  const blocks = await machines.paths('reduction-block');
  expect(blocks.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(blocks.map(({ output }) => output.blockId).sort()).toEqual(['g-1', 'i-1', 'r-1']);
  expect(payloadsOf('reduce-frame')).toEqual(
    expect.arrayContaining([
      { nightId: 'n', association: { bucket: 'b', key: 'g-1.json' }, exposureId: 'a' },
      { nightId: 'n', association: { bucket: 'b', key: 'g-1.json' }, exposureId: 'b' },
      { nightId: 'n', association: { bucket: 'b', key: 'r-1.json' }, exposureId: 'c' },
      { nightId: 'n', association: { bucket: 'b', key: 'i-1.json' }, exposureId: 'd' },
    ]),
  );
});

it('ends at once where there is nothing to reduce', async () => {
  machines = await openMachines({ 'plan-reduction': [done] });
  const path = await machines.run('reduction', input);
  expect(path).toMatchObject({ status: 'SUCCEEDED', states: ['PlanReduction', 'BlocksPlanned', 'Reduced'] });
});

it('goes on with the other blocks when one fails; the judgement at the end fails it', async () => {
  machines = await openMachines({
    ...good,
    'plan-reduction': [...good['plan-reduction']!.slice(0, 2), fails('ReductionFailed', '1 frame: c')],
    'finish-block': [
      (payload) => (payload.blockId === 'r-1' ? fails('ReductionFailed')(payload) : { blockId: payload.blockId }),
    ],
  });
  const path = await machines.run('reduction', input);
  expect(path).toMatchObject({ status: 'FAILED', error: 'ReductionFailed' });
  expect(path.cause).toContain('1 frame: c');
  expect(outside(path.states)).toEqual([...PAGE, ...PAGE, 'PlanReduction', 'ReductionFailed']);
  expect(path.states.filter((name) => name === 'BlockFailed')).toHaveLength(1);
  const blocks = await machines.paths('reduction-block');
  expect(blocks.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(payloadsOf('reduce-frame')).toHaveLength(4);
});

it('fails when it cannot be planned', async () => {
  machines = await openMachines({ 'plan-reduction': [fails('RecordMissing')] });
  const path = await machines.run('reduction', input);
  expect(path).toMatchObject({ status: 'FAILED', error: 'RecordMissing' });
  expect(path.states).toEqual(['PlanReduction', 'ReductionFailed']);
});

it('fails when a block does not come to its end in time', async () => {
  let release = (): void => {};
  const stuck = new Promise<void>((resolve) => {
    release = resolve;
  });
  machines = await openMachines(
    { ...good, 'reduce-frame': [() => stuck] },
    {
      reduction: ({ ReduceBlocks }) => {
        ReduceBlocks.ItemProcessor.States.ReduceBlock.TimeoutSeconds = 1;
      },
    },
  );
  const path = await machines.run('reduction', input);
  release();
  expect(path).toMatchObject({ status: 'FAILED', error: 'ReductionFailed' });
  expect(path.states.at(-1)).toBe('BlocksNotReduced');
});

it('has had every Catch of its definition taken', () => {
  expect(catchesTaken('reduction')).toEqual(catchesOf('reduction'));
});
