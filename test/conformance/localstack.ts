import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { transformSync } from 'esbuild';
import { zip } from '../helpers/zip.ts';
import { caller } from './clients.ts';
import type { Target } from './runner.ts';

const account = '111111111111';
/** How long a case may wait for one thing: the longest recorded delay is a minute. */
const patienceMs = 70_000;
const pollMs = 100;

const functionsCode = transformSync(readFileSync(join(import.meta.dirname, 'functions.ts'), 'utf8'), {
  loader: 'ts',
}).code;

/** Twelve digits. */
const newAccount = () => String(randomInt(100_000_000_000, 200_000_000_000));

/** LocalStack on an endpoint, with an account of its own for a case: LocalStack takes it from the access key. Buckets have one namespace. */
export function openLocalstack(endpoint: string): { target: Target; close(): Promise<void> } {
  const own = newAccount();
  const names: [string, string][] = [
    [account, own],
    ['test-bucket', `test-bucket-${own}`],
    ['result-bucket', `result-bucket-${own}`],
  ];
  /** What the case calls its own, as LocalStack knows it, and back. */
  const outward = (text: string) => names.reduce((renamed, [ours, theirs]) => renamed.replaceAll(ours, theirs), text);
  const inward = (text: string) =>
    names.reduceRight((renamed, [ours, theirs]) => renamed.replaceAll(theirs, ours), text);
  const call = caller({ endpoint }, own);
  const lambda = new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: own, secretAccessKey: 'test' },
  });
  const functions: string[] = [];
  const executions: string[] = [];
  const target: Target = {
    call: async (operation, params) => {
      try {
        const answer: any = await call(operation, replaced(params, outward) as object);
        if (operation === 'stepfunctions.StartExecution') executions.push(answer.executionArn);
        return replaced(answer, inward);
      } catch (error) {
        if (error instanceof Error) error.message = inward(error.message);
        throw error;
      }
    },
    async createFunction(name, handler) {
      const index = `import { handlers } from './functions.mjs';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const handler = (event) => handlers.${handler}(event, { sleep });`;
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: `arn:aws:iam::${own}:role/test`,
          Code: { ZipFile: zip({ 'index.mjs': index, 'functions.mjs': functionsCode }) },
          Timeout: 120,
        }),
      );
      await waitUntilFunctionActiveV2(
        { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
        { FunctionName: name },
      );
      functions.push(name);
    },
    sleep: async (ms) => void (await delay(ms)),
    async pass(looks) {
      await delay(pollMs);
      return looks * pollMs < patienceMs;
    },
    // LocalStack tells of events through queues, not to a function of this process: what reaches a bus is not looked at.
    collect: async () => {},
    collected: async () => [],
  };
  return {
    target,
    async close() {
      // What still waits would do so for ever.
      await Promise.allSettled(executions.map((executionArn) => call('stepfunctions.StopExecution', { executionArn })));
      await Promise.all(functions.map((FunctionName) => lambda.send(new DeleteFunctionCommand({ FunctionName }))));
      lambda.destroy();
    },
  };
}

/** A value with all its texts replaced. */
function replaced(value: unknown, by: (text: string) => string): unknown {
  if (typeof value === 'string') return by(value);
  if (Array.isArray(value)) return value.map((member) => replaced(member, by));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, by)]));
}
