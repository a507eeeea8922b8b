import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { InvalidNight, NightConflict } from '../../core/errors.ts';
import { EVENT_TYPES } from '../../core/names.ts';
import type { NightBounds } from '../../core/night/bounds.ts';
import { requestsOf } from '../../core/night/requests.ts';
import { nightEdges } from '../../core/provenance/edges.ts';
import {
  eventItem,
  type NightContext,
  type NightInput,
  type NightRecord,
  type NightRun,
} from '../../core/records/night.ts';
import type { RequestRecord } from '../../core/records/visit.ts';
import { sunAltitudeDeg } from '../../core/sky/sun-moon.ts';
import { dayObsBounds, isoOf, utcMsOf } from '../../core/time.ts';
import { parkedTelescope } from '../../core/twin/mount.ts';
import { MS_PER_S, S_PER_HOUR } from '../../core/units.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { stepFunctions } from '../shared/clients.ts';
import { functionVersion, wallClockMs } from '../shared/environment.ts';
import { eventDetail, publish } from '../shared/events.ts';
import { resumeAt } from '../shared/night.ts';
import { readStart, type Start } from '../shared/start.ts';
import { type StepState, step } from '../shared/step.ts';
import {
  changeStatus,
  createNight,
  createProgress,
  createRequest,
  findNight,
  findProgress,
  getProgress,
  getRequests,
  nightOfDay,
  putEdges,
  putEvent,
  replaceNight,
} from '../shared/tables.ts';

/** Frames that one night may take: the numbers of a second night on the same day begin above those of the first. */
const FRAMES_PER_NIGHT = 10_000;

const input = z.strictObject({ input: z.unknown(), executionArn: z.string() });

type Output = { action: 'complete' | 'underway' | 'stopped' } | ({ action: 'observe'; resumeAt: string } & StepState);

/**
 * Opens a night, or goes on with one that was stopped: the whole input is checked before anything is written. A rule that
 * fires for a night that is over, under way or stopped by an operator changes nothing.
 * Throws InvalidNight with every fault, NightConflict when the night belongs to another execution or other input.
 */
export const handler = step('open-night', input, async ({ input, executionArn }): Promise<Output> => {
  const { night, accepted, startedBy } = await readStart(input);
  const requests = requestsOf(accepted.programme, night.campaign);
  const stored = await getRequests(requests.map(({ requestId }) => requestId));
  refuseOtherRequests(night.campaign, requests, stored);
  const owned = await ownNight(night, accepted, executionArn, startedBy);
  if (typeof owned === 'string') return { action: owned };
  const record = owned;

  await freeAbandoned(night.nightId, record.context.beginAt, stored);
  await Promise.all(requests.map(createRequest));
  const { context } = record;
  const telescope = parkedTelescope(accepted.observatory);
  await createProgress({
    nightId: night.nightId,
    item: 'progress',
    sequence: 0,
    now: context.beginAt,
    telescope,
    nextSeqNum: record.firstSeqNum,
  });
  await putEdges(nightEdges(record));
  const progress = await getProgress(night.nightId);
  // Calibrations of the afternoon come before the night's first instant, and its events begin before them.
  const { calibration, site } = accepted.observatory;
  const hasAfternoon = calibration !== undefined || accepted.programme.calibrations.length > 0;
  const noon = isoOf(dayObsBounds(night.dayObs, site.longitudeDeg).startMs);
  const openedAt = hasAfternoon && context.run === 1 ? noon : progress.now;
  await putEvent({
    nightId: night.nightId,
    item: eventItem(openedAt, progress.sequence, `0-open-${context.run}`),
    kind: 'open',
    sequence: progress.sequence,
    beginAt: openedAt,
    endAt: openedAt,
    budget: {},
    sunAltitudeDeg: sunAltitudeDeg(utcMsOf(openedAt), accepted.observatory.site),
    message: context.run === 1 ? `night ${night.nightId} begins` : `night ${night.nightId} goes on, run ${context.run}`,
  });
  await publish(EVENT_TYPES.nightOpened, eventDetail(record));
  return {
    action: 'observe',
    night: context,
    sequence: progress.sequence,
    now: progress.now,
    telescope: progress.telescope,
    resumeAt: resumeAt(context, progress.now),
  };
});

/** A campaign's requests are its own: one that exists must be the one asked for. */
function refuseOtherRequests(
  campaign: string,
  requests: readonly RequestRecord[],
  stored: readonly RequestRecord[],
): void {
  const known = new Map(stored.map((each) => [each.requestId, each]));
  const asked = ({ programmeId, target, exposures, constraints, priority }: RequestRecord) =>
    JSON.parse(JSON.stringify({ programmeId, target, exposures, constraints, priority }));
  const faults = requests.flatMap((request) => {
    const other = known.get(request.requestId);
    if (!other || isDeepStrictEqual(asked(other), asked(request))) return [];
    return `programme: request ${request.requestId} stands in campaign ${campaign} with another target, exposures, constraints or priority; give the request another id, or the night another campaign`;
  });
  if (faults.length > 0) throw new InvalidNight(faults);
}

