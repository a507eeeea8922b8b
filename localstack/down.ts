import { runCommand } from './command.ts';
import { stopDocker } from './docker.ts';
import { stopHost } from './host-mode.ts';
import { forget, LocalstackUnusable, recall, whoAnswers } from './place.ts';

/** Stops the LocalStack that `localstack:up` started. It keeps nothing: stacks, records and frames go with it. */
await runCommand(async ({ place, say }) => {
  const started = recall(place);
  if (!started) {
    forget(place);
    if ((await whoAnswers(place)) !== 'nobody') {
      throw new LocalstackUnusable(
        `what answers on ${place.endpoint} was not started by npm run localstack:up of this checkout; stop it where it was started`,
      );
    }
    say(`No LocalStack runs on ${place.endpoint}.`);
    return;
  }
  if (started.kind === 'docker') await stopDocker(place);
  else await stopHost(started.pid);
  forget(place);
  say(`LocalStack on ${place.endpoint} is stopped; its stacks, records and frames are gone.`);
});
