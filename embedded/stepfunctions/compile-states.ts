import { type Condition, compileCondition } from './choice.ts';
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
import { distributionOf } from './distributed-map/definition.ts';
import {
  assignField,
  nullablePath,
  numberOrPath,
  objectList,
  pathField,
  payloadField,
  queryField,
  refuseOthers,
  resultPathField,
  type Source,
  stringField,
  templateField,
  typedQueryField,
} from './fields.ts';
import { catchersOf, retriersOf } from './handlers.ts';
import type { Expression } from './intrinsics.ts';
import { isExpression } from './queries.ts';
import { taskResource } from './resources.ts';
import { checkFields, hasField, STATE_TYPES } from './state-fields.ts';
import { compileExpression } from './templates.ts';
import { parseTimestamp } from './timestamps.ts';
import { isObject } from './values.ts';

/** Longest time in seconds that a field can state. */
const LONGEST_S = 99_999_999;

const BRANCH = new Set(['Comment', 'StartAt', 'States']);
const PROCESSOR = new Set([...BRANCH, 'ProcessorConfig']);
const JSONATA_RULE = new Set(['Comment', 'Condition', 'Next', 'Assign', 'Output']);

const isString = (value: unknown) => typeof value === 'string';

type CompileFlow = (source: Source) => Flow | undefined;

/**
 * Compiles one state; reports its problems and returns undefined when there is too little to go on.
 * @param compileFlow compiles the states inside a Parallel or Map state
 */
export function compileState(name: string, source: Source, compileFlow: CompileFlow): State | undefined {
  const { json, location, diagnostics } = source;
  const type = json.Type;
  if (type === undefined) {
    diagnostics.add(location, 'These fields are required: [Type]');
    return undefined;
  }
  if (typeof type !== 'string' || !STATE_TYPES.includes(type)) {
    diagnostics.add(
      `${location}/Type`,
      `The field 'Type' should have one of these values: [${STATE_TYPES.join(', ')}]`,
    );
    return undefined;
  }
  checkFields(type, source);
  const base = {
    name,
    language: source.language,
    inputPath: nullablePath(source, 'InputPath'),
    outputPath: nullablePath(source, 'OutputPath'),
    output: source.language === 'JSONata' ? queryField(source, 'Output') : undefined,
    assign: assignField(source),
    next: hasField(type, 'Next') ? nextOf(source) : undefined,
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

function nextOf(source: Source): string | undefined {
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
    parameters: source.language === 'JSONPath' ? templateField(source, 'Parameters') : undefined,
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
  const seconds = numberOrPath(source, 'Seconds', { minimum: 0, maximum: LONGEST_S });
  const timestampPath = pathField(source, 'TimestampPath', { reference: true });
  if (source.language === 'JSONata' && isExpression(json.Timestamp)) {
    const timestampQuery = typedQueryField(source, 'Timestamp', 'string', isString);
    return { seconds, timestampMs: undefined, timestampPath, timestampQuery };
  }
  const timestamp = stringField(source, 'Timestamp');
  const timestampMs = timestamp === undefined ? undefined : parseTimestamp(timestamp);
  if (timestamp !== undefined && timestampMs === undefined) {
    diagnostics.add(`${location}/Timestamp`, 'String does not match RFC3339 timestamp');
  }
  return { seconds, timestampMs, timestampPath, timestampQuery: undefined };
}

function choiceFields(source: Source): Own<ChoiceState> {
  const { json, location, diagnostics } = source;
  if (json.Choices === undefined) diagnostics.add(location, 'These fields are required: [Choices]');
  return {
    rules: objectList(source, 'Choices', { nonEmpty: true }).map((rule) => {
      const next = stringField(rule, 'Next');
      if (next === undefined) diagnostics.add(rule.location, 'These fields are required: [Next]');
      return {
        condition: conditionOf(rule),
        next: next ?? '',
        output: rule.language === 'JSONata' ? queryField(rule, 'Output') : undefined,
        assign: assignField(rule),
      };
    }),
    otherwise: stringField(source, 'Default'),
  };
}

function conditionOf(rule: Source): Condition {
  const { json, location, diagnostics, language } = rule;
  if (language === 'JSONPath') {
    return compileCondition(json, location, (where, message) => diagnostics.add(where, message));
  }
  refuseOthers(rule, JSONATA_RULE);
  const condition = typedQueryField(rule, 'Condition', 'boolean', (value) => typeof value === 'boolean');
  if (!condition) diagnostics.add(location, 'These fields are required: [Condition]');
  return (scope) => condition?.(scope) === true;
}

function failFields(source: Source): Own<FailState> {
  return { error: failText(source, 'Error'), cause: failText(source, 'Cause') };
}

function failText(source: Source, name: string): Expression | undefined {
  const { json, location, diagnostics } = source;
  if (source.language === 'JSONata' && isExpression(json[name]))
    return typedQueryField(source, name, 'string', isString);
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
    resultSelector: source.language === 'JSONPath' ? templateField(source, 'ResultSelector') : undefined,
    resultPath: resultPathField(source),
    retriers: retriersOf(source),
    catchers: catchersOf(source),
  };
}

function taskFields(source: Source): Own<TaskState> | undefined {
  const resource = taskResource(source);
  const parameters = payloadField(source);
  const timeoutS = numberOrPath(source, 'TimeoutSeconds', { minimum: 1, maximum: LONGEST_S });
  const heartbeatS = numberOrPath(source, 'HeartbeatSeconds', { minimum: 1, maximum: LONGEST_S });
  if (timeoutS.value !== undefined && heartbeatS.value !== undefined && heartbeatS.value >= timeoutS.value) {
    source.diagnostics.add(
      source.location,
      `'HeartbeatSeconds' (${heartbeatS.value}) must be smaller than 'TimeoutSeconds' (${timeoutS.value})`,
    );
  }
  return resource && { resource, parameters, timeoutS, heartbeatS };
}

function parallelFields(source: Source, compileFlow: CompileFlow): Own<ParallelState> {
  if (source.json.Branches === undefined) {
    source.diagnostics.add(source.location, 'These fields are required: [Branches]');
  }
  return {
    parameters: payloadField(source),
    branches: objectList(source, 'Branches', { nonEmpty: true }).flatMap((branch) => {
      refuseOthers(branch, BRANCH);
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
  const inner = { ...source, json: processor, location: `${location}/${field}` };
  refuseOthers(inner, PROCESSOR);
  const distribution = distributionOf(source, inner);
  const flow = compileFlow(inner);
  const isItems = (value: unknown) => Array.isArray(value) || (distribution !== undefined && isObject(value));
  const items = {
    itemsPath: pathField(source, 'ItemsPath'),
    items: source.language === 'JSONata' ? typedQueryField(source, 'Items', 'array', isItems) : undefined,
    itemSelector:
      templateField(source, 'ItemSelector') ??
      (source.language === 'JSONPath' ? templateField(source, 'Parameters') : undefined),
    maxConcurrency: numberOrPath(source, 'MaxConcurrency', { minimum: 0, maximum: LONGEST_S }),
  };
  return flow && { ...items, processor: flow, distribution };
}
