import { rm } from 'node:fs/promises';
import * as Lambda from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFunctionRuntime } from '../../../embedded/lambda/runtime.ts';
import type { FunctionContext, FunctionDefinition, FunctionHandler } from '../../../embedded/lambda/types.ts';
import { clients, failureOf, newDirectory, newEngine, type TestEngine } from '../support.ts';

class SlewFailed extends Error {
  override name = 'SlewFailed';
}

const noted: unknown[] = [];
let lastContext: FunctionContext | undefined;
const handlers: Record<string, FunctionHandler> = {
  echo: async (event) => event,
  mutate: async (event) => Object.assign(event as object, { when: new Date(0), skipped: undefined }),
  nothing: async () => undefined,
  'slew-telescope': async () => {
    throw new SlewFailed('drive stalled at 12.5 deg');
  },
  text: async () => {
    throw 'just a text';
  },
  circle: async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    return circle;
  },
  large: async () => 'x'.repeat(6_291_556),
  context: async (_event, context) => {
    lastContext = context;
    return context.getRemainingTimeInMillis();
  },
  sleeper: () => new Promise(() => undefined),
  note: async (event) => void noted.push(event),
};
const functions: FunctionDefinition[] = Object.entries(handlers).map(([name, handler]) => {
  const environment = name === 'echo' ? { environment: { NOCTURNE_BUCKET: 'frames' } } : {};
  return { name, handler, timeoutS: name === 'sleeper' ? 1 : 60, memoryMb: 256, ...environment };
});

const opened: (() => Promise<void>)[] = [];

/** A runtime of its own, whose time stands where `now` says. */
async function runtimeOf(definitions: FunctionDefinition[], now = () => 0) {
  const directory = await newDirectory();
  const runtime = openFunctionRuntime(definitions, {
    directory,
    clock: { now, sleep: () => new Promise(() => undefined) },
    region: 'us-east-1',
    accountId: '000000000000',
    service: () => Promise.reject(new Error('nobody asks')),
    endpoint: () => Promise.reject(new Error('nobody asks')),
  });
  opened.push(async () => {
    await runtime.close();
    await rm(directory, { recursive: true });
  });
  return runtime;
}

let test: TestEngine;
let lambda: Lambda.LambdaClient;
beforeAll(async () => {
  test = await newEngine({ functions });
  ({ lambda } = clients({ requestHandler: test.engine.requestHandler }));
});
afterAll(async () => {
  await test.discard();
  for (const close of opened) await close();
});

async function invoke(FunctionName: string, event?: unknown) {
  const payload = event === undefined ? {} : { Payload: JSON.stringify(event) };
  const answer = await lambda.send(new Lambda.InvokeCommand({ FunctionName, ...payload }));
  return { error: answer.FunctionError, payload: JSON.parse(answer.Payload?.transformToString() ?? ''), answer };
}

describe('Invoke', () => {
  it('passes JSON in and out', async () => {
    const event = { a: [1, null, 'ü'], b: { c: true } };
    expect(await invoke('echo', event)).toMatchObject({ error: undefined, payload: event });
    expect((await invoke('mutate', {})).payload).toEqual({ when: '1970-01-01T00:00:00.000Z' });
    expect((await invoke('nothing', {})).payload).toBeNull();
    expect((await invoke('echo')).payload).toEqual({});
    expect((await invoke('echo', 1)).answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  });

  it('keeps the caller apart from the handler', async () => {
    const runtime = await runtimeOf(functions, () => 0);
    const payload = '{"kept":1}';
    expect(await runtime.invoke('mutate', payload)).toEqual({
      payload: '{"kept":1,"when":"1970-01-01T00:00:00.000Z"}',
    });
    expect(await runtime.invoke('nothing', '{}')).toEqual({ payload: 'null' });
  });

  it('takes names, ARNs and partial ARNs', async () => {
    for (const name of [
      'arn:aws:lambda:us-east-1:000000000000:function:echo',
      'arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST',
      '000000000000:function:echo',
      'echo:$LATEST',
    ]) {
      expect((await invoke(name, 7)).payload).toBe(7);
    }
    for (const name of ['absent', 'echo:3', 'arn:aws:lambda:us-east-1:111111111111:function:echo']) {
      const failure = await failureOf(invoke(name, 7));
      expect(failure).toBeInstanceOf(Lambda.ResourceNotFoundException);
      expect(failure.$metadata?.httpStatusCode).toBe(404);
      expect(failure.message).toContain('Function not found: arn:aws:lambda:');
    }
  });

  it('tells the error that a handler threw', async () => {
    const failed = await invoke('slew-telescope', {});
    expect(failed.error).toBe('Unhandled');
    expect(failed.answer.StatusCode).toBe(200);
    expect(failed.payload).toMatchObject({ errorType: 'SlewFailed', errorMessage: 'drive stalled at 12.5 deg' });
    expect(failed.payload.trace[0]).toBe('SlewFailed: drive stalled at 12.5 deg');
    expect((await invoke('text', {})).payload).toEqual({ errorType: 'string', errorMessage: 'just a text', trace: [] });
    expect((await invoke('circle', {})).payload.errorMessage).toBe('Unable to stringify response body');
    expect((await invoke('large', {})).payload.errorType).toBe('Function.ResponseSizeTooLarge');
  });

  it('holds the time limit', async () => {
    const { error, payload, answer } = await invoke('sleeper', {});
    expect(error).toBe('Unhandled');
    expect(answer.StatusCode).toBe(200);
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
    });
  });

  it('holds the time limit of a handler that never lets go of the thread', async () => {
    let nowMs = 0;
    const busy = async () => {
      nowMs += 61_000;
      return 'too late';
    };
    const runtime = await runtimeOf([{ name: 'busy', handler: busy, timeoutS: 60, memoryMb: 128 }], () => nowMs);
    const { payload, functionError } = await runtime.invoke('busy', '{}');
    expect(functionError).toBe('Unhandled');
    expect(JSON.parse(payload).errorMessage).toMatch(/Task timed out after 60\.00 seconds$/);
  });

  it('gives the context', async () => {
    const { payload } = await invoke('context', {});
    expect(payload).toBeGreaterThan(50_000);
    expect(payload).toBeLessThanOrEqual(60_000);
    expect(lastContext).toMatchObject({
      functionName: 'context',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
      memoryLimitInMB: '256',
    });
  });

  it('refuses what it cannot do', async () => {
    const send = (input: Partial<Lambda.InvokeCommandInput>) =>
      failureOf(lambda.send(new Lambda.InvokeCommand({ FunctionName: 'echo', ...input })));
    expect((await send({ Payload: '{' })).name).toBe('InvalidRequestContentException');
    expect((await send({ Payload: `"${'x'.repeat(6_291_456)}"` })).name).toBe('RequestTooLargeException');
    const drop = lambda.send(new Lambda.DeleteFunctionCommand({ FunctionName: 'echo' }));
    expect((await failureOf(drop)).message).toContain('belongs to the program');
    const aliases = lambda.send(new Lambda.ListAliasesCommand({ FunctionName: 'echo' }));
    expect((await failureOf(aliases)).message).toContain('GET /2015-03-31/functions/echo/aliases');
  });
});

