import type { NumberField } from '../definition.ts';
import {
  numberOrPath,
  payloadField,
  refuseOthers,
  type Source,
  stringField,
  templateField,
  variableOf,
} from '../fields.ts';
import { isExpression } from '../queries.ts';
import type { Template } from '../templates.ts';
import { isObject } from '../values.ts';

/** What a Map state of mode DISTRIBUTED has beside the fields of every Map state. */
export interface Distribution {
  /** Stands in the ARNs of Map Runs and their children; a name is made when it is absent. */
  label: string | undefined;
  reader: ItemReader | undefined;
  batcher: ItemBatcher | undefined;
  writer: ResultWriter | undefined;
  toleratedFailureCount: NumberField;
  toleratedFailurePercentage: NumberField;
}

export type Delimiter = keyof typeof DELIMITERS;

/** How the bytes of an object become items. */
export type ObjectFormat =
  | { inputType: 'JSON'; itemsPointer: string | undefined }
  | { inputType: 'JSONL' }
  /** Headers are undefined when the first row has them. */
  | { inputType: 'CSV'; headers: string[] | undefined; delimiter: string };

/** Where items come from when they are not in the state's input: one object, or the list of a bucket's objects. */
export interface ItemReader {
  /** Undefined for a list of objects. */
  format: ObjectFormat | undefined;
  parameters: Template | undefined;
  maxItems: NumberField;
}

export interface ItemBatcher {
  maxItems: NumberField;
  maxBytes: NumberField;
  batchInput: Template | undefined;
}

export interface ResultWriter {
  /** Bucket and prefix; undefined when the results are only shaped, and stay in the state's result. */
  parameters: Template | undefined;
  transformation: 'NONE' | 'COMPACT' | 'FLATTEN';
  outputType: 'JSON' | 'JSONL';
}

/** Items that a reader gives at most (AWS quota). */
export const MAX_ITEMS = 100_000_000;

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };
const GET_OBJECT = 's3:getObject';
const LIST_OBJECTS = 's3:listObjectsV2';
const PUT_OBJECT = 's3:putObject';
const LONGEST_LABEL = 40;
/** AWS's rule for labels: no whitespace, wildcards, brackets, special or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN_IN_LABEL = /[\s?*<>{}[\]:;,\\|^~$#%&`"\u0000-\u001f\u007f-\u009f]/;

/** Fields of a Map state that only the mode DISTRIBUTED has. */
export const DISTRIBUTED_FIELDS = [
  'Label',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
];

/**
 * Compiles what makes a Map state distributed; reports its problems.
 * @param state the Map state
 * @param processor its ItemProcessor or Iterator
 * @returns undefined for a state of mode INLINE
 */
export function distributionOf(state: Source, processor: Source): Distribution | undefined {
  const { diagnostics } = state;
  if (modeOf(processor) === 'INLINE') {
    // AWS takes the tolerances, which have no effect there, in a state of mode INLINE too.
    const refused = DISTRIBUTED_FIELDS.filter((field) => !field.startsWith('Tolerated'));
    for (const name of refused.filter((field) => state.json[field] !== undefined)) {
      diagnostics.add(state.location, `The field '${name}' is supported only in a Map state of mode DISTRIBUTED`);
    }
    return undefined;
  }
  return {
    label: labelOf(state),
    reader: readerOf(state),
    batcher: batcherOf(state),
    writer: writerOf(state),
    toleratedFailureCount: numberOrPath(state, 'ToleratedFailureCount', { minimum: 0, maximum: MAX_ITEMS }),
    toleratedFailurePercentage: numberOrPath(state, 'ToleratedFailurePercentage', {
      minimum: 0,
      maximum: 100,
      integer: false,
    }),
  };
}

function modeOf(processor: Source): 'INLINE' | 'DISTRIBUTED' {
  const config = memberOf(processor, 'ProcessorConfig');
  if (!config) return 'INLINE';
  refuseOthers(config, new Set(['Mode', 'ExecutionType']));
  const mode = oneOfField(config, 'Mode', ['INLINE', 'DISTRIBUTED']) ?? 'INLINE';
  const type = oneOfField(config, 'ExecutionType', ['STANDARD']);
  if (mode === 'DISTRIBUTED' && config.json.ExecutionType === undefined) {
    config.diagnostics.add(config.location, 'These fields are required: [ExecutionType]');
  }
  if (mode === 'INLINE' && type !== undefined) {
    config.diagnostics.add(config.location, "The field 'ExecutionType' is supported only with the mode DISTRIBUTED");
  }
  return mode;
}

