import { existsSync } from 'node:fs';
import path from 'node:path';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import pc from 'picocolors';
import { bucketName, EMBEDDED_BUCKET, MACHINES, type MachineName, stagePrefix } from '../../core/names.ts';
import { makeClients, makeIdentityClient } from '../clients.ts';
import { listMachines, stagesAmong } from '../deployment.ts';
import { judgeClock, watchClock } from '../doctor/clock.ts';
import { absent, type Finding, isNotServed, ok, type Verdict, warning, wordsOf, wrong } from '../doctor/finding.ts';
import {
  checkBucket,
  checkBus,
  checkFunctions,
  checkMachines,
  checkSchedules,
  checkTables,
  type Place,
} from '../doctor/parts.ts';
import { checkPermissions } from '../doctor/permissions.ts';
import { EngineUnusable, EXIT, InputRefused } from '../errors.ts';
import { type EngineOptions, openSession, useLocalStackDefaults } from '../session.ts';

export interface DoctorOptions extends EngineOptions {
  json?: boolean;
}

/** Node that runs TypeScript as it is. */
const NODE_MAJOR = 24;

/**
 * Looks at an engine and says, line by line, what is well, what is not, and what to do about it. Nothing is changed.
 * Returns 0 when nothing is wrong, else 3.
 */
export async function examine(options: DoctorOptions): Promise<number> {
  const { engine, out, stage, json = false } = options;
  if (engine === 'embedded' && stage !== undefined) {
    throw new InputRefused([`option --stage: the embedded engine has no stages (got "${stage}")`]);
  }
  const findings: Finding[] = [];
  const tell = (...found: Finding[]) => {
    findings.push(...found);
    for (const each of found)
      process.stdout.write(json ? `${JSON.stringify({ type: 'finding', ...each })}\n` : lineOf(each));
  };
  tell(judgeNode(process.versions.node));
  if (engine === 'embedded') await examineEmbedded(out, tell);
  else await examineDeployed(options, tell);

  const wrongs = findings.filter(({ verdict }) => verdict === 'wrong').length;
  const warnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  if (json) process.stdout.write(`${JSON.stringify({ type: 'end', wrong: wrongs, warnings })}\n`);
  else
    process.stdout.write(
      wrongs + warnings === 0 ? 'All is well.\n' : `${wrongs} wrong, ${warnings} to be warned of.\n`,
    );
  return wrongs > 0 ? EXIT.engine : EXIT.done;
}

type Tell = (...findings: Finding[]) => void;

const MARKS: Record<Verdict, (text: string) => string> = {
  ok: pc.green,
  absent: pc.dim,
  warning: pc.yellow,
  wrong: pc.red,
};

const lineOf = ({ what, verdict, words, remedy }: Finding): string =>
  `${MARKS[verdict](verdict.padEnd(8))} ${what.padEnd(12)} ${words}\n${remedy ? `${' '.repeat(22)}to do: ${remedy}\n` : ''}`;

/** Judges the version of Node that runs this. */
export function judgeNode(version: string): Finding {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return ok('node', version);
  return warning(
    'node',
    `${version}; Nocturne is tested on ${NODE_MAJOR}`,
    `run it by npm, which brings Node ${NODE_MAJOR}: npm run nocturne`,
  );
}

async function examineEmbedded(out: string, tell: Tell): Promise<void> {
  const folder = path.resolve(out);
  const none = 'none: the engine is on this machine, and yours';
  tell(absent('credentials', none), absent('region', none), absent('permissions', none), absent('clock', none));
  if (!existsSync(folder)) {
    tell(absent('folder', `${folder} is not there yet; the first night makes it`));
    return;
  }
  try {
    const session = await openSession({ engine: 'embedded', out });
    try {
      tell(ok('folder', session.isGuest ? `${folder}, through the process that uses it now` : folder));
      const place: Place = { clients: session, prefix: session.prefix, isDeployed: false };
      const missing = stagesAmong([...(await listMachines(session.sfn)).keys()]).get('') ?? [...MACHINES];
      await examineParts(place, missing, tell, EMBEDDED_BUCKET);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof EngineUnusable)) throw error;
    tell(wrong('folder', error.message, 'make it usable, or name another by --out'));
  }
}

