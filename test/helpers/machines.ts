import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll } from 'vitest';
import { substitute } from '../../cli/deploy.ts';
import { FUNCTIONS, type FunctionName, MACHINES, type MachineName, substitutionName } from '../../core/names.ts';
import { catchesOf, catchesTakenIn, definitionOf } from '../../localstack/parity/catches.ts';
import { openEmbedded, openLocalstack, removeFunctions } from './machine-engines.ts';

export { catchesOf };

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

/** Where the tests of the definitions run: LocalStack on this address, or else the embedded engine. */
const ENDPOINT = process.env.NOCTURNE_TEST_ENDPOINT;
export const ENGINE: 'embedded' | 'localstack' = ENDPOINT ? 'localstack' : 'embedded';

afterAll(removeFunctions);

const taken = new Set<string>();

/** Every Catch that an execution of this test file has taken, in the order of the definition. */
export const catchesTaken = (machine: MachineName): string[] => catchesOf(machine).filter((each) => taken.has(each));

/**
 * The real definitions with canned answers for the functions: each takes its answers in turn and repeats the last. `calls`
 * tells which functions were called with what. They run on the embedded engine, or on LocalStack when NOCTURNE_TEST_ENDPOINT
 * has its address.
 * @param changes of a definition, for what would take too long otherwise
 */
export async function openMachines(
  answers: Partial<Record<FunctionName, Answer[]>>,
  changes: Partial<Record<MachineName, (states: Record<string, any>) => void>> = {},
) {
  const calls: { name: FunctionName; payload: any }[] = [];
  const respond = (name: FunctionName, payload: any): unknown => {
    const turn = calls.filter((call) => call.name === name).length;
    calls.push({ name, payload });
    const given = answers[name];
    if (!given) throw new Error(`no answer for ${name}`);
    return given[Math.min(turn, given.length - 1)](payload);
  };
  const engine = ENDPOINT ? await openLocalstack(ENDPOINT, respond) : await openEmbedded(respond);
  const { sfn } = engine;
  const prefix = `test-${randomBytes(4).toString('hex')}-`;
  const arns: Record<string, string> = Object.fromEntries(
    (Object.keys(FUNCTIONS) as FunctionName[]).map((name) => [
      substitutionName(name, 'Function'),
      engine.functionArn(name),
    ]),
  );
  for (const name of MACHINES) {
    const definition = definitionOf(name);
    changes[name]?.(definition.States);
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: prefix + name,
        definition: substitute(JSON.stringify(definition), arns),
        roleArn: 'arn:aws:iam::000000000000:role/test',
      }),
    );
    arns[substitutionName(name, 'StateMachine')] = stateMachineArn!;
  }

  async function pathOf(machine: MachineName, executionArn: string): Promise<Path> {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client: sfn, pageSize: 1000 }, { executionArn })) {
      events.push(...page.events!);
    }
    for (const each of catchesTakenIn(machine, events)) taken.add(each);
    return {
      status: status!,
      states: events.flatMap((event) => event.stateEnteredEventDetails?.name ?? []),
      ...(output && { output: JSON.parse(output) }),
      ...(error && { error }),
      ...(cause && { cause }),
    };
  }

  /** Paths of all executions of a machine, oldest first. */
  async function paths(machine: MachineName): Promise<Path[]> {
    const { executions } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn: arns[substitutionName(machine, 'StateMachine')] }),
    );
    const byStart = executions!.toSorted((a, b) => a.startDate!.getTime() - b.startDate!.getTime());
    return Promise.all(byStart.map(({ executionArn }) => pathOf(machine, executionArn!)));
  }

  let isClosed = false;
  return {
    calls,
    /** In front of the names of the machines. */
    prefix,
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
        if (status !== 'RUNNING') return pathOf(machine, executionArn!);
        await delay(engine.pollMs);
      }
    },
    paths,
    /** Once more does nothing. */
    async close(): Promise<void> {
      if (isClosed) return;
      isClosed = true;
      for (const machine of MACHINES) {
        await paths(machine);
        // Machines of these names would look like stages to the command line.
        await sfn.send(
          new DeleteStateMachineCommand({ stateMachineArn: arns[substitutionName(machine, 'StateMachine')] }),
        );
      }
      await engine.close();
    },
  };
}
