import { afterAll, describe, expect, it } from 'vitest';
import { chain, closeAll, LAMBDA_INVOKE, lambdaArn, openBench, ROLE_ARN, single } from './helpers.ts';

afterAll(closeAll);

const bench = openBench({
  echo: (event) => event,
  greet: ({ name }: { name: string }) => ({ greeting: `Hello ${name}`, length: name.length }),
});

describe('histories as recorded on AWS', () => {
  // Event chains and details below were recorded on AWS by LocalStack's snapshot tests (Apache-2.0, tests/aws/services/stepfunctions).
  it('shows a Pass state', async () => {
    const { events } = await bench.run(single({ Type: 'Pass', Result: { Arg1: 'argument1' }, End: true }));
    expect(chain(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 PassStateEntered',
      '3 2 PassStateExited',
      '4 3 ExecutionSucceeded',
    ]);
    expect(events[0]!.executionStartedEventDetails).toEqual({
      input: '{}',
      inputDetails: { truncated: false },
      roleArn: ROLE_ARN,
    });
    expect(events[1]!.stateEnteredEventDetails).toEqual({
      name: 'Only',
      input: '{}',
      inputDetails: { truncated: false },
    });
    expect(events[2]!.stateExitedEventDetails).toEqual({
      name: 'Only',
      output: '{"Arg1":"argument1"}',
      outputDetails: { truncated: false },
    });
    expect(events[3]!.executionSucceededEventDetails).toEqual({
      output: '{"Arg1":"argument1"}',
      outputDetails: { truncated: false },
    });
  });

  it('shows a Fail state', async () => {
    const ended = await bench.run(single({ Type: 'Fail', Error: 'SomeFailure', Cause: 'It failed.' }));
    expect(chain(ended.events)).toEqual(['1 0 ExecutionStarted', '2 0 FailStateEntered', '3 2 ExecutionFailed']);
    expect(ended.events[2]!.executionFailedEventDetails).toEqual({ error: 'SomeFailure', cause: 'It failed.' });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'SomeFailure', cause: 'It failed.' });
  });

  it('shows lambda:invoke', async () => {
    const ended = await bench.run(
      single({
        Type: 'Task',
        Resource: LAMBDA_INVOKE,
        Parameters: { FunctionName: 'greet', 'Payload.$': '$' },
        TimeoutSeconds: 5,
        End: true,
      }),
      { name: 'Vega' },
    );
    const { SdkHttpMetadata: http, SdkResponseMetadata: sdk, ...result } = ended.output as Record<string, object>;
    expect(result).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { greeting: 'Hello Vega', length: 4 },
      StatusCode: 200,
    });
    // LocalStack's recording of AWS, services/test_lambda_task_service: test_invoke.
    expect(http).toEqual({
      AllHttpHeaders: {
        'X-Amz-Executed-Version': ['$LATEST'],
        'x-amzn-Remapped-Content-Length': ['0'],
        Connection: ['keep-alive'],
        'x-amzn-RequestId': [expect.any(String)],
        'Content-Length': ['36'],
        Date: ['Sat, 21 Nov 2026 18:00:00 GMT'],
        'X-Amzn-Trace-Id': [expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/)],
        'Content-Type': ['application/json'],
      },
      HttpHeaders: {
        Connection: 'keep-alive',
        'Content-Length': '36',
        'Content-Type': 'application/json',
        Date: 'Sat, 21 Nov 2026 18:00:00 GMT',
        'X-Amz-Executed-Version': '$LATEST',
        'x-amzn-Remapped-Content-Length': '0',
        'x-amzn-RequestId': expect.any(String),
        'X-Amzn-Trace-Id': expect.any(String),
      },
      HttpStatusCode: 200,
    });
    expect(sdk).toEqual({ RequestId: expect.any(String) });
    expect(chain(ended.events).slice(1)).toEqual([
      '2 0 TaskStateEntered',
      '3 2 TaskScheduled',
      '4 3 TaskStarted',
      '5 4 TaskSucceeded',
      '6 5 TaskStateExited',
      '7 6 ExecutionSucceeded',
    ]);
    expect(ended.events[2]!.taskScheduledEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'eu-central-1',
      parameters: '{"FunctionName":"greet","Payload":{"name":"Vega"}}',
      timeoutInSeconds: 5,
    });
    expect(ended.events[3]!.taskStartedEventDetails).toEqual({ resourceType: 'lambda', resource: 'invoke' });
    expect(JSON.parse(ended.events[4]!.taskSucceededEventDetails!.output!)).toEqual(ended.output);
  });

  it('shows a Lambda function called by its ARN', async () => {
    const { events, output } = await bench.run(single({ Type: 'Task', Resource: lambdaArn('greet'), End: true }), {
      name: 'Mira',
    });
    expect(output).toEqual({ greeting: 'Hello Mira', length: 4 });
    expect(events.slice(2, 5).map(({ type }) => type)).toEqual([
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
    ]);
    expect(events[2]!.lambdaFunctionScheduledEventDetails).toEqual({
      resource: lambdaArn('greet'),
      input: '{"name":"Mira"}',
      inputDetails: { truncated: false },
    });
  });
});

