import {
  DescribeMapRunCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { chain } from '../helpers.ts';
import { closeBenches, type MapBench, mapMachine, openAfterKill, openMapBench, PASS_PROCESSOR } from './bench.ts';

afterEach(closeBenches);

const WAITING = {
  ...PASS_PROCESSOR,
  StartAt: 'Pause',
  States: {
    Pause: { Type: 'Wait', SecondsPath: '$.wait', Next: 'Count' },
    Count: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: 'count', 'Payload.$': '$' },
      OutputPath: '$.Payload',
      End: true,
    },
  },
};
const MACHINE = mapMachine(
  {
    Label: 'Rows',
    MaxConcurrency: 2,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      Parameters: { Bucket: 'b', Key: 'rows.json' },
      ReaderConfig: { InputType: 'JSON' },
    },
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'b', Prefix: 'out' } },
  },
  WAITING,
);
const ROWS = [
  { n: 0, wait: 3 },
  { n: 1, wait: 5 },
  { n: 2, wait: 4 },
  { n: 3, wait: 2 },
];
const contents = { 'b/rows.json': JSON.stringify(ROWS) };

/** Everything that a run has left, without what differs from run to run by its nature. */
async function traces(bench: MapBench, arn: string) {
  const [mapRun] = await bench.mapRuns(arn);
  const children = await Promise.all(
    (await bench.children(mapRun!)).map(async (child) => ({
      ...(await bench.describe(child.arn)),
      chain: chain(await bench.history(child.arn)),
    })),
  );
  const written = Object.entries(bench.objects.contents).filter(([path]) => path.includes('/SUCCEEDED_'));
  const results = written.map(([, text]) =>
    JSON.parse(text).map(({ Output }: { Output: string }) => JSON.parse(Output)),
  );
  return { chain: chain(await bench.history(arn)), status: (await bench.describe(arn)).status, children, results };
}

test('a run that was broken off at any moment leaves what an unbroken one leaves', async () => {
  const functions = { count: ({ n }: { n: number }) => ({ done: n }) };
  const bench = openMapBench({ functions, contents });
  const arn = await bench.start(MACHINE);
  const killed: MapBench[] = [];
  for (let second = 0; second < 9; second += 1) {
    killed.push(await openAfterKill(bench, functions));
    await bench.clock.advance(1000);
  }
  const expected = await traces(bench, arn);
  expect(expected.status).toBe('SUCCEEDED');
  expect(expected.results).toEqual([[{ done: 0 }, { done: 1 }, { done: 2 }, { done: 3 }]]);
  for (const recovered of killed) {
    await recovered.clock.advance(10_000);
    expect(await traces(recovered, arn)).toEqual(expected);
  }
});

test('an object is read again only when its items were not yet stored', async () => {
  const functions = { count: ({ n }: { n: number }) => n };
  const bench = openMapBench({ functions, contents });
  const { get } = bench.objects;
  bench.objects.get = () => new Promise(() => {});
  const arn = await bench.start(MACHINE);
  const unread = await openAfterKill(bench, functions);
  await unread.clock.advance(3000);
  expect((await unread.children((await unread.mapRuns(arn))[0]!)).map(({ status }) => status)).toContain('SUCCEEDED');
  bench.objects.get = get;
  delete unread.objects.contents['b/rows.json'];
  const readBefore = await openAfterKill(unread, functions);
  await readBefore.clock.advance(10_000);
  expect((await readBefore.describe(arn)).status).toBe('SUCCEEDED');
});

test('a list that was broken off is read anew', async () => {
  const ItemReader = { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: 'b' } };
  const bench = openMapBench({ contents: { 'b/1': '', 'b/2': '', 'b/3': '' } });
  const { list } = bench.objects;
  bench.objects.list = async function* (bucket, prefix) {
    for await (const object of list(bucket, prefix)) {
      if (object.Key === '3') await new Promise(() => {});
      yield object;
    }
  };
  const arn = await bench.start(mapMachine({ ItemReader, ItemSelector: { 'key.$': '$$.Map.Item.Value.Key' } }));
  const recovered = await openAfterKill(bench);
  expect((await recovered.describe(arn)).output).toEqual([{ key: '1' }, { key: '2' }, { key: '3' }]);
});

test('an engine that closes leaves the children running', async () => {
  const functions = { count: ({ n }: { n: number }) => n };
  const bench = openMapBench({ functions, contents });
  const arn = await bench.start(MACHINE);
  await bench.stepFunctions.close();
  const next = await openAfterKill(bench, functions);
  expect((await next.children((await next.mapRuns(arn))[0]!)).map(({ status }) => status)).toEqual([
    'RUNNING',
    'RUNNING',
  ]);
  await next.clock.advance(10_000);
  expect((await next.describe(arn)).status).toBe('SUCCEEDED');
});

