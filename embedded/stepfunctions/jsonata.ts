import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Context, createContext, runInContext, Script } from 'node:vm';
import type { ExprNode } from 'jsonata';

/** Limits of one evaluation. AWS documents none; it was measured to refuse nesting and sequences of these sizes. */
const MAX_DEPTH = 100;
const MAX_SEQUENCE_ITEMS = 873_782;
/** Longest evaluation in milliseconds: the engine does nothing else meanwhile. */
const MAX_EVALUATION_MS = 2_000;

/** A text that is not a JSONata expression; the message is the parser's own, without its code. */
export class JsonataSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonataSyntaxError';
  }
}

/** An expression that failed while it was evaluated; the message reads as it stands in a cause. */
export class JsonataEvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonataEvaluationError';
  }
}

/** Thrown for a result that JSON cannot hold: a function or a regular expression. */
export class JsonataResultError extends Error {}

/** A JSONata expression, parsed once. */
export interface CompiledJsonata {
  ast: ExprNode;
  /**
   * Evaluates the expression without a context value; gives undefined for "nothing".
   * @param bindings variables and functions by their names without `$`
   * Throws JsonataEvaluationError, JsonataResultError.
   */
  evaluate(bindings: Record<string, unknown>): unknown;
}

/** What runs inside the context: the library's own promises must belong to it, or they would not settle there. */
const RUNNER = `
  const unsupported = {};
  const check = (name, value) => {
    if (typeof value === 'function' || value?._jsonata_lambda || value?._jsonata_function) throw unsupported;
    // AWS gives the names of the numbers that JSON lacks: 1/0 is "Infinity".
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  };
  globalThis.parse = (text, options) => {
    const expression = global.jsonata(text, options);
    expression.assign('eval', undefined);
    return expression;
  };
  globalThis.start = (job) => {
    job.expression.evaluate(undefined, job.bindings).then((value) => {
      job.text = value === undefined ? undefined : JSON.stringify(value, check);
      job.state = 'done';
    }).catch((cause) => {
      job.cause = cause;
      job.state = cause === unsupported ? 'unsupported' : 'failed';
    });
  };
`;

interface Job {
  expression: object;
  bindings: Record<string, unknown>;
  state: 'started' | 'done' | 'failed' | 'unsupported';
  text: string | undefined;
  cause: unknown;
}

interface Sandbox {
  context: Context;
  startJob: Script;
}

let sandbox: Sandbox | undefined;

/**
 * The library evaluates through promises, though it never waits for anything. In a context whose microtasks run before
 * `runInContext` returns, an evaluation is a plain call: it can be timed out, and a state is left in one turn.
 */
function openSandbox(): Sandbox {
  const context = createContext({ global: { Buffer }, job: undefined }, { microtaskMode: 'afterEvaluate' });
  const path = createRequire(import.meta.url).resolve('jsonata');
  runInContext(readFileSync(path, 'utf8'), context, { filename: path });
  runInContext(RUNNER, context);
  return { context, startJob: new Script('start(job)') };
}

/** Parses an expression, as it stands between `{%` and `%}`. Throws JsonataSyntaxError. */
export function compileJsonata(text: string): CompiledJsonata {
  sandbox ??= openSandbox();
  const { context, startJob } = sandbox;
  const options = { timeout: MAX_EVALUATION_MS, stack: MAX_DEPTH, sequence: MAX_SEQUENCE_ITEMS };
  let expression: { ast(): ExprNode };
  try {
    expression = context.parse(text, options);
  } catch (cause) {
    throw new JsonataSyntaxError(messageOf(cause));
  }
  const ast = expression.ast();
  // The library looks at the time between its steps; a regular expression is one step, however long it takes.
  const limits = usesPattern(ast) ? { timeout: MAX_EVALUATION_MS } : {};
  const evaluate = (bindings: Record<string, unknown>) => {
    const job: Job = { expression, bindings, state: 'started', text: undefined, cause: undefined };
    context.job = job;
    try {
      startJob.runInContext(context, limits);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
      throw new JsonataEvaluationError(TIMED_OUT);
    } finally {
      context.job = undefined;
    }
    if (job.state === 'unsupported') throw new JsonataResultError();
    if (job.state !== 'done') throw new JsonataEvaluationError(causeOf(job.cause));
    return job.text === undefined ? undefined : JSON.parse(job.text);
  };
  return { ast, evaluate };
}

const TIMED_OUT = ': Expression evaluation timeout: Check for infinite loop';
const TOO_DEEP =
  ': Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive';
const TOO_LARGE = ': Expression evaluation memory limit exceeded: Check for excessive memory usage';

/** AWS's own words for the limits, which it reports without a code. */
const LIMITS: Record<string, string> = { D1011: TOO_DEEP, D1012: TIMED_OUT, D2014: TOO_LARGE, D2015: TOO_LARGE };

function causeOf(cause: unknown): string {
  const { code } = cause as { code?: string };
  if (code !== undefined && Object.hasOwn(LIMITS, code)) return LIMITS[code]!;
  if (cause instanceof RangeError || (cause as Error)?.name === 'RangeError') return TOO_DEEP;
  return code === undefined ? `: ${messageOf(cause)}` : `. ${code}: ${messageOf(cause)}`;
}

function messageOf(cause: unknown): string {
  return (cause as { message?: string })?.message ?? String(cause);
}

function usesPattern(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ((node as ExprNode).type === ('regex' as ExprNode['type'])) return true;
  return Object.values(node).some(usesPattern);
}
