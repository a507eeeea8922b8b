import { compileCondition } from './choice.ts';
import type {
  ChoiceState,
  FailState,
  Flow,
  MapState,
  ParallelState,
  PassState,
  State,
  TaskState,
  WaitState,
  WorkStateBase,
} from './definition.ts';
import {
  assignField,
  nullablePath,
  numberOrPath,
  objectList,
  pathField,
  refuseOthers,
  resultPathField,
  type Source,
  stringField,
  templateField,
} from './fields.ts';
import { catchersOf, retriersOf } from './handlers.ts';
import type { Expression } from './intrinsics.ts';
import { taskResource } from './resources.ts';
import { compileExpression } from './templates.ts';
import { parseTimestamp } from './timestamps.ts';
import { isObject } from './values.ts';

const ANY = ['Type', 'Comment', 'QueryLanguage'];
const PATHS = [...ANY, 'InputPath', 'OutputPath'];
const STEP = [...PATHS, 'Next', 'End', 'Assign'];
const WORK = [...STEP, 'Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];

/** Fields of each state type that this engine runs (JSONPath). */
const FIELDS: Record<string, ReadonlySet<string>> = {
  Pass: new Set([...STEP, 'Parameters', 'Result', 'ResultPath']),
  Task: new Set([...WORK, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath']),
  Choice: new Set([...PATHS, 'Assign', 'Choices', 'Default']),
  Wait: new Set([...STEP, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath']),
  Succeed: new Set(PATHS),
  Fail: new Set([...ANY, 'Error', 'ErrorPath', 'Cause', 'CausePath']),
  Parallel: new Set([...WORK, 'Branches']),
  Map: new Set([
    ...WORK,
    'ItemsPath',
    'ItemSelector',
    'ItemProcessor',
    'Iterator',
    'MaxConcurrency',
    'MaxConcurrencyPath',
  ]),
};

/** Longest time in seconds that a field can state. */
const LONGEST_S = 99_999_999;

type CompileFlow = (source: Source) => Flow | undefined;

/**
 * Compiles one state; reports its problems and returns undefined when there is too little to go on.
 * @param compileFlow compiles the states inside a Parallel or Map state
 */
export function compileState(name: string, source: Source, compileFlow: CompileFlow): State | undefined {
  const { json, location, diagnostics } = source;
  const type = json.Type;
  const allowed = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  if (!allowed) {
    diagnostics.add(
      `${location}/Type`,
      `The field 'Type' should have one of these values: [${Object.keys(FIELDS).join(', ')}], got ${JSON.stringify(type)}`,
    );
    return undefined;
  }
  refuseOthers(source, allowed, `a ${type} state`);
  const base = {
    name,
    inputPath: nullablePath(source, 'InputPath'),
    outputPath: nullablePath(source, 'OutputPath'),
    assign: assignField(source),
    next: nextOf(source, allowed),
  };
  switch (type as State['type']) {
    case 'Pass':
      return { ...base, ...passFields(source), type: 'Pass' };
    case 'Wait':
      return { ...base, ...waitFields(source), type: 'Wait' };
    case 'Choice':
      return { ...base, ...choiceFields(source), type: 'Choice' };
    case 'Succeed':
      return { ...base, type: 'Succeed' };
    case 'Fail':
      return { ...base, ...failFields(source), type: 'Fail' };
    case 'Task': {
      const fields = taskFields(source);
      return fields && { ...base, ...workFields(source), ...fields, type: 'Task' };
    }
    case 'Parallel':
      return { ...base, ...workFields(source), ...parallelFields(source, compileFlow), type: 'Parallel' };
    case 'Map': {
      const fields = mapFields(source, compileFlow);
      return fields && { ...base, ...workFields(source), ...fields, type: 'Map' };
    }
  }
}

type Own<S> = Omit<S, keyof WorkStateBase | 'type'>;

function nextOf(source: Source, allowed: ReadonlySet<string>): string | undefined {
  if (!allowed.has('Next')) return undefined;
  const { json, location, diagnostics } = source;
  const next = stringField(source, 'Next');
  if (json.End !== undefined && typeof json.End !== 'boolean') {
    diagnostics.add(`${location}/End`, 'Expected value of type Boolean');
  }
  if ((next !== undefined) === (json.End === true)) {
    diagnostics.add(location, "Exactly one of the fields 'Next' and 'End': true must be given");
  }
  return next;
}

function passFields(source: Source): Own<PassState> & Pick<PassState, 'resultPath'> {
  return {
    parameters: templateField(source, 'Parameters'),
    result: source.json.Result,
    resultPath: resultPathField(source),
  };
}

function waitFields(source: Source): Own<WaitState> {
  const { json, location, diagnostics } = source;
  const given = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'].filter((name) => json[name] !== undefined);
  if (given.length !== 1) {
    diagnostics.add(
      location,
      `A Wait state must have exactly one of [Seconds, SecondsPath, Timestamp, TimestampPath], got [${given.join(', ')}]`,
    );
  }
  const timestamp = stringField(source, 'Timestamp');
  const timestampMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (timestamp !== undefined && timestampMs === undefined) {
    diagnostics.add(`${location}/Timestamp`, 'String does not match RFC3339 timestamp');
  }
  return {
    seconds: numberOrPath(source, 'Seconds', { minimum: 0, maximum: LONGEST_S }),
    timestampMs,
    timestampPath: pathField(source, 'TimestampPath', { definite: true }),
  };
}

function choiceFields(source: Source): Own<ChoiceState> {
  const { location, diagnostics } = source;
  const rules = objectList(source, 'Choices');
  if (rules.length === 0) diagnostics.add(location, "'Choices' must be a non-empty array of choice rules");
  return {
    rules: rules.map((rule) => {
      const next = stringField(rule, 'Next');
      if (next === undefined) diagnostics.add(rule.location, 'These fields are required: [Next]');
      return {
        condition: compileCondition(rule.json, rule.location, (where, message) => diagnostics.add(where, message)),
        next: next ?? '',
        assign: assignField(rule),
      };
    }),
    otherwise: stringField(source, 'Default'),
  };
}

function failFields(source: Source): Own<FailState> {
  return { error: failText(source, 'Error'), cause: failText(source, 'Cause') };
}

function failText(source: Source, name: string): Expression | undefined {
  const { json, location, diagnostics } = source;
  const literal = stringField(source, name);
  const path = stringField(source, `${name}Path`);
  if (json[name] !== undefined && json[`${name}Path`] !== undefined) {
    diagnostics.add(location, `Only one of the fields '${name}' and '${name}Path' can be given`);
  }
  if (literal !== undefined) return () => literal;
  if (path === undefined) return undefined;
  try {
    return compileExpression(path, `${name}Path`);
  } catch (cause) {
    diagnostics.add(`${location}/${name}Path`, (cause as Error).message);
    return undefined;
  }
}

function workFields(source: Source): Pick<WorkStateBase, 'resultSelector' | 'resultPath' | 'retriers' | 'catchers'> {
  return {
    resultSelector: templateField(source, 'ResultSelector'),
    resultPath: resultPathField(source),
    retriers: retriersOf(source),
    catchers: catchersOf(source),
  };
}

function taskFields(source: Source): Own<TaskState> | undefined {
  const resource = taskResource(source);
  const parameters = templateField(source, 'Parameters');
  const timeoutS = numberOrPath(source, 'TimeoutSeconds', { minimum: 1, maximum: LONGEST_S });
  return resource && { resource, parameters, timeoutS };
}

function parallelFields(source: Source, compileFlow: CompileFlow): Own<ParallelState> {
  const branches = objectList(source, 'Branches');
  if (branches.length === 0) source.diagnostics.add(source.location, "'Branches' must be a non-empty array");
  const allowed = new Set(['Comment', 'StartAt', 'States']);
  return {
    parameters: templateField(source, 'Parameters'),
    branches: branches.flatMap((branch) => {
      refuseOthers(branch, allowed, 'a branch');
      return compileFlow(branch) ?? [];
    }),
  };
}

function mapFields(source: Source, compileFlow: CompileFlow): Own<MapState> | undefined {
  const { json, location, diagnostics } = source;
  for (const [current, legacy] of [
    ['ItemProcessor', 'Iterator'],
    ['ItemSelector', 'Parameters'],
  ] as const) {
    if (json[current] !== undefined && json[legacy] !== undefined) {
      diagnostics.add(location, `Only one of the fields '${current}' and '${legacy}' can be given`);
    }
  }
  const field = json.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
  const processor = json[field];
  if (!isObject(processor)) {
    diagnostics.add(location, "'ItemProcessor' must be an object with StartAt and States");
    return undefined;
  }
  const inner = { json: processor, location: `${location}/${field}`, diagnostics };
  refuseOthers(inner, new Set(['Comment', 'StartAt', 'States', 'ProcessorConfig']), 'an item processor');
  refuseDistributed(inner);
  const flow = compileFlow(inner);
  const items = {
    itemsPath: pathField(source, 'ItemsPath'),
    itemSelector: templateField(source, 'ItemSelector') ?? templateField(source, 'Parameters'),
    maxConcurrency: numberOrPath(source, 'MaxConcurrency', { minimum: 0, maximum: LONGEST_S }),
  };
  return flow && { ...items, processor: flow };
}

/** Only inline item processors run in this engine. */
function refuseDistributed({ json, location, diagnostics }: Source): void {
  const config = json.ProcessorConfig;
  if (config === undefined) return;
  const mode = isObject(config) ? config.Mode : config;
  if (mode !== undefined && mode !== 'INLINE') {
    diagnostics.add(
      `${location}/ProcessorConfig/Mode`,
      `The mode ${JSON.stringify(mode)} is not supported. Supported: INLINE`,
    );
  }
}
