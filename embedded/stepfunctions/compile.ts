import { compileState } from './compile-states.ts';
import type { Catcher, Definition, Diagnostic, Flow, State } from './definition.ts';
import { MISSING_TRANSITION_TARGET, newDiagnostics, SCHEMA_VALIDATION_FAILED } from './definition.ts';
import { numberField, refuseOthers, type Source } from './fields.ts';
import { isObject, type JsonObject } from './values.ts';

/** Largest definition in bytes of UTF-8 (AWS quota: 1 MiB). */
const DEFINITION_LIMIT_BYTES = 1_048_576;

const MACHINE_FIELDS = new Set(['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage']);

/** A definition ready to run, or why it cannot be. */
export type Compiled =
  | { definition: Definition; diagnostics: [] }
  | { definition: undefined; diagnostics: Diagnostic[] };

/** Names seen so far while a machine is compiled. */
export interface Names {
  /** State names, unique in a whole machine. */
  states: Set<string>;
  /** Variables that the surrounding flows assign. */
  outerVariables: Set<string>;
}

/**
 * Compiles a state machine definition. All problems are reported at once; what this engine does not run is one of them.
 * @param text the definition as JSON
 */
export function compileDefinition(text: string): Compiled {
  const broken = (code: string, message: string): Compiled => ({
    definition: undefined,
    diagnostics: [{ severity: 'ERROR', code, message }],
  });
  if (Buffer.byteLength(text) > DEFINITION_LIMIT_BYTES) {
    return broken(SCHEMA_VALIDATION_FAILED, `Definition must not be larger than ${DEFINITION_LIMIT_BYTES} bytes`);
  }
  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    return broken('INVALID_JSON_DESCRIPTION', (cause as Error).message);
  }
  if (!isObject(json)) return broken(SCHEMA_VALIDATION_FAILED, 'Definition must be a valid JSON object');
  const diagnostics = newDiagnostics();
  const source: Source = { json, location: '', diagnostics };
  refuseOthers({ ...source, location: '/' }, MACHINE_FIELDS, 'a state machine');
  refuseQueryLanguage(source);
  if (json.Version !== undefined && json.Version !== '1.0') diagnostics.add('/Version', "Value must be '1.0'");
  const timeoutS = numberField(source, 'TimeoutSeconds', { minimum: 1, maximum: 99_999_999 });
  const flow = compileFlow(source, { states: new Set(), outerVariables: new Set() });
  if (flow && diagnostics.found.length === 0) return { definition: { flow, timeoutS }, diagnostics: [] };
  return { definition: undefined, diagnostics: diagnostics.found };
}

/** Reports the query language JSONata, which this engine does not evaluate. */
export function refuseQueryLanguage({ json, location, diagnostics }: Source): void {
  const language = json.QueryLanguage;
  if (language !== undefined && language !== 'JSONPath') {
    diagnostics.add(
      `${location}/QueryLanguage`,
      `The query language ${JSON.stringify(language)} is not supported. Supported: JSONPath`,
    );
  }
}

/** Compiles StartAt and States of a machine, a branch or an item processor, and checks that every transition leads somewhere. */
export function compileFlow(source: Source, names: Names): Flow | undefined {
  const { json, location, diagnostics } = source;
  const here = location || '/';
  const missing = ['States', 'StartAt'].filter((name) => json[name] === undefined);
  if (missing.length > 0) diagnostics.add(here, `These fields are required: [${missing.join(', ')}]`);
  const { StartAt: startAt, States: stateSources } = json;
  if (missing.length > 0 || typeof startAt !== 'string' || !isObject(stateSources)) {
    if (missing.length === 0) diagnostics.add(here, "'StartAt' must be a string and 'States' an object");
    return undefined;
  }
  const assigned = assignedNames(stateSources);
  for (const name of assigned) {
    if (names.outerVariables.has(name)) {
      diagnostics.add(here, `The variable '${name}' is already assigned in an outer scope`);
    }
  }
  const innerNames: Names = { states: names.states, outerVariables: new Set([...names.outerVariables, ...assigned]) };
  const states = new Map<string, State>();
  let complete = true;
  for (const [name, stateJson] of Object.entries(stateSources)) {
    const where = `${location}/States/${name}`;
    if (name.length > 80 || name === '') diagnostics.add(where, 'A state name must have 1 to 80 characters');
    if (names.states.has(name)) diagnostics.add(where, `Duplicate State name: ${name}`);
    names.states.add(name);
    if (!isObject(stateJson)) {
      diagnostics.add(where, 'Expected value of type Object');
      continue;
    }
    refuseQueryLanguage({ json: stateJson, location: where, diagnostics });
    const state = compileState(name, { json: stateJson, location: where, diagnostics }, (inner) =>
      compileFlow(inner, innerNames),
    );
    if (state) states.set(name, state);
    else complete = false;
  }
  // States that could not be compiled would show up once more as missing targets.
  if (complete) checkTransitions(startAt, states, location, source);
  return { startAt, states };
}

/** The variables that the states of one flow assign, in their own Assign fields and in those of their catchers and choice rules. */
function assignedNames(states: JsonObject): Set<string> {
  const assigned = new Set<string>();
  for (const state of Object.values(states).filter(isObject)) {
    const rules = [state.Catch, state.Choices].flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
    for (const { Assign: assign } of [state, ...rules]) {
      if (!isObject(assign)) continue;
      for (const key of Object.keys(assign)) assigned.add(key.endsWith('.$') ? key.slice(0, -2) : key);
    }
  }
  return assigned;
}

function checkTransitions(
  startAt: string,
  states: Map<string, State>,
  location: string,
  { diagnostics }: Source,
): void {
  const missing = (name: string, field: string, where: string) => {
    if (states.has(name)) return;
    diagnostics.add(where, `Missing '${field}' target: ${name}`, MISSING_TRANSITION_TARGET);
  };
  missing(startAt, 'StartAt', `${location}/StartAt`);
  for (const state of states.values()) {
    for (const [target, field] of targetsOf(state)) missing(target, field, `${location}/States/${state.name}/${field}`);
  }
  const reached = new Set<string>();
  const waiting = [startAt];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const state = states.get(name);
    if (!state || reached.has(name)) continue;
    reached.add(name);
    waiting.push(...targetsOf(state).map(([target]) => target));
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) {
      diagnostics.add(`${location}/States/${name}`, `State "${name}" is not reachable.`, MISSING_TRANSITION_TARGET);
    }
  }
}

function targetsOf(state: State): [target: string, field: string][] {
  const targets: [string, string][] = state.next === undefined ? [] : [[state.next, 'Next']];
  if (state.type === 'Choice') {
    for (const [index, rule] of state.rules.entries()) targets.push([rule.next, `Choices[${index}]/Next`]);
    if (state.otherwise !== undefined) targets.push([state.otherwise, 'Default']);
  }
  const catchers: Catcher[] = 'catchers' in state ? state.catchers : [];
  for (const [index, catcher] of catchers.entries()) targets.push([catcher.next, `Catch[${index}]/Next`]);
  return targets;
}
