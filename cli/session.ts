import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BUS, EMBEDDED_BUCKET, ENVIRONMENT, FUNCTIONS, type FunctionName, TABLES } from '../core/names.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import {
  DirectoryNotWritable,
  type EngineOptions as EmbeddedOptions,
  type Engine,
  EngineInUse,
  openEngine,
} from '../embedded/engine.ts';
import type { FunctionDefinition, FunctionHandler } from '../embedded/lambda/types.ts';
import { useTransport } from '../functions/shared/clients.ts';
import { type Clients, makeClients } from './clients.ts';
import { deploy, EMBEDDED_MACHINE_ARNS } from './deploy.ts';
import { type Deployment, findDeployment, versionDifference } from './deployment.ts';
import { EngineUnusable, InputRefused } from './errors.ts';
import { engineTrouble } from './trouble.ts';

export type { Clients, Deployment };

export const ENGINES = ['embedded', 'localstack', 'aws'] as const;
export type EngineName = (typeof ENGINES)[number];

/** An engine as the commands use it: clients, names, and where its files can be found. */
export interface Session extends Clients, Deployment {
  engine: EngineName;
  /** Set when other processes use the embedded engine that this one runs. */
  isHost?: true;
  /** Set when the embedded engine is that of another process. */
  isGuest?: true;
  /** Set when executions that an earlier process left running rest as they are, since the command only looks at them. */
  isAtRest?: true;
  tableName(table: keyof typeof TABLES): string;
  functionName(name: FunctionName): string;
  /** Where a person finds an object: a path on this machine, or its S3 address. */
  locate(key: string): string;
  /** Resolves when the functions of executions that were stopped have come to their end. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Which engine, and which of its deployments. */
export interface EngineOptions {
  engine: EngineName;
  /** Folder of the embedded engine. */
  out: string;
  /** Stage of a deployed stack; may be left out where only one is deployed. */
  stage?: string;
}

/** What a command is going to do with a session. */
export interface SessionUse {
  /**
   * Starts nights: it wants the deployed version to be its own; its embedded engine goes on with nights that were broken off,
   * and other processes may use it meanwhile.
   */
  startsNights?: boolean;
}

/** How long a function of a stopped execution may still be at work where nobody can ask. */
const SETTLE_MS = 5000;

/** How long another process may take until its engine answers, or until it lets the folder go. */
const FOLDER_WAIT_MS = 20_000;
const FOLDER_LOOK_MS = 100;

const LOCALSTACK_ENDPOINT = 'http://127.0.0.1:4566';

/** Functions that compute for most of their time. The embedded engine runs them in worker threads: several take several cores. */
const CPU_HEAVY: readonly FunctionName[] = ['expose-frame', 'take-calibration', 'build-master', 'reduce-frame'];

/** The functions as the embedded engine runs them. */
async function loadFunctions(environment: Record<string, string>, allInThisThread: boolean) {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const handlerOf = async (name: FunctionName): Promise<FunctionDefinition['handler']> => {
    const module = new URL(`../functions/${name}/handler.ts`, import.meta.url);
    if (!allInThisThread && CPU_HEAVY.includes(name)) {
      return { module, export: 'handler', prepare: new URL('./worker-bootstrap.ts', import.meta.url) };
    }
    return ((await import(module.href)) as { handler: FunctionHandler }).handler;
  };
  return Promise.all(
    names.map(async (name) => ({ name, handler: await handlerOf(name), environment, ...FUNCTIONS[name] })),
  );
}

/** How the embedded engine behaves while it is open. */
export interface EmbeddedBehaviour extends Pick<EmbeddedOptions, 'resume' | 'fireSchedules' | 'onScheduleFired'> {
  /** Whether all functions run in this thread, where a transport of the caller's own reaches them; only light ones do when absent. */
  allInThisThread?: boolean;
}

/** Starts the embedded engine on a folder and makes sure that tables, bucket, bus and machines are there. */
export async function startEmbedded(
  directory: string,
  { allInThisThread = false, ...behaviour }: EmbeddedBehaviour = {},
): Promise<{ engine: Engine; session: Session }> {
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
  // A profile would win over the keys, and may ask for a login.
  delete process.env.AWS_PROFILE;
  Object.assign(process.env, environment);
  const engine = await openEngine({
    directory,
    functions: await loadFunctions(environment, allInThisThread),
    version: SOFTWARE_VERSION,
    ...behaviour,
  });
  useTransport(engine.requestHandler);
  const clients = makeClients({ requestHandler: engine.requestHandler });
  await deploy(clients, EMBEDDED_BUCKET);
  const session = makeSession('embedded', clients, {
    deployment: { prefix: '', bucket: EMBEDDED_BUCKET, version: SOFTWARE_VERSION, machineArns: EMBEDDED_MACHINE_ARNS },
    locate: locateIn(directory),
    settle: engine.idle,
    close: async () => {
      // Functions that others called are let come to their end, which they reach by this transport.
      await engine.close();
      useTransport(undefined);
    },
  });
  return { engine, session };
}

/**
 * Opens the engine that the person named. An embedded engine that another process runs is used through that process.
 * Warns on stderr when another version is deployed. Throws EngineUnusable with what to do, InputRefused for a stage that
 * cannot be.
 */
export async function openSession(options: EngineOptions, use: SessionUse = {}): Promise<Session> {
  const { engine, out, stage } = options;
  if (engine === 'embedded' && stage !== undefined) {
    throw new InputRefused([
      `option --stage: the embedded engine has no stages (got "${stage}"); leave it out, or name --engine`,
    ]);
  }
  try {
    const session =
      engine === 'embedded' ? await openEmbedded(path.resolve(out), use) : await openDeployed(engine, stage);
    checkVersion(session, use);
    return session;
  } catch (error) {
    if (error instanceof DirectoryNotWritable) throw new EngineUnusable(error.message);
    const trouble = error instanceof EngineUnusable ? undefined : engineTrouble(error);
    throw trouble === undefined ? error : new EngineUnusable(trouble);
  }
}

/**
 * Opens a session, works with it and closes it. When the process ends whose embedded engine was used, as it does with its
 * night, the work is begun again on what it left: work may be done more than once. Throws what openSession and the work throw.
 */
export async function withSession<T>(options: EngineOptions, work: (session: Session) => Promise<T>): Promise<T> {
  for (;;) {
    const session = await openSession(options);
    try {
      return await work(session);
    } catch (error) {
      if (!isHostGone(session, error)) throw error;
    } finally {
      await session.close();
    }
  }
}

/** Where LocalStack listens, and any keys for it, unless the environment says otherwise. */
export function useLocalStackDefaults(): void {
  process.env.AWS_ENDPOINT_URL ??= LOCALSTACK_ENDPOINT;
  process.env.AWS_REGION ??= 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
}

async function openDeployed(engine: EngineName, stage: string | undefined): Promise<Session> {
  if (engine === 'localstack') useLocalStackDefaults();
  const clients = makeClients();
  const deployment = await findDeployment(clients, stage);
  return makeSession(engine, clients, {
    deployment,
    locate: (key) => `s3://${deployment.bucket}/${key}`,
    settle: () => delay(SETTLE_MS),
    close: async () => {},
  });
}

/** The engine on a folder: this process's own, or that of the process that has the folder. */
async function openEmbedded(directory: string, { startsNights }: SessionUse): Promise<Session> {
  const giveUpAtMs = Date.now() + FOLDER_WAIT_MS;
  for (;;) {
    try {
      const { engine, session } = await startEmbedded(directory, { resume: startsNights ?? false });
      if (!startsNights) return { ...session, isAtRest: true };
      await engine.listen(0);
      return { ...session, isHost: true };
    } catch (error) {
      if (!(error instanceof EngineInUse)) throw error;
      const version = error.url && (await versionAt(error.url));
      if (error.url && version) return joinEmbedded(directory, error.url, version);
      // It is starting, or ending, or reading for a moment: soon it answers, or the folder is free.
      if (Date.now() > giveUpAtMs) throw new EngineUnusable(silentOwner(error));
      await delay(FOLDER_LOOK_MS);
    }
  }
}

const silentOwner = ({ directory, pid, url }: EngineInUse): string =>
  `The folder ${directory} is in use by the engine of process ${pid ?? '(starting)'}, ` +
  `${url ? `which does not answer on ${url}` : 'which does not serve it to others'}. ` +
  'Wait for that process or stop it, or use another folder (--out).';

/** Version of the engine that serves on an address of this machine; undefined when none answers there. */
async function versionAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/_nocturne/health`, { signal: AbortSignal.timeout(FOLDER_WAIT_MS) });
    const { engine, version } = (await answer.json()) as { engine?: string; version?: string };
    return engine === 'embedded' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** The engine that another process of this machine runs on a folder. */
function joinEmbedded(directory: string, url: string, version: string): Session {
  process.env.AWS_ENDPOINT_URL = url;
  const clients = makeClients({ endpoint: url });
  const session = makeSession('embedded', clients, {
    deployment: { prefix: '', bucket: EMBEDDED_BUCKET, version, machineArns: EMBEDDED_MACHINE_ARNS },
    locate: locateIn(directory),
    settle: () => delay(SETTLE_MS),
    close: async () => {
      for (const each of [clients.sfn, clients.s3, clients.dynamodb, clients.lambda, clients.events]) each.destroy();
    },
  });
  return { ...session, isGuest: true };
}

const GONE = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/** Whether an error means that the process whose embedded engine a session uses has ended. */
export const isHostGone = ({ isGuest }: Session, error: unknown): boolean =>
  isGuest === true && GONE.includes((error as { code?: string } | undefined)?.code ?? '');

const locateIn =
  (directory: string) =>
  (key: string): string =>
    `${directory}/s3/${EMBEDDED_BUCKET}/${key}`;

/** Nights are started by the version that is deployed; what another one wrote may be read, with a warning. */
function checkVersion({ version }: Session, { startsNights }: SessionUse): void {
  const difference = versionDifference(version);
  if (difference === undefined) return;
  const words = `Nocturne ${version} is deployed there, ${difference} than this command line (${SOFTWARE_VERSION})`;
  if (startsNights) {
    throw new EngineUnusable(
      `${words}: a night is started by its own version only; ${difference === 'older' ? 'deploy this version (docs/deploy.md)' : 'update this command line'}`,
    );
  }
  process.stderr.write(`warning: ${words}; what it shows may be incomplete\n`);
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
