import type { Programme } from '../records/programme.ts';
import { type RequestStatus, TRANSITIONS } from '../records/status.ts';
import type { RequestRecord } from '../records/visit.ts';
import { isoOf } from '../time.ts';
import { altitudeAtHourAngle } from './arc.ts';
import { type Assessment, assess, CONSTRAINT_UNITS, type ConstraintName, type Veto } from './constraints.ts';
import {
  altitudeNeededDeg,
  arcOfTarget,
  type Circumstances,
  createOutlook,
  lengthS,
  type Outlook,
  observableIntervals,
} from './outlook.ts';
import { remainingPlan, type VisitExposure } from './plan.ts';
import { type Projected, project, type Score, scoresOf, totalOf } from './scores.ts';

export interface ChoiceInput extends Circumstances {
  requests: readonly RequestRecord[];
  /** Failed visits of this night, by request; none when missing. */
  attempts: Readonly<Record<string, number>>;
  policy: Pick<Programme, 'onFailure' | 'attemptsMax'>;
}

/** How many requests were turned down, by constraint; one request counts for each constraint that it broke. */
export type VetoCounts = Partial<Record<ConstraintName, number>>;

/** Why one request was turned down. */
export interface TurnedDown {
  requestId: string;
  message: string;
}

/** What the telescope does next, with all that is needed to say why. */
export type Decision =
  | {
      action: 'observe';
      requestId: string;
      /** The frames that fit. */
      plan: VisitExposure[];
      scores: Score[];
      /** 0 to 1. */
      total: number;
      projected: Projected;
      /** The next best, best first. */
      runnersUp: { requestId: string; total: number }[];
      vetoCounts: VetoCounts;
    }
  | { action: 'wait'; reason: string; vetoCounts: VetoCounts; vetoes: TurnedDown[] }
  | { action: 'end'; reason: string; unobservable: TurnedDown[] };

const RUNNERS_UP = 5;
/**
 * Reasons listed in one decision: with the longest ids and messages they take a third of the 400 KB of a stored item. The counts
 * have all requests, and the report looks back on each of them.
 */
const REASONS_MAX = 200;

/**
 * Chooses what to observe now: vetoes first, then the highest sum of weighted scores; the lower requestId wins a tie, so the
 * order of `requests` does not matter. `end` when no request can become observable before the night ends, whatever weather and
 * Moon do.
 */
export function chooseNext(input: ChoiceInput): Decision {
  const open = input.requests.filter(
    (record) => TRANSITIONS[record.status].length > 0 && remainingPlan(record).length > 0,
  );
  if (input.utcMs >= input.nightEndMs) return end('the night is over', []);
  if (open.length === 0) return end(`nothing left to do: none of ${input.requests.length} requests is open`, []);

  const outlook = createOutlook(input);
  const turnedDown: { record: RequestRecord; vetoes: Veto[] }[] = [];
  const eligible: RequestRecord[] = [];
  const feasible: { record: RequestRecord; assessment: Assessment }[] = [];
  for (const record of open) {
    const barred = standingVetoes(record, input);
    if (barred.length > 0) {
      turnedDown.push({ record, vetoes: barred });
      continue;
    }
    eligible.push(record);
    const assessment = assess(record, outlook);
    if (assessment.vetoes.length === 0) feasible.push({ record, assessment });
    else turnedDown.push({ record, vetoes: assessment.vetoes });
  }
  const vetoCounts = countVetoes(turnedDown.flatMap(({ vetoes }) => vetoes));
  if (feasible.length > 0) return best(feasible, outlook, vetoCounts);

  const chances = eligible.map((record) => ({ record, ...laterChance(record, outlook) }));
  const hopeful = chances.filter(({ atMs }) => atMs !== undefined);
  if (hopeful.length === 0) {
    const barred = turnedDown.length - eligible.length;
    return end(
      `nothing left to do: ${chances.length} requests cannot be observed before the night ends, ${barred} may not be tried again`,
      chances.map(({ record, message }) => ({ requestId: record.requestId, message })),
    );
  }
  const next = hopeful.reduce((a, b) => (earlier(a, b) ? a : b));
  return {
    action: 'wait',
    reason: `nothing observable now (${countsText(vetoCounts)}); ${next.record.requestId} ${
      next.atMs === input.utcMs
        ? 'is within its limits but for Moon, seeing or slew'
        : `is within its limits from ${isoOf(next.atMs as number)}`
    }`,
    vetoCounts,
    vetoes: listed(
      turnedDown.map(({ record, vetoes }) => ({
        requestId: record.requestId,
        message: vetoes.map(({ message }) => message).join('; '),
      })),
    ),
  };
}

