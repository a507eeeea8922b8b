import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { MachineName } from '../../core/names.ts';
import { ROOT } from '../place.ts';

interface Catcher {
  ErrorEquals: string[];
  Next: string;
}

/** A state machine as far as its errors go; the rest of a state is anything. */
export interface Definition {
  States: Record<string, State>;
}
type State = { Catch?: Catcher[]; ItemProcessor?: Definition; Error?: string } & Record<string, unknown>;

const TIMEOUT = 'States.Timeout';

/** The definition on disk, before substitution. */
export const definitionOf = (machine: MachineName): Definition =>
  JSON.parse(readFileSync(path.join(ROOT, `statemachines/${machine}.asl.json`), 'utf8')) as Definition;

/** A state and the Map that it is in, if any. Names of states are unique in a machine. */
interface Place {
  state: State;
  within: string | undefined;
}

function placesOf({ States }: Definition, within?: string): [string, Place][] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, { state, within }],
    ...(state.ItemProcessor ? placesOf(state.ItemProcessor, name) : []),
  ]);
}

/** Every Catch of a machine, those inside its Maps too: `night.OpenNight: InvalidNight, NightConflict`. */
export const catchesOf = (machine: MachineName): string[] =>
  placesOf(definitionOf(machine)).flatMap(([name, { state }]) =>
    (state.Catch ?? []).map((each) => nameOf(machine, name, each)),
  );

/** Every Catch that an execution has taken, by its history, in the order in which it took them. */
export function catchesTakenIn(machine: MachineName, events: readonly HistoryEvent[]): string[] {
  const places = new Map(placesOf(definitionOf(machine)));
  const byId = new Map(events.map((event) => [event.id, event]));
  return events.flatMap((event) => {
    const entered = event.stateEnteredEventDetails?.name;
    if (entered === undefined) return [];
    const from = failedBefore(event, places.get(entered)!.within, places, byId);
    const found = from && places.get(from.name)!.state.Catch?.find((each) => isFor(each, from.error));
    return found?.Next === entered ? [nameOf(machine, from!.name, found)] : [];
  });
}

/** The state whose error led to an event, and the error: iterations of a Map run side by side, so each event is traced back. */
function failedBefore(
  event: HistoryEvent,
  within: string | undefined,
  places: ReadonlyMap<string, Place>,
  byId: ReadonlyMap<number | undefined, HistoryEvent>,
): { name: string; error: string } | undefined {
  let error: string | undefined;
  for (let at = byId.get(event.previousEventId); at; at = byId.get(at.previousEventId)) {
    const name = at.stateEnteredEventDetails?.name;
    if (name !== undefined) {
      const { state, within: inside } = places.get(name)!;
      if (inside === within) return error === undefined ? undefined : { name, error };
      if (name === within) return undefined;
      // Inside of a Map that failed.
      error ??= state.Error;
    } else if (at.type === 'TaskFailed') error ??= at.taskFailedEventDetails!.error!;
    else if (at.type === 'TaskTimedOut') error ??= TIMEOUT;
    else if (error === undefined && (at.type === 'TaskSucceeded' || at.type === 'MapStateSucceeded')) return undefined;
  }
  return undefined;
}

const nameOf = (machine: MachineName, state: string, { ErrorEquals }: Catcher): string =>
  `${machine}.${state}: ${ErrorEquals.join(', ')}`;

/** Whether a Catch is for an error: by its name, or by one of the States Language's names for many. */
const isFor = ({ ErrorEquals }: Catcher, error: string): boolean =>
  ErrorEquals.some(
    (each) => each === error || each === 'States.ALL' || (each === 'States.TaskFailed' && error !== TIMEOUT),
  );
