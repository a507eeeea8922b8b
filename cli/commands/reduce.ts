import { setTimeout as delay } from 'node:timers/promises';
import { type DescribeExecutionOutput, ExecutionAlreadyExists, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { childFailure } from '../../core/night/failure.ts';
import type { ReducedRecord } from '../../core/records/calibration.ts';
import { nightKey } from '../../core/records/ids.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { describe, findRunning } from '../executions.ts';
import { pollMs } from '../follow.ts';
import { readReduced, refuseNowhere, requireNight } from '../records.ts';
import { type EngineOptions, openSession, type Session } from '../session.ts';
import { invoke, stopReduction } from '../stopping.ts';
import { awaitGuests } from './night.ts';

export interface ReduceOptions extends EngineOptions {
  json?: boolean;
}

/**
 * Reduces the frames of a night that are not reduced yet, or for which there is a master now that was missing, and writes the page of
 * its calibration anew. Returns 0 when every frame has its result, complete or not, 1 when one has none, 130 when it was interrupted.
 * Throws InputRefused for an unknown night and one that is still observed, EngineUnusable.
 */
export async function reduceNight(nightId: string, options: ReduceOptions): Promise<number> {
  refuseNowhere(options, nightId);
  const session = await openSession(options, { startsNights: true });
  const tell = teller(options);
  try {
    const night = await requireNight(session, nightId);
    // A night that is closed is still reduced by its own execution.
    if (await findRunning(session, nightId, night)) {
      throw new InputRefused([`night ${nightId} is running; it reduces its frames itself when it is closed`]);
    }
    const before = await readReduced(session, nightId);
    const executionArn = await start(session, nightId);
    let interruption: Promise<void> | undefined;
    const interrupt = () => {
      interruption ??= stopReduction(session, nightId, executionArn);
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    let execution: DescribeExecutionOutput | undefined;
    try {
      execution = await follow(session, nightId, executionArn, before, tell);
      await interruption;
    } finally {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    }
    await invoke(session, 'report-calibration', { input: { nightId }, executionArn });
    const reduced = await readReduced(session, nightId);
    const page = session.locate(nightKey(nightId, 'calibration.html'));
    const status = conclude(execution, reduced, page, tell);
    await awaitGuests(session);
    return interruption ? EXIT.interrupted : status;
  } finally {
    await session.close();
  }
}

/** Starts the reduction under the next name that is free: the first one was the night's own if nobody asked before. */
async function start(session: Session, nightId: string): Promise<string> {
  const input = JSON.stringify({ nightId, cursor: 0 });
  for (let number = 1; ; number++) {
    try {
      const { executionArn } = await session.sfn.send(
        new StartExecutionCommand({
          stateMachineArn: session.machineArns.reduction,
          name: `${nightId}-reduction-${number}`,
          input,
        }),
      );
      return executionArn!;
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }
}

/** How long a deployed engine may not know an execution that it has started. */
const UNKNOWN_MS = 15_000;

/** Tells each frame as it gets its result, until the execution ends. */
async function follow(
  session: Session,
  nightId: string,
  executionArn: string,
  before: readonly ReducedRecord[],
  tell: Teller,
): Promise<DescribeExecutionOutput | undefined> {
  const known = new Map(before.map(({ exposureId, blockId }) => [exposureId, blockId]));
  const knownByMs = Date.now() + UNKNOWN_MS;
  for (;;) {
    const execution = await describe(session, executionArn);
    for (const record of await readReduced(session, nightId)) {
      if (known.get(record.exposureId) === record.blockId) continue;
      known.set(record.exposureId, record.blockId);
      tell.frame(record);
    }
    if (execution ? execution.status !== 'RUNNING' : Date.now() > knownByMs) return execution;
    await delay(3 * pollMs(session));
  }
}

/** Says what came of the reduction, and gives the exit status. */
function conclude(
  execution: DescribeExecutionOutput | undefined,
  reduced: readonly ReducedRecord[],
  page: string,
  tell: Teller,
): number {
  const succeeded = execution?.status === 'SUCCEEDED';
  const incomplete = reduced.filter(({ status }) => status === 'INCOMPLETE');
  const { error, cause } = childFailure({
    error: execution?.error ?? execution?.status ?? 'unknown',
    cause: execution?.cause ?? 'its execution ended without a reason given',
  });
  tell.end({
    status: execution?.status,
    complete: reduced.length - incomplete.length,
    incomplete: incomplete.map(({ exposureId, missing }) => ({ exposureId, missing })),
    ...(!succeeded && { error, cause }),
    page,
  });
  return succeeded ? EXIT.done : EXIT.failed;
}

interface Ending {
  status: string | undefined;
  complete: number;
  incomplete: { exposureId: string; missing: readonly string[] }[];
  error?: string;
  cause?: string;
  page: string;
}

interface Teller {
  frame(record: ReducedRecord): void;
  end(ending: Ending): void;
}

function teller({ json }: ReduceOptions): Teller {
  if (json) {
    const write = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
    return {
      frame: ({ exposureId, status, missing, grade, gradeReasons, file }) =>
        write({ type: 'reduced', exposureId, status, missing, grade, gradeReasons, key: file.key }),
      end: (ending) => write({ type: 'end', ...ending }),
    };
  }
  return {
    frame: ({ exposureId, status, missing, grade, seeingArcsec, zeroPointMag }) => {
      const measured = [
        seeingArcsec !== undefined && `seeing ${seeingArcsec.toFixed(2)} arcsec`,
        zeroPointMag !== undefined && `zero point ${zeroPointMag.toFixed(3)} mag`,
        missing.length > 0 && `missing: ${missing.join(', ')}`,
      ];
      process.stdout.write(`${exposureId}  ${status.padEnd(10)}  ${grade}  ${measured.filter(Boolean).join(', ')}\n`);
    },
    end: ({ complete, incomplete, error, cause, page }) => {
      const total = complete + incomplete.length;
      process.stdout.write(`${total} reduced frames: ${complete} complete, ${incomplete.length} incomplete\n`);
      for (const { exposureId, missing } of incomplete) {
        process.stdout.write(`  ${exposureId}: missing ${missing.join(', ')}\n`);
      }
      if (error !== undefined) process.stderr.write(`The reduction ended with ${error}: ${cause}\n`);
      process.stdout.write(`Calibration: ${page}\n`);
    },
  };
}
