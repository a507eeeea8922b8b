import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpHandlerUserInput } from '@smithy/protocol-http';
import {
  BUS,
  EMBEDDED_BUCKET,
  ENVIRONMENT,
  FUNCTIONS,
  type FunctionName,
  MACHINES,
  type MachineName,
  stagePrefix,
  TABLES,
} from '../core/names.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import { DirectoryNotWritable, type Engine, EngineInUse, openEngine } from '../embedded/engine.ts';
import type { FunctionHandler } from '../embedded/lambda/types.ts';
import { useTransport } from '../functions/shared/clients.ts';
import { deploy } from './deploy.ts';
import { EngineUnusable } from './errors.ts';

export const ENGINES = ['embedded', 'localstack', 'aws'] as const;
export type EngineName = (typeof ENGINES)[number];

/** What a deployment is called, and which version of the software it is. */
export interface Deployment {
  /** In front of the names of tables, functions, machines and rules. */
  prefix: string;
  bucket: string;
  version: string;
  /** Machines by their plain name; all of MACHINES. */
  machineArns: Readonly<Record<MachineName, string>>;
}

/** An engine as the commands use it: clients, names, and where its files can be found. */
export interface Session extends Clients, Deployment {
  engine: EngineName;
  tableName(table: keyof typeof TABLES): string;
  functionName(name: FunctionName): string;
  /** Where a person finds an object: a path on this machine, or its S3 address. */
  locate(key: string): string;
  /** Resolves when the functions of executions that were stopped have come to their end. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Clients {
  sfn: SFNClient;
  s3: S3Client;
  dynamodb: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  lambda: LambdaClient;
  events: EventBridgeClient;
}

/** Which engine, and which of its deployments. */
export interface EngineOptions {
  engine: EngineName;
  /** Folder of the embedded engine. */
  out: string;
  /** Stage of a deployed stack; may be left out where only one is deployed. */
  stage?: string;
}

/** How long a function of a stopped execution may still be at work where nobody can ask. */
const SETTLE_MS = 5000;

const LOCALSTACK_ENDPOINT = 'http://127.0.0.1:4566';

/** The handlers of all functions, as the embedded engine runs them. */
async function loadFunctions(environment: Record<string, string>) {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  return Promise.all(
    names.map(async (name) => {
      const module = (await import(`../functions/${name}/handler.ts`)) as { handler: FunctionHandler };
      return { name, handler: module.handler, environment, ...FUNCTIONS[name] };
    }),
  );
}

/** Starts the embedded engine on a folder and makes sure that tables, bucket, bus and machines are there. */
export async function startEmbedded(directory: string): Promise<{ engine: Engine; session: Session }> {
  const environment = {
    [ENVIRONMENT.bucket]: EMBEDDED_BUCKET,
    [ENVIRONMENT.prefix]: '',
    [ENVIRONMENT.bus]: BUS,
    [ENVIRONMENT.version]: SOFTWARE_VERSION,
  };
  // What a deployed function finds in its environment; the host name is never looked up, the transport goes in process.
  process.env.AWS_REGION ??= 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID ??= 'embedded';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'embedded';
  process.env.AWS_ENDPOINT_URL = 'http://embedded.localhost';
  process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';
  Object.assign(process.env, environment);
  const engine = await openEngine({
    directory,
    functions: await loadFunctions(environment),
    version: SOFTWARE_VERSION,
  });
  useTransport(engine.requestHandler);
  const clients = makeClients(engine.requestHandler);
  const machineArns = await deploy(clients, EMBEDDED_BUCKET);
  const session = makeSession('embedded', clients, {
    deployment: { prefix: '', bucket: EMBEDDED_BUCKET, version: SOFTWARE_VERSION, machineArns },
    locate: (key) => `${directory}/s3/${EMBEDDED_BUCKET}/${key}`,
    settle: engine.idle,
    close: async () => {
      useTransport(undefined);
      await engine.close();
    },
  });
  return { engine, session };
}

/** Opens the engine that the person named. Throws EngineUnusable with what to do. */
export async function openSession({ engine, out, stage }: EngineOptions): Promise<Session> {
  if (engine === 'embedded') {
    try {
      return (await startEmbedded(path.resolve(out))).session;
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
  const clients = makeClients();
  try {
    const deployment = await findDeployment(clients, stage);
    return makeSession(engine, clients, {
      deployment,
      locate: (key) => `s3://${deployment.bucket}/${key}`,
      settle: () => delay(SETTLE_MS),
      close: async () => {},
    });
  } catch (error) {
    if (error instanceof EngineUnusable) throw error;
    const where = process.env.AWS_ENDPOINT_URL ?? 'AWS';
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new EngineUnusable(`${where} does not answer (${reason}); start it, or set AWS_ENDPOINT_URL and credentials`);
  }
}

function makeClients(requestHandler?: HttpHandlerUserInput): Clients {
  const common = requestHandler ? { requestHandler } : {};
  const dynamodb = new DynamoDBClient(common);
  return {
    dynamodb,
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    sfn: new SFNClient(common),
    s3: new S3Client({ ...common, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) }),
    lambda: new LambdaClient(common),
    events: new EventBridgeClient(common),
  };
}

function makeSession(
  engine: EngineName,
  clients: Clients,
  { deployment, ...own }: Pick<Session, 'locate' | 'settle' | 'close'> & { deployment: Deployment },
): Session {
  return {
    engine,
    ...clients,
    ...deployment,
    ...own,
    tableName: (table) => `${deployment.prefix}${TABLES[table]}`,
    functionName: (name) => `${deployment.prefix}${name}`,
  };
}

/** The deployment of a stage, or the only one that there is. Throws EngineUnusable when it is not there, or only in part. */
async function findDeployment({ sfn, lambda }: Clients, stage: string | undefined): Promise<Deployment> {
  const machines = await listMachines(sfn);
  const isDeployed = (prefix: string): boolean => MACHINES.some((machine) => machines.has(`${prefix}${machine}`));
  const prefixes = [...machines.keys()].flatMap((name) => (name.endsWith('night') ? name.slice(0, -'night'.length) : []));
  const known = prefixes.map((prefix) => prefix.slice(0, -1) || 'none').join(', ');
  const prefix = stage === undefined ? prefixes[0] : stagePrefix(stage);
  if (prefix === undefined || !isDeployed(prefix)) {
    throw new EngineUnusable(
      stage === undefined
        ? 'Nocturne is not deployed there: the engine has no state machine "night"; deploy it first (docs/deploy.md)'
        : `stage "${stage}" is not deployed there; stages are: ${known || 'none'}; deploy it first (docs/deploy.md)`,
    );
  }
  if (stage === undefined && prefixes.length > 1) {
    throw new EngineUnusable(`several stages are deployed there: ${known}; choose one by --stage`);
  }
  const missing = MACHINES.filter((machine) => !machines.has(`${prefix}${machine}`));
  if (missing.length > 0) {
    throw new EngineUnusable(
      `Nocturne is deployed only in part: no state machine ${missing.map((name) => `"${prefix}${name}"`).join(', ')}; deploy it again (docs/deploy.md)`,
    );
  }
  const { Environment } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: `${prefix}open-night` }),
  );
  const { [ENVIRONMENT.bucket]: bucket, [ENVIRONMENT.version]: version } = Environment?.Variables ?? {};
  if (!bucket || !version) {
    throw new EngineUnusable(
      `function ${prefix}open-night does not say its bucket and version: it is of another version; deploy Nocturne ${SOFTWARE_VERSION} again (docs/deploy.md)`,
    );
  }
  const machineArns = Object.fromEntries(
    MACHINES.map((machine) => [machine, machines.get(`${prefix}${machine}`)!]),
  ) as Record<MachineName, string>;
  return { prefix, bucket, version, machineArns };
}

/** ARNs of all machines of the account and region by name. */
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
