import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
} from '@aws-sdk/client-sfn';
import { MACHINES, type MachineName } from '../core/names.ts';
import type { NightRecord } from '../core/records/night.ts';
import { readNight } from './records.ts';
import type { Session } from './session.ts';

/** One execution of a night's tree, with its whole history in AWS's own shape. */
export interface NightExecution {
  machine: MachineName;
  name: string;
  executionArn: string;
  /** The execution that started it; absent for a run of the night itself. */
  parentArn?: string;
  status: ExecutionStatus;
  startDate: Date;
  stopDate?: Date;
  error?: string;
  cause?: string;
  /** JSON texts. */
  input: string;
  output?: string;
  events: HistoryEvent[];
}

/** AWS's limit on the events of one page. */
const PAGE_EVENTS = 1000;

/** Histories read at once: AWS refills GetExecutionHistory by 20 requests a second. */
const AT_ONCE = 4;

/** How many of the latest events surely hold the state that an execution is in: one task, tried again five times. */
const LATEST_EVENTS = 50;

/**
 * Every execution of a night that the engine still has: all runs in the order of their start, each execution followed by its
 * children. Starts that were refused are runs too. Empty for a night that nobody ever started.
 */
export async function readExecutions(session: Session, nightId: string): Promise<NightExecution[]> {
  const runs = await Promise.all((await runArns(session, nightId)).map((arn) => readTree(session, 'night', arn)));
  return runs.sort((a, b) => (a[0]?.startDate.getTime() ?? 0) - (b[0]?.startDate.getTime() ?? 0)).flat();
}

/** One execution with its whole history; undefined when the engine has it no more (AWS keeps them for 90 days). */
export async function readExecution(
  { sfn }: Session,
  machine: MachineName,
  executionArn: string,
  parentArn?: string,
): Promise<NightExecution | undefined> {
  try {
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const { name, status, startDate, stopDate, error, cause, input, output } = described;
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client: sfn, pageSize: PAGE_EVENTS }, { executionArn })) {
      events.push(...(page.events ?? []));
    }
    return {
      machine,
      name: name!,
      executionArn,
      ...(parentArn !== undefined && { parentArn }),
      status: status!,
      startDate: startDate!,
      ...(stopDate && { stopDate }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
      input: input ?? '',
      ...(output !== undefined && { output }),
      events,
    };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** An execution as the engine has it; undefined when it has it no more. */
export async function describe({ sfn }: Session, executionArn: string): Promise<DescribeExecutionOutput | undefined> {
  try {
    return await sfn.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** ARN of the execution that observes a night now, if there is one; it may not have opened the night yet. */
export async function findRunning(
  session: Session,
  nightId: string,
  night: NightRecord | undefined,
): Promise<string | undefined> {
  const { sfn, machineArns } = session;
  if (session.isAtRest) return undefined;
  // The list of executions may lag behind the executions.
  if (night && (await describe(session, night.executionArn))?.status === 'RUNNING') return night.executionArn;
  const running = { stateMachineArn: machineArns.night, statusFilter: 'RUNNING' as const };
  for await (const { executions = [] } of paginateListExecutions({ client: sfn }, running)) {
    const own = executions.find(({ name }) => isRunName(name!, nightId));
    if (own) return own.executionArn;
  }
  return undefined;
}

/** Where an execution is now, and in which child execution, from the last events of its history. */
export async function readCurrentState(
  { sfn }: Session,
  executionArn: string,
): Promise<{ state?: string; childArn?: string }> {
  const { events = [] } = await sfn.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: LATEST_EVENTS }),
  );
  return currentState(events);
}

/** The state that an execution is in, by events in any order: the one entered last, unless it was left or the execution ended. */
export function currentState(events: readonly HistoryEvent[]): { state?: string; childArn?: string } {
  let state: string | undefined;
  let childArn: string | undefined;
  for (const event of events.toSorted((a, b) => a.id! - b.id!)) {
    const entered = stateEntered(event);
    if (entered !== undefined) [state, childArn] = [entered, undefined];
    else if (event.type?.endsWith('StateExited') || event.type?.startsWith('Execution'))
      [state, childArn] = [undefined, undefined];
    else childArn = childStarted(event) ?? childArn;
  }
  return { ...(state !== undefined && { state }), ...(childArn !== undefined && { childArn }) };
}

/** Names of the states that an execution entered, in order. */
export const statesEntered = ({ events }: Pick<NightExecution, 'events'>): string[] =>
  events.flatMap((event) => stateEntered(event) ?? []);

/** Name of the state that an event enters. */
export const stateEntered = ({ type, stateEnteredEventDetails }: HistoryEvent): string | undefined =>
  type?.endsWith('StateEntered') ? stateEnteredEventDetails?.name : undefined;

/** ARN of the child execution that an event tells the start of. */
export function childStarted({ type, taskSubmittedEventDetails }: HistoryEvent): string | undefined {
  if (type !== 'TaskSubmitted' || taskSubmittedEventDetails?.resourceType !== 'states') return undefined;
  const { ExecutionArn } = JSON.parse(taskSubmittedEventDetails.output ?? '{}') as { ExecutionArn?: string };
  return ExecutionArn;
}

/** An execution and all below it, each parent before its children. */
async function readTree(
  session: Session,
  machine: MachineName,
  executionArn: string,
  parentArn?: string,
): Promise<NightExecution[]> {
  const execution = await readExecution(session, machine, executionArn, parentArn);
  if (!execution) return [];
  // A task that is tried again names its child again when that had been started already.
  const childArns = [...new Set(execution.events.flatMap((event) => childStarted(event) ?? []))];
  const tree = [execution];
  for (let next = 0; next < childArns.length; next += AT_ONCE) {
    const some = childArns.slice(next, next + AT_ONCE);
    const read = await Promise.all(some.map((arn) => readTree(session, machineOf(session, arn), arn, executionArn)));
    tree.push(...read.flat());
  }
  return tree;
}

/** The machine of an execution, whose ARN names it before the execution's own name; a version of it may stand between. */
export function machineOf({ machineArns }: Pick<Session, 'machineArns'>, executionArn: string): MachineName {
  const name = executionArn.split(':')[6];
  const found = MACHINES.find((machine) => machineArns[machine].split(':')[6] === name);
  if (!found) throw new Error(`${executionArn} is no execution of ${MACHINES.join(', ')}`);
  return found;
}

/** ARNs of the night's own executions: those on its record, and every start of its name, one that was refused too. */
async function runArns(session: Session, nightId: string): Promise<string[]> {
  const { sfn, machineArns } = session;
  const record = await readNight(session, nightId);
  const arns = new Set(record ? [...record.runs.map((run) => run.executionArn), record.executionArn] : []);
  const ofMachine = { stateMachineArn: machineArns.night };
  for await (const { executions = [] } of paginateListExecutions({ client: sfn, pageSize: PAGE_EVENTS }, ofMachine)) {
    for (const { name, executionArn } of executions) if (isRunName(name!, nightId)) arns.add(executionArn!);
  }
  return [...arns];
}

/** `<nightId>-r<run>`, with `.<attempt>` behind it where that name was used up. */
function isRunName(name: string, nightId: string): boolean {
  const prefix = `${nightId}-r`;
  return name.startsWith(prefix) && /^\d+(\.\d+)?$/.test(name.slice(prefix.length));
}
