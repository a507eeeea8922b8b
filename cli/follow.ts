import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { childFailure, type Failure } from '../core/night/failure.ts';
import type { NightReport } from '../core/night/report.ts';
import type { NightEvent, NightInput, NightRecord } from '../core/records/night.ts';
import type { Programme } from '../core/records/programme.ts';
import { type AgainOptions, againCommands } from './again.ts';
import { type Display, framesOfSet, type MachineStates } from './display.ts';
import { EXIT } from './errors.ts';
import { describe, machineOf, readCurrentState } from './executions.ts';
import { readEvents, readNight, readReduced, readReport } from './records.ts';
import type { Session } from './session.ts';
import { printSummary } from './summary.ts';

/** How often a night that runs is looked at: an engine of one's own as often as one likes, a deployed one gently. */
const POLL_MS = 150;
const DEPLOYED_POLL_MS = 1000;

export const pollMs = ({ engine }: Session): number => (engine === 'embedded' ? POLL_MS : DEPLOYED_POLL_MS);

/** How many frames of the sky a programme asks for, and calibrations that were decided so far. */
export const framesAsked = ({ requests }: Programme, past: readonly NightEvent[] = []): number =>
  requests.flatMap((request) => request.exposures).reduce((sum, { count }) => sum + count, 0) +
  past.reduce((sum, event) => sum + framesOfSet(event), 0);

/** Shows the events of one night as they come. It keeps its place, so it can go on with another session. */
export interface Follower {
  /** Shows what comes until the execution ends or the signal aborts. Rejects with what the engine says. */
  until(session: Session, executionArn: string, signal?: AbortSignal): Promise<void>;
}

export interface FollowOptions {
  nightId: string;
  display: Display;
  /** The last event that was there before and is not shown. */
  after?: string | undefined;
  /** Shows the states of the machines too, as their histories tell them. */
  withStates?: boolean;
  /** The execution was started just now: a deployed engine may take a moment until it knows it. */
  isNew?: boolean;
}

/** How long a deployed engine may not know an execution that it has started. */
const UNKNOWN_MS = 15_000;

export function createFollower({
  nightId,
  display,
  after,
  withStates = false,
  isNew = false,
}: FollowOptions): Follower {
  // Frames of a calibration set may be done in another order than they were taken: what comes after the last decision is read again.
  let last = after;
  const shown = new Set<string>();
  const reduced = new Set<string>();
  let isClosed = false;
  let states: MachineStates = {};
  const knownByMs = Date.now() + (isNew ? UNKNOWN_MS : 0);
  return {
    async until(session, executionArn, signal) {
      while (!signal?.aborted) {
        const execution = await describe(session, executionArn);
        const isRunning = execution ? execution.status === 'RUNNING' && !session.isAtRest : Date.now() < knownByMs;
        if (withStates && execution && isRunning) {
          const now = await readStates(session, executionArn);
          if (!isDeepStrictEqual(now, states)) display.states(now);
          states = now;
        }
        for (const event of await readEvents(session, nightId, last)) {
          if (shown.has(event.item)) continue;
          display.event(event);
          shown.add(event.item);
          if (event.kind !== 'decision') continue;
          last = event.item;
          shown.clear();
        }
        isClosed ||= [...shown].some((item) => item.includes('-close-'));
        if (isClosed) {
          for (const frame of await readReduced(session, nightId)) {
            if (reduced.has(frame.exposureId)) continue;
            reduced.add(frame.exposureId);
            display.reduced(frame);
          }
        }
        if (!isRunning) return;
        await delay(pollMs(session), undefined, { signal }).catch(() => {});
      }
    },
  };
}

/** The states that a night's running executions are in, from the night down to a visit, a calibration set or a block. */
async function readStates(session: Session, nightArn: string): Promise<MachineStates> {
  const states: MachineStates = {};
  let executionArn: string | undefined = nightArn;
  while (executionArn !== undefined) {
    const { state, childArn }: { state?: string; childArn?: string } = await readCurrentState(session, executionArn);
    if (state !== undefined) states[machineOf(session, executionArn)] = state;
    executionArn = childArn;
  }
  return states;
}

