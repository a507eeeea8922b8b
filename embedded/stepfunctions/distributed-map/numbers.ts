import { queriedNumber, select } from '../dataflow.ts';
import type { NumberField } from '../definition.ts';
import { EvaluationError } from '../failures.ts';
import type { Scope } from '../paths.ts';
import { STATES_QUERY_EVALUATION_ERROR } from '../queries.ts';

/**
 * Reads a number that a definition gives directly or through a path; like AWS, takes a text of digits for one.
 * @param name the field's name, for messages
 * @returns undefined when the field is absent; throws EvaluationError for what is no number of the kind
 */
export function numberOf(
  field: NumberField,
  name: string,
  kind: 'integer' | 'float',
  scope: Scope,
): number | undefined {
  if (field.query) return queried(field.query(scope), name, kind);
  if (field.query) return queriedNumber(field.query, name, kind, scope);
  if (!field.path) return field.value;
  const value = select(field.path, scope);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (isOfKind(number, kind)) return number;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  throw new EvaluationError(
    `The ${name}Path field refers to value "${shown}" which is not a valid ${kind}: ${field.path.source}`,
  );
}

function isOfKind(value: unknown, kind: 'integer' | 'float'): value is number {
  return kind === 'integer' ? Number.isInteger(value) : Number.isFinite(value);
}

function queried(value: unknown, name: string, kind: 'integer' | 'float'): number {
  if (isOfKind(value, kind)) return value;
  throw new EvaluationError(
    `The JSONata expression for the field '${name}' gave ${JSON.stringify(value)}, which is not a valid ${kind}.`,
    STATES_QUERY_EVALUATION_ERROR,
  );
}
