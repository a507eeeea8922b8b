import type { Catcher } from './definition.ts';
import { STATES_ALL } from './failures.ts';
import {
  assignField,
  numberField,
  objectList,
  refuseOthers,
  resultPathField,
  type Source,
  stringField,
  templateField,
} from './fields.ts';
import type { Retrier } from './retry.ts';

const RETRIER_FIELDS = new Set([
  'Comment',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
]);
const CATCHER_FIELDS = {
  JSONPath: new Set(['Comment', 'ErrorEquals', 'Next', 'ResultPath', 'Assign']),
  JSONata: new Set(['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign']),
};

/** Longest time in seconds that fields of this kind can state. */
const LONGEST_S = 99_999_999;

/** Compiles a Retry field. */
export function retriersOf(state: Source): Retrier[] {
  const sources = objectList(state, 'Retry');
  return sources.map((source, index) => {
    refuseOthers(source, RETRIER_FIELDS);
    const intervalS = numberField(source, 'IntervalSeconds', { minimum: 1, maximum: LONGEST_S }) ?? 1;
    const maxDelayS = numberField(source, 'MaxDelaySeconds', { minimum: 1, maximum: 31_622_400 });
    if (maxDelayS !== undefined && maxDelayS <= intervalS) {
      source.diagnostics.add(
        source.location,
        `MaxDelaySeconds (${maxDelayS}) must be greater than IntervalSeconds (${intervalS})`,
      );
    }
    const jitter = stringField(source, 'JitterStrategy') ?? 'NONE';
    if (jitter !== 'FULL' && jitter !== 'NONE') {
      source.diagnostics.add(`${source.location}/JitterStrategy`, `Value must be FULL or NONE, got '${jitter}'`);
    }
    return {
      errorEquals: errorEquals(source, index === sources.length - 1),
      intervalS,
      maxAttempts: numberField(source, 'MaxAttempts', { minimum: 0, maximum: LONGEST_S }) ?? 3,
      backoffRate: numberField(source, 'BackoffRate', { minimum: 1, maximum: Number.MAX_VALUE, integer: false }) ?? 2,
      maxDelayS: maxDelayS ?? Number.POSITIVE_INFINITY,
      jitter: jitter === 'FULL' ? 'FULL' : 'NONE',
    };
  });
}

/** Compiles a Catch field. */
export function catchersOf(state: Source): Catcher[] {
  const sources = objectList(state, 'Catch');
  return sources.map((source, index) => {
    refuseOthers(source, CATCHER_FIELDS[source.language]);
    const next = stringField(source, 'Next');
    if (next === undefined) source.diagnostics.add(source.location, 'These fields are required: [Next]');
    return {
      errorEquals: errorEquals(source, index === sources.length - 1),
      next: next ?? '',
      resultPath: resultPathField(source),
      output: templateField(source, 'Output'),
      assign: assignField(source),
    };
  });
}

function errorEquals(source: Source, last: boolean): string[] {
  const value = source.json.ErrorEquals;
  const location = `${source.location}/ErrorEquals`;
  if (!Array.isArray(value) || value.length === 0 || !value.every((name) => typeof name === 'string')) {
    source.diagnostics.add(location, 'Value must be a non-empty array of error names');
    return [];
  }
  if (value.includes(STATES_ALL) && (value.length > 1 || !last)) {
    source.diagnostics.add(location, `'${STATES_ALL}' must appear alone and in the last entry`);
  }
  return value;
}
