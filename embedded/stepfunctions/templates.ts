import { compileIntrinsic, type Expression, pathExpression } from './intrinsics.ts';
import { compilePath, isBehindEnd, readPath, type Scope } from './paths.ts';
import { isObject, type JsonObject, setMember } from './values.ts';

/** A payload template, compiled once per definition. */
export type Template = (scope: Scope) => unknown;

/** Compiles a text that must be a JSONPath or a call of an intrinsic function; throws their syntax errors. */
export function compileExpression(source: string, field: string): Expression {
  return source.startsWith('States.') ? compileIntrinsic(source, field) : fieldExpression(source, field);
}

/** The path of a field: AWS takes null for an item behind the end of an array, and fails on whatever else is missing. */
function fieldExpression(source: string, field: string): Expression {
  const path = compilePath(source);
  const read = pathExpression(source, field);
  if (!path.steps.some(({ kind }) => kind === 'index')) return read;
  return (scope) => (readPath(path, scope) === undefined && isBehindEnd(path, scope) ? null : read(scope));
}

/** Told about a problem of a template: where (the path of the enclosing object) and what. */
export type TemplateProblem = (location: string, message: string) => void;

/**
 * Compiles a payload template: a member whose name ends in `.$` is replaced by what its path or intrinsic function gives,
 * at any depth; everything else is literal. All problems are reported, and the template of a faulty definition never runs.
 */
export function compileTemplate(template: JsonObject, location: string, problem: TemplateProblem): Template {
  return compileNode(template, location, problem).evaluate;
}

interface Node {
  constant: boolean;
  evaluate: Template;
}

function compileNode(node: unknown, location: string, problem: TemplateProblem): Node {
  if (Array.isArray(node)) {
    const items = node.map((item, index) => compileNode(item, `${location}[${index}]`, problem));
    if (items.every((item) => item.constant)) return constant(node);
    return { constant: false, evaluate: (scope) => items.map((item) => item.evaluate(scope)) };
  }
  if (!isObject(node)) return constant(node);
  const members: [string, Node][] = [];
  const names = new Set<string>();
  for (const [key, value] of Object.entries(node)) {
    const dynamic = key.endsWith('.$');
    const name = dynamic ? key.slice(0, -2) : key;
    if (names.has(name)) problem(location, `The field '${name}' is given twice`);
    names.add(name);
    members.push([
      name,
      dynamic ? compileDynamic(key, value, location, problem) : compileNode(value, `${location}/${key}`, problem),
    ]);
  }
  if (members.every(([, member]) => member.constant)) return constant(node);
  return {
    constant: false,
    evaluate: (scope) => {
      const result: JsonObject = {};
      for (const [name, member] of members) setMember(result, name, member.evaluate(scope));
      return result;
    },
  };
}

function compileDynamic(key: string, value: unknown, location: string, problem: TemplateProblem): Node {
  const refuse = (why: string): Node => {
    problem(
      location,
      `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call${why && ` (${why})`}`,
    );
    return constant(null);
  };
  if (typeof value !== 'string') return refuse('');
  try {
    return { constant: false, evaluate: compileExpression(value, key) };
  } catch (cause) {
    return refuse((cause as Error).message);
  }
}

function constant(value: unknown): Node {
  return { constant: true, evaluate: () => value };
}
