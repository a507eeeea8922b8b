import { wildcardMatcher } from '../wildcards.ts';
import { EvaluationError } from './failures.ts';
import { type CompiledPath, compilePath, readPath, type Scope } from './paths.ts';
import { parseTimestamp } from './timestamps.ts';
import { isObject, type JsonObject } from './values.ts';

/** A condition of a Choice state, compiled once. Throws EvaluationError when a path finds nothing. */
export type Condition = (scope: Scope) => boolean;

export type ChoiceProblem = (location: string, message: string) => void;

type Operand = 'string' | 'number' | 'boolean' | 'timestamp';
type Comparison = (order: number) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
};

const OPERANDS: [string, Operand, string[]][] = [
  ['String', 'string', Object.keys(COMPARISONS)],
  ['Numeric', 'number', Object.keys(COMPARISONS)],
  ['Boolean', 'boolean', ['Equals']],
  ['Timestamp', 'timestamp', Object.keys(COMPARISONS)],
];

/** Operator name -> what it compares and how; `Path` variants are derived. */
const COMPARATORS = new Map(
  OPERANDS.flatMap(([prefix, operand, names]) =>
    names.map((name) => [`${prefix}${name}`, { operand, accepts: COMPARISONS[name]! }] as const),
  ),
);

/** Type tests; their value says whether the test must hold. */
const TYPE_TESTS: Record<string, (value: unknown) => boolean> = {
  IsNull: (value) => value === null,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => typeof value === 'string' && parseTimestamp(value) !== undefined,
};

const NEVER: Condition = () => false;

/**
 * Compiles one Choice Rule without its Next, Assign and Comment.
 * @param rule the rule's JSON
 * @param location path of the rule in the definition, for messages
 */
export function compileCondition(rule: JsonObject, location: string, problem: ChoiceProblem): Condition {
  const operators = Object.keys(rule).filter((name) => !['Next', 'Comment', 'Assign', 'Variable'].includes(name));
  const [operator] = operators;
  if (operators.length !== 1 || !operator) {
    problem(location, `A choice rule must have exactly one operator, got [${operators.join(', ')}]`);
    return NEVER;
  }
  if (operator === 'Condition') {
    problem(
      location,
      "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage",
    );
    return NEVER;
  }
  const value = rule[operator];
  if (operator === 'And' || operator === 'Or' || operator === 'Not') {
    if (rule.Variable !== undefined) problem(location, `The field 'Variable' is not allowed beside '${operator}'`);
    return compileBoolean(operator, value, `${location}/${operator}`, problem);
  }
  const variable = pathAt(rule.Variable, `${location}/Variable`, problem);
  return variable ? compileTest(operator, variable, value, `${location}/${operator}`, problem) : NEVER;
}

function compileBoolean(operator: string, value: unknown, location: string, problem: ChoiceProblem): Condition {
  const nested = (rule: unknown, where: string): Condition => {
    if (!isObject(rule)) {
      problem(where, 'A choice rule must be an object');
      return NEVER;
    }
    for (const name of ['Next', 'Assign']) {
      if (rule[name] !== undefined) problem(where, `The field '${name}' is only allowed in a top-level choice rule`);
    }
    return compileCondition(rule, where, problem);
  };
  if (operator === 'Not') {
    const condition = nested(value, location);
    return (scope) => !condition(scope);
  }
  if (!Array.isArray(value) || value.length === 0) {
    problem(location, `'${operator}' must be a non-empty array of choice rules`);
    return NEVER;
  }
  const conditions = value.map((rule, index) => nested(rule, `${location}[${index}]`));
  return operator === 'And'
    ? (scope) => conditions.every((condition) => condition(scope))
    : (scope) => conditions.some((condition) => condition(scope));
}

function compileTest(
  operator: string,
  variable: CompiledPath,
  value: unknown,
  location: string,
  problem: ChoiceProblem,
): Condition {
  if (operator === 'IsPresent' || Object.hasOwn(TYPE_TESTS, operator)) {
    if (typeof value !== 'boolean') problem(location, `The value of '${operator}' must be true or false`);
    if (operator === 'IsPresent') return (scope) => isPresent(variable, scope) === value;
    const test = TYPE_TESTS[operator]!;
    return (scope) => test(variableAt(variable, scope)) === value;
  }
  if (operator === 'StringMatches') {
    if (typeof value !== 'string') {
      problem(location, `The value of 'StringMatches' must be a string`);
      return NEVER;
    }
    const matches = wildcardPattern(value);
    return (scope) => {
      const actual = variableAt(variable, scope);
      return typeof actual === 'string' && matches(actual);
    };
  }
  const byPath = operator.endsWith('Path');
  const comparator = COMPARATORS.get(byPath ? operator.slice(0, -4) : operator);
  if (!comparator) {
    problem(location, `The field '${operator}' is not a choice operator`);
    return NEVER;
  }
  const { operand, accepts } = comparator;
  if (byPath) {
    const other = pathAt(value, location, problem);
    if (!other) return NEVER;
    return (scope) => compare(operand, accepts, variableAt(variable, scope), variableAt(other, scope));
  }
  if (comparable(operand, value) === undefined) {
    problem(location, `The value of '${operator}' must be a ${operand}, got ${JSON.stringify(value)}`);
  }
  return (scope) => compare(operand, accepts, variableAt(variable, scope), value);
}

function compare(operand: Operand, accepts: Comparison, first: unknown, second: unknown): boolean {
  const left = comparable(operand, first);
  const right = comparable(operand, second);
  // Values of another type than the operator's never match (states-language.net, "Choice Rules").
  if (left === undefined || right === undefined) return false;
  return accepts(left < right ? -1 : left > right ? 1 : 0);
}

/** The value in a form that `<` orders, or undefined when it is not of the operand's type. Strings order by UTF-16 unit, as in Java. */
function comparable(operand: Operand, value: unknown): string | number | boolean | undefined {
  if (operand === 'timestamp') return typeof value === 'string' ? parseTimestamp(value) : undefined;
  return typeof value === operand ? (value as string | number | boolean) : undefined;
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcardPattern(pattern: string): (text: string) => boolean {
  const parts = [''];
  for (const [found, escaped] of pattern.matchAll(/\\([*\\])|./gs)) {
    if (found === '*') parts.push('');
    else parts[parts.length - 1] += escaped ?? found;
  }
  return wildcardMatcher(parts);
}

function pathAt(value: unknown, location: string, problem: ChoiceProblem): CompiledPath | undefined {
  if (typeof value !== 'string') {
    problem(location, 'Value is not a Reference Path: it must be a string that begins with $');
    return undefined;
  }
  try {
    return compilePath(value);
  } catch (cause) {
    problem(location, (cause as Error).message);
    return undefined;
  }
}

function isPresent(path: CompiledPath, scope: Scope): boolean {
  const value = readPath(path, scope);
  return path.definite ? value !== undefined : Array.isArray(value) && value.length > 0;
}

function variableAt(path: CompiledPath, scope: Scope): unknown {
  const value = readPath(path, scope);
  if (value === undefined) {
    throw new EvaluationError(
      `Invalid path '${path.source}': The choice state's condition path references an invalid value.`,
    );
  }
  return value;
}
