import { parseJson } from '../json.ts';
import { compileState } from './compile-states.ts';
import type { Catcher, Definition, Diagnostic, Diagnostics, Flow, QueryLanguage, State } from './definition.ts';
import {
  MISSING_END_STATE,
  MISSING_TRANSITION_TARGET,
  newDiagnostics,
  SCHEMA_VALIDATION_FAILED,
} from './definition.ts';
import { numberField, refuseOthers, type Source } from './fields.ts';
import { jsonProblem } from './json-problem.ts';
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
  /** The language of the machine: states inherit it at any depth, whatever the state around them says. */
  language: QueryLanguage;
}

/**
 * Compiles a state machine definition. All problems are reported at once; what this engine does not run is one of them.
 * @param text the definition as JSON
 */
export function compileDefinition(text: string): Compiled {
  const broken = (code: string, message: string, location?: string): Compiled => ({
    definition: undefined,
    diagnostics: [{ severity: 'ERROR', code, message, ...(location === undefined ? {} : { location }) }],
  });
  if (Buffer.byteLength(text) > DEFINITION_LIMIT_BYTES) {
    return broken(SCHEMA_VALIDATION_FAILED, `Definition must not be larger than ${DEFINITION_LIMIT_BYTES} bytes`);
  }
  let json: unknown;
  try {
    json = text.trim() === '' ? undefined : parseJson(text);
  } catch (cause) {
    const { message, location } = jsonProblem(text, (cause as Error).message);
    if (location === undefined) return broken('INVALID_JSON_DESCRIPTION', message);
    return broken('INVALID_JSON_DESCRIPTION', `${message}\n at ${location}`, location);
  }
  if (!isObject(json)) return broken(SCHEMA_VALIDATION_FAILED, 'Definition must be a valid JSON object');
  const diagnostics = newDiagnostics();
  const whole = { json, location: '', diagnostics, stateLocation: '' };
  const source: Source = { ...whole, language: languageOf(whole, 'JSONPath') };
  refuseOthers({ ...source, location: '/' }, MACHINE_FIELDS);
  if (json.Version !== undefined && json.Version !== '1.0') diagnostics.add('/Version', "Value must be '1.0'");
  const timeoutS = numberField(source, 'TimeoutSeconds', { minimum: 1, maximum: 99_999_999 });
  const flow = compileFlow(source, { states: new Set(), outerVariables: new Set(), language: source.language });
  if (flow && diagnostics.found.length === 0) return { definition: { flow, timeoutS }, diagnostics: [] };
  return { definition: undefined, diagnostics: diagnostics.found };
}

/**
 * The language of a machine or a state; reports a name that is none.
 * @param inherited what holds when the field is absent
 */
function languageOf(
  { json, location, diagnostics }: Omit<Source, 'language'>,
  inherited: QueryLanguage,
): QueryLanguage {
  const language = json.QueryLanguage;
  if (language === undefined) return inherited;
  if (language !== 'JSONPath' && language !== 'JSONata') {
    diagnostics.add(
      `${location}/QueryLanguage`,
      "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]",
    );
  }
  return language === 'JSONPath' ? 'JSONPath' : 'JSONata';
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
  const innerNames: Names = { ...names, outerVariables: new Set([...names.outerVariables, ...assigned]) };
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
    const own = { json: stateJson, location: where, diagnostics, stateLocation: where };
    const language = languageOf(own, names.language);
    if (language === 'JSONPath' && names.language === 'JSONata') {
      diagnostics.add(where, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
    }
    const state = compileState(name, { ...own, language }, (inner) => compileFlow(inner, innerNames));
    if (state) states.set(name, state);
    else complete = false;
  }
  // States that could not be compiled would show up once more as missing targets.
  if (complete) checkTransitions(startAt, states, location, diagnostics);
  return { startAt, states };
}

/**
 * The variables that the states of one flow assign, in their own Assign fields and in those of choice rules. Those of catchers do
 * not count: AWS takes a branch that assigns a variable of the catcher around it.
 */
function assignedNames(states: JsonObject): Set<string> {
  const assigned = new Set<string>();
  for (const state of Object.values(states).filter(isObject)) {
    const rules = Array.isArray(state.Choices) ? state.Choices.filter(isObject) : [];
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
  diagnostics: Diagnostics,
): void {
  const check = (name: string, where: string) => {
    // AWS says 'Next' for every field that leads to a state.
    if (!states.has(name)) diagnostics.add(where, `Missing 'Next' target: ${name}`, MISSING_TRANSITION_TARGET);
  };
  check(startAt, `${location}/StartAt`);
  for (const state of states.values()) {
    for (const [target, field] of targetsOf(state)) check(target, `${location}/States/${state.name}/${field}`);
  }
  if (states.size > 0 && ![...states.values()].some(isTerminal)) {
    diagnostics.add(undefined, 'Workflow has no terminal state', MISSING_END_STATE);
    return;
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

function isTerminal({ type, next }: State): boolean {
  return type !== 'Choice' && next === undefined;
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
