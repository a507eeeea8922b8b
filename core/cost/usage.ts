import { FUNCTIONS, type FunctionName } from '../names.ts';
import { type FunctionUsage, functionUsage, noUsage } from '../records/usage.ts';
import { MS_PER_S } from '../units.ts';

/** An event of an execution's history, as Step Functions gives it; the parts that cost anything. */
export interface HistoryEvent {
  id?: number | undefined;
  previousEventId?: number | undefined;
  type?: string | undefined;
  timestamp?: Date | undefined;
  taskScheduledEventDetails?: { resourceType?: string | undefined; parameters?: string | undefined } | undefined;
  taskSucceededEventDetails?: { output?: string | undefined } | undefined;
}

/** One execution of a night's tree. */
export interface ExecutionHistory {
  machine: string;
  name: string;
  events: readonly HistoryEvent[];
}

/** What one function did. */
export interface FunctionTotals {
  /** Attempts that reached the function, whatever became of them. */
  requests: number;
  /** Attempts that failed or ran out of time: their time is that of the history. */
  failures: number;
  /** Each attempt rounded up to the next millisecond, as Lambda bills it. */
  billedMs: number;
  gbSeconds: number;
}

/** What the executions of a night used. */
export interface NightUsage {
  executions: number;
  /** Visits that were begun, each once however often it was taken up again. */
  visits: number;
  /** States entered, and retries, as Step Functions bills them. */
  stateTransitions: number;
  retries: number;
  functions: Partial<Record<FunctionName, FunctionTotals>>;
  /** Attempts that left no account of what they used: they failed, or are under way. Only requests and time are counted of them. */
  unaccounted: number;
  /** What the accounts of the others add up to. */
  reported: FunctionUsage;
  historyEvents: number;
  /** Size of the histories as JSON: what the machines' logs hold. */
  historyBytes: number;
}

const MB_PER_GB = 1024;

/** Ends of a task that was handed to its function. */
const ENDED = ['TaskSucceeded', 'TaskFailed', 'TaskTimedOut'];
/** Ends of an execution, by which a task under way is over. */
const EXECUTION_ENDED = ['ExecutionAborted', 'ExecutionTimedOut'];

/** Counts what the histories of a night's executions say was used; a night may be under way, or have gone through several runs. */
export function usageOf(executions: readonly ExecutionHistory[]): NightUsage {
  const usage: NightUsage = {
    executions: executions.length,
    visits: new Set(executions.filter(({ machine }) => machine === 'observation').map(visitOf)).size,
    stateTransitions: 0,
    retries: 0,
    functions: {},
    unaccounted: 0,
    reported: noUsage(),
    historyEvents: 0,
    historyBytes: 0,
  };
  for (const { events } of executions) addExecution(usage, events);
  return usage;
}

/** `<observationId>-r<run>`: the observation that an execution belongs to. */
const visitOf = ({ name }: ExecutionHistory): string => name.replace(/-r\d+$/, '');

function addExecution(usage: NightUsage, events: readonly HistoryEvent[]): void {
  const byId = new Map(events.map((event) => [event.id, event]));
  const over = events.find(({ type }) => EXECUTION_ENDED.includes(type ?? ''));
  const endOf = endsByStart(events);
  for (const event of events) {
    usage.historyEvents++;
    usage.historyBytes += JSON.stringify(event).length;
    // A redrive is a transition of its own (Developer Guide, "Transitions").
    if (event.type?.endsWith('StateEntered') || event.type === 'ExecutionRedriven') usage.stateTransitions++;
    if (event.type === 'TaskScheduled' && !byId.get(event.previousEventId)?.type?.endsWith('StateEntered')) {
      usage.retries++;
      usage.stateTransitions++;
    }
    if (event.type !== 'TaskStarted') continue;
    const scheduled = byId.get(event.previousEventId)?.taskScheduledEventDetails;
    const name = functionNameOf(scheduled);
    if (name) addAttempt(usage, name, event, endOf.get(event.id) ?? over);
  }
}

/** The event that ends each task, by the event that started it. */
const endsByStart = (events: readonly HistoryEvent[]): Map<number | undefined, HistoryEvent> =>
  new Map(events.filter(({ type }) => ENDED.includes(type ?? '')).map((event) => [event.previousEventId, event]));

/** Which of our functions a task invokes; it is named by name, by ARN, and with a version behind it. */
function functionNameOf(scheduled: HistoryEvent['taskScheduledEventDetails']): FunctionName | undefined {
  if (scheduled?.resourceType !== 'lambda') return undefined;
  const { FunctionName = '' } = JSON.parse(scheduled.parameters ?? '{}') as { FunctionName?: string };
  const deployed = FunctionName.replace(/^.*:function:/, '').replace(/:.*$/, '');
  return (Object.keys(FUNCTIONS) as FunctionName[]).find((name) => deployed === name || deployed.endsWith(`-${name}`));
}

function addAttempt(
  usage: NightUsage,
  name: FunctionName,
  started: HistoryEvent,
  ended: HistoryEvent | undefined,
): void {
  usage.functions[name] ??= { requests: 0, failures: 0, billedMs: 0, gbSeconds: 0 };
  const totals = usage.functions[name];
  totals.requests++;
  const account = accountOf(ended);
  if (account) {
    for (const key of Object.keys(usage.reported) as (keyof FunctionUsage)[]) usage.reported[key] += account[key];
  } else usage.unaccounted++;
  if (ended && ended.type !== 'TaskSucceeded') totals.failures++;
  // Only the history knows how long an attempt took that left no account; one that is under way has cost nothing yet.
  const passedMs = ended ? ended.timestamp!.getTime() - started.timestamp!.getTime() : 0;
  const billedMs = Math.ceil(account?.durationMs ?? Math.min(passedMs, FUNCTIONS[name].timeoutS * MS_PER_S));
  totals.billedMs += billedMs;
  totals.gbSeconds += (billedMs / MS_PER_S) * (FUNCTIONS[name].memoryMb / MB_PER_GB);
}

/** What a function said that it used. */
function accountOf(ended: HistoryEvent | undefined): FunctionUsage | undefined {
  if (ended?.type !== 'TaskSucceeded') return undefined;
  const { Payload } = JSON.parse(ended.taskSucceededEventDetails?.output ?? '{}') as { Payload?: { usage?: unknown } };
  return functionUsage.safeParse(Payload?.usage).data;
}
