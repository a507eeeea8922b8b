import type { JsonObject } from '../values.ts';

/** How the answer of each service shows its HTTP headers (as recorded from AWS): spelling, and values that do not vary. */
const HEADERS: Record<string, [name: string, value?: string][]> = {
  lambda: [
    ['X-Amz-Log-Result'],
    ['X-Amz-Executed-Version'],
    ['x-amzn-Remapped-Content-Length', '0'],
    ['Connection', 'keep-alive'],
    ['x-amzn-RequestId'],
    ['Content-Length'],
    ['Date'],
    ['X-Amzn-Trace-Id'],
    ['Content-Type'],
  ],
  dynamodb: [
    ['Server', 'Server'],
    ['Connection', 'keep-alive'],
    ['x-amzn-RequestId'],
    ['x-amz-crc32'],
    ['Content-Length'],
    ['Date'],
    ['Content-Type'],
  ],
  states: [['x-amzn-RequestId'], ['connection', 'keep-alive'], ['Content-Length'], ['Date'], ['Content-Type']],
  sns: [['x-amzn-RequestId'], ['connection', 'keep-alive'], ['Content-Length'], ['Date'], ['Content-Type']],
};

/**
 * The members `SdkHttpMetadata` and `SdkResponseMetadata` of an optimized integration's result.
 * @param headers of the answer, names in lower case
 */
export function sdkMetadata(
  service: string,
  headers: Record<string, string>,
  requestId: string,
  nowMs: number,
  status = 200,
): JsonObject {
  const given: Record<string, string> = {
    date: new Date(nowMs).toUTCString(),
    ...headers,
    'x-amzn-requestid': requestId,
  };
  const shown = HEADERS[service]!.flatMap(([name, fixed]): [string, string][] => {
    const value = fixed ?? given[name.toLowerCase()];
    return value === undefined ? [] : [[name, value]];
  });
  const sorted = shown.toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(shown.map(([name, value]) => [name, [value]])),
      HttpHeaders: Object.fromEntries(sorted),
      HttpStatusCode: status,
    },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
