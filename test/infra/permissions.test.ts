import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HttpHandler, HttpRequest } from '@smithy/protocol-http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Clients, makeClients } from '../../cli/clients.ts';
import { deploy } from '../../cli/deploy.ts';
import { BUS, EMBEDDED_BUCKET, ENVIRONMENT, FUNCTIONS, type FunctionName, type MachineName } from '../../core/names.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { type Engine, openEngine } from '../../embedded/engine.ts';
import type { FunctionDefinition, FunctionHandler } from '../../embedded/lambda/types.ts';
import { smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';
import { statementsOf, synthesize } from './synth.ts';

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const constructOf = (name: string) => name.replace(/(^|-)([a-z])/g, (_all, _dash, letter) => letter.toUpperCase());

/** One thing that a policy allows a function: an action on resources by pattern. */
interface Allowed {
  name: FunctionName;
  action: string;
  pattern: string;
}

/** What is allowed and seldom needed, and on which way: no night below comes along there. */
const RARE: Record<string, string> = {
  'announce-visit dynamodb:GetItem table/nocturne-Nights':
    'reads the announcement that stands when Lambda delivers the step twice',
  'open-night s3:ListBucket nocturne': 'is no request: by it S3 says NoSuchKey instead of AccessDenied',
  'close-night s3:ListBucket nocturne': 'as above',
  'report-night s3:ListBucket nocturne': 'as above',
  'report-calibration s3:ListBucket nocturne': 'as above',
  'close-night dynamodb:BatchGetItem table/nocturne-Requests': 'reads the calibration set in which a night was stopped',
  'plan-calibrations dynamodb:Query table/nocturne-Nights':
    'finds where a night goes on that was stopped before sunset',
  'certify-master dynamodb:DeleteItem table/nocturne-Calibrations':
    'takes away a certificate that another replaces whole',
};

const short = ({ name, action, pattern }: Allowed) =>
  `${name} ${action} ${pattern.replace(/^arn:aws:\w+:[^:]*:[^:]*:/, '').replace('nocturne-123456789012-eu-west-1', 'nocturne')}`;

const template = synthesize('localstack').stateless;
/** The stack's own policies, less what no engine shows: writing the log, and assets that schedules name. */
const allowed: Allowed[] = NAMES.flatMap((name) =>
  statementsOf(template, constructOf(name)).flatMap(({ actions, resources }) =>
    actions.flatMap((action) => resources.map((pattern) => ({ name, action, pattern }))),
  ),
).filter(({ action, pattern }) => !action.startsWith('logs:') && !pattern.includes(':::cdk-'));

/** As IAM reads a resource: a star stands for any text. */
const matches = (pattern: string, resource: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replace(/[.$]/g, '\\$&'))
      .join('.*')}$`,
  ).test(resource);

const arn = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:123456789012:${rest}`;

interface Asked {
  action: string;
  resources: string[];
}

/** What a request asks to be allowed: action and resources, named as in a deployed stage. */
function askedBy(request: HttpRequest): Asked[] {
  const target = request.headers['x-amz-target'];
  if (!target) {
    const [, bucket, ...key] = decodeURIComponent(request.path).split('/');
    expect(bucket).toBe(EMBEDDED_BUCKET);
    const action = { GET: 's3:GetObject', PUT: 's3:PutObject' }[request.method];
    if (!action) throw new Error(`what is ${request.method} ${request.path}?`);
    return [{ action, resources: [`arn:aws:s3:::nocturne-123456789012-eu-west-1/${key.join('/')}`] }];
  }
  const [service, operation] = target.split('.');
  const body = JSON.parse(new TextDecoder().decode(request.body));
  if (service === 'DynamoDB_20120810') {
    // A transaction is allowed by what is in it.
    if (operation === 'TransactWriteItems') {
      return body.TransactItems.flatMap((item: Record<string, { TableName: string }>) =>
        Object.entries(item).map(([kind, { TableName }]) => ({
          action: `dynamodb:${kind}Item`,
          resources: [arn('dynamodb', `table/nocturne-${TableName}`)],
        })),
      );
    }
    const tables: string[] = body.TableName ? [body.TableName] : Object.keys(body.RequestItems);
    const index = body.IndexName ? `/index/${body.IndexName}` : '';
    return [
      {
        action: `dynamodb:${operation}`,
        resources: tables.map((table) => arn('dynamodb', `table/nocturne-${table}${index}`)),
      },
    ];
  }
  if (service === 'AWSStepFunctions') {
    const [machine, execution] = body.executionArn.split(':').slice(6);
    return [
      { action: `states:${operation}`, resources: [arn('states', `execution:nocturne-${machine}:${execution}`)] },
    ];
  }
  if (service === 'AWSEvents') {
    const buses: string[] = body.Entries.map(({ EventBusName }: { EventBusName: string }) => EventBusName);
    return [
      { action: `events:${operation}`, resources: buses.map((bus) => arn('events', `event-bus/nocturne-${bus}`)) },
    ];
  }
  throw new Error(`what is ${target}?`);
}

