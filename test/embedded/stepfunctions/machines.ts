import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

/** An execution that has ended. */
export interface Ended {
  arn: string;
  machineArn: string;
  status: string | undefined;
  output: unknown;
  error: string | undefined;
  cause: string | undefined;
  events: HistoryEvent[];
}

let count = 0;

/** Runs a machine of an engine to its end. */
export async function runMachine(sfn: SFNClient, definition: object, input: unknown = {}): Promise<Ended> {
  count += 1;
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: `machine-${count}`,
      definition: JSON.stringify(definition),
      roleArn: 'arn:aws:iam::000000000000:role/night',
    }),
  );
  const { executionArn: arn } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  for (;;) {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    if (status === 'RUNNING') {
      await delay(5);
      continue;
    }
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 1000 }));
    const value = output === undefined ? undefined : JSON.parse(output);
    return { arn: arn!, machineArn: stateMachineArn!, status, output: value, error, cause, events: events! };
  }
}

/** The details of the events of one type, with JSON texts read. */
export function detailsOf(events: HistoryEvent[], type: string): Record<string, unknown>[] {
  return events
    .filter((event) => event.type === type)
    .map((event) => {
      const details = Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1] as object;
      return Object.fromEntries(
        Object.entries(details ?? {}).map(([name, value]) => [
          name,
          ['output', 'parameters', 'input'].includes(name) ? JSON.parse(value as string) : value,
        ]),
      );
    });
}
