/**
 * Histories and answers as AWS gave them: localstack/localstack, tests/aws/services/stepfunctions/v2/scenarios/test_base_scenarios
 * and v2/assign/test_assign_reference_variables ("recorded 1"); radkawar/stackd, testdata/aws/stepfunctions/distributed_map.json
 * ("recorded 2").
 */
import { DescribeMapRunCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { chain, START_MS } from '../helpers.ts';
import { closeBenches, type MapBench, mapMachine, openMapBench, PASS_PROCESSOR } from './bench.ts';

afterEach(closeBenches);

const GET_OBJECT = 'arn:aws:states:::s3:getObject';
const PARAMETERS = { 'Bucket.$': '$.Bucket', 'Key.$': '$.Key' };
const PLACE = { Bucket: 'bucket-name', Key: 'file' };
const CSV_TEXT = 'Col1,Col2\nValue1,Value2\nValue3,Value4\nValue5,Value6\nValue7,Value8\n';
const CSV_CONFIG = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' };
const read = (ReaderConfig: object) => ({ ItemReader: { Resource: GET_OBJECT, Parameters: PARAMETERS, ReaderConfig } });

/** Waits for `$.value.wait` seconds, then fails or gives back its context: the processor of recorded 2. */
const LIFE_PROCESSOR = {
  ...PASS_PROCESSOR,
  StartAt: 'WaitBeforeDecision',
  States: {
    WaitBeforeDecision: { Type: 'Wait', SecondsPath: '$.value.wait', Next: 'Decide' },
    Decide: {
      Type: 'Choice',
      Choices: [{ Variable: '$.value.fail', BooleanEquals: true, Next: 'FailItem' }],
      Default: 'ReturnContext',
    },
    FailItem: { Type: 'Fail', Error: 'OwnedItemFailure', Cause: 'intentional bounded native observation' },
    ReturnContext: { Type: 'Pass', Parameters: { 'item.$': '$', 'childContext.$': '$$' }, End: true },
  },
};
const LIFE = {
  Label: 'LifeMap',
  ItemsPath: '$.items',
  MaxConcurrencyPath: '$.concurrency',
  ToleratedFailureCountPath: '$.tolerance',
  ItemSelector: { 'index.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value', 'source.$': '$$.Map.Item.Source' },
  ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'out', Prefix: 'results/cancel' } },
};
const item = (n: number, wait: number, fail = false) => ({ n, wait, fail });

async function runOf(bench: MapBench, definition: object, input: unknown = {}) {
  const arn = await bench.start(definition, input);
  const events = await bench.history(arn);
  return { arn, events, chain: chain(events), ...(await bench.describe(arn)) };
}

test('a Map Run over the items of the input', async () => {
  const selector = {
    constantValue: 'constant',
    'mapValue.$': '$$.Map.Item.Value',
    'fromInput.$': '$',
  };
  const run = await runOf(openMapBench(), mapMachine({ ItemSelector: selector, MaxConcurrency: 1 }), [
    'Hello',
    'World',
  ]);
  // Recorded 1, test_map_state_config_distributed_item_selector_parameters: since 2024-11 the exit follows MapRunStarted.
  expect(run.chain).toEqual([
    '1 0 ExecutionStarted',
    '2 0 MapStateEntered',
    '3 2 MapStateStarted',
    '4 3 MapRunStarted',
    '5 4 MapRunSucceeded',
    '6 5 MapStateSucceeded',
    '7 4 MapStateExited',
    '8 7 ExecutionSucceeded',
  ]);
  expect(run.events[2]!.mapStateStartedEventDetails).toEqual({ length: 2 });
  expect(run.output).toEqual([
    { constantValue: 'constant', mapValue: 'Hello', fromInput: ['Hello', 'World'] },
    { constantValue: 'constant', mapValue: 'World', fromInput: ['Hello', 'World'] },
  ]);
});

