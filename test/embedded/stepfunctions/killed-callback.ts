/** A process for the tests to kill: it says at once when SendTaskSuccess has been answered, long before it looks at the result. */
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { openBench, single } from './helpers.ts';

let token = '';
function ask(event: { token: string }): void {
  token = event.token;
}
const { client, start } = openBench({ ask }, { directory: process.argv[2]! });
const arn = await start(
  single({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
    TimeoutSeconds: 60,
    HeartbeatSeconds: 30,
    End: true,
  }),
);
if (process.argv[3] === 'answered')
  await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"kept"' }));
process.stdout.write(`${JSON.stringify([arn, token])}\n`, () => process.kill(process.pid, 'SIGKILL'));
