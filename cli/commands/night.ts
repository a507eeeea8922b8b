import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ExecutionAlreadyExists, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { NightInput, NightRecord } from '../../core/records/night.ts';
import { againCommands } from '../again.ts';
import { createDisplay, type Display } from '../display.ts';
import { EngineUnusable } from '../errors.ts';
import { describe, findRunning } from '../executions.ts';
import { conclude, createFollower, type Follower, framesAsked, pollMs, readEnding } from '../follow.ts';
import { type NightOptions, type PreparedNight, prepareNight } from '../input.ts';
import { readEvents, readNight, readNights, requestHalt } from '../records.ts';
import { type EngineOptions, isHostGone, openSession, type Session, withSession } from '../session.ts';
import { stopAtOnce } from '../stopping.ts';

export interface NightCommandOptions extends NightOptions, EngineOptions {
  json?: boolean;
}

/**
 * Observes one night and shows it. Returns the exit status: 0 when the night was observed to its end, 1 when it failed,
 * 130 when it was interrupted. Throws InputRefused before anything is written, EngineUnusable.
 */
export async function runNight(options: NightCommandOptions, nowMs: number): Promise<number> {
  const prepared = prepareNight(options, nowMs);
  const session = await openSession(options, { startsNights: true });
  const { nightId } = prepared;
  const json = options.json ?? false;
  const display = createDisplay(json ? 'json' : process.stdout.isTTY ? 'bar' : 'lines', process.stdout);
  let followed: Followed | undefined;
  /** Shows the night to its end and says how it ended. */
  const toItsEnd = async (at: Session, { follower, executionArn }: Followed): Promise<number> => {
    await follower.until(at, executionArn);
    display.end();
    return conclude(at, nightId, executionArn, { ...options, json });
  };
  try {
    const before = await readNight(session, nightId);
    const past = before ? await readEvents(session, nightId) : [];
    const executionArn = await startNight(session, prepared.forBucket(session.bucket), before);
    followed = { executionArn, follower: createFollower({ nightId, display, after: past.at(-1)?.item, isNew: true }) };
    const interruption = watchInterrupts(session, nightId, executionArn, display);
    try {
      display.begin(
        nightId,
        framesAsked(prepared.accepted.programme, past),
        past.filter((event) => event.kind === 'exposure').length,
      );
      await followed.follower.until(session, executionArn);
    } finally {
      await interruption.end();
    }
    const status = await toItsEnd(session, followed);
    await awaitGuests(session);
    return status;
  } catch (error) {
    // The other process ends when it has no night left, and then all that there is to say of this one can be read.
    const last = followed;
    if (isHostGone(session, error) && last) return await withSession(options, (later) => toItsEnd(later, last));
    if (!(error instanceof Error) || error.name !== 'InsufficientStorage') throw error;
    const { input } = prepared.forBucket(session.bucket);
    const goOn = againCommands(session, input, options).join('\n  ');
    throw new EngineUnusable(`${error.message} Make room, then go on with:\n  ${goOn}`);
  } finally {
    await session.close();
  }
}

/** A night that was started, and how far it was shown. */
interface Followed {
  executionArn: string;
  follower: Follower;
}

async function startNight(
  session: Session,
  { input, files }: ReturnType<PreparedNight['forBucket']>,
  before: NightRecord | undefined,
): Promise<string> {
  for (const { pointer, text } of files) {
    await session.s3.send(
      new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: text, ContentType: 'application/json' }),
    );
  }
  const begun = session.isHost && (await findBrokenOff(session, input, before));
  if (begun) return begun;
  const name = `${input.nightId}-r${(before?.context.run ?? 0) + 1}`;
  // A start that was refused, or killed before the night was opened, has used its name up.
  for (let attempt = 1; ; attempt++) {
    try {
      const { executionArn } = await session.sfn.send(
        new StartExecutionCommand({
          stateMachineArn: session.machineArns.night,
          name: attempt === 1 ? name : `${name}.${attempt}`,
          input: JSON.stringify(input),
        }),
      );
      return executionArn!;
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }
}

/** The execution of this very night, with this very input, that the engine goes on with since an earlier process ended. */
async function findBrokenOff(
  session: Session,
  input: NightInput,
  before: NightRecord | undefined,
): Promise<string | undefined> {
  const executionArn = await findRunning(session, input.nightId, before);
  if (executionArn === undefined) return undefined;
  const execution = await describe(session, executionArn);
  return isDeepStrictEqual(JSON.parse(execution?.input ?? 'null'), input) ? executionArn : undefined;
}

/** Waits for the nights that other processes began on this one's engine: it would take them down with it. */
export async function awaitGuests(session: Session): Promise<void> {
  if (!session.isHost) return;
  const seen = new Set<string>();
  for (;;) {
    const running = { stateMachineArn: session.machineArns.night, statusFilter: 'RUNNING' as const };
    const { executions = [] } = await session.sfn.send(new ListExecutionsCommand(running));
    if (executions.length === 0) break;
    if (seen.size === 0) {
      const names = executions.map(({ name }) => name).join(', ');
      process.stderr.write(
        `This engine observes ${names} too, for another process or since it was broken off; waiting for its end. Ctrl-C ends it too.\n`,
      );
    }
    for (const { executionArn } of executions) seen.add(executionArn!);
    await delay(pollMs(session));
  }
  // One that was stopped at once is still being closed, through this engine too.
  for (const { nightId, executionArn, status } of await readNights(session)) {
    if (status !== 'RUNNING' && !seen.has(executionArn)) continue;
    await readEnding(session, nightId, executionArn, await describe(session, executionArn));
  }
}

/** The first Ctrl-C asks the night to stop at its next safe point; the second stops the executions and closes the night. */
function watchInterrupts(
  session: Session,
  nightId: string,
  executionArn: string,
  display: Display,
): { end(): Promise<void> } {
  let asked = false;
  let stopped: Promise<void> | undefined;
  const interrupt = () => {
    if (!asked) {
      asked = true;
      display.note('Stopping: the telescope will be parked after this frame. Ctrl-C again stops at once.');
      requestHalt(session, nightId).catch((error: Error) => display.note(`could not ask for a halt: ${error.message}`));
      return;
    }
    stopped ??= stopAtOnce(session, nightId, executionArn).catch((error: Error) =>
      display.note(`could not stop: ${error.message}`),
    );
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    async end() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      await stopped;
    },
  };
}
