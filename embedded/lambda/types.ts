/** What a function is given beside its event: the part of Lambda's context object that handlers use. */
export interface FunctionContext {
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A handler as Lambda knows it: JSON in, JSON out; whatever it throws becomes the invocation's error. */
export type FunctionHandler = (event: unknown, context: FunctionContext) => Promise<unknown>;

/** Where worker threads find a handler. */
export interface WorkerModule {
  module: URL;
  /** Name under which the module exports the handler. */
  export: string;
  /**
   * A module that is imported first, whose export `prepare` is given an SDK `requestHandler` that reaches the engine without
   * sockets.
   */
  prepare?: URL;
}

/** A function of the program that opens the engine. */
export interface FunctionDefinition {
  name: string;
  /** The function itself, which runs in this thread, or where worker threads find it: for work that takes a core for long. */
  handler: FunctionHandler | WorkerModule;
  /** Time limit in seconds, 1 to 900. A worker past it is ended; a handler in this thread is only answered for. */
  timeoutS: number;
  /** Memory size in MB: the limit of a worker's heap; elsewhere reported, not enforced. */
  memoryMb: number;
  /** Variables that the function finds in its environment; for a handler in this thread reported, the process has set them. */
  environment?: Readonly<Record<string, string>>;
}

/** The answer of Lambda's Invoke: `functionError` is set when the handler threw, and the payload then holds `{errorType, errorMessage, trace}`. */
export interface Invocation {
  payload: string;
  functionError?: 'Unhandled';
}

export interface InvokeOptions {
  /** Told what Lambda would write to the function's log, line by line or in pieces. */
  onLog?: (text: string) => void;
  /** `context.clientContext` of a function from a zip file. */
  clientContext?: unknown;
}

/** Calls a function by name or ARN with a JSON text. Throws ServiceError `ResourceNotFoundException` for an unknown one. */
export type FunctionInvoker = (nameOrArn: string, payload: string, options?: InvokeOptions) => Promise<Invocation>;
