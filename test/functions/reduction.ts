import { DARK, expose, visitState } from './night.ts';
import { invoke, type World } from './world.ts';

/** Takes the frames of the visit that is chosen after a state, when it is dark. */
export async function takeVisit({ night, sequence, telescope }: any): Promise<any> {
  const chosen = await invoke('choose-next', { night, sequence, telescope, now: DARK, segmentBegin: 0 });
  if (chosen.action !== 'observe') throw new Error(`no visit was chosen, but ${chosen.action}`);
  let state = visitState(chosen);
  for (const step of ['check-conditions', 'announce-visit', 'slew-telescope', 'configure-instrument'] as const) {
    state = visitState(await invoke(step, state));
  }
  return invoke('finish-observation', await expose(state));
}

export const planReduction = (cursor = 0, executionName = 'first'): Promise<any> =>
  invoke('plan-reduction', { nightId: 'test-night', cursor, executionName });

/** Every frame of the blocks of a plan as a step of its own. */
export const reduceSteps = (planned: any): any[] =>
  planned.blocks.flatMap(({ association, frames }: any) =>
    frames.map((exposureId: string) => ({ nightId: 'test-night', association, exposureId })),
  );

/** Reduces as the machine does; what the last look at the plan gives. */
export async function reduce(executionName = 'first'): Promise<any> {
  let at = await planReduction(0, executionName);
  while (at.action === 'reduce') {
    for (const each of reduceSteps(at)) await invoke('reduce-frame', each);
    at = await planReduction(at.cursor, executionName);
  }
  return at;
}

/** Reduced frames on record, in order. */
export const reducedOf = (world: World): any[] =>
  world.tables
    .items('nights')
    .filter(({ item }) => item.startsWith('reduced#'))
    .sort((a, b) => (a.item < b.item ? -1 : 1));
