import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpHandlerUserInput } from '@smithy/protocol-http';
import { EMBEDDED_BUCKET, ENVIRONMENT, FUNCTIONS, type FunctionName, type MachineName, TABLES } from '../core/names.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import { DirectoryNotWritable, type Engine, EngineInUse, openEngine } from '../embedded/engine.ts';
import type { FunctionHandler } from '../embedded/lambda/types.ts';
import { useTransport } from '../functions/shared/clients.ts';
import { deploy } from './deploy.ts';
import { EngineUnusable } from './errors.ts';

export const ENGINES = ['embedded', 'localstack', 'aws'] as const;
export type EngineName = (typeof ENGINES)[number];

/** An engine as the commands use it: clients, names, and where its files can be found. */
export interface Session {
  sfn: SFNClient;
  s3: S3Client;
  dynamodb: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  lambda: LambdaClient;
  bucket: string;
  tableName(table: keyof typeof TABLES): string;
  machineArn(machine: MachineName): Promise<string>;
  /** Where a person finds an object: a path on this machine, or its S3 address. */
  locate(key: string): string;
  /** Resolves when the functions of executions that were stopped have come to their end. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** How long a function of a stopped execution may still be at work where nobody can ask. */
const SETTLE_MS = 5000;

const LOCALSTACK_ENDPOINT = 'http://127.0.0.1:4566';

/** Name of the bucket on each engine, known before anything is started. */
export const bucketOf = (): string => process.env[ENVIRONMENT.bucket] ?? EMBEDDED_BUCKET;

/** The handlers of all functions, as the embedded engine runs them. */
async function loadFunctions() {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  return Promise.all(
    names.map(async (name) => {
      const module = (await import(`../functions/${name}/handler.ts`)) as { handler: FunctionHandler };
      return { name, handler: module.handler, ...FUNCTIONS[name] };
    }),
  );
}

/** Starts the embedded engine on a folder and makes sure that tables, bucket and machines are there. */
export async function startEmbedded(directory: string): Promise<{ engine: Engine; session: Session }> {
  // What a deployed function finds in its environment; the host name is never looked up, the transport goes in process.
  process.env.AWS_REGION ??= 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID ??= 'embedded';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'embedded';
  process.env.AWS_ENDPOINT_URL = 'http://embedded.localhost';
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  process.env[ENVIRONMENT.bucket] = bucketOf();
  const engine = await openEngine({ directory, functions: await loadFunctions(), version: SOFTWARE_VERSION });
  useTransport(engine.requestHandler);
  const session = makeSession(engine.requestHandler, {
    locate: (key) => `${directory}/s3/${bucketOf()}/${key}`,
    settle: engine.idle,
    close: async () => {
      useTransport(undefined);
      await engine.close();
    },
  });
  await deploy(session);
  return { engine, session };
}

/** Opens the engine that the person named. Throws EngineUnusable with what to do. */
export async function openSession(engine: EngineName, directory: string): Promise<Session> {
  if (engine === 'embedded') {
    try {
      return (await startEmbedded(directory)).session;
    } catch (error) {
      if (error instanceof EngineInUse) {
        throw new EngineUnusable(
          `${error.message}; wait for it, use another folder (--out), or, when it is \`nocturne serve\`, go through it with --engine localstack`,
        );
      }
      if (error instanceof DirectoryNotWritable) throw new EngineUnusable(error.message);
      throw error;
    }
  }
  if (engine === 'localstack') {
    process.env.AWS_ENDPOINT_URL ??= LOCALSTACK_ENDPOINT;
    process.env.AWS_REGION ??= 'us-east-1';
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  }
  const session = makeSession(undefined, {
    locate: (key) => `s3://${bucketOf()}/${key}`,
    settle: () => delay(SETTLE_MS),
    close: async () => {},
  });
  try {
    await session.machineArn('night');
  } catch (error) {
    if (error instanceof EngineUnusable) throw error;
    const where = process.env.AWS_ENDPOINT_URL ?? 'AWS';
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new EngineUnusable(`${where} does not answer (${reason}); start it, or set AWS_ENDPOINT_URL and credentials`);
  }
  return session;
}

function makeSession(
  requestHandler: HttpHandlerUserInput | undefined,
  own: Pick<Session, 'locate' | 'settle' | 'close'>,
): Session {
  const common = requestHandler ? { requestHandler } : {};
  const dynamodb = new DynamoDBClient(common);
  const sfn = new SFNClient(common);
  let machines: Map<string, string> | undefined;
  return {
    ...own,
    sfn,
    dynamodb,
    s3: new S3Client({ ...common, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) }),
    lambda: new LambdaClient(common),
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    bucket: bucketOf(),
    tableName: (table) => `${process.env[ENVIRONMENT.tablePrefix] ?? ''}${TABLES[table]}`,
    async machineArn(machine) {
      machines ??= await listMachines(sfn);
      const arn = machines.get(machine);
      if (!arn) {
        throw new EngineUnusable(`the engine has no state machine "${machine}"; deploy Nocturne to it first`);
      }
      return arn;
    },
  };
}

async function listMachines(sfn: SFNClient): Promise<Map<string, string>> {
  const machines = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await sfn.send(new ListStateMachinesCommand({ nextToken }));
    for (const { name, stateMachineArn } of page.stateMachines ?? []) machines.set(name!, stateMachineArn!);
    nextToken = page.nextToken;
  } while (nextToken);
  return machines;
}
