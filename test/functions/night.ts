import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BUCKET, invoke, type World } from './world.ts';

export const OWNER = 'arn:aws:states:us-east-1:000000000000:execution:night:test-night-r1';
export const NIGHT_ID = 'test-night';
export const DAY_OBS = 20261121;
/** M31 stands high and it is dark. */
export const DARK = '2026-11-21T22:00:00.000Z';

type Change = (value: any) => void;
const unchanged: Change = () => {};

/** The default observatory with a chip of 64 x 64 pixels, under a sky that is always clear and never unsafe. */
export function observatory(change: Change = unchanged): any {
  const value = JSON.parse(readFileSync(new URL('../../observatories/la-palma.json', import.meta.url), 'utf8'));
  value.camera.widthPix = 64;
  value.camera.heightPix = 64;
  value.climate.clearShare = 1;
  delete value.climate.seasons;
  delete value.calibration;
  value.safety.humidityMaxPercent = 100;
  value.safety.windMaxMPerS = 100;
  change(value);
  return value;
}

/** Weather that keeps the dome closed at any time: no wind is as slow as that. */
export const unsafe: Change = (value) => {
  value.safety.windMaxMPerS = 1e-9;
};

/** M31 with two frames in g, the second dithered, and one in r, 60 s each. */
export function programme(change: Change = unchanged): any {
  const value = {
    id: 'small',
    name: 'A small programme',
    requests: [
      {
        id: 'm31',
        target: { name: 'M31', raDeg: 10.6847, decDeg: 41.2688 },
        exposures: [
          { filter: 'g', exposureTimeS: 60, count: 2 },
          { filter: 'r', exposureTimeS: 60, count: 1 },
        ],
        dither: { pattern: 'box', stepArcsec: 20 },
        constraints: { moonSeparationMinDeg: 5 },
      },
    ],
  };
  change(value);
  return value;
}

/** Stores a file of a night's input under a name made from its content. */
export function storeInput(world: World, kind: string, value: unknown): { bucket: string; key: string } {
  const text = JSON.stringify(value);
  const key = `nights/${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.json`;
  world.objects.set(key, Buffer.from(text));
  return { bucket: BUCKET, key };
}

interface Changes {
  observatory?: Change;
  programme?: Change;
  input?: Record<string, unknown>;
}

/** Input of a night, its files stored. */
export function nightInput(world: World, changes: Changes = {}): any {
  return {
    nightId: NIGHT_ID,
    dayObs: DAY_OBS,
    seed: 7,
    campaign: 'test',
    observatory: storeInput(world, 'observatory', observatory(changes.observatory)),
    programme: storeInput(world, 'programme', programme(changes.programme)),
    mode: { kind: 'simulated' },
    faults: {},
    ...changes.input,
  };
}

/** Opens a night as the night's machine does; the state that it gives to the first segment. */
export async function openNight(world: World, changes: Changes = {}): Promise<any> {
  world.executions.set(OWNER, 'RUNNING');
  const { action: _, ...state } = await invoke('open-night', {
    input: nightInput(world, changes),
    executionArn: OWNER,
  });
  return state;
}

/** Asks for a decision as a segment does that began at decision 0. */
export const choose = (state: any, more: Record<string, unknown> = {}): Promise<any> =>
  invoke('choose-next', {
    night: state.night,
    sequence: state.sequence,
    now: state.now,
    telescope: state.telescope,
    segmentBegin: 0,
    ...more,
  });

/** The payload of the steps of a visit, from what the step before gave back. */
export const visitState = ({ night, sequence, now, telescope, visit }: any): any => ({
  night,
  sequence,
  now,
  telescope,
  visit,
});

/** A visit that is decided, from a night at `now` on. */
export async function chosenVisit(world: World, changes: Changes & { now?: string } = {}): Promise<any> {
  const opened = await openNight(world, changes);
  const chosen = await choose({ ...opened, now: changes.now ?? DARK });
  if (chosen.action !== 'observe') throw new Error(`no visit was chosen, but ${chosen.action}`);
  return visitState(chosen);
}

/** A visit that was announced, with the telescope on its target and the first filter in the beam. */
export async function visitAtFirstFrame(world: World, changes: Changes & { now?: string } = {}): Promise<any> {
  let state = await chosenVisit(world, changes);
  for (const step of ['check-conditions', 'announce-visit', 'slew-telescope', 'configure-instrument'] as const) {
    state = visitState(await invoke(step, state));
  }
  return state;
}

/** Takes frames as the machine does until the visit is at its end, or has taken so many. */
export async function expose(state: any, frames = Number.POSITIVE_INFINITY): Promise<any> {
  let at = state;
  while (at.visit.nextStep !== 'finish' && at.visit.taken < frames) {
    at = visitState(await invoke(at.visit.nextStep === 'expose' ? 'expose-frame' : 'configure-instrument', at));
  }
  return at;
}

/** Events of the night in order. */
export const events = (world: World): any[] =>
  world.tables
    .items('nights')
    .filter(({ item }) => item.startsWith('event#'))
    .sort((a, b) => (a.item < b.item ? -1 : 1));

export const request = (world: World, id = 'm31'): any => world.tables.item('requests', `test.${id}`);
export const statuses = (world: World, id = 'm31'): string[] =>
  request(world, id).history.map((each: any) => each.status);

/** Seconds between two instants. */
export const secondsBetween = (begin: string, end: string): number => (Date.parse(end) - Date.parse(begin)) / 1000;

/** An operator's wish, as the command line writes it. */
export function askToHalt(world: World): void {
  world.tables.item('nights', NIGHT_ID, 'night').haltRequested = true;
}
