import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { compileDefinition } from '../../../embedded/stepfunctions/compile.ts';
import { LAMBDA_INVOKE, single } from './helpers.ts';

// The package has no types.
const aslValidator = createRequire(import.meta.url)('asl-validator') as (definition: object) => { errors: unknown[] };

const problemsOf = (definition: unknown) =>
  compileDefinition(JSON.stringify(definition)).diagnostics.map(({ message, location }) => `${message} at ${location}`);

const pass = { Type: 'Pass', End: true };
const task = { Type: 'Task', Resource: LAMBDA_INVOKE, Parameters: { FunctionName: 'f' }, End: true };
const inner = { StartAt: 'Inner', States: { Inner: pass } };

describe('answers recorded on AWS', () => {
  // LocalStack's snapshot tests (Apache-2.0, tests/aws/services/stepfunctions/v2/test_sfn_api_validation).
  it.each([
    ['""', 'Definition must be a valid JSON object', undefined],
    ['{}', 'These fields are required: [States, StartAt]', '/'],
    ['{"States":{"S":{"Type":"Pass","End":true}}}', 'These fields are required: [StartAt]', '/'],
    [
      JSON.stringify(single({ Type: 'Wait', Timestamp: '2016-13-05T21:29:29Z', End: true })),
      'String does not match RFC3339 timestamp',
      '/States/Only/Timestamp',
    ],
  ])('%s', (text, message, location) => {
    const { diagnostics } = compileDefinition(text);
    expect(diagnostics).toEqual([
      { severity: 'ERROR', code: 'SCHEMA_VALIDATION_FAILED', message, ...(location ? { location } : {}) },
    ]);
  });

  it('a broken intrinsic function', () => {
    const Parameters = { 'parsed.$': `States.StringToJson('{\\"text\\":1}')` };
    const [problem] = problemsOf(single({ Type: 'Pass', Parameters, End: true }));
    expect(problem).toContain(
      "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function call",
    );
    expect(problem).toContain('at /States/Only/Parameters');
  });

  it('a text that is no JSON', () => {
    expect(compileDefinition('not a definition').diagnostics[0]!.code).toBe('INVALID_JSON_DESCRIPTION');
  });
});

// Measured with ValidateStateMachineDefinition on AWS: floci-io/floci, issues 2735 and 2968, pull request 2786.
describe('answers measured on AWS', () => {
  const found = (definition: object) => compileDefinition(JSON.stringify(definition)).diagnostics;
  const toA = { Type: 'Pass', Next: 'A' };
  const toB = { Type: 'Pass', Next: 'B' };
  const noEnd = { severity: 'ERROR', code: 'MISSING_END_STATE', message: 'Workflow has no terminal state' };
  const target = (message: string, location: string) => ({
    severity: 'ERROR',
    code: 'MISSING_TRANSITION_TARGET',
    message,
    location,
  });

  it('a loop without an end', () => {
    expect(found({ StartAt: 'A', States: { A: toB, B: toA } })).toEqual([noEnd]);
    expect(found({ StartAt: 'A', States: { A: toB, B: toA, C: toA } })).toEqual([noEnd]);
    expect(found({ StartAt: 'A', States: { A: toB, B: toA, C: pass } })).toEqual([
      target('State "C" is not reachable.', '/States/C'),
    ]);
  });

  it('transitions to states that are not there', () => {
    expect(found({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'NOPE' } } })).toEqual([
      target("Missing 'Next' target: NOPE", '/States/A/Next'),
      noEnd,
    ]);
    const choices = [{ Variable: '$.x', IsNull: true, Next: 'No' }];
    expect(problemsOf(single({ Type: 'Choice', Choices: choices, Default: 'Nor' }))).toEqual([
      "Missing 'Next' target: No at /States/Only/Choices[0]/Next",
      "Missing 'Next' target: Nor at /States/Only/Default",
      'Workflow has no terminal state at undefined',
    ]);
  });

  it.each([
    ['TimeoutSeconds', 5],
    ['Catch', []],
    ['Retry', []],
  ])('%s on a Pass state', (name, value) => {
    expect(problemsOf(single({ ...pass, [name]: value }))).toEqual([
      `Field '${name}' is not supported at /States/Only`,
    ]);
  });

  it('fields of the other query language', () => {
    expect(problemsOf(single({ ...pass, Output: {} }))).toEqual([
      "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/Only",
    ]);
    expect(problemsOf(single({ ...pass, QueryLanguage: 'JSONata', Output: {} }))).toEqual([]);
  });

  it('states inherit the language of the machine, not that of the state around them', () => {
    const processor = { StartAt: 'P', States: { P: { ...pass, Output: {} } } };
    const each = { Type: 'Map', QueryLanguage: 'JSONata', ItemProcessor: processor, End: true };
    expect(problemsOf(single(each))[0]).toContain(
      "field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/Only/ItemProcessor/States/P",
    );
    expect(problemsOf({ ...single(each), QueryLanguage: 'JSONata' })).toEqual([]);
    expect(problemsOf(single({ ...each, ItemProcessor: { ...inner, QueryLanguage: 'JSONata' } }))).toEqual([
      "Field 'QueryLanguage' is not supported at /States/Only/ItemProcessor",
    ]);
  });

  it('JSONPath under JSONata', () => {
    expect(problemsOf({ ...single({ ...pass, QueryLanguage: 'JSONPath' }), QueryLanguage: 'JSONata' })).toEqual([
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/Only",
    ]);
  });

  it('an expression that does not parse', () => {
    expect(found(single({ ...pass, QueryLanguage: 'JSONata', Output: { v: '{% 1 + %}' } }))).toEqual([
      {
        severity: 'ERROR',
        code: 'INVALID_JSONATA_EXPRESSION',
        message: 'Unexpected end of expression',
        location: '/States/Only/Output/v',
      },
    ]);
  });
});

