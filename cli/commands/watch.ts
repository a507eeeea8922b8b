import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { NightRecord } from '../../core/records/night.ts';
import type { Programme } from '../../core/records/programme.ts';
import { createDisplay } from '../display.ts';
import { EXIT } from '../errors.ts';
import { findRunning } from '../executions.ts';
import { conclude, createFollower, framesAsked, pollMs } from '../follow.ts';
import { readNight, refuseNowhere, refuseUnknown } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';

export interface WatchOptions extends EngineOptions {
  json?: boolean;
}

/**
 * Follows a night that anybody began, on any engine: its states, events and frames as they come, until it ends. A night that
 * is over is shown as it was. Ctrl-C ends the watching alone. Returns the exit status as `nocturne night` gives it; 0 when
 * the watching was ended. Throws InputRefused for an unknown night, EngineUnusable.
 */
export async function watchNight(nightId: string, options: WatchOptions): Promise<number> {
  const { json = false } = options;
  refuseNowhere(options, nightId);
  const watching = new AbortController();
  const leave = () => watching.abort();
  process.on('SIGINT', leave);
  process.on('SIGTERM', leave);
  const display = createDisplay(json ? 'json' : process.stdout.isTTY ? 'bar' : 'lines', process.stdout);
  const follower = createFollower({ nightId, display, withStates: true });
  let begun = false;
  try {
    return await withSession(options, async (session) => {
      const { executionArn, night } = await find(session, nightId, watching.signal);
      if (!begun) display.begin(nightId, night ? await askedBy(session, night) : 0, 0);
      begun = true;
      await follower.until(session, executionArn, watching.signal);
      if (watching.signal.aborted) {
        display.note(`You watch night ${nightId} no longer. It is not stopped; \`nocturne stop ${nightId}\` would.`);
        display.end();
        return EXIT.done;
      }
      display.end();
      return conclude(session, nightId, executionArn, { ...options, json });
    });
  } finally {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
  }
}

/** The execution to watch: the one that runs, else the one that owned the night last. One that is just starting is waited for. */
async function find(
  session: Session,
  nightId: string,
  signal: AbortSignal,
): Promise<{ executionArn: string; night: NightRecord | undefined }> {
  for (;;) {
    const night = await readNight(session, nightId);
    const running = await findRunning(session, nightId, night);
    const executionArn = running ?? night?.executionArn;
    if (executionArn === undefined) return refuseUnknown(session, nightId);
    if (night || signal.aborted) return { executionArn, night };
    await delay(pollMs(session));
  }
}

/** How many frames a night's programme asks for. */
async function askedBy({ s3 }: Session, { input }: NightRecord): Promise<number> {
  const { bucket, key } = input.programme;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return framesAsked(JSON.parse(await Body!.transformToString()) as Programme);
}
