import { describe, expect, it } from 'vitest';
import { type HistoryEvent, usageOf } from '../../../core/cost/usage.ts';
import type { FunctionUsage } from '../../../core/records/usage.ts';

const BEGIN_MS = Date.UTC(2026, 10, 21, 20);

/** A history in which each event follows the one before, unless it says otherwise, a second later. */
function history(...events: HistoryEvent[]): HistoryEvent[] {
  return events.map((event, index) => ({
    id: index + 1,
    previousEventId: index,
    timestamp: new Date(BEGIN_MS + index * 1000),
    ...event,
  }));
}

const account = (change: Partial<FunctionUsage> = {}): FunctionUsage => ({
  durationMs: 10.2,
  dynamodbReadUnits: 1.5,
  dynamodbWriteUnits: 4,
  s3Puts: 2,
  s3Gets: 1,
  stepFunctionsRequests: 1,
  eventsPuts: 1,
  ...change,
});

const entered = (type = 'TaskStateEntered'): HistoryEvent => ({ type });
const scheduled = (FunctionName: string): HistoryEvent => ({
  type: 'TaskScheduled',
  taskScheduledEventDetails: { resourceType: 'lambda', parameters: JSON.stringify({ FunctionName, Payload: {} }) },
});
const started: HistoryEvent = { type: 'TaskStarted' };
const succeeded = (usage?: FunctionUsage): HistoryEvent => ({
  type: 'TaskSucceeded',
  taskSucceededEventDetails: {
    output: JSON.stringify({ ExecutedVersion: '$LATEST', Payload: { usage }, StatusCode: 200 }),
  },
});
const execution = (events: HistoryEvent[], name = 'n-000000-r1', machine = 'observation') => ({
  machine,
  name,
  events,
});

describe('state transitions', () => {
  it('are the states entered, of every kind', () => {
    const events = history(
      { type: 'ExecutionStarted' },
      entered('PassStateEntered'),
      { type: 'PassStateExited' },
      entered('ChoiceStateEntered'),
      { type: 'ChoiceStateExited' },
      entered('WaitStateEntered'),
      { type: 'WaitStateExited' },
      entered('SucceedStateEntered'),
      { type: 'SucceedStateExited' },
      { type: 'ExecutionSucceeded' },
    );
    expect(usageOf([execution(events)])).toMatchObject({ stateTransitions: 4, retries: 0, historyEvents: 10 });
  });

  it('are the retries too ("each retry will be charged as an additional state transition"), and a redrive', () => {
    const events = history(
      { type: 'ExecutionStarted' },
      entered(),
      scheduled('slew-telescope'),
      started,
      { type: 'TaskFailed' },
      scheduled('slew-telescope'),
      started,
      { type: 'TaskFailed' },
      scheduled('slew-telescope'),
      started,
      succeeded(account()),
      { type: 'TaskStateExited' },
      { type: 'ExecutionRedriven' },
    );
    const usage = usageOf([execution(events)]);
    expect(usage).toMatchObject({ stateTransitions: 1 + 2 + 1, retries: 2 });
    expect(usage.functions['slew-telescope']).toMatchObject({ requests: 3, failures: 2 });
  });

  it('of a task that starts a child execution are one here: the child has its own', () => {
    const events = history(
      entered(),
      { type: 'TaskScheduled', taskScheduledEventDetails: { resourceType: 'states', parameters: '{}' } },
      started,
      { type: 'TaskSubmitted' },
      { type: 'TaskSucceeded', taskSucceededEventDetails: { output: '{}' } },
    );
    expect(usageOf([execution(events)])).toMatchObject({ stateTransitions: 1, functions: {}, unaccounted: 0 });
  });
});

describe('a function', () => {
  it('has its time from its own account, rounded up to the millisecond, times its memory', () => {
    const events = history(entered(), scheduled('choose-next'), started, succeeded(account({ durationMs: 1999.1 })));
    // 512 MB for 2 s.
    expect(usageOf([execution(events)]).functions).toEqual({
      'choose-next': { requests: 1, failures: 0, billedMs: 2000, gbSeconds: 1 },
    });
  });

  it.each([
    'expose-frame',
    'nocturne-expose-frame',
    'arn:aws:lambda:eu-west-1:123456789012:function:my-stage-expose-frame',
    'arn:aws:lambda:eu-west-1:123456789012:function:nocturne-expose-frame:17',
  ])('is known by %s', (name) => {
    const events = history(entered(), scheduled(name), started, succeeded(account()));
    expect(Object.keys(usageOf([execution(events)]).functions)).toEqual(['expose-frame']);
  });

  it('that failed has its time from the history, and no more than its time limit', () => {
    const failed = history(entered(), scheduled('slew-telescope'), started, { type: 'TaskFailed' });
    expect(usageOf([execution(failed)]).functions['slew-telescope']).toMatchObject({ billedMs: 1000, failures: 1 });
    const late = history(entered(), scheduled('slew-telescope'), started, {
      type: 'TaskTimedOut',
      timestamp: new Date(BEGIN_MS + 60_000),
    });
    // The task waits for 60 s, the function is stopped after its own 30 s.
    expect(usageOf([execution(late)]).functions['slew-telescope']).toMatchObject({ billedMs: 30_000, failures: 1 });
  });

  it('that was never reached costs nothing', () => {
    const events = history(entered(), scheduled('slew-telescope'), { type: 'TaskStartFailed' });
    expect(usageOf([execution(events)])).toMatchObject({ functions: {}, stateTransitions: 1 });
  });

  it('that is under way is a request, and one that was stopped has cost its time', () => {
    const running = history(entered(), scheduled('expose-frame'), started);
    expect(usageOf([execution(running)])).toMatchObject({
      unaccounted: 1,
      functions: { 'expose-frame': { requests: 1, failures: 0, billedMs: 0 } },
    });
    const stopped = history(entered(), scheduled('expose-frame'), started, { type: 'ExecutionAborted' });
    expect(usageOf([execution(stopped)]).functions['expose-frame']).toMatchObject({ failures: 1, billedMs: 1000 });
  });
});

describe('what functions say that they used', () => {
  it('is added up over all executions', () => {
    const events = history(entered(), scheduled('announce-visit'), started, succeeded(account()));
    const { reported } = usageOf([execution(events), execution(events)]);
    expect(reported).toEqual({
      durationMs: 20.4,
      dynamodbReadUnits: 3,
      dynamodbWriteUnits: 8,
      s3Puts: 4,
      s3Gets: 2,
      stepFunctionsRequests: 2,
      eventsPuts: 2,
    });
  });

  it('may be missing, as it is from older nights: then the time is the history’s', () => {
    const events = history(entered(), scheduled('announce-visit'), started, succeeded());
    expect(usageOf([execution(events)])).toMatchObject({
      unaccounted: 1,
      functions: { 'announce-visit': { requests: 1, failures: 0, billedMs: 1000 } },
    });
  });
});

describe('visits', () => {
  it('count once, however many runs of the night took them up', () => {
    const names = ['n-000000-r1', 'n-000001-r1', 'n-000001-r2', 'n-000002-r2'];
    const executions = [...names.map((name) => execution([], name)), execution([], 'n-r1', 'night')];
    expect(usageOf(executions)).toMatchObject({ visits: 3, executions: 5 });
  });
});