/** Requests that another night of the campaign had in hand when it died become free: nobody else would ever end their visit. */
async function freeAbandoned(nightId: string, at: string, stored: readonly RequestRecord[]): Promise<void> {
  for (const { requestId, status, history } of stored) {
    const last = history.at(-1);
    if ((status !== 'SCHEDULED' && status !== 'EXECUTING') || !last || last.nightId === nightId) continue;
    const other = await findNight(last.nightId);
    if (other?.status === 'RUNNING' && (await isRunning(other.executionArn))) continue;
    await changeStatus(requestId, {
      status: 'ABORTED',
      at,
      cause: `night ${last.nightId} ended in the middle of the visit`,
      nightId,
    });
  }
}

/**
 * Makes the night this execution's own: created, taken over from an execution that has ended, or found owned already. Else
 * says why there is nothing to do.
 */
async function ownNight(
  input: NightInput,
  { observatory, programme, bounds }: Start['accepted'],
  executionArn: string,
  startedBy: Start['startedBy'],
): Promise<NightRecord | 'complete' | 'underway' | 'stopped'> {
  const { nightId } = input;
  const runOf = (run: number): NightRun => ({
    run,
    executionArn,
    softwareVersion: SOFTWARE_VERSION,
    functionVersion: functionVersion(),
    ...(startedBy && { startedBy }),
  });
  const known = await findNight(nightId);
  if (!known) {
    const index = await nightOfDay(observatory.camera.id, input.dayObs, nightId);
    const record: NightRecord = {
      nightId,
      item: 'night',
      siteDay: `${observatory.id}#${input.dayObs}`,
      status: 'RUNNING',
      input,
      context: contextOf(input, bounds, 1, bounds.beginAt),
      executionArn,
      observatoryId: observatory.id,
      programmeId: programme.id,
      softwareVersion: SOFTWARE_VERSION,
      darkTimeS: bounds.darkTimeS,
      ...(bounds.sunsetAt && { sunsetAt: bounds.sunsetAt }),
      ...(bounds.sunriseAt && { sunriseAt: bounds.sunriseAt }),
      firstSeqNum: index * FRAMES_PER_NIGHT + 1,
      runs: [runOf(1)],
      history: [{ status: 'RUNNING', at: bounds.beginAt, cause: 'opened' }],
      haltRequested: false,
    };
    if (await createNight(record)) return record;
    return ownNight(input, { observatory, programme, bounds }, executionArn, startedBy);
  }
  const isUnderWay =
    known.status === 'RUNNING' && known.executionArn !== executionArn && (await isRunning(known.executionArn));
  // A rule fires again and again: what a person would want to be told of is nothing to a rule.
  if (startedBy && isUnderWay) return 'underway';
  if (startedBy && known.status === 'ABORTED') return 'stopped';
  if (startedBy && known.status === 'COMPLETED') return 'complete';
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(known.input)), JSON.parse(JSON.stringify(input)))) {
    throw new NightConflict(
      `night ${nightId} exists with other input: ${differences(known.input, input)}; give the new night another name, or repeat the input of the old one`,
    );
  }
  if (known.status === 'COMPLETED') return 'complete';
  if (known.executionArn === executionArn) return known;
  if (isUnderWay) {
    throw new NightConflict(
      `night ${nightId} is being observed by ${known.executionArn}; follow that execution, or stop it first`,
    );
  }
  // Absent when the earlier execution died while it opened the night.
  const progress = await findProgress(nightId);
  const now = progress?.now ?? bounds.beginAt;
  const run = known.context.run + 1;
  const record: NightRecord = {
    ...known,
    status: 'RUNNING',
    context: contextOf(input, bounds, run, now),
    executionArn,
    haltRequested: false,
    runs: [...known.runs, runOf(run)],
    history: [...known.history, { status: 'RUNNING', at: now, cause: `continued after ${known.status}` }],
  };
  await replaceNight(record, known.executionArn);
  return record;
}

/** How long before sunset a night in real time may be opened to wait for it. */
const HALF_DAY_MS = 12 * S_PER_HOUR * MS_PER_S;

/**
 * The night as its steps know it. A paced one is tied to the wall clock at `now`, where this run begins; in real time (speed 1)
 * the night that is to come begins when it does.
 */
function contextOf(input: NightInput, bounds: NightBounds, run: number, now: string): NightContext {
  return {
    ...input,
    beginAt: bounds.beginAt,
    endAt: bounds.endAt,
    run,
    ...(input.mode.kind === 'paced' && { wallBeginAt: wallBeginAt(bounds.beginAt, input.mode.speed, now) }),
  };
}

function wallBeginAt(beginAt: string, speed: number, now: string): string {
  const aheadMs = utcMsOf(beginAt) - wallClockMs();
  if (speed === 1 && aheadMs > 0 && aheadMs < HALF_DAY_MS) return beginAt;
  const passedMs = utcMsOf(now) - utcMsOf(beginAt);
  return isoOf(wallClockMs() - passedMs / speed);
}

function differences(known: NightInput, asked: NightInput): string {
  return (Object.keys(asked) as (keyof NightInput)[])
    .filter((key) => !isDeepStrictEqual(JSON.stringify(known[key]), JSON.stringify(asked[key])))
    .map((key) => `${key} was ${JSON.stringify(known[key])} and is now ${JSON.stringify(asked[key])}`)
    .join('; ');
}

async function isRunning(executionArn: string): Promise<boolean> {
  try {
    const { status } = await stepFunctions().send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
}