test('ARNs of the run carry the label, or a name that is the same for every run of the state', async () => {
  const bench = openMapBench();
  const labelled = await runOf(bench, mapMachine({ Label: 'TestMap' }), [1]);
  expect(await bench.mapRuns(labelled.arn)).toEqual([
    expect.stringMatching(/^arn:aws:states:eu-central-1:111111111111:mapRun:machine-1\/TestMap:[0-9a-f-]{36}$/),
  ]);
  const unlabelled = await runOf(bench, mapMachine({}), [1]);
  expect((await bench.mapRuns(unlabelled.arn))[0]).toMatch(
    /:mapRun:machine-2\/[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}:/,
  );
});

test.each([
  [CSV_CONFIG, CSV_TEXT, { ItemsPath: '$.none' }, 4],
  [{ ...CSV_CONFIG, MaxItems: 2 }, CSV_TEXT, {}, 2],
  [{ ...CSV_CONFIG, MaxItems: 0 }, CSV_TEXT, {}, 4],
  [{ ...CSV_CONFIG, MaxItemsPath: '$.MaxItems' }, CSV_TEXT, {}, 3],
])('items read from an object: %j', async (config, text, fields, count) => {
  const bench = openMapBench({ contents: { 'bucket-name/file': text } });
  const run = await runOf(bench, mapMachine({ ...read(config), ...fields }), { ...PLACE, MaxItems: '3' });
  // The length is 0: the object is read by the Map Run.
  expect(run.events[2]!.mapStateStartedEventDetails).toEqual({ length: 0 });
  const rows = ['Value1', 'Value3', 'Value5', 'Value7'].map((Col1, row) => ({ Col1, Col2: `Value${2 * row + 2}` }));
  expect(run.output).toEqual(rows.slice(0, count));
});

test.each([
  [read({ InputType: 'JSON' }), {}, 'Attempting to map over non-iterable node.'],
  [read({ ...CSV_CONFIG, MaxItemsPath: '$.MaxItems' }), { MaxItems: -1 }, 'field MaxItems must be positive'],
])('a reader that fails: %j', async (fields, input, cause) => {
  const bench = openMapBench({ contents: { 'bucket-name/file': '{"Hello":"world"}' } });
  const run = await runOf(bench, mapMachine(fields), { ...PLACE, ...input });
  expect(run.chain.slice(3)).toEqual([
    '4 3 MapRunStarted',
    '5 4 MapRunFailed',
    '6 5 MapStateFailed',
    '7 6 ExecutionFailed',
  ]);
  expect(run.events[4]!.mapRunFailedEventDetails).toEqual({ error: 'States.ItemReaderFailed', cause });
  expect(run).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed', cause });
});

test('an object or a bucket that is not there fails the reader and the writer', async () => {
  const bench = openMapBench();
  const noObject = await runOf(bench, mapMachine(read({ InputType: 'JSON' })), PLACE);
  expect(noObject).toMatchObject({ error: 'States.ItemReaderFailed' });
  expect(noObject.cause).toContain('The specified key does not exist.');
  const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'missing' } };
  const noBucket = await runOf(bench, mapMachine({ ResultWriter }), [1]);
  expect(noBucket).toMatchObject({ status: 'FAILED', error: 'States.ResultWriterFailed' });
  expect(noBucket.chain.slice(-3)).toEqual(['5 4 MapRunFailed', '6 5 MapStateFailed', '7 6 ExecutionFailed']);
});

