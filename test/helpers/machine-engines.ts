import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { FUNCTIONS, type FunctionName } from '../../core/names.ts';
import { openEngine } from '../../embedded/engine.ts';
import { temporaryFolder } from './night.ts';
import { zip } from './zip.ts';

const ACCOUNT = '000000000000';
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/** Answers for a function; may throw, and the function then fails with that error. */
export type Responder = (name: FunctionName, payload: any) => unknown;

/** A Step Functions with the observatory's functions, whose answers are a test's. */
export interface MachineEngine {
  sfn: SFNClient;
  functionArn(name: FunctionName): string;
  /** How often to ask whether an execution has ended. */
  pollMs: number;
  close(): Promise<void>;
}

/** The engine inside this process: a new one for each test. */
export async function openEmbedded(respond: Responder): Promise<MachineEngine> {
  const engine = await openEngine({
    directory: temporaryFolder(),
    version: 'test',
    functions: NAMES.map((name) => ({ name, ...FUNCTIONS[name], handler: async (payload) => respond(name, payload) })),
  });
  return {
    sfn: new SFNClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      endpoint: 'http://embedded.localhost',
      requestHandler: engine.requestHandler,
    }),
    functionArn: (name) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`,
    pollMs: 2,
    close: () => engine.close(),
  };
}

/** The code of every function there: it asks the test for its answer. */
const CODE = `
export const handler = async (payload) => {
  const body = JSON.stringify({ name: process.env.ANSWERS_NAME, payload });
  const answer = await fetch(process.env.ANSWERS_URL, { method: 'POST', body });
  const { result, error } = await answer.json();
  if (error) throw Object.assign(new Error(error.message), { name: error.name });
  return result;
};
`;

interface LocalstackFunctions {
  answerWith(respond: Responder | undefined): void;
  arn(name: FunctionName): string;
  remove(): Promise<void>;
}

/** Functions are made once for a test file: a new one takes its time, machines do not. */
let functions: Promise<LocalstackFunctions> | undefined;

/** LocalStack on an endpoint: real functions, which fetch their answers from this process. */
export async function openLocalstack(endpoint: string, respond: Responder): Promise<MachineEngine> {
  functions ??= makeFunctions(endpoint);
  const { answerWith, arn } = await functions;
  answerWith(respond);
  return {
    sfn: new SFNClient(options(endpoint)),
    functionArn: arn,
    pollMs: 50,
    close: async () => answerWith(undefined),
  };
}

/** Takes away what `openLocalstack` made for this test file. */
export async function removeFunctions(): Promise<void> {
  const made = functions;
  functions = undefined;
  await (await made)?.remove();
}

const options = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

async function makeFunctions(endpoint: string): Promise<LocalstackFunctions> {
  let respond: Responder | undefined;
  const server = createServer(async (request, response) => {
    const { name, payload } = JSON.parse(await text(request)) as { name: FunctionName; payload: unknown };
    const answer = await Promise.resolve()
      .then(() => {
        if (!respond) throw new Error(`no test wants the answer of ${name}`);
        return respond(name, payload);
      })
      .then(
        (result) => ({ result }),
        (error: Error) => ({ error: { name: error.name, message: error.message } }),
      );
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const lambda = new LambdaClient(options(endpoint));
  const prefix = `test-${randomBytes(4).toString('hex')}-`;
  const code = zip({ 'index.mjs': CODE });
  await Promise.all(
    NAMES.map(async (name) => {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: prefix + name,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: `arn:aws:iam::${ACCOUNT}:role/test`,
          Code: { ZipFile: code },
          Timeout: FUNCTIONS[name].timeoutS,
          Environment: { Variables: { ANSWERS_URL: url, ANSWERS_NAME: name } },
        }),
      );
      await waitUntilFunctionActiveV2(
        { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 2 },
        { FunctionName: prefix + name },
      );
    }),
  );
  return {
    answerWith: (given) => {
      respond = given;
    },
    arn: (name) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${prefix}${name}`,
    async remove() {
      await Promise.all(NAMES.map((name) => lambda.send(new DeleteFunctionCommand({ FunctionName: prefix + name }))));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
