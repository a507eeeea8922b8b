import { afterEach, expect, it } from 'vitest';
import type { FunctionName } from '../../core/names.ts';
import { type Answer, catchesOf, catchesTaken, fails, openMachines } from '../helpers/machines.ts';

const PAST = '1970-01-01T00:00:00.000Z';
const input = {
  night: { id: 'n' },
  sequence: 7,
  now: '2026-11-21T20:00:00.000Z',
  telescope: { filter: 'r' },
  visit: { observationId: 'n-000007', nextStep: 'configure' },
};
const same: Answer = (payload) => payload;
const exposed =
  (nextStep: string): Answer =>
  (payload) => ({ ...payload, visit: { ...payload.visit, nextStep }, resumeAt: PAST });
const finished: Answer = ({ failure, night, sequence, now, telescope }) => ({
  night,
  sequence: sequence + 1,
  now,
  telescope,
  ...(failure && { error: failure.error, cause: 'told by finish-observation' }),
});
const good: Partial<Record<FunctionName, Answer[]>> = {
  'check-conditions': [same],
  'announce-visit': [same],
  'slew-telescope': [same],
  'configure-instrument': [same],
  'expose-frame': [exposed('finish')],
  'finish-observation': [finished],
};

let machines: Awaited<ReturnType<typeof openMachines>>;
afterEach(() => machines.close());

it('takes one frame in seven states', async () => {
  machines = await openMachines(good);
  const path = await machines.run('observation', input);
  expect(path.status).toBe('SUCCEEDED');
  expect(path.output).toEqual({ night: input.night, sequence: 8, now: input.now, telescope: input.telescope });
  expect(path.states).toEqual([
    ...['CheckConditions', 'AnnounceVisit', 'SlewTelescope', 'ConfigureInstrument'],
    ...['ExposeFrame', 'Pace', 'NextStep', 'FinishObservation'],
  ]);
});

it('exposes again, and configures again where the filter changes', async () => {
  machines = await openMachines({
    ...good,
    'expose-frame': [exposed('expose'), exposed('configure'), exposed('finish')],
  });
  const { states } = await machines.run('observation', input);
  expect(states.filter((name) => /Expose|Configure/.test(name))).toEqual([
    ...['ConfigureInstrument', 'ExposeFrame', 'ExposeFrame'],
    ...['ConfigureInstrument', 'ExposeFrame'],
  ]);
});

const failures: [FunctionName, string, string, string][] = [
  ['check-conditions', 'CheckConditions', 'check', 'WeatherUnsafe'],
  ['check-conditions', 'CheckConditions', 'check', 'TargetNotObservable'],
  ['check-conditions', 'CheckConditions', 'check', 'NightEnded'],
  ['check-conditions', 'CheckConditions', 'check', 'OperatorHalt'],
  ['announce-visit', 'AnnounceVisit', 'announce', 'TransitionNotAllowed'],
  ['slew-telescope', 'SlewTelescope', 'slew', 'SlewFailed'],
  ['configure-instrument', 'ConfigureInstrument', 'configure', 'ConfigureFailed'],
  ['expose-frame', 'ExposeFrame', 'expose', 'ExposureFailed'],
  ['expose-frame', 'ExposeFrame', 'expose', 'SaveFailed'],
  ['expose-frame', 'ExposeFrame', 'expose', 'WeatherUnsafe'],
  ['expose-frame', 'ExposeFrame', 'expose', 'NightEnded'],
  ['expose-frame', 'ExposeFrame', 'expose', 'OperatorHalt'],
  ['check-conditions', 'CheckConditions', 'check', 'SomethingNobodyThoughtOf'],
  ['announce-visit', 'AnnounceVisit', 'announce', 'SomethingNobodyThoughtOf'],
  ['slew-telescope', 'SlewTelescope', 'slew', 'SomethingNobodyThoughtOf'],
  ['configure-instrument', 'ConfigureInstrument', 'configure', 'SomethingNobodyThoughtOf'],
  ['expose-frame', 'ExposeFrame', 'expose', 'SomethingNobodyThoughtOf'],
];
it.each(failures)(
  '%s: %s (%s) failing with %s writes the status, then fails with it',
  async (name, state, step, error) => {
    machines = await openMachines({ ...good, [name]: [fails(error)] });
    const path = await machines.run('observation', input);
    expect(path).toMatchObject({ status: 'FAILED', error, cause: 'told by finish-observation' });
    expect(path.states.slice(-3)).toEqual([state, 'WriteFailure', 'ObservationFailed']);
    const { payload } = machines.calls.at(-1)!;
    expect(payload.failure).toMatchObject({ step, error });
    expect(JSON.parse(payload.failure.cause)).toMatchObject({ errorType: error, errorMessage: `${error} on purpose` });
    expect(payload.visit).toEqual(input.visit);
  },
);

it('keeps the frames taken before the failure in what it hands to finish-observation', async () => {
  const second: Answer = (payload) => ({
    ...payload,
    visit: { ...payload.visit, taken: 1, nextStep: 'expose' },
    resumeAt: PAST,
  });
  machines = await openMachines({ ...good, 'expose-frame': [second, fails('ExposureFailed')] });
  await machines.run('observation', input);
  expect(machines.calls.at(-1)!.payload.visit.taken).toBe(1);
});

it('says so when the status could not be written', async () => {
  machines = await openMachines({ ...good, 'finish-observation': [fails('ProvisionedThroughputExceededException')] });
  const path = await machines.run('observation', input);
  expect(path.states.at(-1)).toBe('StatusNotWritten');
  expect(path).toMatchObject({ status: 'FAILED', error: 'ProvisionedThroughputExceededException' });
});

it('says so when the status of a failed visit could not be written', async () => {
  machines = await openMachines({
    ...good,
    'slew-telescope': [fails('SlewFailed')],
    'finish-observation': [fails('RecordMissing')],
  });
  const path = await machines.run('observation', input);
  expect(path.states.slice(-3)).toEqual(['SlewTelescope', 'WriteFailure', 'StatusNotWritten']);
  expect(path).toMatchObject({ status: 'FAILED', error: 'RecordMissing' });
});

it("tries again what is AWS's own trouble", async () => {
  machines = await openMachines({ ...good, 'slew-telescope': [fails('Lambda.ServiceException'), same] });
  expect((await machines.run('observation', input)).status).toBe('SUCCEEDED');
  expect(machines.calls.filter(({ name }) => name === 'slew-telescope')).toHaveLength(2);
});

it('does not try again what is not', async () => {
  machines = await openMachines({ ...good, 'slew-telescope': [fails('SlewFailed')] });
  await machines.run('observation', input);
  expect(machines.calls.filter(({ name }) => name === 'slew-telescope')).toHaveLength(1);
});

it('has had every Catch of its definition taken', () => {
  expect(catchesTaken('observation')).toEqual(catchesOf('observation'));
});