test.each([
  [
    { MaxConcurrencyPath: '$.v' },
    {},
    3,
    'The MaxConcurrencyPath field refers to value "{}" which is not a valid integer: $.v',
  ],
  [
    { ToleratedFailureCountPath: '$.v' },
    'NoNumber',
    4,
    'The ToleratedFailureCountPath field refers to value "NoNumber" which is not a valid integer: $.v',
  ],
  [{ ToleratedFailureCountPath: '$.v' }, -1, 4, 'ToleratedFailureCount cannot be negative.'],
  [
    { ToleratedFailurePercentagePath: '$.v' },
    {},
    4,
    'The ToleratedFailurePercentagePath field refers to value "{}" which is not a valid float: $.v',
  ],
  [{ ToleratedFailurePercentagePath: '$.v' }, 100.1, 4, 'ToleratedFailurePercentage must be between 0 and 100.'],
])('a limit that is none: %j of %j', async (fields, v, eventCount, problem) => {
  const run = await runOf(openMapBench(), mapMachine({ ItemsPath: '$.Items', ...fields }), { Items: [0], v });
  expect(run.events).toHaveLength(eventCount);
  expect(run.chain.at(-1)).toBe(`${eventCount} ${eventCount - 1} ExecutionFailed`);
  expect(run).toMatchObject({
    error: 'States.Runtime',
    cause: `An error occurred while executing the state 'MapState' (entered at the event id #2). ${problem}`,
  });
});

test.each([0, 1, '1', 1.1, 100])('a tolerated percentage of %j', async (v) => {
  const fields = { ItemsPath: '$.Items', ToleratedFailurePercentagePath: '$.v' };
  expect((await runOf(openMapBench(), mapMachine(fields), { Items: [0], v })).output).toEqual([0]);
});

test('objects of a bucket are items with the members that Step Functions shows', async () => {
  const bench = openMapBench({ contents: { 'b/flat/data.jsonl': '1', 'b/other': '2' } });
  const ItemReader = { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: 'b', Prefix: 'flat/' } };
  const run = await runOf(bench, mapMachine({ ItemReader, ItemSelector: LIFE.ItemSelector }));
  expect(run.output).toEqual([
    {
      index: 0,
      source: 's3://b',
      value: {
        Etag: '"etag"',
        Key: 'flat/data.jsonl',
        LastModified: START_MS / 1000,
        Size: 1,
        StorageClass: 'STANDARD',
      },
    },
  ]);
});

test('items of an object in batches', async () => {
  const contents = { 'bucket-name/file': JSON.stringify({ data: { items: [{ n: 0 }, { n: 1 }, { n: 2 }] } }) };
  const run = await runOf(
    openMapBench({ contents }),
    mapMachine({
      ...read({ InputType: 'JSON', ItemsPointer: '/data/items' }),
      ItemSelector: LIFE.ItemSelector,
      ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'tag.$': '$.Key' } },
    }),
    PLACE,
  );
  const selected = (n: number) => ({ index: n, source: 's3://bucket-name/file', value: { n } });
  expect(run.output).toEqual([
    { BatchInput: { tag: 'file' }, Items: [selected(0), selected(1)] },
    { BatchInput: { tag: 'file' }, Items: [selected(2)] },
  ]);
});

test('a child is an execution of its own, with a context and a history of its own', async () => {
  const bench = openMapBench();
  const input = { items: [item(1, 0)], concurrency: 1, tolerance: 0 };
  const run = await runOf(bench, mapMachine(LIFE, LIFE_PROCESSOR), input);
  const [mapRun] = await bench.mapRuns(run.arn);
  const [child] = await bench.children(mapRun!);
  const name = child!.arn.split(':').at(-1)!;
  const childInput = { index: 0, source: 'STATE_DATA', value: item(1, 0) };
  // Recorded 2: no $$.Map, the machine's name without the label, its ARN with it.
  expect((await bench.describe(child!.arn)).output).toEqual({
    item: childInput,
    childContext: {
      Execution: {
        Id: `arn:aws:states:eu-central-1:111111111111:execution:machine-1/LifeMap:${name}`,
        Input: childInput,
        StartTime: new Date(START_MS).toISOString(),
        Name: name,
        RoleArn: 'arn:aws:iam::111111111111:role/night',
        RedriveCount: 0,
      },
      StateMachine: {
        Id: 'arn:aws:states:eu-central-1:111111111111:stateMachine:machine-1/LifeMap',
        Name: 'machine-1',
      },
      State: { Name: 'ReturnContext', EnteredTime: new Date(START_MS).toISOString() },
    },
  });
  expect(chain(await bench.history(child!.arn))).toEqual([
    '1 0 ExecutionStarted',
    '2 0 WaitStateEntered',
    '3 2 WaitStateExited',
    '4 3 ChoiceStateEntered',
    '5 4 ChoiceStateExited',
    '6 5 PassStateEntered',
    '7 6 PassStateExited',
    '8 7 ExecutionSucceeded',
  ]);
});

