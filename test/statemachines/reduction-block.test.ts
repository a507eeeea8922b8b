import { afterEach, expect, it } from 'vitest';
import type { FunctionName } from '../../core/names.ts';
import { type Answer, catchesOf, catchesTaken, fails, openMachines } from '../helpers/machines.ts';

const input = { nightId: 'n', blockId: 'g-1', association: { bucket: 'b', key: 'k' }, frames: ['a', 'b', 'c'] };
const reduced: Answer = ({ exposureId }) => ({ exposureId });
const good: Partial<Record<FunctionName, Answer[]>> = {
  'reduce-frame': [reduced],
  'finish-block': [({ blockId }) => ({ blockId })],
};

let machines: Awaited<ReturnType<typeof openMachines>>;
afterEach(() => machines.close());
const payloadsOf = (name: FunctionName) =>
  machines.calls.filter((call) => call.name === name).map(({ payload }) => payload);

it('reduces each of its frames, then says that it is done', async () => {
  machines = await openMachines(good);
  const path = await machines.run('reduction-block', input);
  expect(path).toMatchObject({ status: 'SUCCEEDED', output: { blockId: 'g-1' } });
  const { nightId, association } = input;
  expect(payloadsOf('reduce-frame')).toEqual(
    expect.arrayContaining(input.frames.map((exposureId) => ({ nightId, association, exposureId }))),
  );
  expect(payloadsOf('finish-block')).toEqual([
    { nightId, blockId: 'g-1', reduced: input.frames.map((exposureId) => ({ exposureId, error: '', cause: '' })) },
  ]);
});

it('goes on with its other frames when one fails, and hands on which and why', async () => {
  machines = await openMachines({
    'reduce-frame': [(payload) => (payload.exposureId === 'b' ? fails('ChecksumMismatch')(payload) : reduced(payload))],
    'finish-block': [fails('ReductionFailed', '1 of 3 frames')],
  });
  const path = await machines.run('reduction-block', input);
  expect(path).toMatchObject({ status: 'FAILED', error: 'ReductionFailed' });
  expect(path.cause).toContain('1 of 3 frames');
  expect(path.states.slice(-2)).toEqual(['FinishBlock', 'BlockFailed']);
  expect(path.states.filter((name) => name === 'FrameFailed')).toHaveLength(1);
  const [{ reduced: handed }] = payloadsOf('finish-block');
  expect(handed.map(({ exposureId, error }: any) => [exposureId, error])).toEqual([
    ['a', ''],
    ['b', 'ChecksumMismatch'],
    ['c', ''],
  ]);
  expect(handed[1].cause).toContain('ChecksumMismatch on purpose');
});

it("tries again what is AWS's own trouble, and that alone", async () => {
  let troubles = 0;
  machines = await openMachines({
    ...good,
    'reduce-frame': [
      (payload) =>
        payload.exposureId === 'a' && troubles++ === 0 ? fails('StoreUnavailable')(payload) : reduced(payload),
    ],
  });
  const path = await machines.run('reduction-block', input);
  expect(path.status).toBe('SUCCEEDED');
  expect(path.states).not.toContain('FrameFailed');
  expect(payloadsOf('reduce-frame')).toHaveLength(4);
});

it('fails by name when its end cannot be judged', async () => {
  machines = await openMachines({ ...good, 'finish-block': [fails('SomethingNobodyThoughtOf')] });
  const path = await machines.run('reduction-block', input);
  expect(path).toMatchObject({ status: 'FAILED', error: 'SomethingNobodyThoughtOf' });
  expect(path.states.slice(-2)).toEqual(['FinishBlock', 'BlockFailed']);
});

it('fails by name when a frame ends in another way', async () => {
  machines = await openMachines(
    { ...good, 'reduce-frame': [fails('ChecksumMismatch')] },
    {
      'reduction-block': ({ ReduceFrames }) => {
        ReduceFrames.ItemProcessor.States.FrameFailed = { Type: 'Fail', Error: 'SomethingNobodyThoughtOf', Cause: 'c' };
      },
    },
  );
  const path = await machines.run('reduction-block', input);
  expect(path).toMatchObject({ status: 'FAILED', error: 'SomethingNobodyThoughtOf' });
  expect(path.states.at(-1)).toBe('BlockFailed');
  expect(payloadsOf('finish-block')).toEqual([]);
});

it('has had every Catch of its definition taken', () => {
  expect(catchesTaken('reduction-block')).toEqual(catchesOf('reduction-block'));
});
