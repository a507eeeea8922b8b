import type { FunctionFailure } from './failures.ts';

/** What a thread or process of a function is sent: one invocation at a time. */
export interface InvokeMessage {
  payload: string;
  limitMs: number;
  context: {
    functionName: string;
    functionVersion: string;
    invokedFunctionArn: string;
    memoryLimitInMB: string;
    awsRequestId: string;
    clientContext?: unknown;
  };
}

/** What a thread or process of a function tells. */
export type SandboxMessage =
  /** The function's code is loaded: the time limit counts from here. */
  | { kind: 'ready' }
  | { kind: 'log'; text: string }
  | { kind: 'done'; payload: string }
  /** With `ends`, the sender is about to end: it can take no other invocation. */
  | { kind: 'failed'; failure: FunctionFailure; ends?: true };
