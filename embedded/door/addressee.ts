/** What of a request is known before its body is read. */
export interface RequestHead {
  method: string;
  /** Path as sent, still percent-encoded. */
  path: string;
  /** Header names in lower case. */
  headers: Readonly<Record<string, string>>;
}

/** How a service speaks: where a request names its operation, and what an error looks like. */
export type Protocol = 'json' | 'query' | 'rest-json' | 's3';

/** Whom a request is for. */
export interface Addressee {
  /** The service by its name in signatures, such as `states`, whether it is served or not; `nocturne` for the engine's own pages; undefined when nothing names it. */
  service: string | undefined;
  protocol: Protocol;
}

/** Services of AWS's JSON protocol, by what stands before the operation in `x-amz-target`. */
export const jsonTargets: Readonly<Record<string, string>> = {
  AWSStepFunctions: 'states',
  DynamoDB_20120810: 'dynamodb',
  AWSEvents: 'events',
};

/** Services with paths of their own, and those of AWS's Query protocol. */
const restServices = ['lambda', 'scheduler'];
const queryServices = ['sts', 'iam', 'sns'];

/** Where the engine's own pages lie. No bucket's name has an underscore. */
export const ownPages = '/_nocturne';

/** The service within a signature's scope: `Credential=<key>/<day>/<region>/<service>/aws4_request`. */
export function signedService(headers: RequestHead['headers']): string | undefined {
  return /\bCredential=[^,\s]*\/([^/,\s]+)\/aws4_request\b/.exec(headers.authorization ?? '')?.[1]?.toLowerCase();
}

/** Whether a request has the outer form of AWS's Query protocol. */
export function isForm({ method, path, headers }: RequestHead): boolean {
  return (
    method === 'POST' &&
    path === '/' &&
    (headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
  );
}

/**
 * Tells whom a request is for, as one endpoint for all services can: by `x-amz-target`, by the service that it was
 * signed for, by the path of a function, by a form; what says nothing of the kind is for S3.
 */
export function addresseeOf(head: RequestHead): Addressee {
  const { path, headers } = head;
  const target = headers['x-amz-target'];
  if (target !== undefined) return { service: jsonTargets[target.split('.', 1)[0]!], protocol: 'json' };
  if (path === ownPages || path.startsWith(`${ownPages}/`)) return { service: 'nocturne', protocol: 'rest-json' };
  const signed = signedService(headers);
  if (signed === undefined) {
    if (/^\/2015-03-31\/functions(\/|$)/.test(path)) return { service: 'lambda', protocol: 'rest-json' };
    return isForm(head) ? { service: undefined, protocol: 'query' } : { service: 's3', protocol: 's3' };
  }
  if (signed === 's3') return { service: 's3', protocol: 's3' };
  if (restServices.includes(signed)) return { service: signed, protocol: 'rest-json' };
  if (queryServices.includes(signed)) return { service: signed, protocol: 'query' };
  if (Object.values(jsonTargets).includes(signed)) return { service: undefined, protocol: 'json' };
  return { service: signed, protocol: isForm(head) ? 'query' : 'rest-json' };
}
