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
  States: Record<string, { Catch?: Catcher[] } & Record<string, unknown>>;
}

const TIMEOUT = 'States.Timeout';

/** The definition on disk, before substitution. */
export const definitionOf = (machine: MachineName): Definition =>
  JSON.parse(readFileSync(path.join(ROOT, `statemachines/${machine}.asl.json`), 'utf8')) as Definition;

/** Every Catch of a machine: `night.OpenNight: InvalidNight, NightConflict`. */
export const catchesOf = (machine: MachineName): string[] =>
  Object.entries(definitionOf(machine).States).flatMap(([state, { Catch = [] }]) =>
    Catch.map((each) => nameOf(machine, state, each)),
  );

/** Every Catch that an execution has taken, by its history, in the order in which it took them. */
export function catchesTakenIn(machine: MachineName, events: readonly HistoryEvent[]): string[] {
  const { States } = definitionOf(machine);
  const taken: string[] = [];
  let state = '';
  let error: string | undefined;
  for (const event of events) {
    const entered = event.stateEnteredEventDetails?.name;
    if (entered !== undefined) {
      const failed = error;
      const found = failed === undefined ? undefined : States[state].Catch?.find((each) => isFor(each, failed));
      if (found?.Next === entered) taken.push(nameOf(machine, state, found));
      [state, error] = [entered, undefined];
    }
    if (event.type === 'TaskFailed') error = event.taskFailedEventDetails!.error!;
    else if (event.type === 'TaskTimedOut') error = TIMEOUT;
    else if (event.type === 'TaskSucceeded') error = undefined;
  }
  return taken;
}

const nameOf = (machine: MachineName, state: string, { ErrorEquals }: Catcher): string =>
  `${machine}.${state}: ${ErrorEquals.join(', ')}`;

/** Whether a Catch is for an error: by its name, or by one of the States Language's names for many. */
const isFor = ({ ErrorEquals }: Catcher, error: string): boolean =>
  ErrorEquals.some(
    (each) => each === error || each === 'States.ALL' || (each === 'States.TaskFailed' && error !== TIMEOUT),
  );
