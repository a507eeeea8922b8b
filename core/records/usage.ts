import * as z from 'zod';
import { nonNegative } from './primitives.ts';

const count = z.int().nonnegative();

/** What one invocation of a function used: its result's `usage`, which stands in the history and nowhere else. */
export const functionUsage = z.object({
  /** Wall time of the handler; AWS also bills the start of a new instance. */
  durationMs: nonNegative,
  /** Units that DynamoDB says it took, indexes included. */
  dynamodbReadUnits: nonNegative,
  dynamodbWriteUnits: nonNegative,
  /** Requests of the dear class: PUT, COPY, POST, LIST. */
  s3Puts: count,
  s3Gets: count,
  stepFunctionsRequests: count,
  /** Events, not requests: a request may carry several. */
  eventsPuts: count,
});
export type FunctionUsage = z.infer<typeof functionUsage>;

/** Nothing used yet. */
export const noUsage = (): FunctionUsage => ({
  durationMs: 0,
  dynamodbReadUnits: 0,
  dynamodbWriteUnits: 0,
  s3Puts: 0,
  s3Gets: 0,
  stepFunctionsRequests: 0,
  eventsPuts: 0,
});
