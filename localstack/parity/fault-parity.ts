import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type EnvironmentResponse,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { prepareNight } from '../../cli/input.ts';
import type { Session } from '../../cli/session.ts';
import { FUNCTIONS, type FunctionName } from '../../core/names.ts';
import { useTransport } from '../../functions/shared/clients.ts';
import { withFaults } from '../faults/handler.ts';
import { openFaultProxy } from '../faults/proxy.ts';
import { createInjector, type Rule } from '../faults/rules.ts';
import { type Place, ROOT } from '../place.ts';
import { compareWorlds, type KindCompared, type Naming } from './compare.ts';
import { knowNightsOfDay, nightsOfDay, withEmbedded, withLocalstack } from './engines.ts';
import type { FaultNight } from './fault-nights.ts';
import { readWorld, type World } from './world.ts';

/** The default observatory with a camera of 64 x 64 pixels: the same code, quick frames. */
const FRAME_PIX = 64;
const EVENING = '2026-11-21';
const DAY_OBS = 20261121;
const PROGRAMME = {
  id: 'faults',
  name: 'Two frames of M31',
  waitS: 3600,
  requests: [
    {
      id: 'm31',
      target: { name: 'M31', raDeg: 10.6847, decDeg: 41.2688 },
      exposures: [{ filter: 'r', exposureTimeS: 60, count: 2 }],
      constraints: { moonSeparationMinDeg: 5 },
    },
  ],
};

export interface Lived {
  world: World;
  naming: Naming;
  seconds: number;
  /** How many requests had a fault. */
  struck: number;
}

export interface FaultParity {
  night: FaultNight;
  embedded: Lived;
  localstack: Lived;
  compared: KindCompared[];
  /** What is not as the night expects it, on either engine. */
  faults: string[];
}

/**
 * Lets nights with faults go by on the embedded engine and on LocalStack, whose functions then reach their services through a
 * proxy, and tells of each as soon as it is compared. All is put back at the end. Throws EngineUnusable.
 */
