import { setTimeout as delay } from 'node:timers/promises';
import type { NightRecord } from '../../core/records/night.ts';
import { againCommands } from '../again.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { describe, findRunning } from '../executions.ts';
import { pollMs } from '../follow.ts';
import { refuseNowhere, requestHalt, requireNight } from '../records.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';
import { stopAtOnce } from '../stopping.ts';

export interface StopOptions extends EngineOptions {
  /** In the middle of what it does, not after the frame. */
  now?: boolean;
  /** False returns as soon as the night was asked to stop. */
  wait: boolean;
  json?: boolean;
}

/**
 * Stops a night: after the frame that is being taken, or at once. Waits until the telescope is parked and the night closed.
 * Returns 0 when it is, or when it was over before it heard; 1 when it failed. Throws InputRefused for a night that is
 * unknown or over, EngineUnusable.
 */
export async function stopNight(nightId: string, options: StopOptions): Promise<number> {
  const { now = false, wait } = options;
  if (now && !wait) throw new InputRefused(['option --no-wait: --now closes the night itself; leave one of them out']);
  refuseNowhere(options, nightId);
  const say = teller(nightId, options.json ?? false);
  let begun: NightRecord | undefined;
  return withSession(options, async (session) => {
    // Begun again when the process that observed the night has ended with it.
    const night = begun ?? (await requireRunning(session, nightId));
    const isFirst = begun === undefined;
    if (now) {
      begun = night;
      if (isFirst) say('stopping', `Stopping night ${nightId} where it is, then parking the telescope.`);
      await stopAtOnce(session, nightId, night.executionArn);
      return tellEnd(await requireNight(session, nightId), say);
    }
    if (isFirst) {
      await refuseAbandoned(session, night, options);
      const asked = await requestHalt(session, nightId);
      begun = night;
      if (asked)
        say(
          'asked',
          `Night ${nightId} was asked to stop: the telescope will be parked after the frame, or the wait, that it is in.`,
        );
      if (asked && !wait) return EXIT.done;
    }
    return tellEnd(await closed(session, night), say);
  });
}

async function requireRunning(session: Session, nightId: string): Promise<NightRecord> {
  const night = await requireNight(session, nightId);
  if (night.status === 'RUNNING') return night;
  throw new InputRefused([`night: ${nightId} is ${night.status} already; there is nothing to stop`]);
}

/** Nobody would ever see a halt that is asked of a night whose process was killed. */
async function refuseAbandoned(session: Session, night: NightRecord, options: StopOptions): Promise<void> {
  const { nightId } = night;
  if (await findRunning(session, nightId, night)) return;
  // It may have ended between the two looks.
  if ((await requireNight(session, nightId)).status !== 'RUNNING') return;
  const goOn = againCommands(session, night.input, options).join('\n  ');
  throw new InputRefused([
    `night: nothing observes ${nightId} any more: it was broken off without being closed. Close it by \`nocturne stop ${nightId} --now\`, or go on with:\n  ${goOn}`,
  ]);
}

/** The night once the execution that owned it has ended. */
async function closed(session: Session, { nightId, executionArn }: NightRecord): Promise<NightRecord> {
  while ((await describe(session, executionArn))?.status === 'RUNNING') await delay(pollMs(session));
  return requireNight(session, nightId);
}

type Say = (what: string, words: string, more?: object) => void;

const teller =
  (nightId: string, json: boolean): Say =>
  (what, words, more = {}) =>
    process.stdout.write(json ? `${JSON.stringify({ type: what, nightId, ...more })}\n` : `${words}\n`);

/** Says what became of the night and gives the exit status. */
function tellEnd({ nightId, status, history }: NightRecord, say: Say): number {
  const cause = history.at(-1)?.cause ?? '';
  const words: Record<NightRecord['status'], string> = {
    ABORTED: `Night ${nightId} is ABORTED (${cause}). The telescope is parked and the dome closed; the same night can be continued.`,
    COMPLETED: `Night ${nightId} was over before it heard: it is COMPLETED.`,
    FAILED: `Night ${nightId} is FAILED: ${cause}`,
    RUNNING: `Night ${nightId} was broken off without being closed; close it by \`nocturne stop ${nightId} --now\`.`,
  };
  say('end', words[status], { night: status, cause });
  return status === 'ABORTED' || status === 'COMPLETED' ? EXIT.done : EXIT.failed;
}
