import { ServiceError } from '../errors.ts';
import { faults } from './faults.ts';
import type { JsonObject } from './values.ts';

/** Length limits of a text member. */
interface Lengths {
  min?: number;
  max: number;
}

/** A text member of a request that may be absent. Throws ValidationException. */
export function optionalText(request: JsonObject, name: string, { min = 0, max }: Lengths): string | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    throw new ServiceError('SerializationException', `The member '${name}' must be a string but is ${typeof value}`);
  }
  const bound = value.length > max ? `less than or equal to ${max}` : `greater than or equal to ${min}`;
  if (value.length > max || value.length < min) {
    throw faults.validation(
      `Value '${value}' at '${name}' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  return value;
}

/** A text member that a request must have. Throws ValidationException. */
export function requiredText(request: JsonObject, name: string, lengths: Lengths): string {
  const value = optionalText(request, name, lengths);
  if (value !== undefined) return value;
  throw faults.validation(`Value null at '${name}' failed to satisfy constraint: Member must not be null`);
}

/** A member that must be one of some texts. Throws ValidationException. */
export function oneOf<T extends string>(request: JsonObject, name: string, allowed: readonly T[]): T | undefined {
  const value = request[name];
  if (value === undefined || value === null) return undefined;
  if (allowed.includes(value as T)) return value as T;
  throw faults.validation(
    `Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
  );
}

/** Page size: 1 to 1000; absent or 0 stands for the default. Throws ValidationException. */
export function pageSize(request: JsonObject, defaultSize = 100, maximum = 1000): number {
  const value = request.maxResults;
  if (value === undefined || value === null || value === 0) return defaultSize;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= maximum) return value;
  const bound =
    typeof value === 'number' && value > maximum ? `less than or equal to ${maximum}` : 'greater than or equal to 0';
  throw faults.validation(
    `Value '${value}' at 'maxResults' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/**
 * The position that a page token stands for, or the given start when there is none.
 * @param query what the token belongs to: AWS wants all other arguments unchanged
 * Throws InvalidToken.
 */
export function pageStart<T extends string | number>(
  request: JsonObject,
  maxLength: number,
  query: string,
  start: T,
): T {
  const token = optionalText(request, 'nextToken', { min: 1, max: maxLength });
  if (token === undefined) return start;
  try {
    const [tokenQuery, position] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (tokenQuery === query && typeof position === typeof start) return position;
  } catch {
    // Not a token of ours: refused below, like one that belongs to another query.
  }
  throw faults.invalidToken(token);
}

/** A page token for the position behind the last item given out. */
export function pageToken(query: string, position: string | number): string {
  return Buffer.from(JSON.stringify([query, position])).toString('base64url');
}

/** AWS's rule for names: no whitespace, brackets, wildcards, special or control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN_IN_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

/** Checks a name of a machine or execution, 1 to 80 characters. Throws ValidationException or InvalidName. */
export function checkedName(name: string): string {
  if (FORBIDDEN_IN_NAME.test(name)) throw faults.invalidName(name);
  return name;
}

/** An ARN member that must name a resource of the given kind. Throws ValidationException or InvalidArn. */
export function arnOf(request: JsonObject, name: string, kind: 'stateMachine' | 'execution' | 'mapRun'): string {
  const arn = requiredText(request, name, { min: 1, max: kind === 'mapRun' ? 2000 : 256 });
  const parts = arn.split(':');
  if (parts[0] !== 'arn') throw faults.invalidArn(`Invalid ARN prefix: ${arn}`);
  if (parts[2] !== 'states') throw faults.invalidArn(`ARN is not for Step Functions: ${arn}`);
  if (parts[5] !== kind) throw faults.invalidArn(`Resource type not valid in this context: ${parts[5] ?? ''}`);
  return arn;
}