describe('what this engine does not run is refused by name', () => {
  const map = (fields: object, processor: object = inner) =>
    single({ Type: 'Map', ItemProcessor: processor, End: true, ...fields });
  it.each([
    [
      'a wait that an integration does not have',
      single({ ...task, Resource: `${LAMBDA_INVOKE}.sync` }),
      'lambda:invoke.sync is not recognized',
    ],
    [
      'other services',
      single({ ...task, Resource: 'arn:aws:states:::sqs:sendMessage' }),
      'sqs:sendMessage is not recognized',
    ],
    [
      // LocalStack's recording of AWS, services/test_dynamodb_task_service: test_invalid_integration.
      'an operation that is not integrated',
      single({ ...task, Resource: 'arn:aws:states:::dynamodb:query' }),
      'The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/Only/Resource',
    ],
    [
      'an operation of the SDK that is not served',
      single({ ...task, Resource: 'arn:aws:states:::aws-sdk:s3:putBucketPolicy' }),
      'aws-sdk:s3:putBucketPolicy is not recognized',
    ],
    [
      'activities',
      single({ ...task, Resource: 'arn:aws:states:us-east-1:111111111111:activity:a' }),
      'activity:a is not recognized',
    ],
    [
      'a heartbeat that outlives the task',
      single({ ...task, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      "'HeartbeatSeconds' (5) must be smaller than 'TimeoutSeconds' (5)",
    ],
    ['credentials', single({ ...task, Credentials: {} }), "'Credentials'"],
    [
      'other parameters',
      single({ ...task, Parameters: { FunctionName: 'f', ClientContext: 'e30=' } }),
      'The field "ClientContext" is not supported by Step Functions at /States/Only/Parameters',
    ],
    ['ItemReader', map({ ItemReader: {} }), "'ItemReader'"],
    ['ItemBatcher', map({ ItemBatcher: {} }), "'ItemBatcher'"],
    ['ResultWriter', map({ ResultWriter: {} }), "'ResultWriter'"],
    [
      'path functions with arguments',
      single({ ...pass, Parameters: { 'n.$': '$.a.concat($.b)' } }),
      'concat() is none of the functions that a path can end in',
    ],
  ])('%s', (_what, definition, problem) => {
    expect(problemsOf(definition).join('; ')).toContain(problem);
  });
});

describe('faulty definitions', () => {
  it.each([
    ['an unknown type', single({ Type: 'Sleep', End: true }), "The field 'Type' should have one of these values"],
    ['an unknown field', single({ ...pass, Nxt: 'X' }), "Field 'Nxt' is not supported at /States/Only"],
    ['a missing start', { StartAt: 'No', States: { Only: pass } }, "Missing 'Next' target: No at /StartAt"],
    ['a missing target', single({ Type: 'Pass', Next: 'No' }), "Missing 'Next' target: No at /States/Only/Next"],
    [
      'a missing catch target',
      single({ ...task, Catch: [{ ErrorEquals: ['A'], Next: 'No' }] }),
      "Missing 'Next' target: No at /States/Only/Catch[0]/Next",
    ],
    ['an unreachable state', single(pass, { Island: pass }), 'State "Island" is not reachable.'],
    ['neither Next nor End', single({ Type: 'Pass' }), "Exactly one of the fields 'Next' and 'End'"],
    ['both Next and End', single({ ...pass, Next: 'Only' }), "Exactly one of the fields 'Next' and 'End'"],
    ['no Resource', single({ Type: 'Task', End: true }), 'These fields are required: [Resource]'],
    ['no FunctionName', single({ ...task, Parameters: { Payload: 1 } }), "The field 'FunctionName' is required"],
    ['two waits', single({ Type: 'Wait', Seconds: 1, SecondsPath: '$.s', End: true }), 'exactly one of'],
    ['a negative time', single({ Type: 'Wait', Seconds: -1, End: true }), 'Value must be an integer from 0'],
    ['a field given twice', single({ ...pass, Parameters: { a: 1, 'a.$': '$.a' } }), "The field 'a' is given twice"],
    ['ALL beside others', single({ ...task, Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] }), 'must appear alone'],
    [
      'ALL before others',
      single({ ...task, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
      'in the last entry at /States/Only/Retry[0]/ErrorEquals',
    ],
    ['a rate below 1', single({ ...task, Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] }), 'from 1'],
    [
      'a short MaxDelay',
      single({ ...task, Retry: [{ ErrorEquals: ['A'], IntervalSeconds: 5, MaxDelaySeconds: 5 }] }),
      'must be greater than',
    ],
    ['a wildcard ResultPath', single({ ...pass, ResultPath: '$.a[*]' }), 'not a Reference Path'],
    ['a ResultPath into a variable', single({ ...pass, ResultPath: '$v.a' }), "must be a path into the state's input"],
    ['a reserved variable', single({ ...pass, Assign: { states: 1 } }), "'states' is not a valid variable name"],
    [
      'a variable of an outer scope',
      single({
        Type: 'Parallel',
        Assign: { x: 1 },
        Branches: [{ StartAt: 'I', States: { I: { ...pass, Assign: { x: 2 } } } }],
        End: true,
      }),
      "The variable 'x' is already assigned in an outer scope",
    ],
    [
      'a name used twice',
      single({ Type: 'Parallel', Branches: [inner, inner], End: true }),
      'Duplicate State name: Inner',
    ],
    [
      'no choices',
      single({ Type: 'Choice', Choices: [], Default: 'Only' }),
      'Value cannot be empty at /States/Only/Choices',
    ],
    [
      'an End on a Choice',
      single({ Type: 'Choice', Choices: [], End: true }),
      "Field 'End' is not supported at /States/Only",
    ],
  ])('%s', (_what, definition, problem) => {
    expect(problemsOf(definition).join('; ')).toContain(problem);
  });

  it('reports all problems at once', () => {
    const problems = problemsOf({
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Foo: 1, Next: 'B' },
        B: { Type: 'Wait', Seconds: -1, Next: 'C' },
        C: { Type: 'Fail', Bar: 1 },
      },
    });
    expect(problems).toHaveLength(3);
  });
});