async function examineDeployed({ engine, stage }: DoctorOptions, tell: Tell): Promise<void> {
  if (engine === 'localstack') useLocalStackDefaults();
  const clients = makeClients();
  let region: string;
  try {
    region = await clients.sfn.config.region();
    tell(ok('region', region));
  } catch (error) {
    tell(wrong('region', wordsOf(error), 'set AWS_REGION, or a region in the profile'));
    return;
  }
  const identity = await checkIdentity(tell);
  const { account } = identity;
  let machineNames: Map<string, string>;
  try {
    machineNames = await listMachines(clients.sfn);
    tell(ok('endpoint', process.env.AWS_ENDPOINT_URL ?? 'AWS'));
  } catch (error) {
    const isTurnedAway = identity.isRefused && !isUnreachable(error);
    if (isTurnedAway)
      tell(absent('endpoint', 'it answers, and turns these credentials away; nothing else was looked at'));
    else tell(wrong('endpoint', wordsOf(error), 'this comes first: nothing else was looked at'));
    return;
  }
  const prefix = choosePrefix(stagesAmong([...machineNames.keys()]), stage, region, tell);
  if (prefix === undefined) return;
  const place: Place = { clients, prefix, isDeployed: true };
  const missing = MACHINES.filter((machine) => !machineNames.has(`${prefix}${machine}`));
  // A deployment without functions does not say its bucket; its name is derived.
  const derived = account === undefined ? undefined : bucketName(prefix.slice(0, -1), account, region);
  const bucket = await examineParts(place, missing, tell, derived);
  const nightArn = machineNames.get(`${prefix}night`);
  if (nightArn && bucket) tell(...(await checkPermissions(place, bucket, nightArn)));
  else tell(warning('permissions', 'could not be tried: the night machine or the bucket is missing', 'see above'));
}

/** An endpoint that does not answer says nothing of credentials. */
const isUnreachable = (error: unknown): boolean =>
  typeof (error as { code?: unknown }).code === 'string' || (error as Error).name === 'TimeoutError';

/** Who the caller is, and whether the clocks agree. */
async function checkIdentity(tell: Tell): Promise<{ account?: string; isRefused: boolean }> {
  const client = makeIdentityClient();
  let aheadS: number | undefined;
  watchClock(client, (seconds) => {
    aheadS ??= seconds;
  });
  let account: string | undefined;
  let isRefused = false;
  try {
    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}));
    account = Account;
    tell(ok('credentials', Arn ?? ''));
  } catch (error) {
    if (isNotServed(error)) tell(absent('credentials', 'this engine does not tell'));
    else if (!isUnreachable(error)) {
      isRefused = true;
      tell(wrong('credentials', wordsOf(error), 'log in, or set other credentials'));
    }
  }
  if (aheadS !== undefined) tell(judgeClock(aheadS));
  return { isRefused, ...(account !== undefined && { account }) };
}

/** The prefix of the stage to look at; undefined, and told, when there is none or none was chosen. */
function choosePrefix(
  stages: Map<string, MachineName[]>,
  stage: string | undefined,
  region: string,
  tell: Tell,
): string | undefined {
  const deployed = [...stages].filter(([, missing]) => missing.length < MACHINES.length - 1).map(([prefix]) => prefix);
  const known = deployed.map((prefix) => prefix.slice(0, -1) || '(without a name)').join(', ') || 'none';
  const wanted = stage === undefined ? deployed : deployed.filter((prefix) => prefix === stagePrefix(stage));
  const [prefix] = wanted;
  if (prefix !== undefined && wanted.length === 1) {
    tell(ok('stage', prefix.slice(0, -1) || '(without a name)'));
    return prefix;
  }
  if (wanted.length > 1) tell(wrong('stage', `several are deployed: ${known}`, 'choose one by --stage'));
  else {
    const words =
      stage === undefined
        ? `Nocturne is not deployed in region ${region}`
        : `"${stage}" is not deployed in region ${region}; there: ${known}`;
    tell(wrong('stage', words, 'deploy it (docs/deploy.md), or name another region by AWS_REGION'));
  }
  return undefined;
}

/** All parts of a deployment. Gives its bucket, as far as it is known. */
async function examineParts(
  place: Place,
  missing: readonly MachineName[],
  tell: Tell,
  otherwiseBucket: string | undefined,
): Promise<string | undefined> {
  tell(...checkMachines(place, missing));
  const functions = await checkFunctions(place);
  tell(...functions.findings);
  tell(...(await checkTables(place)));
  const bucket = functions.bucket ?? otherwiseBucket;
  if (bucket) tell(...(await checkBucket(place, bucket)));
  tell(...(await checkBus(place)));
  tell(...(await checkSchedules(place)));
  return bucket;
}