export interface ConcludeOptions extends AgainOptions {
  json: boolean;
}

/** The error of a night that a person stopped. */
const HALT = 'OperatorHalt';

/** Says how a night ended and gives the exit status: 0 done, 130 halted by an operator, 1 failed. */
export async function conclude(
  session: Session,
  nightId: string,
  executionArn: string,
  options: ConcludeOptions,
): Promise<number> {
  const execution = await describe(session, executionArn);
  const { night, report } = await readEnding(session, nightId, executionArn, execution);
  // An execution that the engine has no more is told by the record alone.
  const succeeded = execution ? execution.status === 'SUCCEEDED' : night?.status === 'COMPLETED';
  const { error, cause } = endOf(execution, night);
  if (options.json) {
    const ending = {
      type: 'end',
      status: execution?.status,
      night: night?.status,
      ...(!succeeded && { error, cause }),
    };
    process.stdout.write(`${JSON.stringify({ ...ending, report })}\n`);
  } else {
    if (report) await printSummary(process.stdout, report, session);
    if (!succeeded) process.stderr.write(`\nNight ${nightId} ended with ${error}: ${cause}\n`);
    const isElsewhere = night?.status === 'RUNNING' && night.executionArn !== executionArn;
    if (night && night.status !== 'COMPLETED' && !succeeded && !isElsewhere) {
      process.stderr.write(
        `${standing(night.status)} What is stored stays; go on with:\n${goOn(session, night.input, options)}\n`,
      );
    }
  }
  if (succeeded) return EXIT.done;
  return error === HALT ? EXIT.interrupted : EXIT.failed;
}

/** Whoever stops a night at once closes it a little later. */
const CLOSING_MS = 20_000;

/** What a night whose execution has ended left: once whoever stopped it has closed and reported it. */
export async function readEnding(
  session: Session,
  nightId: string,
  executionArn: string,
  execution: DescribeExecutionOutput | undefined,
): Promise<{ night: NightRecord | undefined; report: NightReport | undefined }> {
  // Not every engine keeps the error of a stop; the embedded one does, and its broken off ones nobody closes.
  const wasStopped = execution?.error === HALT || (execution?.status === 'ABORTED' && session.engine !== 'embedded');
  // Whoever has the folder for itself alone would wait for somebody that waits for the folder.
  const isShared = session.engine !== 'embedded' || session.isHost || session.isGuest;
  const giveUpAtMs = Date.now() + (wasStopped && isShared ? CLOSING_MS : 0);
  for (;;) {
    const night = await readNight(session, nightId);
    const report = await readReport(session, nightId);
    const isOwn = night?.executionArn === executionArn;
    const isReported = night?.status !== 'RUNNING' && report?.status === night?.status;
    if (!isOwn || isReported || Date.now() >= giveUpAtMs) return { night, report };
    await delay(pollMs(session));
  }
}

const standing = (status: string): string =>
  status === 'RUNNING'
    ? 'Nothing observes it any more, and nobody closed it.'
    : 'The telescope is parked and the dome closed.';

const goOn = (session: Session, input: NightInput, options: ConcludeOptions): string =>
  againCommands(session, input, options)
    .map((command) => `  ${command}`)
    .join('\n');

/** The error that a night ended with, by its execution; where that does not tell, by the night's own record. */
function endOf(execution: DescribeExecutionOutput | undefined, night: NightRecord | undefined): Failure {
  if (execution?.status === 'SUCCEEDED') return { error: '', cause: '' };
  if (execution?.error !== undefined) return childFailure({ error: execution.error, cause: execution.cause ?? '' });
  // `OperatorHalt: stopped at once by an operator`, as close-night writes it; not every engine keeps the error of a stop.
  const [, error, cause] = /^(\w+): (.*)$/s.exec(night?.history.at(-1)?.cause ?? '') ?? [];
  if (night?.status !== 'RUNNING' && error !== undefined) return { error, cause: cause! };
  if (execution?.status === 'RUNNING') return { error: 'Interrupted', cause: 'the process that observed it has ended' };
  return {
    error: execution?.status ?? 'unknown',
    cause: execution?.cause ?? 'its execution ended without a reason given',
  };
}
