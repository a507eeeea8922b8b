import { type Bindings, compare, type Difference } from './compare.ts';

interface Event {
  id?: unknown;
  previousEventId?: unknown;
  type: string;
  [details: string]: unknown;
}

/** Events that end what several branches or items ran. */
const joins = new Set([
  'ParallelStateSucceeded',
  'ParallelStateFailed',
  'ParallelStateAborted',
  'MapStateSucceeded',
  'MapStateFailed',
  'MapStateAborted',
]);
const forks: Record<string, string> = { Parallel: 'ParallelStateStarted', Map: 'MapStateStarted' };

/**
 * Compares a history with the recorded one, event by event. Branches of a Parallel state and items of a Map state run side by side, so
 * that AWS writes their events in an order that is another each time: a history that differs by that order alone is the same.
 */
export function compareHistory(recorded: Event[], actual: Event[], bindings: Bindings, path: string): Difference[] {
  const expected = recorded.map(written);
  if (expected.some(({ id }) => typeof id !== 'number')) return compareBags(expected, actual, bindings, path);
  const trial = new Map(bindings);
  const differences = compare(expected, actual, trial, path);
  const forked = expected.some(({ type }) => /^(Parallel|Map)StateStarted$/.test(type));
  if (differences.length > 0 && forked && expected.length === actual.length) {
    const unordered = new Map(bindings);
    if (sameTree(expected, actual, unordered)) return keep(unordered, bindings, []);
  }
  return keep(trial, bindings, differences);
}

function keep(trial: Bindings, bindings: Bindings, differences: Difference[]): Difference[] {
  for (const [name, value] of trial) bindings.set(name, value);
  return differences;
}

/** An event with what every recorded event has, which the case files leave out: its moment, and that nothing of it is cut. */
function written(event: Event): Event {
  const whole: Event = { ...event, timestamp: 'timestamp' };
  for (const [name, value] of Object.entries(event)) {
    if (!name.endsWith('EventDetails')) continue;
    const details = { ...(value as Record<string, unknown>) };
    for (const data of ['input', 'output']) {
      if (!(data in details)) continue;
      if (details[`${data}Details`] === null) details[`${data}Details`] = undefined;
      else details[`${data}Details`] ??= { truncated: false };
    }
    whole[name] = Object.fromEntries(Object.entries(details).filter(([, member]) => member !== undefined));
  }
  return whole;
}

/** Without the numbers and the order: some recordings blank them within a Parallel state, and leave out how it ended. */
function compareBags(expected: Event[], actual: Event[], bindings: Bindings, path: string): Difference[] {
  const left = actual.map(unnumbered);
  const missing = expected.filter((event) => {
    const index = left.findIndex((other) => unify(unnumbered(event), other, bindings));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const differences = missing.flatMap((event, index) => {
    const at = `${path}{${event.type} ${index}}`;
    const nearest = left.findIndex(({ type }) => type === event.type);
    if (nearest < 0) return [{ path: at, aws: event, engine: undefined }];
    return compare(unnumbered(event), left.splice(nearest, 1)[0], new Map(bindings), at);
  });
  const extra = left.filter(({ type }) => !/^ParallelState/.test(type));
  return [...differences, ...extra.map((event) => ({ path: `${path}{${event.type}}`, aws: undefined, engine: event }))];
}

function unnumbered({ id: _id, previousEventId: _previous, ...rest }: Event): Event {
  return rest as Event;
}

/** Whether two events are the same; binds placeholders if so. */
function unify(expected: Event, actual: Event, bindings: Bindings): boolean {
  const trial = new Map(bindings);
  if (expected.type !== actual.type || compare(expected, actual, trial, '').length > 0) return false;
  for (const [name, value] of trial) bindings.set(name, value);
  return true;
}

interface Node {
  event: Event;
  children: Node[];
}

/** Whether the events are the same, each after the same one. */
function sameTree(expected: Event[], actual: Event[], bindings: Bindings): boolean {
  return sameChildren(treeOf(expected), treeOf(actual), bindings);
}

function sameChildren(expected: Node[], actual: Node[], bindings: Bindings): boolean {
  if (expected.length !== actual.length) return false;
  const left = [...actual];
  return expected.every((node) => {
    const index = left.findIndex((other) => {
      const trial = new Map(bindings);
      if (!unify(unnumbered(node.event), unnumbered(other.event), trial)) return false;
      if (!sameChildren(node.children, other.children, trial)) return false;
      for (const [name, value] of trial) bindings.set(name, value);
      return true;
    });
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

function treeOf(events: Event[]): Node[] {
  const nodes = new Map<unknown, Node>();
  const roots: Node[] = [];
  for (const event of events) {
    const node: Node = { event, children: [] };
    const before = nodes.get(joins.has(event.type) ? forkOf(event, events) : event.previousEventId);
    (before ? before.children : roots).push(node);
    nodes.set(event.id, node);
  }
  return roots;
}

/** The event that began what a join ends: whichever branch was last, it is the same one. */
function forkOf(join: Event, events: Event[]): unknown {
  const fork = forks[/^[A-Z][a-z]+/.exec(join.type)![0]];
  const byId = new Map(events.map((event) => [event.id, event]));
  let open = 1;
  for (let at = byId.get(join.previousEventId); at; at = byId.get(at.previousEventId)) {
    if (joins.has(at.type) && at.type.startsWith(join.type.slice(0, 3))) open += 1;
    if (at.type === fork) open -= 1;
    if (open === 0) return at.id;
  }
  return join.previousEventId;
}