const end = (reason: string, unobservable: TurnedDown[]): Decision => ({
  action: 'end',
  reason,
  unobservable: listed(unobservable),
});

/** In the order of ids, and no more than a stored item holds. */
const listed = (reasons: TurnedDown[]): TurnedDown[] =>
  reasons.toSorted((a, b) => compareIds(a.requestId, b.requestId)).slice(0, REASONS_MAX);

const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether a request may be chosen at all: not while a visit has it, and not after too many failures tonight. */
function standingVetoes({ requestId, status }: RequestRecord, { attempts, policy }: ChoiceInput): Veto[] {
  const vetoes: Veto[] = [];
  if (!TRANSITIONS[status].includes('SCHEDULED' satisfies RequestStatus)) {
    vetoes.push({ constraint: 'status', value: 0, limit: 1, margin: -1, message: `a visit has it: ${status}` });
  }
  const failures = attempts[requestId] ?? 0;
  const limit = policy.onFailure === 'skip' ? 1 : policy.attemptsMax;
  if (failures >= limit) {
    const message = `${failures} failed tonight, at most ${limit} (${policy.onFailure})`;
    vetoes.push({ constraint: 'attempts', value: failures, limit, margin: limit - failures - 1, message });
  }
  return vetoes;
}

function best(
  feasible: { record: RequestRecord; assessment: Assessment }[],
  outlook: Outlook,
  vetoCounts: VetoCounts,
): Decision {
  const ranked = feasible
    .map(({ record, assessment }) => {
      const { plan, sight } = assessment;
      const projected = project(record.target, sight.arc, assessment, outlook);
      const scores = scoresOf(record, sight, assessment, projected, outlook);
      return { record, plan, scores, total: totalOf(scores), projected };
    })
    .sort((a, b) => b.total - a.total || compareIds(a.record.requestId, b.record.requestId));
  const [{ record, plan, scores, total, projected }, ...others] = ranked;
  return {
    action: 'observe',
    requestId: record.requestId,
    plan,
    scores,
    total,
    projected,
    runnersUp: others.slice(0, RUNNERS_UP).map((other) => ({ requestId: other.record.requestId, total: other.total })),
    vetoCounts,
  };
}

/** When a request can be observed at the earliest, and undefined with the reason when not at all before the night ends. */
function laterChance(record: RequestRecord, outlook: Outlook): { atMs: number | undefined; message: string } {
  const { target, constraints } = record;
  const { overheads } = outlook;
  const frameS = remainingPlan(record)[0].exposureTimeS + overheads.readoutS;
  const arc = arcOfTarget(outlook, target);
  const atMs = observableIntervals(arc, constraints, outlook).find((interval) => lengthS(interval) >= frameS)?.fromMs;
  if (atMs !== undefined) return { atMs, message: '' };
  const highestDeg = outlook.refractedDeg(altitudeAtHourAngle(arc, 0));
  const neededDeg = altitudeNeededDeg(constraints, outlook);
  return {
    atMs,
    message:
      highestDeg < neededDeg
        ? `never observable from here: culminates at ${highestDeg.toFixed(1)} deg, needs ${neededDeg.toFixed(1)} deg`
        : 'not within its limits for the rest of the night',
  };
}

function earlier(
  a: { record: RequestRecord; atMs: number | undefined },
  b: { record: RequestRecord; atMs: number | undefined },
): boolean {
  const [aMs, bMs] = [a.atMs ?? Number.POSITIVE_INFINITY, b.atMs ?? Number.POSITIVE_INFINITY];
  return aMs < bMs || (aMs === bMs && compareIds(a.record.requestId, b.record.requestId) < 0);
}

/** In the order of CONSTRAINT_UNITS, so that equal decisions are equal texts. */
function countVetoes(vetoes: readonly Veto[]): VetoCounts {
  const counts: VetoCounts = {};
  for (const name of Object.keys(CONSTRAINT_UNITS) as ConstraintName[]) {
    const count = vetoes.filter(({ constraint }) => constraint === name).length;
    if (count > 0) counts[name] = count;
  }
  return counts;
}

const countsText = (counts: VetoCounts): string =>
  Object.entries(counts)
    .map(([constraint, count]) => `${constraint} ${count}`)
    .join(', ');
