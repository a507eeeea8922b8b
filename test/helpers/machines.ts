import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { substitute } from '../../cli/deploy.ts';
import { FUNCTIONS, type FunctionName, MACHINES, type MachineName, substitutionName } from '../../core/names.ts';
import { openEngine } from '../../embedded/engine.ts';
import { ROOT, temporaryFolder } from './night.ts';

/** What a function answers in a test: a value, or an error of that name. Called with the payload. */
export type Answer = (payload: any) => unknown;

export const fails =
  (name: string, message = `${name} on purpose`): Answer =>
  () => {
    const error = new Error(message);
    error.name = name;
    throw error;
  };

export interface Path {
  status: string;
  output?: any;
  error?: string;
  cause?: string;
  /** Names of the states entered, in order. */
  states: string[];
}

/**
 * The real definitions on the embedded Step Functions, with canned answers for the functions: each takes its answers in turn
 * and repeats the last. `calls` tells which functions were called with what.
 */
export async function openMachines(answers: Partial<Record<FunctionName, Answer[]>>) {
  const calls: { name: FunctionName; payload: any }[] = [];
  const engine = await openEngine({
    directory: temporaryFolder(),
    version: 'test',
    functions: (Object.keys(FUNCTIONS) as FunctionName[]).map((name) => ({
      name,
      ...FUNCTIONS[name],
      handler: async (payload) => {
        const turn = calls.filter((call) => call.name === name).length;
        calls.push({ name, payload });
        const given = answers[name];
        if (!given) throw new Error(`no answer for ${name}`);
        return given[Math.min(turn, given.length - 1)](payload);
      },
    })),
  });
  const sfn = new SFNClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: 'http://embedded.localhost',
    requestHandler: engine.requestHandler,
  });
  const arns: Record<string, string> = Object.fromEntries(
    Object.keys(FUNCTIONS).map((name) => [
      substitutionName(name, 'Function'),
      `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    ]),
  );
  for (const name of MACHINES) {
    const definition = substitute(readFileSync(path.join(ROOT, `statemachines/${name}.asl.json`), 'utf8'), arns);
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name, definition, roleArn: 'arn:aws:iam::000000000000:role/test' }),
    );
    arns[substitutionName(name, 'StateMachine')] = stateMachineArn!;
  }

  async function pathOf(executionArn: string): Promise<Path> {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return {
      status: status!,
      states: events!.flatMap((event) => event.stateEnteredEventDetails?.name ?? []),
      ...(output && { output: JSON.parse(output) }),
      ...(error && { error }),
      ...(cause && { cause }),
    };
  }

  return {
    calls,
    /** Runs a machine to its end. */
    async run(machine: MachineName, input: unknown): Promise<Path> {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({
          stateMachineArn: arns[substitutionName(machine, 'StateMachine')],
          input: JSON.stringify(input),
        }),
      );
      for (;;) {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== 'RUNNING') return pathOf(executionArn!);
        await delay(2);
      }
    },
    /** Paths of all executions of a machine, oldest first. */
    async paths(machine: MachineName): Promise<Path[]> {
      const { executions } = await sfn.send(
        new ListExecutionsCommand({ stateMachineArn: arns[substitutionName(machine, 'StateMachine')] }),
      );
      return Promise.all(executions!.reverse().map(({ executionArn }) => pathOf(executionArn!)));
    },
    close: () => engine.close(),
  };
}
