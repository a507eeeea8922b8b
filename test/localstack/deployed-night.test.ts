import { openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { beforeAll, expect, it } from 'vitest';
import { readNights } from '../../cli/records.ts';
import { deployApp, PREFIX, STAGE_NAME } from '../../localstack/deploy-app.ts';
import { withEmbedded, withLocalstack } from '../../localstack/parity/engines.ts';
import { readWorld } from '../../localstack/parity/world.ts';
import { localstack, useLocalstack } from '../helpers/localstack.ts';
import {
  nocturne,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
  useEndpoint,
} from '../helpers/night.ts';

const place = localstack();
const folder = temporaryFolder();
const programme = smallProgramme(folder);
/** Cameras of their own: the numbers of their frames begin at 1, whatever other tests observe on that day. */
const filesOf = (cameraId: string): string[] => {
  const observatory = smallObservatory(path.join(folder, cameraId), ({ camera }) => {
    camera.id = cameraId;
  });
  return ['--observatory', observatory, '--programme', programme];
};
const onLocalstack = ['--engine', 'localstack', '--stage', STAGE_NAME];
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

beforeAll(() => {
  useLocalstack();
  useEndpoint(place.endpoint);
});

it('is started by a rule that fires, and comes to its end', async () => {
  const added = nocturne(
    'schedule',
    'add',
    'minutely',
    ...filesOf('noc8'),
    '--rate',
    'rate(1 minute)',
    ...onLocalstack,
  );
  expect(added).toMatchObject({ status: 0, stderr: '' });
  const beganMs = Date.now();
  try {
    const night = await withLocalstack(place, async (session) => {
      for (;;) {
        const record = (await readNights(session)).find(({ nightId }) => nightId.startsWith('minutely-'));
        if (record && record.status !== 'RUNNING') return record;
        await delay(1000);
      }
    });
    say(`Rule: the night was over ${((Date.now() - beganMs) / 1000).toFixed(0)} s after its rule was made`);
    expect(night.status).toBe('COMPLETED');
    expect(night.runs[0].startedBy).toMatchObject({ schedule: 'minutely' });
  } finally {
    expect(nocturne('schedule', 'remove', 'minutely', ...onLocalstack).status).toBe(0);
  }
});

it('goes on while the app is deployed anew', async () => {
  const options = ['night', ...filesOf('noc9'), '--night', '2026-11-21', '--name', 'redeployed', '--json'];
  const home = path.join(folder, 'home');
  expect(nocturne(...options, '--engine', 'embedded', '--out', home).status).toBe(0);
  // Two hours of observatory time, from sunset to the last frame, in two minutes: a deployment takes less than one.
  const running = startNocturne(...options, '--speed', '60', ...onLocalstack);
  await running.seen('"kind":"exposure"');
  const log = openSync(path.join(folder, 'deploy.log'), 'w');
  const { deployS } = await deployApp(place, log, new AbortController().signal, 'node test/localstack/changed-app.ts');
  say(`Redeployed in ${deployS.toFixed(0)} s`);
  const before = events(running.output());
  const { status, stdout } = await running.ended;
  const after = events(stdout);
  const { error, cause } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect({ status, error, cause }).toEqual({ status: 0 });
  // The deployment was over before the night was.
  expect(before).toBeLessThan(after);
  const ours = await withEmbedded(home, (session) => readWorld(session, 'redeployed'));
  await withLocalstack(place, async (session) => {
    const { Environment } = await session.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: `${PREFIX}expose-frame` }),
    );
    expect(Environment!.Variables).toMatchObject({ POWERTOOLS_LOG_LEVEL: 'ERROR' });
    const theirs = await readWorld(session, 'redeployed');
    // Ten raw frames, the master bias and its picture.
    expect(theirs.frames.size).toBe(12);
    expect(theirs.frames).toEqual(ours.frames);
  });
});

const events = (stdout: string): number => stdout.split('"type":"event"').length - 1;