function labelOf(state: Source): string | undefined {
  const label = stringField(state, 'Label');
  if (label === undefined) return undefined;
  const forbidden = FORBIDDEN_IN_LABEL.exec(label)?.[0];
  const where = `${state.location}/Label`;
  if (label === '') state.diagnostics.add(where, 'Label cannot be empty');
  else if (label.length > LONGEST_LABEL)
    state.diagnostics.add(where, `Label cannot exceed ${LONGEST_LABEL} characters, got ${label.length}`);
  else if (forbidden !== undefined)
    state.diagnostics.add(where, `Label contains invalid character: ${JSON.stringify(forbidden)}`);
  return label;
}

function readerOf(state: Source): ItemReader | undefined {
  const reader = memberOf(state, 'ItemReader');
  if (!reader) return undefined;
  refuseOthers(reader, new Set(['Resource', payloadName(reader), 'ReaderConfig']));
  const resource = resourceOf(reader, [GET_OBJECT, LIST_OBJECTS]);
  const config = memberOf(reader, 'ReaderConfig') ?? {
    ...reader,
    json: {},
    location: `${reader.location}/ReaderConfig`,
  };
  const shared = {
    parameters: payloadField(reader),
    maxItems: numberOrPath(config, 'MaxItems', { minimum: 0, maximum: MAX_ITEMS }),
  };
  if (resource === LIST_OBJECTS) {
    refuseOthers(config, new Set(limitNames(config, 'MaxItems')));
    checkParameters(reader, { required: ['Bucket'], optional: ['Prefix'] });
    return { ...shared, format: undefined };
  }
  checkParameters(reader, { required: ['Bucket', 'Key'], optional: [] });
  const format = formatOf(config);
  return format && { ...shared, format };
}

function formatOf(config: Source): ObjectFormat | undefined {
  const { json, location, diagnostics } = config;
  if (json.InputType === undefined) {
    diagnostics.add(location, 'These fields are required: [InputType]');
    return undefined;
  }
  const inputType = oneOfField(config, 'InputType', ['CSV', 'JSON', 'JSONL']);
  const allow = (...names: string[]) =>
    refuseOthers(config, new Set(['InputType', ...limitNames(config, 'MaxItems'), ...names]));
  switch (inputType) {
    case 'JSON': {
      allow('ItemsPointer');
      const itemsPointer = stringField(config, 'ItemsPointer');
      if (itemsPointer !== undefined && !/^(\/|$)/.test(itemsPointer)) {
        diagnostics.add(`${location}/ItemsPointer`, `Value is not a JSON Pointer (RFC 6901): '${itemsPointer}'`);
      }
      return { inputType, itemsPointer };
    }
    case 'JSONL':
      allow();
      return { inputType };
    case 'CSV': {
      allow('CSVHeaderLocation', 'CSVHeaders', 'CSVDelimiter');
      const delimiter = oneOfField(config, 'CSVDelimiter', Object.keys(DELIMITERS) as Delimiter[]) ?? 'COMMA';
      return { inputType, headers: headersOf(config), delimiter: DELIMITERS[delimiter] };
    }
    default:
      return undefined;
  }
}

function headersOf(config: Source): string[] | undefined {
  const { json, location, diagnostics } = config;
  if (json.CSVHeaderLocation === undefined) {
    diagnostics.add(location, 'These fields are required: [CSVHeaderLocation]');
  }
  const given = oneOfField(config, 'CSVHeaderLocation', ['FIRST_ROW', 'GIVEN']) === 'GIVEN';
  const headers = json.CSVHeaders;
  const isList = Array.isArray(headers) && headers.length > 0 && headers.every((name) => typeof name === 'string');
  if (given && !isList) {
    diagnostics.add(`${location}/CSVHeaders`, 'Value must be a non-empty array of strings with the location GIVEN');
  }
  if (!given && headers !== undefined) {
    diagnostics.add(`${location}/CSVHeaders`, 'CSVHeaders can be given only with the CSVHeaderLocation GIVEN');
  }
  return given && isList ? (headers as string[]) : undefined;
}

