import { invoke, type World } from './world.ts';

/** Changes of a small programme, or of a small observatory's policy, that make calibration sets due. */

/** Two bias frames, asked for by the programme. */
export const withBias = (value: any): void => {
  value.calibrations = [{ type: 'bias', count: 2 }];
};

/** A policy with these sets and nothing else; each is complete but for what does not matter to a test. */
export const withPolicy =
  (...sets: object[]) =>
  (value: any): void => {
    value.calibration = { sets: sets.map((set) => ({ count: 2, everyDays: 1, validDays: 2, ...set })) };
  };

export const BIAS = { id: 'bias', type: 'bias', when: 'afternoon' };
export const DARK_30 = { id: 'dark', type: 'dark', exposureTimesS: [30], when: 'afternoon' };
export const TWILIGHT_R = {
  ...{ id: 'sky', type: 'flat', target: 'twilight', filters: ['r'], levelAdu: 20_000, when: 'evening' },
};

/** Twilight flats alone before the night; the biases that they need are taken at its end. */
export const withTwilight = withPolicy(TWILIGHT_R, { ...BIAS, when: 'nightEnd' });

/** Asks for the next set as the night's machine does. */
export const plan = ({ night, sequence, now, telescope }: any, phase = 'before', more: object = {}): Promise<any> =>
  invoke('plan-calibrations', { night, sequence, now, telescope, phase, ...more });

/** The payload of the steps of a set, from what the step before gave back. */
export const setState = ({ night, sequence, now, telescope, calibration }: any): any => ({
  night,
  sequence,
  now,
  telescope,
  calibration,
});

export const prepare = (state: any): Promise<any> => invoke('prepare-calibration', setState(state));
export const takeFrame = (state: any, frame: any): Promise<any> =>
  invoke('take-calibration', { ...setState(state), frame });

/** Plans and takes frames as the machine does until there are enough or no more are to be had; a frame that fails is lost. */
export async function takeSet(state: any): Promise<any> {
  let at = await prepare(state);
  while (at.action === 'take') {
    for (const frame of at.frames) await takeFrame(at, frame).catch(() => undefined);
    at = await prepare(at);
  }
  return at;
}

/** Ends a set as the machine does. */
export const finish = (state: any, failure?: object): Promise<any> =>
  invoke('finish-calibration', { ...setState(state), ...(failure && { failure }) });

/** A set whose master is done, from the plan on: nothing but its frames is made. */
export async function takeAndFinish(state: any): Promise<any> {
  const { calibration, ...taken } = await takeSet(state);
  return finish({ ...taken, calibration: { ...calibration, masterId: 'noc1_mb_20261121_000001' } });
}

/** A request for a set, as it stands. */
export const setRequest = (world: World, id: string): any => world.tables.item('requests', id);
