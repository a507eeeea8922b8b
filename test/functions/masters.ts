import { finish, plan, prepare, setState, takeFrame, takeSet } from './calibration.ts';
import { nightInput, openNight } from './night.ts';
import { BUCKET, invoke, type World } from './world.ts';

/** From calibration sets to masters and reduced frames, on small chips. */

/** Four biases, of which three must be fit. */
export const BIASES = { id: 'bias', type: 'bias', when: 'afternoon', count: 4, minimum: 3, priority: 1 };
export const DARKS = {
  ...{ id: 'dark', type: 'dark', exposureTimesS: [60], when: 'afternoon', count: 3, minimum: 2, priority: 2 },
};
/** Flats of the dome in r. */
export const FLATS = {
  ...{ id: 'dome', type: 'flat', target: 'dome', filters: ['r'], levelAdu: 20_000, when: 'afternoon' },
  ...{ count: 3, minimum: 2, priority: 3 },
};

/**
 * A policy with these sets, and reduction of the frames of the sky. Few frames add more noise than a good master may: the limits of
 * that are wide, and all others are the usual ones.
 */
export const withSets =
  (sets: readonly object[], more: Record<string, unknown> = {}) =>
  (value: any): void => {
    const { limits, ...rest } = more;
    value.calibration = {
      sets: sets.map((set) => ({ everyDays: 1, validDays: 2, ...set })),
      darkScaling: { factorMax: 30 },
      reduction: {},
      limits: { frameCount: { goodMin: 2 }, masterAddedNoise: { goodMax: 1, badMax: 2 }, ...(limits as object) },
      ...rest,
    };
  };

/** The state of the first set of a night that is just opened, its frames taken, ready for its master. */
export async function takenSet(world: World, observatory: (value: any) => void): Promise<any> {
  return takeSet(await plan(await openNight(world, { observatory })));
}

export const build = (state: any): Promise<any> => invoke('build-master', setState(state));
export const certify = (state: any): Promise<any> => invoke('certify-master', setState(state));

/** Takes the next set of a part of the night and makes its master valid, as the machine does when nothing fails. */
export async function makeMaster(state: any, phase = 'before'): Promise<any> {
  return finish(await certify(await build(await takeSet(await plan(state, phase)))));
}

/** The frames of the first round in another order, and each delivered twice. */
export async function takeReversed(state: any): Promise<any> {
  const at = await prepare(state);
  for (const frame of at.frames.toReversed()) await takeFrame(at, frame);
  for (const frame of at.frames) await takeFrame(at, frame);
  return prepare(at);
}

/** Opens the night of another day in a world that has nights already. */
export async function openAnotherNight(world: World, nightId: string, dayObs: number, observatory: any): Promise<any> {
  const executionArn = `arn:aws:states:us-east-1:000000000000:execution:night:${nightId}-r1`;
  world.executions.set(executionArn, 'RUNNING');
  const input = nightInput(world, { observatory, input: { nightId, dayObs, campaign: nightId } });
  const { action: _, ...state } = await invoke('open-night', { input, executionArn });
  return state;
}

/** Masters on record, certificates that stand, and keys of stored files that contain a text. */
export const mastersOf = (world: World): any[] =>
  world.tables.items('nights').flatMap(({ item, outcome }) => (item.startsWith('master#') ? [outcome] : []));
export const certificates = (world: World): any[] =>
  world.tables.items('calibrations').filter(({ validFrom }) => /^\d/.test(validFrom));
export const keys = (world: World, text: string): string[] =>
  [...world.objects.keys()].filter((key) => key.includes(text)).sort();

/** Flips one bit of a stored file, deep in its pixels. */
export function damage(world: World, key: string): void {
  const bytes = world.objects.get(key)!.slice();
  bytes[bytes.length - 3000] ^= 1;
  world.objects.set(key, bytes);
}

export const pointerTo = (key: string) => ({ bucket: BUCKET, key });
