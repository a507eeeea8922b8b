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

export interface FunctionDefinition {
  name: string;
  handler: FunctionHandler;
  /** Time limit in seconds, 1 to 900. */
  timeoutS: number;
  /** Memory size in MB; reported, not enforced. */
  memoryMb: number;
  /** Variables that the function finds in its environment; reported, the process has set them. */
  environment?: Readonly<Record<string, string>>;
}

/** The answer of Lambda's Invoke: `functionError` is set when the handler threw, and the payload then holds `{errorType, errorMessage, trace}`. */
export interface Invocation {
  payload: string;
  functionError?: 'Unhandled';
}

/** Calls a function by name or ARN with a JSON text. Throws ServiceError `ResourceNotFoundException` for an unknown one. */
export type FunctionInvoker = (nameOrArn: string, payload: string) => Promise<Invocation>;
