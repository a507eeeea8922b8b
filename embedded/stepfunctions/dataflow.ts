import type { NumberField, PathField, ResultPathField, State } from './definition.ts';
import { EvaluationError, STATES_RESULT_PATH_MATCH_FAILURE } from './failures.ts';
import { missingReason, readPath, type Scope } from './paths.ts';
import { type Query, QueryEvaluationError } from './queries.ts';
import type { Template } from './templates.ts';
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
 * Reads an integer that a definition gives directly, through a path or by an expression.
 * @param name the field's name, for messages
 * @param minimum the least value allowed
 * @returns undefined when the field is absent
 */
export function integerOf(field: NumberField, name: string, minimum: number, scope: Scope): number | undefined {
  if (field.query) {
    const value = queriedNumber(field.query, name, 'integer', scope);
    if (value >= minimum) return value;
    throw new QueryEvaluationError(`The value of ${name} must be at least ${minimum} but is ${value}.`, name);
  }
  if (!field.path) return field.value;
  const value = select(field.path, scope);
  // AWS takes a text of digits for a number.
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    throw new EvaluationError(
      `The ${name}Path field refers to value "${shown}" which is not a valid integer: ${field.path.source}`,
    );
  }
  if (number < minimum) {
    throw new EvaluationError(`The value of ${name} must be at least ${minimum} but is ${value}: ${field.path.source}`);
  }
  return number;
}

/** The number that an expression gives; throws QueryEvaluationError for a fraction where an integer is wanted. */
export function queriedNumber(query: Query, name: string, kind: 'integer' | 'float', scope: Scope): number {
  const value = query(scope) as number;
  if (kind === 'float' || Number.isInteger(value)) return value;
  throw new QueryEvaluationError(`The value of ${name} must be an integer but is ${value}.`, name);
}

/** What a state without a result of its own shows to its Output and Assign: in JSONPath its effective input, as `$`. */
export function seenInput({ language }: State, scope: Scope, effectiveInput: unknown): Scope {
  return language === 'JSONata' ? scope : withInput(scope, effectiveInput);
}

/** What a state shows to its Output and Assign when its work has come to a result: `$`, or `$states.result`. */
export function seenResult({ language }: State, scope: Scope, result: unknown): Scope {
  return language === 'JSONata' ? { ...scope, outcome: { result } } : withInput(scope, result);
}

/** What a catcher shows to its Output and Assign: `$`, or `$states.errorOutput`. */
export function seenError({ language }: State, scope: Scope, errorOutput: unknown): Scope {
  return language === 'JSONata' ? { ...scope, outcome: { errorOutput } } : withInput(scope, errorOutput);
}

/**
 * A state's output.
 * @param value what the output is without an Output field and before OutputPath
 * @param seen what the Output field sees
 * @param output the Output field, when it is not the state's own
 */
export function outputOf(
  state: State,
  seen: Scope,
  value: unknown,
  output: Template | undefined = state.output,
): unknown {
  if (state.language === 'JSONPath') return select(state.outputPath, withInput(seen, value));
  return output ? output(seen) : value;
}