describe('data flow', () => {
  it('applies InputPath, Parameters, ResultSelector, ResultPath and OutputPath in order', async () => {
    const { output } = await bench.run(
      single({
        Type: 'Task',
        Resource: lambdaArn('greet'),
        InputPath: '$.who',
        Parameters: { 'name.$': '$.first' },
        ResultSelector: { 'text.$': '$.greeting' },
        ResultPath: '$.out.said',
        OutputPath: '$.out',
        End: true,
      }),
      { who: { first: 'Rigel' }, out: { kept: 1 } },
    );
    expect(output).toEqual({ kept: 1, said: { text: 'Hello Rigel' } });
  });

  it('takes null paths as: no input, result dropped, empty output', async () => {
    const call = { Type: 'Task', Resource: lambdaArn('echo'), End: true };
    expect((await bench.run(single({ ...call, InputPath: null }), { a: 1 })).output).toEqual({});
    expect((await bench.run(single({ ...call, Parameters: { b: 2 }, ResultPath: null }), { a: 1 })).output).toEqual({
      a: 1,
    });
    expect((await bench.run(single({ ...call, OutputPath: null }), { a: 1 })).output).toEqual({});
  });

  it('evaluates templates inside arrays and leaves the rest literal', async () => {
    const Parameters = { list: [{ 'x.$': '$.a' }, '$.a', 3], 'name.$': '$$.State.Name', literal: { 'a.b': '$.a' } };
    const { output } = await bench.run(single({ Type: 'Pass', Parameters, End: true }), { a: { deep: true } });
    expect(output).toEqual({ list: [{ x: { deep: true } }, '$.a', 3], name: 'Only', literal: { 'a.b': '$.a' } });
  });

  it('gives the context object', async () => {
    const { output, arn } = await bench.run(single({ Type: 'Pass', OutputPath: '$$', End: true }), {
      'input-value': 0,
    });
    const name = arn.split(':').at(-1);
    const machine = arn.split(':').at(-2);
    // Members as AWS gives them to a Pass state.
    expect(output).toEqual({
      Execution: {
        Id: arn,
        Input: { 'input-value': 0 },
        StartTime: '2026-11-21T18:00:00.000Z',
        Name: name,
        RoleArn: ROLE_ARN,
        RedriveCount: 0,
      },
      StateMachine: { Id: `arn:aws:states:eu-central-1:111111111111:stateMachine:${machine}`, Name: machine },
      State: { Name: 'Only', EnteredTime: '2026-11-21T18:00:00.000Z' },
    });
  });

  it.each([
    ['InputPath', { InputPath: '$.NoSuch' }, "Invalid path '$.NoSuch' : No results for path: $['NoSuch']"],
    [
      'OutputPath',
      { OutputPath: '$.no.such.path' },
      "Invalid path '$.no.such.path' : Missing property in path $['no']",
    ],
    [
      'Parameters',
      { Parameters: { 'value.$': '$.no_such' } },
      `The JSONPath '$.no_such' specified for the field 'value.$' could not be found in the input '{"int-literal":0}'`,
    ],
  ])('ends with States.Runtime when a path of %s finds nothing', async (_field, fields, message) => {
    const ended = await bench.run(single({ Type: 'Pass', ...fields, End: true }), { 'int-literal': 0 });
    // Wording as recorded on AWS.
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'Only' (entered at the event id #2). ${message}`,
    });
    expect(chain(ended.events).at(-1)).toBe('3 2 ExecutionFailed');
  });

  it('refuses a ResultPath that does not fit the input', async () => {
    const ended = await bench.run(single({ Type: 'Pass', Result: 1, ResultPath: '$.a.b', End: true }), { a: 'text' });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.ResultPathMatchFailure' });
  });
});

