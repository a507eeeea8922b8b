/** What the benchmarks of the embedded Step Functions share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../embedded/clock.ts';
import type { FunctionInvoker } from '../embedded/lambda/types.ts';
import { openStepFunctions } from '../embedded/stepfunctions/service.ts';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

export const machineArn = (name: string): string => `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${name}`;

export interface Bench {
  /** Makes a request of the API; throws with what the service answered when it refused. */
  call(operation: string, request: object): Promise<Record<string, string>>;
  createMachine(name: string, definition: object): Promise<string>;
  /** Runs one execution to its end; gives its output. */
  run(stateMachineArn: string, input: object): Promise<string>;
  close(): Promise<void>;
}

/** Step Functions on a folder, as the engine opens it. */
export function openBench(
  directory: string,
  invokeFunction: FunctionInvoker = async () => ({ payload: 'null' }),
): Bench {
  const { service, close } = openStepFunctions({
    directory,
    clock: systemClock,
    region: REGION,
    accountId: ACCOUNT_ID,
    invokeFunction,
  });
  const call: Bench['call'] = async (operation, request) => {
    const { status, body } = await service({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'x-amz-target': `AWSStepFunctions.${operation}` },
      body: Buffer.from(JSON.stringify(request)),
    });
    if (status !== 200) throw new Error(String(body));
    return JSON.parse(String(body));
  };
  return {
    call,
    close,
    async createMachine(name, definition) {
      const roleArn = `arn:aws:iam::${ACCOUNT_ID}:role/bench`;
      await call('CreateStateMachine', { name, definition: JSON.stringify(definition), roleArn });
      return machineArn(name);
    },
    async run(stateMachineArn, input) {
      const { executionArn } = await call('StartExecution', { stateMachineArn, input: JSON.stringify(input) });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const { status, output, error, cause } = await call('DescribeExecution', { executionArn });
        if (status === 'RUNNING') continue;
        if (status !== 'SUCCEEDED') throw new Error(`${status}: ${error} ${cause}`);
        return output!;
      }
    },
  };
}

/** Works in a folder of its own, which is removed afterwards. */
export async function inFolder(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'nocturne-bench-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