export async function compareFaultNights(
  place: Place,
  nights: readonly FaultNight[],
  tell: (result: FaultParity) => void,
  signal: AbortSignal,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-parity-'));
  try {
    const past = await withLocalstack(place, (session) => nightsOfDay(session, cameraId(), DAY_OBS));
    const atHome = nights.map(({ rules, ...night }) => (night.calmAtHome || !rules ? night : { ...night, rules }));
    const ours = await liveEmbedded(path.join(folder, 'world'), atHome, signal, past);
    await withLocalstack(place, (session) =>
      behindProxy(place, session, async (use) => {
        for (const [index, night] of nights.entries()) {
          const theirs = await live(session, night, past, folder, use, signal);
          tell(judge(night, ours[index], theirs));
        }
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nights one after the other on the embedded engine, in a world that knows of earlier nights of that day. */
export function liveEmbedded(
  world: string,
  nights: readonly FaultNight[],
  signal: AbortSignal,
  past: readonly string[] = [],
): Promise<Lived[]> {
  return withEmbedded(world, async (session, engine) => {
    await knowNightsOfDay(session, cameraId(), DAY_OBS, past);
    const use = (rules: readonly Rule[]) => {
      const injector = createInjector(rules);
      useTransport(withFaults(engine.requestHandler, injector));
      return injector.log;
    };
    const lived: Lived[] = [];
    for (const night of nights) lived.push(await live(session, night, past, world, use, signal));
    return lived;
  });
}

const readObservatory = () => JSON.parse(readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'));
const cameraId = (): string => readObservatory().camera.id;

/** One night on one engine, from its start to what it leaves. */
async function live(
  session: Session,
  night: FaultNight,
  past: readonly string[],
  folder: string,
  use: (rules: readonly Rule[]) => readonly unknown[],
  signal: AbortSignal,
): Promise<Lived> {
  const beganMs = Date.now();
  const observatory = readObservatory();
  Object.assign(observatory.camera, { widthPix: FRAME_PIX, heightPix: FRAME_PIX });
  observatory.climate.clearShare = night.clearShare ?? 1;
  delete observatory.climate.seasons;
  delete observatory.calibration;
  const file = (name: string, value: unknown): string => {
    const at = path.join(folder, `${name}.json`);
    writeFileSync(at, JSON.stringify(value));
    return at;
  };
  // Nights of an earlier comparison have used up their names.
  const nightId = past.length === 0 ? night.name : `${night.name}-${past.length}`;
  const prepared = prepareNight(
    {
      observatory: file('observatory', observatory),
      programme: file('programme', PROGRAMME),
      night: EVENING,
      seed: String(night.seed ?? 1),
      name: nightId,
      ...(night.fault && { fault: night.fault }),
    },
    Date.now(),
  );
  const { input, files } = prepared.forBucket(session.bucket);
  for (const { pointer, text } of files) {
    await session.s3.send(new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: text }));
  }
  const log = use(night.rules?.(session, nightId) ?? []);
  await run(session, `${nightId}-r1`, night.input?.(input) ?? input, signal);
  if (night.again) await run(session, `${nightId}-r2`, night.again(input), signal);
  use([]);
  const seconds = (Date.now() - beganMs) / 1000;
  return { world: await readWorld(session, nightId), naming: session, seconds, struck: log.length };
}

async function run(
  { sfn, machineArns, engine }: Session,
  name: string,
  input: object,
  signal: AbortSignal,
): Promise<void> {
  const start = { stateMachineArn: machineArns.night, name, input: JSON.stringify(input) };
  const { executionArn } = await sfn.send(new StartExecutionCommand(start));
  const lookMs = engine === 'embedded' ? 5 : 100;
  for (;;) {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') return;
    await delay(lookMs, undefined, { signal });
  }
}

function judge(night: FaultNight, embedded: Lived, localstack: Lived): FaultParity {
  const compared = compareWorlds(embedded, localstack);
  const faults = [
    ...faultsOf(night, embedded, Boolean(night.rules && !night.calmAtHome)).map((fault) => `embedded: ${fault}`),
    ...faultsOf(night, localstack, Boolean(night.rules)).map((fault) => `LocalStack: ${fault}`),
  ];
  return { night, embedded, localstack, compared, faults };
}

/** What a night did not do as it was expected to. */
function faultsOf(night: FaultNight, { world, struck }: Lived, hasFaults: boolean): string[] {
  const executions = [...world.executions.values()] as { catches: string[] }[];
  const taken = new Set(executions.flatMap(({ catches }) => catches));
  const record = world.night.get('night') as { status: string } | undefined;
  const request = [...world.requests].find(([requestId]) => requestId.endsWith('.m31'))?.[1] as
    | { history: { status: string }[] }
    | undefined;
  const said = (what: string, wanted: unknown, got: unknown): string[] =>
    JSON.stringify(wanted) === JSON.stringify(got)
      ? []
      : [`${what} should be ${JSON.stringify(wanted)} and is ${JSON.stringify(got)}`];
  return [
    ...said('every Catch taken', [...night.catches].sort(), [...taken].sort()),
    ...said('the status of the night', night.ends, record?.status),
    ...said(
      'the history of the request',
      night.statuses,
      request?.history.map(({ status }) => status),
    ),
    ...(hasFaults && struck === 0 ? ['no request had its fault'] : []),
  ];
}

/** Does something while all functions on LocalStack reach their services through a proxy with rules. */
async function behindProxy(
  place: Place,
  session: Session,
  work: (use: (rules: readonly Rule[]) => readonly unknown[]) => Promise<void>,
): Promise<void> {
  const proxy = await openFaultProxy(place.endpoint);
  const before = new Map<string, EnvironmentResponse['Variables']>();
  try {
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      const FunctionName = session.functionName(name);
      const { Environment } = await session.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      before.set(FunctionName, Environment?.Variables);
      // A variable of the function's own wins over the one that LocalStack sets.
      await setVariables(session, FunctionName, { ...Environment?.Variables, AWS_ENDPOINT_URL: proxy.url });
    }
    await work(proxy.use);
  } finally {
    for (const [name, variables] of before) await setVariables(session, name, variables ?? {});
    await proxy.close();
  }
}

async function setVariables(
  { lambda }: Session,
  FunctionName: string,
  Variables: Record<string, string>,
): Promise<void> {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { FunctionName });
}