const caller = new AsyncLocalStorage<FunctionName>();
const refused: string[] = [];
const used = new Set<string>();
/** Called before each request of a function; for nights that are stopped in their middle. */
let before: (name: FunctionName, action: string, resources: readonly string[]) => Promise<void> = async () => {};

let engine: Engine;
let clients: Clients;
const machineArn = (machine: MachineName) => `arn:aws:states:us-east-1:000000000000:stateMachine:${machine}`;
const folder = temporaryFolder();

beforeAll(async () => {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'embedded',
    AWS_SECRET_ACCESS_KEY: 'embedded',
    AWS_ENDPOINT_URL: 'http://embedded.localhost',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    [ENVIRONMENT.bucket]: EMBEDDED_BUCKET,
    [ENVIRONMENT.prefix]: '',
    [ENVIRONMENT.bus]: BUS,
    [ENVIRONMENT.version]: SOFTWARE_VERSION,
  });
  const functions: FunctionDefinition[] = [];
  const transports: ((handler: HttpHandler) => void)[] = [];
  for (const name of NAMES) {
    // Each function has its modules for itself, as in Lambda: what one has read, another has not.
    vi.resetModules();
    const { useTransport } = await import('../../functions/shared/clients.ts');
    const { handler } = (await import(`../../functions/${name}/handler.ts`)) as { handler: FunctionHandler };
    transports.push(useTransport);
    functions.push({
      name,
      handler: (event, context) => caller.run(name, () => handler(event, context)),
      ...FUNCTIONS[name],
    });
  }
  engine = await openEngine({ directory: `${folder}/world`, functions, version: SOFTWARE_VERSION });
  const { requestHandler } = engine;
  const watching: Pick<HttpHandler, 'handle'> = {
    async handle(request, options) {
      const name = caller.getStore();
      if (name) {
        for (const { action, resources } of askedBy(request)) {
          for (const resource of resources) {
            const by = allowed.filter(
              (each) => each.name === name && each.action === action && matches(each.pattern, resource),
            );
            if (by.length === 0) refused.push(`${name} ${action} ${resource}`);
            for (const each of by) used.add(short(each));
          }
          await caller.exit(() => before(name, action, resources));
        }
      }
      return requestHandler.handle(request, options);
    },
  };
  for (const useTransport of transports) useTransport(watching as HttpHandler);
  clients = makeClients({ requestHandler });
  await deploy(clients, EMBEDDED_BUCKET);
});

afterAll(async () => {
  await engine.close();
});

async function store(key: string, file: string): Promise<{ bucket: string; key: string }> {
  const pointer = { bucket: EMBEDDED_BUCKET, key };
  await clients.s3.send(new PutObjectCommand({ Bucket: pointer.bucket, Key: key, Body: readFileSync(file) }));
  return pointer;
}

const pointers = async (under: string, change?: Parameters<typeof smallObservatory>[1]) => ({
  observatory: await store(`${under}/observatory.0123456789abcdef.json`, smallObservatory(folder, change)),
  programme: await store(`${under}/programme.0123456789abcdef.json`, smallProgramme(folder)),
});

async function nightInput(nightId: string, more: object = {}): Promise<Record<string, unknown>> {
  const files = await pointers(`nights/${nightId}`);
  return {
    nightId,
    dayObs: 20261121,
    seed: 1,
    campaign: nightId,
    ...files,
    mode: { kind: 'simulated' },
    faults: {},
    ...more,
  };
}

let starts = 0;
const start = async (input: object): Promise<string> => {
  const { executionArn } = await clients.sfn.send(
    new StartExecutionCommand({
      stateMachineArn: machineArn('night'),
      name: `start-${++starts}`,
      input: JSON.stringify(input),
    }),
  );
  return executionArn!;
};

