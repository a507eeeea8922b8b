import type { MapState } from '../definition.ts';
import { EvaluationError } from '../failures.ts';
import { readPath, type Scope } from '../paths.ts';
import type { Template } from '../templates.ts';
import { isObject } from '../values.ts';
import { type Distribution, type ItemReader, MAX_ITEMS } from './definition.ts';
import { type Batching, type ChildInput, inBatches, itemsOfValue, type MapItem, plainInput, singly } from './inputs.ts';
import { numberOf } from './numbers.ts';
import type { Objects } from './objects.ts';
import { itemsIn, readerFailure, STATES_ITEM_READER_FAILED } from './readers.ts';
import { type Destination, serviceFailure } from './results.ts';
import type { MapRunLimits } from './tables.ts';

/** Child executions that run at the same time when MaxConcurrency is 0 or absent (AWS quota). */
const LARGEST_CONCURRENCY = 10_000;

/** What a Map state of mode DISTRIBUTED is to do in one attempt, with every path and expression evaluated but those of single items. */
export interface Plan {
  limits: MapRunLimits;
  /** The inputs of the children. Throws StateFailure States.ItemReaderFailed and EvaluationError while it is gone through. */
  inputs(): AsyncIterable<ChildInput>;
  /** Undefined when results are not exported. */
  destination: Destination | undefined;
}

export type StateItems = Omit<MapItem, 'Source'>[];

/** Reads MaxConcurrency; throws EvaluationError. */
export function concurrencyOf(state: MapState, scope: Scope): number {
  const limit = numberOf(state.maxConcurrency, 'MaxConcurrency', 'integer', scope) ?? 0;
  if (limit < 0) throw new EvaluationError('MaxConcurrency cannot be negative.');
  return limit === 0 ? LARGEST_CONCURRENCY : limit;
}

/** The items in the state's own data; undefined with an ItemReader, which makes AWS ignore ItemsPath. Throws EvaluationError. */
export function stateItemsOf(state: MapState, { reader }: Distribution, scope: Scope): StateItems | undefined {
  if (reader) return undefined;
  const value = state.items ? state.items(scope) : state.itemsPath ? readPath(state.itemsPath, scope) : scope.input;
  const items = itemsOfValue(value);
  if (items) return items;
  throw new EvaluationError(`Reference path "${state.itemsPath?.source ?? '$'}" must point to array or object.`);
}

/** Evaluates what the attempt needs to know before its Map Run begins; throws EvaluationError. */
export function planOf(
  state: MapState,
  distribution: Distribution,
  scope: Scope,
  maxConcurrency: number,
  given: StateItems | undefined,
  objects: Objects,
): Plan {
  const limits = { maxConcurrency, ...toleranceOf(distribution, scope) };
  const { reader, batcher, writer } = distribution;
  const read = reader ? readingOf(reader, scope, objects) : () => fromState(given!);
  const batching: Batching | undefined = batcher && {
    maxItems: atLeastOne('MaxItemsPerBatch', numberOf(batcher.maxItems, 'MaxItemsPerBatch', 'integer', scope)),
    maxBytes: atLeastOne(
      'MaxInputBytesPerBatch',
      numberOf(batcher.maxBytes, 'MaxInputBytesPerBatch', 'integer', scope),
    ),
    batchInput: batcher.batchInput?.(scope),
  };
  const destination = writer?.parameters && destinationOf(writer.parameters, scope);
  return {
    limits,
    inputs: () => {
      const items = selected(read(), state.itemSelector, scope);
      return batching ? inBatches(items, batching) : singly(items);
    },
    destination,
  };
}

function toleranceOf(distribution: Distribution, scope: Scope) {
  const count = numberOf(distribution.toleratedFailureCount, 'ToleratedFailureCount', 'integer', scope);
  if (count !== undefined && count < 0) throw new EvaluationError('ToleratedFailureCount cannot be negative.');
  const percentage = numberOf(distribution.toleratedFailurePercentage, 'ToleratedFailurePercentage', 'float', scope);
  if (percentage !== undefined && (percentage < 0 || percentage > 100)) {
    throw new EvaluationError('ToleratedFailurePercentage must be between 0 and 100.');
  }
  return { toleratedFailureCount: count ?? null, toleratedFailurePercentage: percentage ?? null };
}

function atLeastOne(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value >= 1) return value;
  throw new EvaluationError(`${name} must be at least 1 but is ${value}.`);
}

async function* fromState(items: StateItems): AsyncGenerator<MapItem> {
  for (const item of items) yield { ...item, Source: 'STATE_DATA' };
}

function readingOf(
  { parameters: template, format, maxItems }: ItemReader,
  scope: Scope,
  objects: Objects,
): () => AsyncIterable<MapItem> {
  const parameters = evaluated(template, scope);
  const bucket = text(parameters, 'Bucket');
  const limit = numberOf(maxItems, 'MaxItems', 'integer', scope) ?? 0;
  const key = format && text(parameters, 'Key');
  const prefix = !format && parameters.Prefix !== undefined ? text(parameters, 'Prefix') : undefined;
  return async function* read() {
    if (limit < 0) throw readerFailure('field MaxItems must be positive');
    const most = limit === 0 ? MAX_ITEMS : Math.min(limit, MAX_ITEMS);
    let index = 0;
    try {
      if (format) {
        for await (const Value of itemsIn(await objects.get(bucket, key!), format, most)) {
          yield { Index: index, Value, Source: `s3://${bucket}/${key}` };
          index += 1;
        }
        return;
      }
      for await (const Value of objects.list(bucket, prefix)) {
        if (index >= most) return;
        yield { Index: index, Value, Source: `s3://${bucket}` };
        index += 1;
      }
    } catch (cause) {
      throw serviceFailure(STATES_ITEM_READER_FAILED, cause);
    }
  };
}

async function* selected(
  items: AsyncIterable<MapItem>,
  selector: Template | undefined,
  scope: Scope,
): AsyncGenerator<unknown> {
  for await (const item of items) {
    yield selector ? selector({ ...scope, context: { ...scope.context, Map: { Item: item } } }) : plainInput(item);
  }
}

function destinationOf(template: Template, scope: Scope): Destination {
  const parameters = evaluated(template, scope);
  return {
    bucket: text(parameters, 'Bucket'),
    prefix: parameters.Prefix === undefined ? '' : text(parameters, 'Prefix'),
  };
}

function evaluated(template: Template | undefined, scope: Scope): Record<string, unknown> {
  const value = template?.(scope);
  return isObject(value) ? value : {};
}

function text(parameters: Record<string, unknown>, name: string): string {
  const value = parameters[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new EvaluationError(`The field '${name}' must be a string that is not empty but is ${JSON.stringify(value)}.`);
}
