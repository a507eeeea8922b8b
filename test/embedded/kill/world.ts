import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import {
  SFNClient as Client,
  CreateStateMachineCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type Engine, openEngine } from '../../../embedded/engine.ts';

/**
 * A world with a machine that has every state type: Pass, Task (functions, a child execution, a task token, retries), Choice, Wait,
 * Succeed, Fail, Parallel, Map and Distributed Map. Its functions may be called twice, as on AWS, and mind nothing.
 */

const REGION = 'us-east-1';
const STATES = `arn:aws:states:${REGION}:000000000000`;
export const MACHINE_ARN = `${STATES}:stateMachine:everything`;
const CHILD_ARN = `${STATES}:stateMachine:child`;
const BUCKET = 'items';

export const INPUT = { n: 1, items: [[1, 2], [3], [], [4, 5, 6], [7]] };

const invoke = (name: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: name, 'Payload.$': '$' },
  ResultSelector: { 'value.$': '$.Payload' },
  ...more,
});

const flow = (...states: [name: string, state: object][]) => ({
  StartAt: states[0]![0],
  States: Object.fromEntries(states),
});

const child = flow(
  ['ChildWait', { Type: 'Wait', Seconds: 0, Next: 'ChildStep' }],
  ['ChildStep', invoke('slow', { ResultPath: '$.step', End: true })],
);

const parallel = {
  Type: 'Parallel',
  Branches: [
    flow(
      ['First', invoke('slow', { Assign: { seen: true }, Next: 'FirstEnd' })],
      ['FirstEnd', { Type: 'Pass', Parameters: { 'count.$': '$count', 'seen.$': '$seen' }, End: true }],
    ),
    flow(
      ['SecondWait', { Type: 'Wait', Seconds: 0, Next: 'Child' }],
      [
        'Child',
        {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Parameters: { StateMachineArn: CHILD_ARN, Input: { x: 3 } },
          ResultSelector: { 'x.$': '$.Output.x' },
          End: true,
        },
      ],
    ),
    flow([
      'Token',
      {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'answer', Payload: { 'token.$': '$$.Task.Token' } },
        HeartbeatSeconds: 600,
        End: true,
      },
    ]),
    flow(['Nothing', { Type: 'Succeed' }]),
  ],
  ResultPath: '$.parallel',
  Next: 'Each',
};

const map = {
  Type: 'Map',
  ItemsPath: '$.items',
  ItemSelector: { 'index.$': '$$.Map.Item.Index', 'items.$': '$$.Map.Item.Value' },
  ItemProcessor: flow(
    ['Step', invoke('slow', { Next: 'Inner' })],
    [
      'Inner',
      {
        Type: 'Map',
        ItemsPath: '$.value.items',
        MaxConcurrency: 1,
        ItemProcessor: flow(
          ['InnerStep', invoke('slow', { Next: 'InnerEnd' })],
          ['InnerEnd', { Type: 'Pass', Assign: { 'inner.$': '$.value' }, End: true }],
        ),
        End: true,
      },
    ],
  ),
  ResultPath: '$.each',
  Next: 'Distributed',
};

const distributed = {
  Type: 'Map',
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSON' },
    Parameters: { Bucket: BUCKET, Key: 'items.json' },
  },
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    ...flow(['ItemStep', invoke('slow', { Next: 'ItemEnd' })], ['ItemEnd', { Type: 'Pass', End: true }]),
  },
  MaxConcurrency: 2,
  ResultPath: '$.distributed',
  Next: 'Retried',
};

const failing = {
  Type: 'Parallel',
  Branches: [
    flow(['Soon', invoke('slow', { Next: 'Bad' })], ['Bad', { Type: 'Fail', Error: 'Bad', Cause: 'on purpose' }]),
    flow(['Long', { Type: 'Wait', Seconds: 1000, End: true }]),
  ],
  Catch: [{ ErrorEquals: ['Bad'], ResultPath: '$.caught', Assign: { caught: true }, Next: 'Gather' }],
  End: true,
};

const everything = flow(
  ['Begin', { Type: 'Pass', Assign: { 'from.$': '$.n', count: 0 }, Next: 'Rest' }],
  ['Rest', { Type: 'Wait', Seconds: 0, Next: 'Count' }],
  ['Count', { Type: 'Pass', Assign: { 'count.$': 'States.MathAdd($count, 1)' }, Next: 'More' }],
  [
    'More',
    {
      Type: 'Choice',
      Choices: [{ Variable: '$count', NumericLessThan: 5, Assign: { again: true }, Next: 'Count' }],
      Default: 'Branches',
    },
  ],
  ['Branches', parallel],
  ['Each', map],
  ['Distributed', distributed],
  [
    'Retried',
    invoke('flaky', {
      Parameters: { FunctionName: 'flaky', Payload: { 'count.$': '$$.State.RetryCount' } },
      ResultPath: '$.retried',
      Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, BackoffRate: 1, JitterStrategy: 'FULL' }],
      Next: 'Failing',
    }),
  ],
  ['Failing', failing],
  [
    'Gather',
    {
      Type: 'Pass',
      Parameters: {
        'parallel.$': '$.parallel',
        'each.$': '$.each',
        'distributed.$': '$.distributed',
        'retried.$': '$.retried',
        'caught.$': '$.caught',
        'variables.$': 'States.Array($from, $count, $again, $caught)',
      },
      Next: 'End',
    },
  ],
  ['End', { Type: 'Succeed' }],
);

export interface World {
  engine: Engine;
  sfn: SFNClient;
}

/** Opens the world on a folder; whatever was under way there goes on. */
export async function openWorld(directory: string): Promise<World> {
  let sfn: SFNClient | undefined;
  const functions = {
    slow: async (event: unknown) => {
      await delay(Math.random() * 10);
      return event;
    },
    flaky: async (event: unknown) => {
      if ((event as { count: number }).count < 2)
        throw Object.assign(new Error('not yet'), { name: 'Flaky', stack: 'Flaky: not yet' });
      return event;
    },
    answer: async (event: unknown) => {
      const { token: taskToken } = event as { token: string };
      await delay(Math.random() * 10);
      await sfn!.send(new SendTaskSuccessCommand({ taskToken, output: '{"answer":42}' })).catch((error: Error) => {
        // A call that is made again finds the task answered.
        if (error.name !== 'TaskTimedOut' && error.name !== 'TaskDoesNotExist') throw error;
      });
    },
  };
  const engine = await openEngine({
    directory,
    functions: Object.entries(functions).map(([name, handler]) => ({ name, handler, timeoutS: 60, memoryMb: 128 })),
    version: '0',
  });
  const { requestHandler } = engine;
  const client = { region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler };
  sfn = new Client({ ...client, maxAttempts: 1 });
  return { engine, sfn };
}

/** Makes bucket and machines where they are not there yet, and starts one execution of the machine. */
export async function startEverything({ engine, sfn }: World): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ region: REGION, credentials, requestHandler: engine.requestHandler, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: 'items.json', Body: '[{"a":1},{"a":2},{"a":3},{"a":4},{"a":5}]' }),
  );
  for (const [name, definition] of Object.entries({ child, everything })) {
    const roleArn = 'arn:aws:iam::000000000000:role/kill';
    await sfn.send(new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn }));
  }
  await sfn.send(new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, input: JSON.stringify(INPUT) }));
}