describe('variables', () => {
  it('assigns after the output is made, and shows what was assigned', async () => {
    // The definition and expected answers of LocalStack's test_state_assign_evaluation_order, recorded on AWS.
    const { output, events } = await bench.run({
      StartAt: 'State0',
      States: {
        State0: {
          Type: 'Pass',
          Result: { theQuestion: 'What?' },
          Assign: { 'question.$': '$.theQuestion', answer: 42 },
          Next: 'State1',
        },
        State1: {
          Type: 'Pass',
          InputPath: '$answer',
          ResultPath: '$.theAnswer',
          OutputPath: '$answer',
          Assign: { answer: '<omitted>' },
          End: true,
        },
      },
    });
    expect(output).toBe(42);
    expect(events[2]!.stateExitedEventDetails).toMatchObject({
      assignedVariables: { answer: '42', question: '"What?"' },
      assignedVariablesDetails: { truncated: false },
    });
    expect(events[4]!.stateExitedEventDetails!.assignedVariables).toEqual({ answer: '"<omitted>"' });
  });

  it('gives inner scopes the outer variables and keeps their own', async () => {
    const { output } = await bench.run(
      {
        StartAt: 'Set',
        States: {
          Set: { Type: 'Pass', Assign: { x: { y: [7] } }, Next: 'Each' },
          Each: {
            Type: 'Map',
            ItemProcessor: {
              StartAt: 'Inner',
              States: {
                Inner: { Type: 'Pass', Assign: { 'own.$': 'States.MathAdd($, $x.y[0])' }, Next: 'Show' },
                Show: { Type: 'Pass', Parameters: { 'sum.$': '$own' }, End: true },
              },
            },
            Next: 'Last',
          },
          Last: { Type: 'Pass', Parameters: { 'list.$': '$', 'x.$': '$x' }, End: true },
        },
      },
      [1, 2],
    );
    expect(output).toEqual({ list: [{ sum: 8 }, { sum: 9 }], x: { y: [7] } });
  });

  it('fails on a variable that was never assigned', async () => {
    const ended = await bench.run(single({ Type: 'Pass', Parameters: { 'a.$': '$nothing' }, End: true }));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

describe('Choice', () => {
  const machine = {
    StartAt: 'Only',
    States: {
      Only: {
        Type: 'Choice',
        Choices: [{ Variable: '$.n', NumericGreaterThan: 10, Assign: { size: 'big' }, Next: 'End' }],
        Assign: { size: 'small' },
        Default: 'End',
      },
      End: { Type: 'Pass', Parameters: { 'size.$': '$size' }, End: true },
    },
  };

  it('follows the first rule that holds, else Default, each with its Assign', async () => {
    expect((await bench.run(machine, { n: 11 })).output).toEqual({ size: 'big' });
    expect((await bench.run(machine, { n: 10 })).output).toEqual({ size: 'small' });
  });

  it('fails when no rule holds and there is no Default', async () => {
    const ended = await bench.run(
      single(
        { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'End' }] },
        { End: { Type: 'Succeed' } },
      ),
      { n: 2 },
    );
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('fails when its variable is missing', async () => {
    const ended = await bench.run(machine, {});
    expect(ended.error).toBe('States.Runtime');
    expect(ended.cause).toContain("Invalid path '$.n': The choice state's condition path references an invalid value.");
  });
});

describe('Wait', () => {
  const wait = (fields: object) => single({ Type: 'Wait', ...fields, End: true });

  it.each([
    ['Seconds', { Seconds: 10 }, {}],
    ['SecondsPath', { SecondsPath: '$.s' }, { s: 10 }],
    ['Timestamp', { Timestamp: '2026-11-21T18:00:10Z' }, {}],
    ['TimestampPath', { TimestampPath: '$.at' }, { at: '2026-11-21T19:00:10+01:00' }],
  ])('waits as %s says', async (_name, fields, input) => {
    const { clock, start, describe: described } = openBench();
    const arn = await start(wait(fields), input);
    await clock.advance(9_999);
    expect((await described(arn)).status).toBe('RUNNING');
    await clock.advance(1);
    expect((await described(arn)).status).toBe('SUCCEEDED');
  });

  it('does not sleep for a time that has passed', async () => {
    const { clock, run } = openBench();
    expect((await run(wait({ Timestamp: '2026-11-21T17:59:59.999Z' }))).status).toBe('SUCCEEDED');
    expect((await run(wait({ Seconds: 0 }))).status).toBe('SUCCEEDED');
    expect(clock.slept).toEqual([]);
  });

  it.each([
    ['SecondsPath', -1, 'The SecondsPath parameter references a negative value: $.v == -1'],
    ['SecondsPath', 1.5, 'The SecondsPath parameter cannot be parsed as a long value: $.v == 1.5'],
    [
      'TimestampPath',
      '2016-12-05T25:29:29Z',
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.v == 2016-12-05T25:29:29Z',
    ],
  ])('refuses %s %s in the words of AWS', async (field, v, message) => {
    const ended = await bench.run(wait({ [field]: '$.v' }), { v });
    expect(ended.error).toBe('States.Runtime');
    expect(ended.cause).toBe(
      `An error occurred while executing the state 'Only' (entered at the event id #2). ${message}`,
    );
  });

  it('refuses to wait for more than 24,855 days', async () => {
    const at = (days: number) => new Date(bench.clock.now() + days * 86_400_000).toISOString();
    expect((await bench.run(wait({ TimestampPath: '$.at' }), { at: at(24_856) })).cause).toContain(
      'Wait state delay is too long.',
    );
    expect((await bench.run(wait({ TimestampPath: '$.at' }), { at: at(24_855) })).status).toBe('RUNNING');
  });
});

describe('Fail and Succeed', () => {
  it('takes error and cause from paths and intrinsic functions', async () => {
    const ended = await bench.run(
      single({ Type: 'Fail', ErrorPath: '$.Error', CausePath: "States.Format('custom for {}.', $.Error)" }),
      { Error: 'error string' },
    );
    expect(ended).toMatchObject({ error: 'error string', cause: 'custom for error string.' });
  });

  it('fails without error and cause', async () => {
    const ended = await bench.run(single({ Type: 'Fail' }));
    expect(ended.status).toBe('FAILED');
    expect(ended.events[2]!.executionFailedEventDetails).toEqual({});
  });

  it('lets Succeed choose its output', async () => {
    expect((await bench.run(single({ Type: 'Succeed', OutputPath: '$.a' }), { a: [1] })).output).toEqual([1]);
  });
});
