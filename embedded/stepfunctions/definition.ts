import type { Condition } from './choice.ts';
import type { Distribution } from './distributed-map/definition.ts';
import type { Expression } from './intrinsics.ts';
import type { CompiledPath } from './paths.ts';
import type { Query } from './queries.ts';
import type { Retrier } from './retry.ts';
import type { Template } from './templates.ts';

/** A path field: absent stands for `$`, null for an empty object. */
export type PathField = CompiledPath | null | undefined;

/** A ResultPath: absent stands for `$`, null for "drop the result". */
export type ResultPathField = CompiledPath | null | undefined;

/** The languages that a state's fields can be written in. */
export type QueryLanguage = 'JSONPath' | 'JSONata';

interface StateBase {
  name: string;
  language: QueryLanguage;
  inputPath: PathField;
  outputPath: PathField;
  /** The Output of a JSONata state. */
  output: Template | undefined;
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

/** A number given in the definition, found through a path, or calculated by a JSONata expression. */
export interface NumberField {
  value: number | undefined;
  path: CompiledPath | undefined;
  query: Query | undefined;
}

export interface WaitState extends StateBase {
  type: 'Wait';
  seconds: NumberField;
  /** Milliseconds since the Unix epoch. */
  timestampMs: number | undefined;
  timestampPath: CompiledPath | undefined;
  /** Timestamp as a JSONata expression; gives a string. */
  timestampQuery: Query | undefined;
}

export interface ChoiceRule {
  condition: Condition;
  next: string;
  /** The rule's own Output, in a JSONata state. */
  output: Template | undefined;
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
  /** The catcher's Output, in a JSONata state. */
  output: Template | undefined;
  assign: Template | undefined;
}

/** What Task, Map and Parallel share: they have results that are shaped, and errors that are handled. */
export interface WorkStateBase extends StateBase {
  resultSelector: Template | undefined;
  resultPath: ResultPathField;
  retriers: Retrier[];
  catchers: Catcher[];
}

/** How a Task state waits: for the call's answer, for the work that the call began, or for the task's token to come back. */
export type TaskPattern = 'answer' | 'sync' | 'sync:2' | 'waitForTaskToken';

/** What a Task state calls: a function by its ARN, or an operation of a service. */
export type TaskResource =
  | { kind: 'lambdaFunction'; functionArn: string }
  | {
      kind: 'integration';
      /** As in the history: `lambda`, `states`, `aws-sdk:s3` … */
      service: string;
      /** The operation, beginning with a small letter. */
      action: string;
      pattern: TaskPattern;
    };

export interface TaskState extends WorkStateBase {
  type: 'Task';
  resource: TaskResource;
  parameters: Template | undefined;
  timeoutS: NumberField;
  heartbeatS: NumberField;
}

export interface ParallelState extends WorkStateBase {
  type: 'Parallel';
  parameters: Template | undefined;
  branches: Flow[];
}

export interface MapState extends WorkStateBase {
  type: 'Map';
  itemsPath: CompiledPath | undefined;
  /** The Items of a JSONata state; gives an array. */
  items: Query | undefined;
  itemSelector: Template | undefined;
  /** 0 stands for no limit. */
  maxConcurrency: NumberField;
  processor: Flow;
  /** What makes the state one of mode DISTRIBUTED; undefined for mode INLINE. */
  distribution: Distribution | undefined;
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
  /** @param location where in the definition; undefined for a problem of the whole */
  add(location: string | undefined, message: string, code?: string): void;
}

export const SCHEMA_VALIDATION_FAILED = 'SCHEMA_VALIDATION_FAILED';
export const MISSING_TRANSITION_TARGET = 'MISSING_TRANSITION_TARGET';
export const MISSING_END_STATE = 'MISSING_END_STATE';

export function newDiagnostics(): Diagnostics {
  const found: Diagnostic[] = [];
  return {
    found,
    add(location, message, code = SCHEMA_VALIDATION_FAILED) {
      found.push({ severity: 'ERROR', code, message, ...(location === undefined ? {} : { location }) });
    },
  };
}
