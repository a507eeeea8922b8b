import { evaluate, type PathShape, PathSyntaxError, parseShape } from './path-parser.ts';
import { child } from './path-steps.ts';
import type { JsonObject } from './values.ts';

/** Workflow variables of one scope; inner scopes (Map iterations, Parallel branches) read through to the outer ones. */
export interface Variables {
  values: Map<string, unknown>;
  outer: Variables | undefined;
}

/** What a path, an intrinsic function or an expression can see. */
export interface Scope {
  /** The value that `$` stands for; in a JSONata state `$states.input`. */
  input: unknown;
  /** The context object, `$$`. */
  context: JsonObject;
  variables: Variables;
  /** Uniform in [0, 1). */
  random: () => number;
  /** What a JSONata state has come to: `$states.result`, or `$states.errorOutput` in a catcher. */
  outcome?: { result: unknown } | { errorOutput: unknown } | undefined;
}

/** A JSONPath, parsed once. */
export interface CompiledPath extends PathShape {
  source: string;
  root: 'input' | 'context' | 'variable';
  /** Name of the variable when the root is one. */
  variable: string;
}

const VARIABLE_ROOT = /^\$(\p{ID_Start}[\p{ID_Continue}]*)/u;
const cache = new Map<string, CompiledPath>();
/** Most texts kept parsed: definitions that are validated and thrown away must not fill the memory. */
const CACHED_PATHS = 10_000;

/**
 * Parses a JSONPath with root `$` (the input), `$$` (the context object) or `$name` (a variable).
 * Throws PathSyntaxError for a text that is none, or that uses what this engine lacks.
 */
export function compilePath(source: string): CompiledPath {
  let path = cache.get(source);
  if (!path) {
    path = parsePath(source);
    if (cache.size >= CACHED_PATHS) cache.clear();
    cache.set(source, path);
  }
  return path;
}

function parsePath(source: string): CompiledPath {
  if (!source.startsWith('$')) throw new PathSyntaxError(source, 'it must begin with $');
  const variable = source.startsWith('$$') ? undefined : VARIABLE_ROOT.exec(source)?.[1];
  const root = source.startsWith('$$') ? 'context' : variable ? 'variable' : 'input';
  const start = root === 'context' ? 2 : 1 + (variable?.length ?? 0);
  return { source, root, variable: variable ?? '', ...parseShape(source, start) };
}

/**
 * Evaluates a path. Returns undefined when it finds nothing; a path that can select several nodes gives an array,
 * possibly empty.
 */
export function readPath(path: CompiledPath, scope: Scope): unknown {
  return evaluate(path, rootOf(path, scope));
}

function rootOf(path: CompiledPath, scope: Scope): unknown {
  if (path.root === 'input') return scope.input;
  if (path.root === 'context') return scope.context;
  for (let variables: Variables | undefined = scope.variables; variables; variables = variables.outer) {
    if (variables.values.has(path.variable)) return variables.values.get(path.variable);
  }
  return undefined;
}

/** Why a path found nothing, in the words of AWS's path library. */
export function missingReason(path: CompiledPath, scope: Scope): string {
  let value = rootOf(path, scope);
  let walked = '$';
  for (const [position, step] of path.steps.entries()) {
    if (value === undefined || (step.kind !== 'member' && step.kind !== 'index')) break;
    walked += step.kind === 'member' ? `['${step.name}']` : `[${step.index}]`;
    value = child(value, step);
    if (value === undefined && position < path.steps.length - 1) return `Missing property in path ${walked}`;
  }
  return `No results for path: ${walked}`;
}

/** Whether a path finds nothing because an array that it comes to has too few items. */
export function isBehindEnd(path: CompiledPath, scope: Scope): boolean {
  let value = rootOf(path, scope);
  for (const step of path.steps) {
    const inner = child(value, step);
    if (inner === undefined) return step.kind === 'index' && Array.isArray(value);
    value = inner;
  }
  return false;
}
