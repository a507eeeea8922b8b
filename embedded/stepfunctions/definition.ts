import type { Condition } from './choice.ts';
import type { Expression } from './intrinsics.ts';
import type { CompiledPath } from './paths.ts';
import type { Retrier } from './retry.ts';
import type { Template } from './templates.ts';

/** A path field: absent stands for `$`, null for an empty object. */
export type PathField = CompiledPath | null | undefined;

/** A ResultPath: absent stands for `$`, null for "drop the result". */
export type ResultPathField = CompiledPath | null | undefined;

interface StateBase {
  name: string;
  inputPath: PathField;
  outputPath: PathField;
  assign: Template | undefined;
  /** The next state; undefined in a terminal state. */
  next: string | undefined;
}

export interface PassState extends StateBase {
  type: 'Pass';
  parameters: Template | undefined;
  /** The literal result; undefined when there is none. */
  result: unknown;
  resultPath: ResultPathField;
}

/** A number given in the definition or found through a path. */
export interface NumberField {
  value: number | undefined;
  path: CompiledPath | undefined;
}

export interface WaitState extends StateBase {
  type: 'Wait';
  seconds: NumberField;
  /** Milliseconds since the Unix epoch. */
  timestampMs: number | undefined;
  timestampPath: CompiledPath | undefined;
}

export interface ChoiceRule {
  condition: Condition;
  next: string;
  assign: Template | undefined;
}

export interface ChoiceState extends StateBase {
  type: 'Choice';
  rules: ChoiceRule[];
  /** The Default state. */
  otherwise: string | undefined;
}

export interface SucceedState extends StateBase {
  type: 'Succeed';
}

export interface FailState extends StateBase {
  type: 'Fail';
  error: Expression | undefined;
  cause: Expression | undefined;
}

export interface Catcher {
  errorEquals: string[];
  next: string;
  resultPath: ResultPathField;
  assign: Template | undefined;
}

/** What Task, Map and Parallel share: they have results that are shaped, and errors that are handled. */
export interface WorkStateBase extends StateBase {
  resultSelector: Template | undefined;
  resultPath: ResultPathField;
  retriers: Retrier[];
  catchers: Catcher[];
}

/** What a Task state calls. */
export type TaskResource =
  | { kind: 'lambdaFunction'; functionArn: string }
  | { kind: 'lambdaInvoke' }
  | { kind: 'startExecution'; waits: 'no' | 'sync' | 'sync2' };

export interface TaskState extends WorkStateBase {
  type: 'Task';
  resource: TaskResource;
  parameters: Template | undefined;
  timeoutS: NumberField;
}

export interface ParallelState extends WorkStateBase {
  type: 'Parallel';
  parameters: Template | undefined;
  branches: Flow[];
}

export interface MapState extends WorkStateBase {
  type: 'Map';
  itemsPath: CompiledPath | undefined;
  itemSelector: Template | undefined;
  /** 0 stands for no limit. */
  maxConcurrency: NumberField;
  processor: Flow;
}

export type WorkState = TaskState | ParallelState | MapState;
export type State = PassState | WaitState | ChoiceState | SucceedState | FailState | WorkState;

/** A set of states with its start: a machine, a branch of a Parallel state, the processor of a Map state. */
export interface Flow {
  startAt: string;
  states: Map<string, State>;
}

/** A state machine definition, compiled once and run many times. */
export interface Definition {
  flow: Flow;
  /** Time limit of an execution in seconds. */
  timeoutS: number | undefined;
}

/** One problem of a definition, as ValidateStateMachineDefinition reports it. */
export interface Diagnostic {
  severity: 'ERROR';
  code: string;
  message: string;
  /** Path in the definition, such as `/States/Slew/Next`. */
  location?: string;
}

/** Collects the problems of one definition while it is compiled. */
export interface Diagnostics {
  found: Diagnostic[];
  add(location: string, message: string, code?: string): void;
}

export const SCHEMA_VALIDATION_FAILED = 'SCHEMA_VALIDATION_FAILED';
export const MISSING_TRANSITION_TARGET = 'MISSING_TRANSITION_TARGET';

export function newDiagnostics(): Diagnostics {
  const found: Diagnostic[] = [];
  return {
    found,
    add(location, message, code = SCHEMA_VALIDATION_FAILED) {
      found.push({ severity: 'ERROR', code, message, location });
    },
  };
}
