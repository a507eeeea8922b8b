import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { LocalstackUnusable, type Place, ROOT } from './place.ts';

const COMPOSE = ['compose', '--file', path.join(ROOT, 'localstack/compose.yaml')];

/** Whether a Docker engine with compose answers on this machine. */
export const hasDocker = (): boolean =>
  spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0 &&
  spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0;

/** Starts LocalStack's container and resolves when it is healthy. Throws LocalstackUnusable; then the container is gone. */
export async function startDocker(place: Place, signal: AbortSignal): Promise<void> {
  try {
    await compose(place, ['up', '--detach', '--wait'], signal);
  } catch (error) {
    await stopDocker(place);
    throw error;
  }
}

/** Stops and removes LocalStack's container and what belongs to it. */
export const stopDocker = (place: Place): Promise<void> => compose(place, ['down', '--volumes', '--timeout', '10']);

async function compose({ port }: Place, args: string[], signal?: AbortSignal): Promise<void> {
  const child = spawn('docker', [...COMPOSE, '--project-name', `nocturne-localstack-${port}`, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NOCTURNE_LOCALSTACK_PORT: String(port) },
    ...(signal && { signal }),
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new LocalstackUnusable(`docker compose ${args[0]} ended with exit status ${status}`);
}