async function ended(executionArn: string): Promise<{ status: string; error?: string | undefined }> {
  for (;;) {
    const { status, error } = await clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return { status: status!, error };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Does something once, just before the n-th frame of the nights that follow is put on record. */
function atFrame(n: number, act: () => Promise<void>): void {
  let seen = 0;
  before = async (name, action, [resource]) => {
    if (name !== 'expose-frame' || action !== 'dynamodb:PutItem' || !resource.endsWith('Exposures')) return;
    if (++seen !== n) return;
    before = async () => {};
    await act();
  };
}

/** Stops an execution and all that runs, as nobody can catch. */
async function stopAll(executionArn: string): Promise<void> {
  const running = async (machine: MachineName) =>
    (
      await clients.sfn.send(
        new ListExecutionsCommand({ stateMachineArn: machineArn(machine), statusFilter: 'RUNNING' }),
      )
    ).executions ?? [];
  await clients.sfn.send(new StopExecutionCommand({ executionArn }));
  for (const child of [...(await running('segment')), ...(await running('observation'))]) {
    await clients.sfn.send(new StopExecutionCommand({ executionArn: child.executionArn }));
  }
}

describe('permissions, against nights that run', () => {
  it('a night whose subsystems fail now and then', async () => {
    const faults = { slew: 0.3, configure: 0.3, expose: 0.1 };
    expect(await ended(await start(await nightInput('faulty', { faults })))).toEqual({ status: 'SUCCEEDED' });
  });

  it('a night with biases and darks by policy, whose frames are reduced', async () => {
    const set = { when: 'afternoon', everyDays: 1, validDays: 2 };
    const input = await nightInput('reduced');
    // The same names, with another observatory.
    await pointers('nights/reduced', (value) => {
      value.calibration = {
        sets: [
          { ...set, id: 'bias', type: 'bias', count: 10 },
          { ...set, id: 'dark', type: 'dark', exposureTimesS: [60], count: 5 },
        ],
        reduction: {},
      };
    });
    // Without flats no frame is reduced completely; all that can be done to them is.
    expect(await ended(await start(input))).toEqual({ status: 'SUCCEEDED' });
  });

  it('a night that a rule starts', async () => {
    const input = {
      schedule: 'site',
      id: 'event-1',
      time: '2026-11-21T13:12:00Z',
      ...(await pointers('schedules/site')),
    };
    expect(await ended(await start(input))).toEqual({ status: 'SUCCEEDED' });
  });

  it('a night that an operator halts, and the second start of it while it ran', async () => {
    const input = await nightInput('halted');
    let second: string | undefined;
    atFrame(3, async () => {
      second = await start(input);
      await ended(second);
      await clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: 'Nights',
          Key: { nightId: { S: 'halted' }, item: { S: 'night' } },
          UpdateExpression: 'SET haltRequested = :true',
          ExpressionAttributeValues: { ':true': { BOOL: true } },
        }),
      );
    });
    expect(await ended(await start(input))).toEqual({ status: 'FAILED', error: 'OperatorHalt' });
    expect(await ended(second!)).toEqual({ status: 'FAILED', error: 'NightConflict' });
  });

  it('a night that dies in the middle of a visit, and another of its campaign that frees the request', async () => {
    let executionArn = '';
    atFrame(3, () => stopAll(executionArn));
    executionArn = await start(await nightInput('dead', { campaign: 'autumn' }));
    expect((await ended(executionArn)).status).toBe('ABORTED');
    await engine.idle();
    expect(await ended(await start(await nightInput('heir', { campaign: 'autumn' })))).toEqual({ status: 'SUCCEEDED' });
  });

  it('a night that is stopped at once, and closed and reported by hand', async () => {
    const input = await nightInput('stopped');
    let executionArn = '';
    atFrame(3, () => stopAll(executionArn));
    executionArn = await start(input);
    expect((await ended(executionArn)).status).toBe('ABORTED');
    await engine.idle();
    const failure = { error: 'OperatorHalt', cause: 'stopped at once' };
    for (const [FunctionName, payload] of [
      ['close-night', { input, executionArn, failure }],
      ['report-night', { input, executionArn }],
    ] as const) {
      const { FunctionError } = await clients.lambda.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
      );
      expect(FunctionError).toBeUndefined();
    }
  });

  it('allow everything that was used', () => {
    expect([...new Set(refused)]).toEqual([]);
  });

  it('allow nothing that was not used, but for rare ways', () => {
    const unused = allowed.map(short).filter((each) => !used.has(each));
    expect(unused.sort()).toEqual(Object.keys(RARE).sort());
  });
});
