import { availableParallelism } from 'node:os';
import * as Lambda from '@aws-sdk/client-lambda';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, newEngine, type TestEngine } from '../support.ts';
import { worker } from './support.ts';

const functions = [
  worker('echo', { environment: { NOCTURNE_TEST: 'of the function' } }),
  worker('store'),
  worker('refused'),
  worker('fail'),
  worker('spin'),
  worker('span'),
  worker('forever', { timeoutS: 1 }),
  worker('leave'),
  worker('late'),
  worker('fill', { memoryMb: 128 }),
  { ...worker('fillBuffers', { memoryMb: 128 }), name: 'fill-buffers' },
  { ...worker('absent'), name: 'not-exported' },
];

let test: TestEngine;
let all: ReturnType<typeof clients>;
beforeAll(async () => {
  test = await newEngine({ functions });
  all = clients({ requestHandler: test.engine.requestHandler });
});
afterAll(() => test.discard());

async function invoke(FunctionName: string, event: unknown = {}) {
  const { lambda } = all;
  const answer = await lambda.send(new Lambda.InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { error: answer.FunctionError, payload: JSON.parse(answer.Payload?.transformToString() ?? '') };
}

describe('a function in a worker thread', () => {
  it('is given event, context and environment, and stays warm', async () => {
    const { error, payload } = await invoke('echo', { a: ['ü', null] });
    expect(error).toBeUndefined();
    expect(payload).toMatchObject({
      event: { a: ['ü', null] },
      calls: 1,
      variable: 'of the function',
      context: {
        functionName: 'echo',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
        memoryLimitInMB: '512',
      },
    });
    expect(payload.remainingMs).toBeGreaterThan(0);
    expect(payload.remainingMs).toBeLessThanOrEqual(30_000);
    expect(process.env.NOCTURNE_TEST).toBeUndefined();
    expect((await invoke('echo')).payload.calls).toBe(2);
  });

  it('reaches the engine, which keeps nothing of what it sends and takes nothing from it', async () => {
    await all.s3.send(new CreateBucketCommand({ Bucket: 'frames' }));
    const sizeBytes = 8 * 2 ** 20;
    expect(await invoke('store', { bucket: 'frames', sizeBytes })).toEqual({
      error: undefined,
      payload: { kept: sizeBytes, same: true },
    });
    expect((await invoke('refused')).payload.errorType).toBe('ResourceNotFoundException');
  });

  it('tells what it throws', async () => {
    const { error, payload } = await invoke('fail');
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'SlewFailed', errorMessage: 'drive stalled at 12.5 deg' });
    expect(payload.trace[0]).toBe('SlewFailed: drive stalled at 12.5 deg');
  });

  it('does not hold up this thread', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    expect((await invoke('spin', { ms: 300 })).payload).toBe('spun');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  it.runIf(availableParallelism() > 1)('runs beside others', async () => {
    const warm = { ms: 1 };
    await Promise.all([invoke('span', warm), invoke('span', warm)]);
    const spans = await Promise.all([1, 2].map(async () => (await invoke('span', { ms: 500 })).payload));
    const [[beganMs, endedMs], [otherBeganMs, otherEndedMs]] = spans;
    expect(Math.max(beganMs, otherBeganMs)).toBeLessThan(Math.min(endedMs, otherEndedMs));
  });

  it('is ended when it is past its limit', async () => {
    // localstack/localstack, test_lambda.snapshot.json, TestLambdaBehavior::test_lambda_invoke_with_timeout
    expect((await invoke('forever')).payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
    });
  });

  it('may end itself, and not the engine', async () => {
    // localstack/localstack, test_lambda.snapshot.json, TestLambdaErrors::test_lambda_handler_exit
    expect((await invoke('leave', { code: 0 })).payload).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Runtime exited without providing a reason$/,
      ),
    });
    expect((await invoke('leave', { code: 7 })).payload.errorMessage).toContain(
      'Runtime exited with error: exit status 7',
    );
    expect((await invoke('late')).payload).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'thrown outside of the handler',
    });
    expect((await invoke('echo')).error).toBeUndefined();
  });

  it.each(['fill', 'fill-buffers'])('has so much memory, and no more: %s', async (name) => {
    expect((await invoke(name)).payload).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    });
  });

  it('fails where its module has no such function, again and again', async () => {
    for (const _ of [1, 2]) expect((await invoke('not-exported')).payload.errorType).toBe('TypeError');
  });
});