test('more failures than tolerated stop the run; what was written tells of all children', async () => {
  const bench = openMapBench();
  const items = [item(0, 25, true), item(1, 60), item(2, 0), item(3, 0), item(4, 0)];
  const arn = await bench.start(mapMachine(LIFE, LIFE_PROCESSOR), { items, concurrency: 2, tolerance: 0 });
  await bench.clock.advance(25_000);
  const events = await bench.history(arn);
  expect(chain(events).slice(3)).toEqual([
    '4 3 MapRunStarted',
    '5 4 MapRunFailed',
    '6 5 MapStateFailed',
    '7 6 ExecutionFailed',
  ]);
  const failure = {
    error: 'States.ExceedToleratedFailureThreshold',
    cause: 'The specified tolerated failure threshold was exceeded',
  };
  expect(events[4]!.mapRunFailedEventDetails).toEqual(failure);
  expect(await bench.describe(arn)).toMatchObject({ status: 'FAILED', ...failure });
  const [mapRun] = await bench.mapRuns(arn);
  const [stopped, failed] = await bench.children(mapRun!);
  expect([stopped!.status, failed!.status]).toEqual(['ABORTED', 'FAILED']);
  // Recorded by radkawar/stackd, testdata/aws/stepfunctions/redrive_map.json.
  const cause = `The map run execution [${mapRun}] which was managing this resource was aborted`;
  expect((await bench.describe(stopped!.arn)).cause).toBe(cause);

  const folder = `results/cancel/${mapRun!.split(':').at(-1)}`;
  const texts = bench.objects.contents;
  const input = (n: number) => JSON.stringify({ index: n, value: items[n], source: 'STATE_DATA' });
  const machine = 'arn:aws:states:eu-central-1:111111111111:stateMachine:machine-1/LifeMap';
  const iso = (afterS: number) => new Date(START_MS + afterS * 1000).toISOString();
  // Members in the order of recorded 2, which is that of the alphabet.
  const common = (childArn: string) => ({
    OutputDetails: { Included: true },
    RedriveCount: 0,
    RedriveStatus: 'REDRIVABLE_BY_MAP_RUN',
    StartDate: iso(0),
    StateMachineArn: machine,
    ...(childArn === failed!.arn ? { Status: 'FAILED' } : { Status: 'ABORTED' }),
    StopDate: iso(25),
  });
  expect(texts[`out/${folder}/FAILED_0.json`]).toBe(
    JSON.stringify([
      {
        Cause: 'intentional bounded native observation',
        Error: 'OwnedItemFailure',
        ExecutionArn: failed!.arn,
        Input: input(0),
        InputDetails: { Included: true },
        Name: failed!.arn.split(':').at(-1),
        ...common(failed!.arn),
      },
      {
        Cause: cause,
        ExecutionArn: stopped!.arn,
        Input: input(1),
        InputDetails: { Included: true },
        Name: stopped!.arn.split(':').at(-1),
        ...common(stopped!.arn),
      },
    ]),
  );
  expect(texts[`out/${folder}/PENDING_0.json`]).toBe(
    JSON.stringify([2, 3, 4].map((n) => ({ Input: input(n), InputDetails: { Included: true }, Status: 'PENDING' }))),
  );
  const sizeOf = (file: string) => ({ Key: `${folder}/${file}`, Size: texts[`out/${folder}/${file}`]!.length });
  expect(texts[`out/${folder}/manifest.json`]).toBe(
    JSON.stringify({
      DestinationBucket: 'out',
      MapRunArn: mapRun,
      ResultFiles: { FAILED: [sizeOf('FAILED_0.json')], PENDING: [sizeOf('PENDING_0.json')], SUCCEEDED: [] },
    }),
  );
});

