import { EvaluationError } from './failures.ts';
import { formatTemplate, INTRINSIC_FUNCTIONS } from './intrinsic-functions.ts';
import { compilePath, readPath, type Scope } from './paths.ts';

/** Something that can be evaluated against a scope. */
export type Expression = (scope: Scope) => unknown;

/** A text that is not a call of an intrinsic function. */
export class IntrinsicSyntaxError extends Error {
  constructor(source: string, problem: string) {
    super(`'${source}' is not a valid intrinsic function call: ${problem}`);
    this.name = 'IntrinsicSyntaxError';
  }
}

/** AWS allows intrinsic functions nested up to ten deep. */
const MAX_DEPTH = 10;

interface Reader {
  source: string;
  at: number;
  field: string;
}

/** A string argument, still with its escapes, which States.Format needs to see. */
interface Literal {
  literal: string;
}

/**
 * Compiles a call such as `States.Format('Hello {}', $.name)`.
 * @param source the call
 * @param field the name of the field it stands in, for messages
 * Throws IntrinsicSyntaxError (or PathSyntaxError for a path inside it). Evaluation throws EvaluationError:
 * States.IntrinsicFailure for arguments that a function cannot take, States.Runtime for a path that finds nothing.
 */
export function compileIntrinsic(source: string, field: string): Expression {
  const reader: Reader = { source, at: 0, field };
  const call = readCall(reader, 1);
  skipSpace(reader);
  if (reader.at < source.length)
    throw new IntrinsicSyntaxError(source, `unexpected text at character ${reader.at + 1}`);
  return call;
}

function readCall(reader: Reader, depth: number): Expression {
  const { source } = reader;
  if (depth > MAX_DEPTH) throw new IntrinsicSyntaxError(source, `calls are nested deeper than ${MAX_DEPTH}`);
  const head = take(reader, /States\.([A-Za-z0-9]+)\s*\(/y);
  if (!head) throw new IntrinsicSyntaxError(source, `a function is expected at character ${reader.at + 1}`);
  const name = head[1]!;
  const implementation = Object.hasOwn(INTRINSIC_FUNCTIONS, name) ? INTRINSIC_FUNCTIONS[name] : undefined;
  if (!implementation) throw new IntrinsicSyntaxError(source, `there is no function States.${name}`);
  const args = readArguments(reader, depth);
  const { minArguments, maxArguments } = implementation;
  if (args.length < minArguments || args.length > maxArguments) {
    const allowed = minArguments === maxArguments ? minArguments : `${minArguments} to ${maxArguments}`;
    throw new IntrinsicSyntaxError(source, `States.${name} takes ${allowed} arguments, got ${args.length}`);
  }
  const [first] = args;
  if (name === 'Format' && first && typeof first !== 'function') {
    const values = args.slice(1).map(toExpression);
    return (scope) =>
      formatTemplate(
        first.literal,
        values.map((value) => value(scope)),
      );
  }
  const expressions = args.map(toExpression);
  return (scope) =>
    implementation.apply(
      expressions.map((argument) => argument(scope)),
      scope.random,
    );
}

function readArguments(reader: Reader, depth: number): (Expression | Literal)[] {
  const args: (Expression | Literal)[] = [];
  skipSpace(reader);
  if (take(reader, /\)/y)) return args;
  for (;;) {
    skipSpace(reader);
    args.push(readArgument(reader, depth));
    skipSpace(reader);
    const separator = take(reader, /[,)]/y)?.[0];
    if (!separator) throw new IntrinsicSyntaxError(reader.source, `, or ) is expected at character ${reader.at + 1}`);
    if (separator === ')') return args;
  }
}

function readArgument(reader: Reader, depth: number): Expression | Literal {
  const { source, field } = reader;
  // Only the four escapes of the specification are allowed: AWS refuses any other at creation.
  const quoted = take(reader, /'((?:[^'\\]|\\['\\{}])*)'/y);
  if (quoted) return { literal: quoted[1]! };
  const number = take(reader, /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (number) return constant(Number(number[0]));
  const word = take(reader, /(?:true|false|null)\b/y);
  if (word) return constant(JSON.parse(word[0]));
  if (source[reader.at] === '$') return pathExpression(takePath(reader), field);
  return readCall(reader, depth + 1);
}

/** The text of a path argument: up to the next comma, parenthesis or space that is outside its brackets and quotes. */
function takePath(reader: Reader): string {
  const found = take(reader, /\$(?:\[(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\]'"])*\]|[^,)\s[])*/sy);
  return found![0];
}

/** An expression that reads a path; throws EvaluationError when it finds nothing. */
export function pathExpression(source: string, field: string): Expression {
  const path = compilePath(source);
  return (scope) => {
    const value = readPath(path, scope);
    if (value === undefined) throw notFound(source, field, scope);
    return value;
  };
}

/** The error of a path without a node, in AWS's words. */
export function notFound(source: string, field: string, scope: Scope): EvaluationError {
  const input = JSON.stringify(scope.input);
  return new EvaluationError(
    `The JSONPath '${source}' specified for the field '${field}' could not be found in the input '${input}'`,
  );
}

const constant =
  (value: unknown): Expression =>
  () =>
    value;

function toExpression(argument: Expression | Literal): Expression {
  if (typeof argument === 'function') return argument;
  return constant(argument.literal.replace(/\\(['\\{}])/g, '$1'));
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.source);
  if (found) reader.at = pattern.lastIndex;
  return found;
}

function skipSpace(reader: Reader): void {
  take(reader, /\s+/y);
}