describe('asynchronous Invoke', () => {
  const send = (input: Partial<Lambda.InvokeCommandInput>) =>
    lambda.send(new Lambda.InvokeCommand({ FunctionName: 'note', InvocationType: 'Event', ...input }));

  it('answers at once, and runs in the background', async () => {
    const answer = await send({ Payload: '{"a":1}' });
    expect([answer.StatusCode, answer.Payload?.length ?? 0]).toEqual([202, 0]);
    await expect.poll(() => noted).toEqual([{ a: 1 }]);
  });

  it('refuses what could never run', async () => {
    expect((await failureOf(send({ FunctionName: 'absent' }))).name).toBe('ResourceNotFoundException');
    expect((await failureOf(send({ Payload: '{' }))).name).toBe('InvalidRequestContentException');
    // 1 MB, against the 6 MB of a synchronous one.
    const large = await failureOf(send({ Payload: `"${'x'.repeat(1_048_576)}"` }));
    expect([large.name, large.message]).toEqual(['RequestTooLargeException', expect.stringContaining('1048576')]);
  });
});

describe('functions', () => {
  it('tell their configuration with their environment', async () => {
    const expected = {
      FunctionName: 'echo',
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
      Timeout: 60,
      Environment: { Variables: { NOCTURNE_BUCKET: 'frames' } },
    };
    const input = { FunctionName: 'echo' };
    expect(await lambda.send(new Lambda.GetFunctionConfigurationCommand(input))).toMatchObject(expected);
    expect((await lambda.send(new Lambda.GetFunctionCommand(input))).Configuration).toMatchObject(expected);
    const { Functions } = await lambda.send(new Lambda.ListFunctionsCommand({}));
    expect(Functions?.find(({ FunctionName }) => FunctionName === 'echo')).toMatchObject(expected);
    expect(Functions?.find(({ FunctionName }) => FunctionName === 'text')?.Environment).toBeUndefined();
    const absent = lambda.send(new Lambda.GetFunctionConfigurationCommand({ FunctionName: 'absent' }));
    expect((await failureOf(absent)).name).toBe('ResourceNotFoundException');
  });

  it('are described and listed', async () => {
    const { Configuration } = await lambda.send(new Lambda.GetFunctionCommand({ FunctionName: 'echo' }));
    expect(Configuration).toMatchObject({ FunctionName: 'echo', Timeout: 60, MemorySize: 256, State: 'Active' });
    const names: (string | undefined)[] = [];
    for await (const page of Lambda.paginateListFunctions({ client: lambda, pageSize: 4 }, {})) {
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName));
    }
    expect(names).toEqual(Object.keys(handlers).sort());
  });

  it('must have one name each and a legal time limit', async () => {
    const definition = { name: 'a', handler: handlers.echo, timeoutS: 1, memoryMb: 128 };
    await expect(runtimeOf([definition, definition])).rejects.toThrow('Function already exist: a');
    await expect(runtimeOf([{ ...definition, timeoutS: 901 }])).rejects.toThrow('1 to 900 s');
  });
});