function batcherOf(state: Source): ItemBatcher | undefined {
  const batcher = memberOf(state, 'ItemBatcher');
  if (!batcher) return undefined;
  const limits = [...limitNames(batcher, 'MaxItemsPerBatch'), ...limitNames(batcher, 'MaxInputBytesPerBatch')];
  refuseOthers(batcher, new Set([...limits, 'BatchInput']));
  if (limits.every((name) => batcher.json[name] === undefined)) {
    batcher.diagnostics.add(batcher.location, `At least one of these fields is required: [${limits.join(', ')}]`);
  }
  return {
    maxItems: numberOrPath(batcher, 'MaxItemsPerBatch', { minimum: 1, maximum: MAX_ITEMS }),
    maxBytes: numberOrPath(batcher, 'MaxInputBytesPerBatch', { minimum: 1, maximum: 262_144 }),
    batchInput: templateField(batcher, 'BatchInput'),
  };
}

function writerOf(state: Source): ResultWriter | undefined {
  const writer = memberOf(state, 'ResultWriter');
  if (!writer) return undefined;
  const payload = payloadName(writer);
  refuseOthers(writer, new Set(['Resource', payload, 'WriterConfig']));
  const { json, location, diagnostics } = writer;
  const config = memberOf(writer, 'WriterConfig');
  if (config) refuseOthers(config, new Set(['Transformation', 'OutputType']));
  const exports = json.Resource !== undefined || json[payload] !== undefined;
  if (!exports && !config) {
    diagnostics.add(location, `A ResultWriter needs 'WriterConfig', or 'Resource' and '${payload}'`);
  }
  if (exports) {
    resourceOf(writer, [PUT_OBJECT]);
    checkParameters(writer, { required: ['Bucket'], optional: ['Prefix'] });
  }
  const outputType = (config && oneOfField(config, 'OutputType', ['JSON', 'JSONL'])) ?? 'JSON';
  if (!exports && outputType === 'JSONL') {
    diagnostics.add(`${location}/WriterConfig/OutputType`, `JSONL is supported only with 'Resource' and '${payload}'`);
  }
  const transformation = config && oneOfField(config, 'Transformation', ['NONE', 'COMPACT', 'FLATTEN']);
  return {
    parameters: exports ? payloadField(writer) : undefined,
    transformation: transformation ?? (exports ? 'NONE' : 'COMPACT'),
    outputType,
  };
}

function resourceOf<T extends string>(source: Source, known: readonly T[]): T | undefined {
  const arn = stringField(source, 'Resource');
  const name = /^arn:[\w-]+:states:::(.+)$/.exec(arn ?? '')?.[1] as T | undefined;
  if (name !== undefined && known.includes(name)) return name;
  const supported = known.map((resource) => `arn:aws:states:::${resource}`).join(', ');
  source.diagnostics.add(
    `${source.location}/Resource`,
    arn === undefined
      ? `These fields are required: [Resource]. Supported: ${supported}`
      : `The resource ${arn} is not supported here. Supported: ${supported}`,
  );
  return undefined;
}

/** What a reader or a writer is told: see payloadField. */
function payloadName({ language }: Source): string {
  return language === 'JSONata' ? 'Arguments' : 'Parameters';
}

/** A limit's field, and that for a path to it. */
function limitNames({ language }: Source, name: string): string[] {
  return language === 'JSONata' ? [name] : [name, `${name}Path`];
}

function checkParameters(source: Source, rule: { required: string[]; optional: string[] }): void {
  const { json, location, diagnostics } = source;
  const payload = payloadName(source);
  const parameters = json[payload];
  if (isExpression(parameters)) return;
  if (!isObject(parameters)) {
    diagnostics.add(location, `These fields are required: [${payload}]`);
    return;
  }
  const names = Object.keys(parameters).map((key) => variableOf(key, source.language));
  const supported = [...rule.required, ...rule.optional];
  for (const name of rule.required.filter((required) => !names.includes(required))) {
    diagnostics.add(`${location}/${payload}`, `The field '${name}' is required but was missing`);
  }
  for (const name of names.filter((given) => !supported.includes(given))) {
    diagnostics.add(
      `${location}/${payload}`,
      `The field '${name}' is not supported. Supported: [${supported.join(', ')}]`,
    );
  }
}

/** An object member as a Source of its own; reports anything else that is there. */
function memberOf(source: Source, name: string): Source | undefined {
  const json = source.json[name];
  if (json === undefined) return undefined;
  const location = `${source.location}/${name}`;
  if (isObject(json)) return { ...source, json, location };
  source.diagnostics.add(location, 'Expected value of type Object');
  return undefined;
}

function oneOfField<T extends string>(source: Source, name: string, allowed: readonly T[]): T | undefined {
  const value = source.json[name];
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  source.diagnostics.add(
    `${source.location}/${name}`,
    `The value ${JSON.stringify(value)} is not supported. Supported: [${allowed.join(', ')}]`,
  );
  return undefined;
}