it('accepts what asl-validator accepts: one machine with everything that this engine runs', () => {
  const retry = [
    {
      ErrorEquals: ['A'],
      IntervalSeconds: 1,
      MaxAttempts: 2,
      BackoffRate: 1.5,
      MaxDelaySeconds: 9,
      JitterStrategy: 'FULL',
    },
  ];
  const work = {
    InputPath: '$',
    ResultSelector: { 'all.$': '$' },
    ResultPath: '$.result',
    OutputPath: '$',
    Retry: retry,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Lost' }],
  };
  const definition = {
    Comment: 'everything',
    StartAt: 'Call',
    TimeoutSeconds: 60,
    Version: '1.0',
    States: {
      Call: { ...task, ...work, End: undefined, TimeoutSecondsPath: '$.limit', Next: 'Child' },
      Child: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: {
          StateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:m',
          Input: { 'a.$': '$$.Execution.Id' },
        },
        Next: 'Decide',
      },
      Decide: { Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'Wait' }], Default: 'Each' },
      Wait: { Type: 'Wait', TimestampPath: '$.at', Next: 'Each' },
      Each: {
        Type: 'Map',
        ...work,
        ItemsPath: '$.items',
        MaxConcurrency: 2,
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...inner },
        Next: 'Both',
      },
      Both: { Type: 'Parallel', ...work, Branches: [{ StartAt: 'P', States: { P: pass } }], Next: 'Done' },
      Done: { Type: 'Succeed' },
      Lost: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: "States.Format('{}', $.error.Cause)" },
    },
  };
  expect(problemsOf(definition)).toEqual([]);
  const judged = aslValidator(JSON.parse(JSON.stringify(definition)));
  expect(judged.errors).toEqual([]);
});
