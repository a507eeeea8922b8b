import type { NumberField, PathField, ResultPathField } from './definition.ts';
import { EvaluationError, STATES_RESULT_PATH_MATCH_FAILURE } from './failures.ts';
import { missingReason, readPath, type Scope } from './paths.ts';
import { copyOf, isObject, setMember } from './values.ts';

/** The same scope with another value for `$`. */
export function withInput(scope: Scope, input: unknown): Scope {
  return { input, context: scope.context, variables: scope.variables, random: scope.random };
}

/** Applies an InputPath or OutputPath to the scope's input; throws EvaluationError when it finds nothing. */
export function select(field: PathField, scope: Scope): unknown {
  if (field === undefined) return scope.input;
  if (field === null) return {};
  const value = readPath(field, scope);
  if (value === undefined) {
    throw new EvaluationError(`Invalid path '${field.source}' : ${missingReason(field, scope)}`);
  }
  return value;
}

/**
 * Combines a result with a state's input, as its ResultPath says. The input is left as it is; a new value is returned.
 * Throws EvaluationError States.ResultPathMatchFailure when the path does not fit the input.
 */
export function combine(field: ResultPathField, input: unknown, result: unknown): unknown {
  if (field === undefined) return result;
  if (field === null) return input;
  const put = (target: unknown, depth: number): unknown => {
    const step = field.steps[depth];
    if (!step) return result;
    if (step.kind === 'member' && (target === undefined || isObject(target))) {
      const copy = target === undefined ? {} : copyOf(target);
      setMember(
        copy,
        step.name,
        put(target && Object.hasOwn(target, step.name) ? target[step.name] : undefined, depth + 1),
      );
      return copy;
    }
    if (step.kind === 'index' && Array.isArray(target) && step.index >= 0 && step.index < target.length) {
      return target.with(step.index, put(target[step.index], depth + 1));
    }
    throw new EvaluationError(
      `Unable to apply ReferencePath '${field.source}' to input '${JSON.stringify(input)}'.`,
      STATES_RESULT_PATH_MATCH_FAILURE,
    );
  };
  return put(input, 0);
}

/**
 * Reads an integer that a definition gives directly or through a path.
 * @param name the field's name, for messages
 * @param minimum the least value allowed
 * @returns undefined when the field is absent
 */
export function integerOf(field: NumberField, name: string, minimum: number, scope: Scope): number | undefined {
  if (!field.path) return field.value;
  const value = select(field.path, scope);
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    throw new EvaluationError(
      `The ${name}Path field refers to value "${shown}" which is not a valid integer: ${field.path.source}`,
    );
  }
  if (value < minimum)
    throw new EvaluationError(`The value of ${name} must be at least ${minimum} but is ${value}: ${field.path.source}`);
  return value;
}
