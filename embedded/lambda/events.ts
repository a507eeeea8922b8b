import { ServiceError } from '../errors.ts';
import { parseJson } from '../json.ts';

/** Lambda's limits on the JSON of an invocation, in bytes (Developer Guide, "Lambda quotas"). */
const largestRequestBytes = { RequestResponse: 6_291_456, Event: 1_048_576 };

/** Throws ServiceError `RequestTooLargeException`, and `InvalidRequestContentException` for what is not JSON. */
export function checkEvent(payload: string, type: keyof typeof largestRequestBytes): void {
  if (Buffer.byteLength(payload) > largestRequestBytes[type]) {
    throw new ServiceError(
      'RequestTooLargeException',
      `${Buffer.byteLength(payload)} byte payload is too large for the ${type} invocation type (limit ${largestRequestBytes[type]} bytes)`,
      413,
    );
  }
  if (payload === '') return;
  try {
    parseJson(payload);
  } catch (error) {
    throw new ServiceError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${error instanceof Error ? error.message : error}`,
    );
  }
}