test('tolerated failures do not fail the state; where the results were written is its result', async () => {
  const bench = openMapBench();
  const items = [item(0, 0, true), item(1, 0), item(2, 0)];
  const run = await runOf(bench, mapMachine(LIFE, LIFE_PROCESSOR), { items, concurrency: 2, tolerance: 1 });
  const [mapRun] = await bench.mapRuns(run.arn);
  const folder = `results/cancel/${mapRun!.split(':').at(-1)}`;
  expect(run.output).toEqual({
    MapRunArn: mapRun,
    ResultWriterDetails: { Bucket: 'out', Key: `${folder}/manifest.json` },
  });
  const written = JSON.parse(bench.objects.contents[`out/${folder}/SUCCEEDED_0.json`]!);
  expect(written.map((child: { Input: string }) => JSON.parse(child.Input).index)).toEqual([1, 2]);
  expect(written[0]).toMatchObject({
    RedriveStatus: 'NOT_REDRIVABLE',
    RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
  });
});

test('results are shaped as WriterConfig says; failures are told of in full', async () => {
  const bench = openMapBench();
  const pair = {
    ...PASS_PROCESSOR,
    StartAt: 'Check',
    States: {
      Check: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 30, Next: 'No' }], Default: 'Pair' },
      Pair: {
        Type: 'Pass',
        Parameters: { 'out.$': 'States.Array($, States.JsonToString($))' },
        OutputPath: '$.out',
        End: true,
      },
      No: { Type: 'Fail', Error: 'No' },
    },
  };
  const writer = (fields: object, config: object) => ({
    ToleratedFailureCount: 1,
    ResultWriter: { ...fields, WriterConfig: config },
  });
  const exported = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'out' } };
  const lines = await runOf(
    bench,
    mapMachine(writer(exported, { Transformation: 'FLATTEN', OutputType: 'JSONL' }), pair),
    [10, 20],
  );
  const { Key } = (lines.output as { ResultWriterDetails: { Key: string } }).ResultWriterDetails;
  // Recorded 2, jsonata_flatten: a line for each element, the last with its end.
  expect(bench.objects.contents[`out/${Key.replace('manifest.json', 'SUCCEEDED_0.jsonl')}`]).toBe(
    '10\n"10"\n20\n"20"\n',
  );

  const flat = await runOf(bench, mapMachine(writer({}, { Transformation: 'FLATTEN' }), pair), [10, 30]);
  expect(flat.output).toEqual([10, '10', expect.objectContaining({ Status: 'FAILED', Error: 'No', Input: '30' })]);
  const compact = await runOf(bench, mapMachine({ ToleratedFailureCount: 1 }, pair), [10, 30]);
  expect(compact.output).toEqual([[10, '10'], expect.objectContaining({ Status: 'FAILED' })]);
});

test('a failed batch counts with all its items', async () => {
  const failing = { ...PASS_PROCESSOR, StartAt: 'No', States: { No: { Type: 'Fail', Error: 'No' } } };
  const batched = (fields: object) =>
    runOf(openMapBench(), mapMachine({ ItemBatcher: { MaxItemsPerBatch: 2 }, ...fields }, failing), [1, 2]);
  expect((await batched({ ToleratedFailureCount: 1 })).status).toBe('FAILED');
  expect((await batched({ ToleratedFailureCount: 2 })).status).toBe('SUCCEEDED');
  expect((await batched({ ToleratedFailurePercentage: 99.9 })).status).toBe('FAILED');
  expect((await batched({ ToleratedFailurePercentage: 100 })).status).toBe('SUCCEEDED');
  expect((await batched({ ToleratedFailurePercentage: 100, ToleratedFailureCount: 0 })).status).toBe('FAILED');
});

