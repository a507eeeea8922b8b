import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isHostProcess, LocalstackUnusable, type Place, ROOT, whoAnswers } from './place.ts';

const FOLDER = path.join(ROOT, 'localstack/host');
const NODE_BIN = path.join(ROOT, 'node_modules/.bin');

/** Generous: the first start on a slow machine compiles all of LocalStack. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const LOOK_MS = 100;

/** What host mode needs, and where it comes from. */
const NEEDED: readonly { what: string; isThere: () => boolean; get: string }[] = [
  {
    what: 'Python 3.13 with venv',
    isThere: () => isInstalled() || pythons().some((python) => runs(python, ['-c', PYTHON_CHECK])),
    get: 'pyenv install 3.13, or a package of your system (python3.13 python3.13-venv); or name one by LOCALSTACK_HOST_PYTHON',
  },
  {
    what: 'Java 17 or later',
    isThere: () => javaVersion() >= 17,
    get: 'a package of your system (openjdk-17-jre-headless)',
  },
  {
    what: 'Maven (mvn)',
    isThere: () => runs('bash', ['-c', 'command -v mvn']),
    get: 'a package of your system (maven)',
  },
];
const PYTHON_CHECK = 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))';

const runs = (command: string, args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Where setup.sh looks, too. */
function pythons(): string[] {
  const { LOCALSTACK_HOST_PYTHON: named, PYENV_ROOT = path.join(homedir(), '.pyenv') } = process.env;
  if (named) return [named];
  const pyenv = spawnSync('bash', ['-c', `compgen -G "${PYENV_ROOT}/versions/3.13.*/bin/python3"`], {
    encoding: 'utf8',
  });
  return ['python3.13', 'python3', ...pyenv.stdout.split('\n').filter(Boolean)];
}

function javaVersion(): number {
  const { stderr, status } = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(/java\.specification\.version = (\d+)/.exec(stderr)?.[1] ?? '', 10) : 0;
}

const home = (): string => process.env.LOCALSTACK_HOST_HOME ?? path.join(homedir(), '.cache/localstack-host');
const isInstalled = (): boolean => existsSync(path.join(home(), 'venv/bin/python'));

const environment = () => ({ ...process.env, PATH: `${NODE_BIN}:${process.env.PATH}` });

/**
 * Installs LocalStack for host mode where that is not done; quick when it is. Throws LocalstackUnusable with everything that
 * is missing, or with what setup.sh said.
 */
export async function setUpHost(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const missing = NEEDED.filter(({ isThere }) => !isThere());
  if (missing.length > 0) {
    throw new LocalstackUnusable(
      `LocalStack cannot run without Docker here. Missing:\n${missing.map(({ what, get }) => `  - ${what}: ${get}`).join('\n')}\nOr start a Docker engine, and this command uses that.`,
    );
  }
  if (!isInstalled()) say('Installing LocalStack 4.14.0 for this user, once: about two minutes');
  const setup = spawn(path.join(FOLDER, 'setup.sh'), { env: environment(), detached: true });
  // The whole group: pip and mvn are its children.
  const stop = () => setup.pid !== undefined && process.kill(-setup.pid, 'SIGTERM');
  signal.addEventListener('abort', stop);
  let output = '';
  for (const stream of [setup.stdout, setup.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    setup.on('error', reject);
    setup.on('close', resolve);
  });
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (status !== 0) throw new LocalstackUnusable(`localstack/host/setup.sh failed:\n${output.trim()}`);
}

/**
 * Starts LocalStack as processes of this machine and resolves with their leader's id when it answers. Its output goes to
 * `log`. Throws LocalstackUnusable with the end of that log when it does not come up; nothing of it is then left running.
 * @param signal stops a start that is under way
 */
export async function startHost(place: Place, log: string, signal: AbortSignal): Promise<number> {
  mkdirSync(path.dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const child = spawn(path.join(FOLDER, 'start.sh'), [String(place.port)], {
    // A session of its own: Ctrl-C in the terminal is for the command, which stops it in order.
    detached: true,
    stdio: ['ignore', output, output],
    env: environment(),
  });
  closeSync(output);
  try {
    await answering(place, child, signal);
  } catch (error) {
    if (child.pid !== undefined) await stopHost(child.pid);
    if (error instanceof LocalstackUnusable) {
      const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-15).join('\n');
      throw new LocalstackUnusable(`${error.message}\n${tail}\nThe whole log: ${log}`);
    }
    throw error;
  }
  child.unref();
  return child.pid!;
}

async function answering(place: Place, child: ChildProcess, signal: AbortSignal): Promise<void> {
  const giveUpAtMs = Date.now() + START_LIMIT_MS;
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  while ((await whoAnswers(place)) !== 'localstack') {
    signal.throwIfAborted();
    if (failure) throw new LocalstackUnusable(`LocalStack could not be started: ${failure.message}`);
    if (child.exitCode !== null) {
      throw new LocalstackUnusable(`LocalStack ended while it started (exit status ${child.exitCode}):`);
    }
    if (Date.now() > giveUpAtMs) {
      throw new LocalstackUnusable(`LocalStack does not answer on ${place.endpoint} after ${START_LIMIT_MS / 1000} s:`);
    }
    await delay(LOOK_MS);
  }
}

/** Stops LocalStack and all its processes, and resolves when they are gone. */
export async function stopHost(pid: number): Promise<void> {
  if (!isHostProcess(pid)) return;
  process.kill(pid, 'SIGTERM');
  const giveUpAtMs = Date.now() + STOP_LIMIT_MS;
  while (isHostProcess(pid)) {
    if (Date.now() > giveUpAtMs) {
      throw new LocalstackUnusable(`LocalStack (process ${pid}) does not stop; end it with: kill -KILL ${pid}`);
    }
    await delay(LOOK_MS);
  }
}
