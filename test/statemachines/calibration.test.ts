import { afterEach, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../core/names.ts';
import { type Answer, catchesOf, catchesTaken, ENGINE, fails, openMachines } from '../helpers/machines.ts';

const PAST = '1970-01-01T00:00:00.000Z';
const input = {
  night: { id: 'n' },
  sequence: 7,
  now: '2026-11-21T17:00:00.000Z',
  telescope: { filter: 'r' },
  calibration: { requestId: 'n.bias', rounds: 0 },
};
type Frame = { exposureId?: string; resumeAt?: string };
const frames = (...ids: string[]): Frame[] => ids.map((exposureId) => ({ exposureId, resumeAt: PAST }));

/** The state of a set after one more round, with frames to be taken. */
const take =
  (wanted: Frame[]): Answer =>
  ({ calibration, ...state }) => ({
    ...state,
    calibration: { ...calibration, rounds: calibration.rounds + 1 },
    action: 'take',
    frames: wanted,
  });
const enough: Answer = (payload) => ({ ...payload, action: 'build', frames: [] });
const taken: Answer = ({ frame }) => ({ exposureId: frame.exposureId, accepted: true });
/** Frames fail that are named here; all others are taken. */
const takenBut =
  (failures: Record<string, string>): Answer =>
  (payload) => {
    const error = failures[payload.frame.exposureId];
    return error ? fails(error)(payload) : taken(payload);
  };
const built: Answer = ({ calibration, ...state }) => ({ ...state, calibration: { ...calibration, masterId: 'm' } });
const same: Answer = (payload) => payload;
const finished: Answer = ({ failure, calibration: _, ...state }) => ({
  ...state,
  sequence: state.sequence + 1,
  ...(failure && { error: failure.error, cause: 'told by finish-calibration' }),
});
const good: Partial<Record<FunctionName, Answer[]>> = {
  'prepare-calibration': [take(frames('a', 'b')), enough],
  'take-calibration': [taken],
  'build-master': [built],
  'certify-master': [same],
  'finish-calibration': [finished],
};

let machines: Awaited<ReturnType<typeof openMachines>>;
afterEach(() => machines.close());
const functions = () => machines.calls.map(({ name }) => name);
const payloadsOf = (name: FunctionName) =>
  machines.calls.filter((call) => call.name === name).map(({ payload }) => payload);
/** The states of an execution without those of its frames, which run side by side. */
const outside = (states: string[]) => states.filter((name) => !/^(WaitForFrame|TakeFrame|FrameLost)$/.test(name));
const ROUND = ['PrepareFrames', 'FramesPlanned', 'TakeFrames'];

describe('a set', () => {
  it('is prepared, taken, built, certified and finished', async () => {
    machines = await openMachines(good);
    const path = await machines.run('calibration', input);
    expect(path.status).toBe('SUCCEEDED');
    const { calibration: _, ...state } = input;
    expect(path.output).toEqual({ ...state, sequence: 8 });
    expect(outside(path.states)).toEqual([
      ...[...ROUND, 'PrepareFrames', 'FramesPlanned'],
      ...['BuildMaster', 'CertifyMaster', 'FinishCalibration'],
    ]);
    const calibration = { requestId: 'n.bias', rounds: 1 };
    expect(payloadsOf('take-calibration')).toEqual(
      expect.arrayContaining(frames('a', 'b').map((frame) => ({ ...input, calibration, frame }))),
    );
    // What the frames gave stays outside: the next look goes by the records.
    expect(payloadsOf('prepare-calibration')).toEqual([input, { ...input, calibration }]);
    expect(payloadsOf('certify-master')).toEqual([{ ...input, calibration: { ...calibration, masterId: 'm' } }]);
  });

  it('has a frame that is lost replaced, while the others are taken', async () => {
    machines = await openMachines({
      ...good,
      'prepare-calibration': [take(frames('a', 'b', 'c')), take(frames('d')), enough],
      'take-calibration': [takenBut({ b: 'ExposureFailed' })],
    });
    const path = await machines.run('calibration', input);
    expect(path.status).toBe('SUCCEEDED');
    expect(outside(path.states)).toEqual([
      ...[...ROUND, ...ROUND, 'PrepareFrames', 'FramesPlanned'],
      ...['BuildMaster', 'CertifyMaster', 'FinishCalibration'],
    ]);
    expect(path.states.filter((name) => name === 'FrameLost')).toHaveLength(1);
    const taking = payloadsOf('take-calibration').map(({ frame }) => frame.exposureId);
    expect(taking.slice(0, 3).sort()).toEqual(['a', 'b', 'c']);
    expect(taking.slice(3)).toEqual(['d']);
    expect(payloadsOf('prepare-calibration').map(({ calibration }) => calibration.rounds)).toEqual([0, 1, 2]);
  });

  it('loses every frame of a round without failing for it', async () => {
    machines = await openMachines({ ...good, 'take-calibration': [fails('WeatherUnsafe')] });
    const path = await machines.run('calibration', input);
    expect(path.status).toBe('SUCCEEDED');
    expect(path.states.filter((name) => name === 'FrameLost')).toHaveLength(2);
  });

  it('of frames that stand already goes straight to its master', async () => {
    machines = await openMachines({ ...good, 'prepare-calibration': [enough] });
    const path = await machines.run('calibration', input);
    expect(path.states.slice(0, 3)).toEqual(['PrepareFrames', 'FramesPlanned', 'BuildMaster']);
    expect(functions()).not.toContain('take-calibration');
  });

  it('takes at most ten frames at a time', async () => {
    let running = 0;
    let most = 0;
    const slowly: Answer = async (payload) => {
      running++;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return taken(payload);
    };
    const ids = Array.from({ length: 25 }, (_, index) => `frame-${index}`);
    machines = await openMachines({
      ...good,
      'prepare-calibration': [take(frames(...ids)), enough],
      'take-calibration': [slowly],
    });
    expect((await machines.run('calibration', input)).status).toBe('SUCCEEDED');
    expect(payloadsOf('take-calibration')).toHaveLength(25);
    // LocalStack starts fewer at a time.
    if (ENGINE === 'localstack') expect(most).toBeLessThanOrEqual(10);
    else expect(most).toBe(10);
  });
});

const failures: [FunctionName, string, string, string][] = [
  ...['CalibrationNotPossible', 'TooFewFrames', 'OperatorHalt', 'SomethingNobodyThoughtOf'].map(
    (error): [FunctionName, string, string, string] => ['prepare-calibration', 'PrepareFrames', 'prepare', error],
  ),
  ...['TooFewFrames', 'MasterRejected', 'NoCalibration', 'FramesDisagree', 'SaveFailed', 'NobodyThoughtOf'].map(
    (error): [FunctionName, string, string, string] => ['build-master', 'BuildMaster', 'build', error],
  ),
  ['certify-master', 'CertifyMaster', 'certify', 'ValidityConflict'],
  ['certify-master', 'CertifyMaster', 'certify', 'SomethingNobodyThoughtOf'],
];
it.each(failures)(
  '%s: %s (%s) failing with %s writes the status, then fails with it',
  async (name, state, step, error) => {
    machines = await openMachines({ ...good, [name]: [fails(error)] });
    const path = await machines.run('calibration', input);
    expect(path).toMatchObject({ status: 'FAILED', error, cause: 'told by finish-calibration' });
    expect(path.states.slice(-3)).toEqual([state, 'WriteFailure', 'CalibrationFailed']);
    const { name: last, payload } = machines.calls.at(-1)!;
    expect(last).toBe('finish-calibration');
    expect(payload.failure).toMatchObject({ step, error });
    expect(JSON.parse(payload.failure.cause)).toMatchObject({ errorType: error, errorMessage: `${error} on purpose` });
    expect(payload.calibration.requestId).toBe('n.bias');
    // What comes after the step that failed is not done: above all, no certificate.
    const after = ['build-master', 'certify-master'].slice(step === 'prepare' ? 0 : step === 'build' ? 1 : 2);
    for (const each of after) expect(functions()).not.toContain(each);
  },
);

describe('while frames are taken', () => {
  it.each([
    ['OperatorHalt', 'Halted'],
    ['SaveFailed', 'NotSaved'],
  ])('%s ends the whole set: the status is written, then it fails with it', async (error, state) => {
    machines = await openMachines({
      ...good,
      'prepare-calibration': [take(frames('a', 'b', 'c'))],
      'take-calibration': [takenBut({ b: error })],
    });
    const path = await machines.run('calibration', input);
    expect(path).toMatchObject({ status: 'FAILED', error, cause: 'told by finish-calibration' });
    expect(path.states).toContain(state);
    expect(path.states.slice(-2)).toEqual(['WriteFailure', 'CalibrationFailed']);
    const { payload } = machines.calls.at(-1)!;
    expect(payload.failure).toMatchObject({ step: 'take', error });
    expect(payload.failure.cause).toContain(`${error} on purpose`);
    expect(payload.calibration).toEqual({ requestId: 'n.bias', rounds: 1 });
    expect(functions()).not.toContain('build-master');
  });

  it('a frame that ends in another way ends the set by name', async () => {
    machines = await openMachines(
      { ...good, 'take-calibration': [fails('ExposureFailed')] },
      {
        calibration: ({ TakeFrames }) => {
          TakeFrames.ItemProcessor.States.FrameLost = { Type: 'Fail', Error: 'SomethingNobodyThoughtOf', Cause: 'c' };
        },
      },
    );
    const path = await machines.run('calibration', input);
    expect(path).toMatchObject({ status: 'FAILED', error: 'SomethingNobodyThoughtOf' });
    expect(path.states.slice(-2)).toEqual(['WriteFailure', 'CalibrationFailed']);
    expect(machines.calls.at(-1)!.payload.failure).toMatchObject({ step: 'take', error: 'SomethingNobodyThoughtOf' });
    expect(functions()).not.toContain('build-master');
  });

  it("tries again what is AWS's own trouble, and loses no frame to it", async () => {
    let troubles = 0;
    const shaky: Answer = (payload) => {
      if (payload.frame.exposureId === 'a' && troubles++ === 0) return fails('StoreUnavailable')(payload);
      return taken(payload);
    };
    machines = await openMachines({ ...good, 'take-calibration': [shaky] });
    const path = await machines.run('calibration', input);
    expect(path.status).toBe('SUCCEEDED');
    expect(path.states).not.toContain('FrameLost');
    expect(payloadsOf('take-calibration')).toHaveLength(3);
  });
});

describe('when the status cannot be written', () => {
  it('a set that went well says so', async () => {
    machines = await openMachines({ ...good, 'finish-calibration': [fails('TransitionNotAllowed')] });
    const path = await machines.run('calibration', input);
    expect(path.states.slice(-2)).toEqual(['FinishCalibration', 'StatusNotWritten']);
    expect(path).toMatchObject({ status: 'FAILED', error: 'TransitionNotAllowed' });
  });

  it('a set that failed says so', async () => {
    machines = await openMachines({
      ...good,
      'build-master': [fails('MasterRejected')],
      'finish-calibration': [fails('RecordMissing')],
    });
    const path = await machines.run('calibration', input);
    expect(path.states.slice(-3)).toEqual(['BuildMaster', 'WriteFailure', 'StatusNotWritten']);
    expect(path).toMatchObject({ status: 'FAILED', error: 'RecordMissing' });
  });
});

it('has had every Catch of its definition taken', () => {
  // LocalStack's history does not always tell of which iteration a Map took its error; the tests above see that it did.
  const isTold = (each: string) => ENGINE === 'embedded' || !each.startsWith('calibration.TakeFrames');
  expect(catchesTaken('calibration').filter(isTold)).toEqual(catchesOf('calibration').filter(isTold));
});