test('a redriven run runs again only what did not succeed', async () => {
  const calls: number[] = [];
  let broken = true;
  const count = ({ n }: { n: number }) => {
    calls.push(n);
    if (broken && n === 1) throw new Error('broken');
    return { done: n };
  };
  const bench = openMapBench({ functions: { count }, contents });
  const arn = await bench.start(MACHINE);
  await bench.clock.advance(5000);
  expect((await bench.describe(arn)).error).toBe('States.ExceedToleratedFailureThreshold');
  const [mapRun] = await bench.mapRuns(arn);
  // 0 had succeeded, 1 failed, 2 was under way, 3 waited.
  expect(calls).toEqual([0, 1]);
  broken = false;
  await bench.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  const recovered = await openAfterKill(bench, { count });
  await recovered.clock.advance(20_000);
  await bench.clock.advance(20_000);
  expect(calls.slice(2).sort()).toEqual([1, 1, 2, 2, 3, 3]);
  for (const done of [bench, recovered]) {
    const events = await done.history(arn);
    // As radkawar/stackd, testdata/aws/stepfunctions/redrive_map.json, has it: the redriven run follows MapStateStarted.
    expect(chain(events).slice(4)).toEqual([
      '5 4 MapRunFailed',
      '6 5 MapStateFailed',
      '7 6 ExecutionFailed',
      '8 7 ExecutionRedriven',
      '9 3 MapRunRedriven',
      '10 9 MapRunSucceeded',
      '11 10 MapStateSucceeded',
      '12 9 MapStateExited',
      '13 12 ExecutionSucceeded',
    ]);
    expect(events[8]!.mapRunRedrivenEventDetails).toEqual({ mapRunArn: mapRun, redriveCount: 1 });
    expect(await done.mapRuns(arn)).toEqual([mapRun]);
    const folder = `out/${mapRun!.split(':').at(-1)}`;
    const manifest = JSON.parse(done.objects.contents[`b/${folder}/Redrive-1/manifest.json`]!);
    expect(manifest.ResultFiles).toEqual({
      FAILED: [],
      PENDING: [],
      SUCCEEDED: [
        { Key: `${folder}/SUCCEEDED_0.json`, Size: expect.any(Number) },
        { Key: `${folder}/Redrive-1/SUCCEEDED_0.json`, Size: expect.any(Number) },
      ],
    });
    const [first, second] = manifest.ResultFiles.SUCCEEDED.map(({ Key }: { Key: string }) =>
      JSON.parse(done.objects.contents[`b/${Key}`]!).map(({ Output }: { Output: string }) => JSON.parse(Output).done),
    );
    expect([first, second]).toEqual([[0], [1, 2, 3]]);
  }
});

// AWS Step Functions Developer Guide, "Redriving Map Runs in Step Functions executions".
test('a state that failed over the size of its result begins a new run when it is redriven', async () => {
  const bench = openMapBench();
  const large = mapMachine({ ItemSelector: { text: 'x'.repeat(60_000) } });
  const arn = await bench.start(large, [1, 2, 3, 4, 5]);
  expect((await bench.describe(arn)).error).toBe('States.DataLimitExceeded');
  await bench.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await bench.clock.advance(1);
  const types = (await bench.history(arn)).map(({ type }) => type);
  const redrivenAt = types.indexOf('ExecutionRedriven');
  expect(types.slice(redrivenAt + 1, redrivenAt + 3)).toEqual(['MapStateStarted', 'MapRunStarted']);
  expect(await bench.mapRuns(arn)).toHaveLength(2);
});

test('children wait for their redrive, and are as they were when it does not come', async () => {
  let gate: Promise<void> = Promise.resolve();
  const work = async () => {
    await gate;
    throw new Error('broken');
  };
  const { Count } = WAITING.States;
  const processor = {
    ...PASS_PROCESSOR,
    StartAt: 'Work',
    States: { Work: { ...Count, Parameters: { FunctionName: 'work' } } },
  };
  const bench = openMapBench({ functions: { work } });
  const arn = await bench.start(mapMachine({ MaxConcurrency: 1, ToleratedFailureCount: 1 }, processor), [1, 2, 3]);
  const [mapRun] = await bench.mapRuns(arn);
  const counts = async () =>
    (await bench.client.send(new DescribeMapRunCommand({ mapRunArn: mapRun }))).executionCounts;
  expect(await counts()).toMatchObject({ failed: 2, pending: 1 });
  await bench.client.send(new UpdateMapRunCommand({ mapRunArn: mapRun, toleratedFailureCount: 0 }));
  const { promise, resolve: open } = Promise.withResolvers<void>();
  gate = promise;
  await bench.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await bench.clock.advance(1);
  expect(await counts()).toMatchObject({ running: 1, pendingRedrive: 1, pending: 1, failed: 0 });
  open();
  await bench.clock.advance(1);
  expect(await bench.describe(arn)).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
  expect(await counts()).toMatchObject({ running: 0, pendingRedrive: 0, pending: 1, failed: 2 });
});

test('a run that was stopped can be redriven', async () => {
  const bench = openMapBench({ functions: { count: ({ n }: { n: number }) => ({ done: n }) }, contents });
  const arn = await bench.start(MACHINE);
  await bench.client.send(new StopExecutionCommand({ executionArn: arn }));
  await bench.client.send(new RedriveExecutionCommand({ executionArn: arn }));
  await bench.clock.advance(20_000);
  expect((await bench.describe(arn)).status).toBe('SUCCEEDED');
});
