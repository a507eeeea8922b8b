import { ServiceError } from '../errors.ts';
import type { Service } from '../http.ts';
import type { FunctionPlace } from './names.ts';
import type { FunctionRuntime } from './runtime.ts';
import type { FunctionRecord } from './store.ts';

/** What Lambda's operations work with. */
export interface OperationContext extends FunctionPlace {
  runtime: FunctionRuntime;
  /** Where the codes lie that a request names by their bucket. */
  s3: Service;
  /** Address at which the engine can be reached. */
  endpoint(): Promise<string>;
}

/** A function that clients may change. Throws ServiceError `ResourceNotFoundException`, `AccessDeniedException`. */
export function deployedFunction({ runtime }: OperationContext, name: string, qualifier?: string): FunctionRecord {
  const known = runtime.find(name, qualifier);
  if ('deployed' in known) return known.deployed;
  throw new ServiceError(
    'AccessDeniedException',
    `The function ${known.own.name} belongs to the program that runs this engine, and cannot be changed; make one of another name.`,
    403,
  );
}
