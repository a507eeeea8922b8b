import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareNight } from '../../cli/input.ts';
import { awsEnvironment, STAGE_NAME } from '../deploy-app.ts';
import { LocalstackUnusable, type Place, ROOT } from '../place.ts';
import { compareWorlds, type KindCompared } from './compare.ts';
import { knowNightsOfDay, nightsOfDay, withEmbedded, withLocalstack } from './engines.ts';
import { readWorld } from './world.ts';

/** Options of `nocturne night` that are passed on to both engines. */
export interface ParityOptions {
  observatory: string;
  programme: string;
  night?: string;
  seed: string;
  fault?: string[];
}

export interface NightParity {
  nightId: string;
  compared: KindCompared[];
  embeddedS: number;
  localstackS: number;
  /** Exit statuses of the command line. */
  embeddedStatus: number | null;
  localstackStatus: number | null;
}

/**
 * Observes one night on the embedded engine and on LocalStack by the command line, and compares all that they leave. Throws
 * InputRefused, EngineUnusable.
 */
export async function nightParity(place: Place, options: ParityOptions, signal: AbortSignal): Promise<NightParity> {
  const { nightId: plainId, accepted, forBucket } = prepareNight(options, Date.now());
  const { dayObs } = forBucket('any').input;
  const cameraId = accepted.observatory.camera.id;
  const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-parity-'));
  try {
    // LocalStack may have observed that day before: then the night gets a free name, and the embedded world the same past.
    const past = await withLocalstack(place, (session) => nightsOfDay(session, cameraId, dayObs));
    const nightId = freeName(plainId, past);
    const world = path.join(folder, 'world');
    await withEmbedded(world, (session) => knowNightsOfDay(session, cameraId, dayObs, past));
    const night = (...where: string[]) => [
      ...['night', '--json', '--name', nightId, '--observatory', options.observatory],
      ...['--programme', options.programme, '--seed', options.seed, '--night', eveningOf(dayObs)],
      ...(options.fault ?? []).flatMap((fault) => ['--fault', fault]),
      ...where,
    ];
    const ours = await nocturne(night('--engine', 'embedded', '--out', world), {}, signal);
    const theirs = await nocturne(
      night('--engine', 'localstack', '--stage', STAGE_NAME),
      awsEnvironment(place),
      signal,
    );
    const embedded = await withEmbedded(world, async (session) => ({
      world: await readWorld(session, nightId),
      naming: session,
    }));
    const localstack = await withLocalstack(place, async (session) => ({
      world: await readWorld(session, nightId),
      naming: session,
    }));
    return {
      nightId,
      compared: compareWorlds(embedded, localstack),
      embeddedS: ours.seconds,
      localstackS: theirs.seconds,
      embeddedStatus: ours.status,
      localstackStatus: theirs.status,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const eveningOf = (dayObs: number): string => String(dayObs).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3');

function freeName(nightId: string, taken: readonly string[]): string {
  let name = nightId;
  for (let number = 2; taken.includes(name); number++) name = `${nightId}-${number}`;
  return name;
}

/**
 * Runs the command line to its end; what it says on stderr is the person's to see. Throws LocalstackUnusable with its words
 * when it refused to begin.
 */
async function nocturne(
  args: string[],
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<{ status: number | null; seconds: number }> {
  const beganMs = Date.now();
  const child = spawn(process.execPath, [path.join(ROOT, 'cli/nocturne.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const last = JSON.parse(output.trim().split('\n').at(-1) || '{}') as { type?: string; faults?: string[] };
  if (last.type === 'error') throw new LocalstackUnusable(`nocturne ${args.join(' ')}:\n${last.faults?.join('\n')}`);
  return { status, seconds: (Date.now() - beganMs) / 1000 };
}
