import type { ExprNode } from 'jsonata';
import { EvaluationError } from './failures.ts';
import { compileJsonata, JsonataEvaluationError, JsonataResultError, JsonataSyntaxError } from './jsonata.ts';
import { addedFunctions } from './jsonata-functions.ts';
import type { Scope } from './paths.ts';
import { isObject, type JsonObject, setMember } from './values.ts';

export const STATES_QUERY_EVALUATION_ERROR = 'States.QueryEvaluationError';

/** A JSONata expression that failed, gave nothing, or gave what its field cannot take. */
export class QueryEvaluationError extends EvaluationError {
  /** Where in the state, such as `Output/total`; undefined when it is no field's fault. */
  readonly location: string | undefined;

  constructor(message: string, location: string | undefined) {
    super(message, STATES_QUERY_EVALUATION_ERROR);
    this.name = 'QueryEvaluationError';
    this.location = location;
  }
}

/** Gives the value of a field, or of a part of one; throws QueryEvaluationError. */
export type Query = (scope: Scope) => unknown;

/** Told about a faulty expression: its place below the field, what is wrong, and AWS's code for it. */
export type QueryProblem = (place: string, message: string, code: string) => void;

const EXPRESSION = /^\{%(.*)%\}$/s;

/** Whether a string is an expression: `{% … %}` without anything around it. */
export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && EXPRESSION.test(value);
}

/**
 * Compiles a field that may hold expressions at any depth; everything else is literal.
 * @param value the field's JSON
 * @param place the field's name, as it stands in causes: `Output`, `Choices[0]/Condition`
 */
export function compileQueries(value: unknown, place: string, problem: QueryProblem): Query {
  return compileNode(value, place, problem).query;
}

interface Node {
  constant: boolean;
  query: Query;
}

function compileNode(value: unknown, place: string, problem: QueryProblem): Node {
  if (isExpression(value)) return { constant: false, query: compileExpression(value, place, problem) };
  if (Array.isArray(value)) {
    const items = value.map((item, index) => compileNode(item, `${place}[${index}]`, problem));
    if (items.every((item) => item.constant)) return literal(value);
    return { constant: false, query: (scope) => items.map((item) => item.query(scope)) };
  }
  if (!isObject(value)) return literal(value);
  const members = Object.entries(value).map(
    ([name, inner]) => [name, compileNode(inner, `${place}/${name}`, problem)] as const,
  );
  if (members.every(([, member]) => member.constant)) return literal(value);
  return {
    constant: false,
    query: (scope) => {
      const result: JsonObject = {};
      for (const [name, member] of members) setMember(result, name, member.query(scope));
      return result;
    },
  };
}

function literal(value: unknown): Node {
  return { constant: true, query: () => value };
}

function compileExpression(source: string, place: string, problem: QueryProblem): Query {
  const text = EXPRESSION.exec(source)![1]!.trim();
  let compiled: ReturnType<typeof compileJsonata>;
  try {
    compiled = compileJsonata(text);
  } catch (cause) {
    if (!(cause instanceof JsonataSyntaxError)) throw cause;
    problem(place, cause.message, 'INVALID_JSONATA_EXPRESSION');
    return () => undefined;
  }
  for (const name of new Set(topLevelNames(compiled.ast))) {
    problem(place, `Reference to '${name}' at the top level is not supported.`, 'UNSUPPORTED_JSONATA_EXPRESSION');
  }
  const failed = (what: string) =>
    new QueryEvaluationError(`The JSONata expression '${text}' specified for the field '${place}' ${what}`, place);
  return (scope) => {
    let value: unknown;
    try {
      value = compiled.evaluate(bindingsOf(scope));
    } catch (cause) {
      if (cause instanceof JsonataEvaluationError) throw failed(`threw an error during evaluation${cause.message}`);
      if (cause instanceof JsonataResultError) throw failed('returned an unsupported result type.');
      throw cause;
    }
    if (value === undefined) throw failed('returned nothing (undefined).');
    return value;
  };
}

function bindingsOf({ input, context, variables, random, outcome }: Scope): Record<string, unknown> {
  const bindings = addedFunctions(random);
  const scopes: (typeof variables)[] = [];
  for (let at: typeof variables | undefined = variables; at; at = at.outer) scopes.unshift(at);
  for (const { values } of scopes) for (const [name, value] of values) bindings[name] = value;
  bindings.states = { input, context, ...outcome };
  return bindings;
}

/** How AWS names the type of a JSON value in a cause. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/**
 * Compiles a field whose value must be of a type; a literal is taken as it is.
 * @param accepts whether a value is of that type
 * @param expected the type's name in the cause: 'array', 'number' …
 */
export function compileTypedQuery(
  value: unknown,
  place: string,
  expected: string,
  accepts: (value: unknown) => boolean,
  problem: QueryProblem,
): Query {
  const query = compileQueries(value, place, problem);
  return (scope) => {
    const result = query(scope);
    if (accepts(result)) return result;
    const text = isExpression(value) ? EXPRESSION.exec(value)![1]!.trim() : JSON.stringify(value);
    throw new QueryEvaluationError(
      `The JSONata expression '${text}' specified for the field '${place}' returned an unexpected result type. ` +
        `Expected '${expected}', but was '${typeName(result)}' for value: ${JSON.stringify(result)}`,
      place,
    );
  };
}

/** Names that an expression reads from a context value, of which there is none: AWS refuses such a definition. */
function topLevelNames(node: ExprNode | undefined): string[] {
  if (!node) return [];
  const inside = (...nodes: (ExprNode | undefined)[]) => nodes.flatMap(topLevelNames);
  const parts = node as unknown as Record<string, ExprNode & ExprNode[] & [ExprNode, ExprNode][]>;
  switch (node.type as string) {
    case 'name':
      return [String(node.value)];
    case 'path':
      return inside(node.steps?.[0]);
    case 'binary':
    case 'apply':
    case 'bind':
      return inside(parts.lhs, parts.rhs);
    case 'unary':
      // An array constructor, an object constructor, a negation.
      if (node.value === '[') return inside(...node.expressions!);
      if (node.value === '{') return inside(...parts.lhs!.flat());
      return inside(parts.expression);
    case 'block':
      return inside(...node.expressions!);
    case 'condition':
      return inside(parts.condition, parts.then, parts.else);
    case 'function':
    case 'partial':
      return inside(node.procedure, ...node.arguments!);
    case 'lambda':
      return inside(parts.body);
    default:
      return [];
  }
}
