import { randomStream } from '../../core/random.ts';

/** What a request to AWS asks for, as far as rules look at it. */
export interface Seen {
  service: 's3' | 'dynamodb' | 'lambda' | 'states' | 'events' | 'other';
  /** Name of the API operation: `PutObject`, `GetItem`, `Invoke`. */
  operation: string;
  /** Key of an object, name of a function, or the JSON of the request: whatever tells one request from another. */
  subject: string;
}

/** An answer of AWS that is no success. */
export interface FaultAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What happens instead of the request, or beside it. */
export type Fault =
  | { kind: 'answer'; answer: FaultAnswer }
  /** The connection breaks before an answer. */
  | { kind: 'reset' }
  | { kind: 'delay'; delayMs: number }
  /** The request succeeds, and then something happens before its sender hears of it. */
  | { kind: 'then'; act: () => Promise<void> };

const json = (status: number, type: string, message: string): Fault => ({
  kind: 'answer',
  answer: {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, message }),
  },
});
const xml = (status: number, code: string, message: string): Fault => ({
  kind: 'answer',
  answer: {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  },
});
const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';

/** Faults with the words of AWS (S3 "Error responses", DynamoDB "Error handling", Lambda "Invoke" in their API references). */
export const FAULTS = {
  s3SlowDown: xml(503, 'SlowDown', 'Please reduce your request rate.'),
  s3InternalError: xml(500, 'InternalError', 'We encountered an internal error. Please try again.'),
  s3AccessDenied: xml(403, 'AccessDenied', 'Access Denied'),
  dynamodbThrottled: json(
    400,
    `${DYNAMODB}ProvisionedThroughputExceededException`,
    'The level of configured provisioned throughput for the table was exceeded.',
  ),
  dynamodbInternalError: json(500, `${DYNAMODB}InternalServerError`, 'The request processing has failed.'),
  dynamodbAccessDenied: json(
    400,
    'com.amazon.coral.service#AccessDeniedException',
    'User is not authorized to perform the operation',
  ),
  lambdaThrottled: json(429, 'TooManyRequestsException', 'Rate Exceeded.'),
  lambdaInternalError: json(500, 'ServiceException', 'An error occurred and the request cannot be processed.'),
  reset: { kind: 'reset' },
} as const satisfies Record<string, Fault>;

/** Which requests of those that match a rule have the fault: counted from 1, or a share of them all. */
export type When = { nth: number } | { first: number } | { share: number; seed: number };

export interface Rule {
  service: Seen['service'];
  operation?: string;
  subject?: RegExp;
  when: When;
  fault: Fault;
}

export interface Struck {
  rule: Rule;
  seen: Seen;
}

/** Decides for each request, in the order in which they come. */
export interface Injector {
  /** The fault of this request, if any rule has one for it. */
  decide(seen: Seen): Fault | undefined;
  /** Every request that had a fault. */
  log: readonly Struck[];
}

/** An injector for rules; each counts the requests that match it, and the first that strikes holds. */
export function createInjector(rules: readonly Rule[]): Injector {
  const matches = new Map<Rule, number>();
  const log: Struck[] = [];
  return {
    log,
    decide(seen) {
      let struck: Rule | undefined;
      for (const rule of rules.filter((each) => isFor(each, seen))) {
        const count = (matches.get(rule) ?? 0) + 1;
        matches.set(rule, count);
        if (strikes(rule.when, count)) struck ??= rule;
      }
      if (struck) log.push({ rule: struck, seen });
      return struck?.fault;
    },
  };
}

const isFor = (rule: Rule, seen: Seen): boolean =>
  rule.service === seen.service &&
  (rule.operation === undefined || rule.operation === seen.operation) &&
  (rule.subject === undefined || rule.subject.test(seen.subject));

function strikes(when: When, count: number): boolean {
  if ('nth' in when) return count === when.nth;
  if ('first' in when) return count <= when.first;
  return randomStream(when.seed, 'injected', String(count)).uniform() < when.share;
}

/** What a request as it goes over the wire asks for. Buckets stand in the path. */
export function seenIn(request: {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}): Seen {
  const { method, path, headers, body } = request;
  const [, targetService, operation] = /^(\w+?)(?:_\d+)?\.(\w+)$/.exec(headers['x-amz-target'] ?? '') ?? [];
  if (operation !== undefined) {
    const services: Record<string, Seen['service']> = {
      DynamoDB: 'dynamodb',
      AWSStepFunctions: 'states',
      AWSEvents: 'events',
    };
    return { service: services[targetService] ?? 'other', operation, subject: body };
  }
  const plainPath = decodeURIComponent(path.split('?')[0]);
  const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(plainPath);
  if (invoked) return { service: 'lambda', operation: 'Invoke', subject: invoked[1] };
  const [, , key = ''] = /^\/([^/]+)\/?(.*)$/.exec(plainPath) ?? [];
  const verb = { GET: 'Get', PUT: 'Put', HEAD: 'Head', DELETE: 'Delete' }[method];
  if (!verb || headers['content-type']?.includes('x-www-form-urlencoded')) {
    return { service: 'other', operation: method, subject: plainPath };
  }
  if (method === 'GET' && key === '') return { service: 's3', operation: 'ListObjectsV2', subject: path };
  return { service: 's3', operation: `${verb}${key === '' ? 'Bucket' : 'Object'}`, subject: key };
}
