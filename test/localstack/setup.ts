import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { deployApp } from '../../localstack/deploy-app.ts';
import { setUpHost, startHost, stopHost } from '../../localstack/host-mode.ts';
import { logFile, placeAt, placeOf, STATE_FOLDER } from '../../localstack/place.ts';
import { freePort } from '../helpers/localstack.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Starts a LocalStack on a free port, deploys the app to it, and stops it after the last test. With NOCTURNE_TEST_ENDPOINT a
 * LocalStack that runs already and has the app is used as it is.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const { NOCTURNE_TEST_ENDPOINT: given } = process.env;
  if (given) {
    say(`LocalStack: ${placeOf(new URL(given).port).endpoint}, as it is`);
    return async () => {};
  }
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const beganMs = Date.now();
  const seconds = () => `${((Date.now() - beganMs) / 1000).toFixed(0)} s`;
  const place = placeAt(await freePort());
  await setUpHost(say, interruption.signal);
  const pid = await startHost(place, logFile(place), interruption.signal);
  // Whatever happens to the tests' own teardown, nothing is left running.
  process.on('exit', () => {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It is gone already.
    }
  });
  say(`LocalStack: up on ${place.endpoint} after ${seconds()}`);
  const log = path.join(STATE_FOLDER, `${place.port}.deploy.log`);
  mkdirSync(STATE_FOLDER, { recursive: true });
  const output = openSync(log, 'w');
  try {
    const { bootstrapS, deployS } = await deployApp(place, output, interruption.signal);
    say(`LocalStack: bootstrap ${bootstrapS.toFixed(0)} s, deploy ${deployS.toFixed(0)} s`);
  } catch (error) {
    await stopHost(pid);
    say(readFileSync(log, 'utf8').split('\n').slice(-40).join('\n'));
    throw error;
  } finally {
    closeSync(output);
  }
  process.env.NOCTURNE_TEST_ENDPOINT = place.endpoint;
  return async () => {
    await stopHost(pid);
    for (const file of [log, logFile(place)]) rmSync(file, { force: true });
    rmSync(path.join(STATE_FOLDER, `cdk.out-${place.port}`), { recursive: true, force: true });
    say(`LocalStack: stopped, ${seconds()} in all`);
  };
}
