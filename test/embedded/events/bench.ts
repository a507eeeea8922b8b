import {
  type EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { EngineOptions, ScheduleFired } from '../../../embedded/engine.ts';
import type { FunctionDefinition } from '../../../embedded/lambda/types.ts';
import { type ManualClock, manualClock, settle } from '../stepfunctions/helpers.ts';
import { clients, newEngine, type TestEngine } from '../support.ts';

export const own = 'us-east-1:000000000000';
export const machineArn = (name: string) => `arn:aws:states:${own}:stateMachine:${name}`;
export const functionArn = (name: string) => `arn:aws:lambda:${own}:function:${name}`;
export const busArn = (name: string) => `arn:aws:events:${own}:event-bus/${name}`;
export const RoleArn = 'arn:aws:iam::000000000000:role/start-night';

export interface EventsBench extends TestEngine {
  clock: ManualClock;
  events: EventBridgeClient;
  sfn: SFNClient;
  /** Events that the function `record` was invoked with. */
  recorded: any[];
  fired: ScheduleFired[];
  /** Makes a machine that gives back its input. */
  machine(name: string): Promise<string>;
  /** Name and input of a machine's executions, the first one first. */
  executions(name: string): Promise<{ name: string; input: any }[]>;
  /** Makes a rule with one target, `t`. */
  rule(rule: { Name: string; [member: string]: unknown }, target: Omit<Target, 'Id'>): Promise<void>;
  put(detail: object, more?: object): Promise<void>;
}

const open: TestEngine[] = [];

/** Removes what the tests of a file opened. */
export async function discardAll(): Promise<void> {
  for (const test of open.splice(0)) await test.discard();
}

/** An engine with a clock that is moved by hand, and a function `record`. */
export async function openBench(options: Partial<EngineOptions> = {}): Promise<EventsBench> {
  const clock = manualClock();
  const recorded: any[] = [];
  const fired: ScheduleFired[] = [];
  const record: FunctionDefinition = {
    name: 'record',
    handler: async (event) => void recorded.push(event),
    timeoutS: 3,
    memoryMb: 128,
  };
  const test = await newEngine({
    clock,
    functions: [record],
    onScheduleFired: (one) => fired.push(one),
    ...options,
  });
  open.push(test);
  const { events, sfn } = clients({ requestHandler: test.engine.requestHandler });
  const definition = JSON.stringify({ StartAt: 'Echo', States: { Echo: { Type: 'Pass', End: true } } });
  return {
    ...test,
    clock,
    events,
    sfn,
    recorded,
    fired,
    async machine(name) {
      const made = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn: RoleArn }));
      return made.stateMachineArn!;
    },
    async executions(name) {
      const listed = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn(name) }));
      const described = listed.executions!.map(async ({ executionArn }) => {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        return { name: execution.name!, input: JSON.parse(execution.input!) };
      });
      return (await Promise.all(described)).reverse();
    },
    async rule(rule, target) {
      await events.send(new PutRuleCommand(rule));
      const EventBusName = rule.EventBusName as string | undefined;
      await events.send(
        new PutTargetsCommand({ Rule: rule.Name, EventBusName, Targets: [{ Id: 't', ...target } as Target] }),
      );
    },
    async put(detail, more = {}) {
      const entry = { Source: 'nocturne', DetailType: 'Night Closed', Detail: JSON.stringify(detail), ...more };
      await events.send(new PutEventsCommand({ Entries: [entry] }));
      await settle();
    },
  };
}
