import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import pc from 'picocolors';
import { MACHINES, type MachineName } from '../../core/names.ts';
import { childFailure } from '../../core/night/failure.ts';
import type { NightRecord } from '../../core/records/night.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { type NightExecution, readExecution, readExecutions, stateEntered, statesEntered } from '../executions.ts';
import { readNight, refuseNowhere, refuseUnknown } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';

export interface HistoryOptions extends EngineOptions {
  /** File that gets everything. */
  export?: string;
  /** Name of one execution, whose events are shown. */
  execution?: string;
  json?: boolean;
}

/**
 * Shows the executions of a night as a tree, or the events of one of them, or writes everything to a file in AWS's shapes.
 * Throws InputRefused for an unknown night or execution, or a file that cannot be written; EngineUnusable.
 */
export async function showHistory(nightId: string, options: HistoryOptions): Promise<number> {
  const { execution: name, export: file } = options;
  if (name !== undefined && file !== undefined) {
    throw new InputRefused(['option --execution: --export writes all executions; leave one of them out']);
  }
  refuseNowhere(options, nightId);
  return withSession(options, async (session) => {
    if (name !== undefined) return showEvents(await findExecution(session, name), options);
    const [night, executions] = await Promise.all([readNight(session, nightId), readExecutions(session, nightId)]);
    if (!night && executions.length === 0) return refuseUnknown(session, nightId);
    if (file !== undefined) return exportAll(session, nightId, night, executions, file);
    return showTree(night, executions, options);
  });
}

/** One execution by its name, which tells nothing of its machine. */
async function findExecution(session: Session, name: string): Promise<NightExecution> {
  for (const machine of MACHINES) {
    const executionArn = `${session.machineArns[machine].replace(':stateMachine:', ':execution:')}:${name}`;
    const execution = await readExecution(session, machine, executionArn);
    if (execution) return execution;
  }
  throw new InputRefused([
    `option --execution: the engine has no execution "${name}"; \`nocturne history NIGHT\` lists the names`,
  ]);
}

function showTree(
  night: NightRecord | undefined,
  executions: readonly NightExecution[],
  { json }: HistoryOptions,
): number {
  const gone = (night?.runs ?? []).filter((run) => !executions.some((each) => each.executionArn === run.executionArn));
  for (const { run, executionArn } of gone) {
    process.stderr.write(
      `run ${run}: the engine has its execution no more (AWS keeps them for 90 days): ${executionArn}\n`,
    );
  }
  for (const execution of executions) {
    const { events, ...described } = execution;
    const states = statesEntered(execution);
    if (json)
      process.stdout.write(
        `${JSON.stringify({ type: 'execution', ...described, states, eventCount: events.length })}\n`,
      );
    else process.stdout.write(treeLines(execution, states));
  }
  return EXIT.done;
}

const DEPTH: Record<MachineName, number> = {
  night: 0,
  calibration: 1,
  segment: 1,
  reduction: 1,
  observation: 2,
  'reduction-block': 2,
};

function treeLines(execution: NightExecution, states: readonly string[]): string {
  const { machine, name, status, startDate, stopDate, error, cause, events } = execution;
  const indent = '  '.repeat(DEPTH[machine]);
  const took = stopDate ? `${((stopDate.getTime() - startDate.getTime()) / 1000).toFixed(1)} s` : 'until now';
  const failure = error === undefined ? undefined : childFailure({ error, cause: cause ?? '' });
  return [
    `${indent}${pc.bold(name)}  ${colour(status)}  ${startDate.toISOString().slice(0, 19)}Z  ${took}, ${events.length} events`,
    ...(failure ? [`${indent}    ${pc.red(failure.error)}: ${failure.cause}`] : []),
    `${indent}    ${countedStates(states)}`,
    '',
  ].join('\n');
}

function colour(status: string): string {
  if (status === 'SUCCEEDED') return pc.green(status);
  return status === 'RUNNING' ? pc.cyan(status) : pc.red(status);
}

/** `ChooseNext x 3, Decide x 3, NightOver`: each state once, in the order of the first time. */
export function countedStates(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => (count > 1 ? `${state} x ${count}` : state)).join(', ');
}

function showEvents({ events }: NightExecution, { json }: HistoryOptions): number {
  for (const event of events) {
    if (json) process.stdout.write(`${JSON.stringify({ type: 'event', event })}\n`);
    else process.stdout.write(eventLine(event));
  }
  return EXIT.done;
}

/** Longest text of details on a line; --json has all. */
const DETAILS_LENGTH = 160;

function eventLine(event: HistoryEvent): string {
  const { id, timestamp, type, previousEventId: _, ...details } = event;
  const name = stateEntered(event) ?? event.stateExitedEventDetails?.name ?? '';
  const text = name || JSON.stringify(Object.values(details)[0] ?? {});
  const short = text.length > DETAILS_LENGTH ? `${text.slice(0, DETAILS_LENGTH)}...` : text;
  return `${String(id).padStart(5)}  ${timestamp!.toISOString()}  ${type!.padEnd(24)}  ${short === '{}' ? '' : short}\n`;
}

/** Writes all executions with their inputs, outputs and events, as DescribeExecution and GetExecutionHistory have them. */
function exportAll(
  session: Session,
  nightId: string,
  night: NightRecord | undefined,
  executions: readonly NightExecution[],
  file: string,
): number {
  const { engine, version, machineArns } = session;
  const all = executions.map((each) => ({ ...each, stateMachineArn: machineArns[each.machine] }));
  const unfinished = `${file}.${process.pid}.part`;
  try {
    writeFileSync(
      unfinished,
      `${JSON.stringify({ nightId, engine, version, night, executions: all }, undefined, 1)}\n`,
    );
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new InputRefused([`option --export: ${file} cannot be written: ${(error as Error).message}`]);
  }
  const eventCount = executions.reduce((sum, { events }) => sum + events.length, 0);
  process.stdout.write(`${executions.length} executions with ${eventCount} events written to ${file}\n`);
  return EXIT.done;
}