test('a Map Run inside another', async () => {
  const bench = openMapBench();
  const inner = {
    Type: 'Map',
    ItemsPath: '$.subs',
    ResultPath: '$.result',
    ItemProcessor: { ...PASS_PROCESSOR, StartAt: 'Done', States: { Done: { Type: 'Succeed' } } },
    End: true,
  };
  const outer = { ...PASS_PROCESSOR, StartAt: 'Inner', States: { Inner: inner } };
  const run = await runOf(bench, mapMachine({ ItemsPath: '$.values' }, outer), { values: [{ subs: [1, 2] }] });
  expect(run.output).toEqual([{ subs: [1, 2], result: [1, 2] }]);
  const [outerRun] = await bench.mapRuns(run.arn);
  const [child] = await bench.children(outerRun!);
  expect((await bench.mapRuns(child!.arn))[0]).toMatch(/:mapRun:machine-1\/[0-9a-f-]{36}:[0-9a-f-]{36}$/);
});

test('a JSONata state gives its reader, batcher and limits as expressions', async () => {
  const rows = ['true', 'false', 'mostly-true'].map((verdict) => ({ verdict }));
  const bench = openMapBench({ contents: { 'bucket-name/file': JSON.stringify(rows) } });
  const state = {
    QueryLanguage: 'JSONata',
    ItemReader: {
      Resource: GET_OBJECT,
      Arguments: { Bucket: '{% $states.input.Bucket %}', Key: '{% $states.input.Key %}' },
      ReaderConfig: { InputType: 'JSON', MaxItems: '{% $states.input.most %}' },
    },
    ItemSelector: '{% $states.context.Map.Item.Value %}',
    ItemBatcher: {
      MaxItemsPerBatch: '{% $states.input.size %}',
      MaxInputBytesPerBatch: '{% 150000 %}',
      BatchInput: { BatchTimestamp: '{% $states.context.State.EnteredTime %}' },
    },
    ToleratedFailurePercentage: '{% 12.5 %}',
  };
  // Recorded 1, test_map_item_batching_base_json_max_per_batch_jsonata.
  const run = await runOf(bench, mapMachine(state), { ...PLACE, most: 2, size: 2 });
  expect(run.output).toEqual([
    { BatchInput: { BatchTimestamp: new Date(START_MS).toISOString() }, Items: rows.slice(0, 2) },
  ]);
  const items = { QueryLanguage: 'JSONata', Items: '{% [$states.input.n, 2] %}', MaxConcurrency: '{% 1 %}' };
  expect((await runOf(bench, mapMachine(items), { n: 1 })).output).toEqual([1, 2]);
  const members = { ...items, Items: '{% {"a": 1} %}' };
  expect((await runOf(bench, mapMachine(members), {})).output).toEqual([{ Key: 'a', Value: 1 }]);
  const broken = { ...items, ToleratedFailureCount: '{% $states.input.n / 2 %}' };
  expect(await runOf(bench, mapMachine(broken), { n: 1 })).toMatchObject({
    status: 'FAILED',
    error: 'States.QueryEvaluationError',
  });
});

test('no items make an empty result', async () => {
  expect((await runOf(openMapBench(), mapMachine({}), [])).output).toEqual([]);
});

