import { runCommand } from './command.ts';
import { hasDocker, startDocker } from './docker.ts';
import { setUpHost, startHost } from './host-mode.ts';
import { LocalstackUnusable, logFile, recall, remember, whoAnswers } from './place.ts';

/** Starts LocalStack in Docker, or without it where there is no Docker engine, and waits until it answers. */
await runCommand(async ({ place, say, signal }) => {
  const { endpoint, port } = place;
  const here = process.env.AWS_ENDPOINT_URL || port !== 4566 ? `AWS_ENDPOINT_URL=${endpoint} ` : '';
  const next = `Next: ${here}npm run localstack:deploy, then ${here}npm run night -- --engine localstack`;
  switch (await whoAnswers(place)) {
    case 'localstack':
      say(`LocalStack is up on ${endpoint} already${recall(place) ? '' : ', started by somebody else'}. ${next}`);
      return;
    case 'other':
      throw new LocalstackUnusable(
        `port ${port} is in use by something that is not LocalStack; stop that, or choose another port: npm run localstack:up -- --port 4666`,
      );
    case 'nobody':
  }
  const beganMs = Date.now();
  const seconds = () => `${((Date.now() - beganMs) / 1000).toFixed(1)} s`;
  if (hasDocker()) {
    say(`Starting LocalStack in Docker on ${endpoint}`);
    await startDocker(place, signal);
    remember(place, { kind: 'docker' });
    say(`LocalStack is up after ${seconds()}. ${next}`);
    return;
  }
  say(`No Docker engine answers: starting LocalStack in host mode on ${endpoint}`);
  await setUpHost(say, signal);
  const pid = await startHost(place, logFile(place), signal);
  remember(place, { kind: 'host', pid });
  say(`LocalStack is up after ${seconds()}: process ${pid}, log ${logFile(place)}. ${next}`);
});