test('results that are too large for the state fail it', async () => {
  const run = await runOf(openMapBench(), mapMachine({ ItemSelector: { text: 'x'.repeat(60_000) } }), [1, 2, 3, 4, 5]);
  expect(run).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test('Retry begins another Map Run, Catch ends the state', async () => {
  const bench = openMapBench();
  const failing = { ...PASS_PROCESSOR, StartAt: 'No', States: { No: { Type: 'Fail', Error: 'No' } } };
  const ErrorEquals = ['States.ExceedToleratedFailureThreshold'];
  const definition = {
    StartAt: 'MapState',
    States: {
      MapState: {
        Type: 'Map',
        ItemProcessor: failing,
        Retry: [{ ErrorEquals, IntervalSeconds: 2, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals, Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Succeed' },
    },
  };
  const arn = await bench.start(definition, [1]);
  await bench.clock.advance(2000);
  const types = (await bench.history(arn)).map(({ type }) => type);
  expect(types.filter((type) => type?.startsWith('Map'))).toEqual([
    'MapStateEntered',
    'MapStateStarted',
    'MapRunStarted',
    'MapRunFailed',
    'MapStateStarted',
    'MapRunStarted',
    'MapRunFailed',
    'MapStateFailed',
    'MapStateExited',
  ]);
  expect(await bench.mapRuns(arn)).toHaveLength(2);
});

// AWS Step Functions Developer Guide, "Setting failure thresholds for Distributed Map states": failed or timed out items count.
test('a child that was stopped is no failure of the run', async () => {
  const bench = openMapBench();
  const arn = await bench.start(mapMachine({}, LIFE_PROCESSOR), [{ value: item(0, 5) }, { value: item(1, 5) }]);
  const [mapRun] = await bench.mapRuns(arn);
  const [second] = await bench.children(mapRun!);
  await bench.client.send(new StopExecutionCommand({ executionArn: second!.arn, cause: 'enough' }));
  await bench.clock.advance(5000);
  expect((await bench.describe(arn)).output).toEqual([
    expect.objectContaining({ item: { value: item(0, 5) } }),
    expect.objectContaining({ Status: 'ABORTED', Cause: 'enough' }),
  ]);
});

test('a run that is stopped while it reads is aborted', async () => {
  const bench = openMapBench();
  bench.objects.get = () => new Promise(() => {});
  const arn = await bench.start(mapMachine(read({ InputType: 'JSON' })), PLACE);
  await bench.client.send(new StopExecutionCommand({ executionArn: arn }));
  const [mapRunArn] = await bench.mapRuns(arn);
  expect((await bench.client.send(new DescribeMapRunCommand({ mapRunArn }))).status).toBe('ABORTED');
});

test('children end with the execution that is stopped, and with a branch that is aborted', async () => {
  const bench = openMapBench();
  const input = { items: [item(0, 60), item(1, 60)], concurrency: 1, tolerance: 0 };
  const stopped = await bench.start(mapMachine(LIFE, LIFE_PROCESSOR), input);
  await bench.client.send(new StopExecutionCommand({ executionArn: stopped }));
  const [first] = await bench.mapRuns(stopped);
  expect((await bench.children(first!)).map(({ status }) => status)).toEqual(['ABORTED']);

  const branches = {
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        End: true,
        Branches: [
          {
            StartAt: 'MapState',
            States: { MapState: { Type: 'Map', ItemProcessor: LIFE_PROCESSOR, ...LIFE, End: true } },
          },
          {
            StartAt: 'Pause',
            States: { Pause: { Type: 'Wait', Seconds: 5, Next: 'No' }, No: { Type: 'Fail', Error: 'No' } },
          },
        ],
      },
    },
  };
  const aborted = await bench.start(branches, input);
  await bench.clock.advance(5000);
  const types = (await bench.history(aborted)).map(({ type }) => type);
  expect(types.slice(-4)).toEqual(['MapRunAborted', 'MapStateAborted', 'ParallelStateFailed', 'ExecutionFailed']);
  const [second] = await bench.mapRuns(aborted);
  expect((await bench.children(second!)).map(({ status }) => status)).toEqual(['ABORTED']);
});
