import { ServiceError } from '../errors.ts';

/** Where functions live. */
export interface FunctionPlace {
  region: string;
  accountId: string;
}

const ARN = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?`;
/** What AWS allows as name in a request, and what for a function that is made: it says so with these very patterns. */
const NAME = `${ARN}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const NEW_NAME = `${ARN}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`;
const QUALIFIER = String.raw`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`;
const LONGEST_NAME = 64;
const LONGEST_NEW_NAME_OR_ARN = 140;

export interface ParsedName {
  name: string;
  /** As asked: `$LATEST`, or a version or alias, which do not exist here. */
  qualifier?: string;
}

export const validationFault = (problem: string): ServiceError =>
  new ServiceError('ValidationException', `1 validation error detected: ${problem}`);

export const patternFault = (value: string, field: string, pattern: string): ServiceError =>
  validationFault(
    `Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  );

const whole = (pattern: string) => new RegExp(`^(${pattern})$`);

/** ARN of a function: `arn:aws:lambda:us-east-1:000000000000:function:observe`. */
export const functionArn = ({ region, accountId }: FunctionPlace, name: string): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

/** The name of a function that is to be made. Throws ServiceError `ValidationException`, `InvalidParameterValueException`. */
export function parseNewName(text: string, place: FunctionPlace): string {
  if (text.length > LONGEST_NEW_NAME_OR_ARN) {
    throw validationFault(
      `Value '${text}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_NEW_NAME_OR_ARN}`,
    );
  }
  if (!whole(NEW_NAME).test(text)) throw patternFault(text, 'functionName', NEW_NAME);
  const { name } = parseName(text, undefined, place);
  if (name.length > LONGEST_NAME) {
    throw new ServiceError(
      'InvalidParameterValueException',
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${LONGEST_NAME}`,
    );
  }
  return name;
}

/**
 * The parts of a name, a partial ARN (`account:function:name`) or an ARN, with a qualifier in it or beside it. Throws
 * ServiceError `ValidationException`, `ResourceNotFoundException` for another region's or account's function, and
 * `InvalidParameterValueException` for two qualifiers that differ.
 */
export function parseName(text: string, qualifier: string | undefined, place: FunctionPlace): ParsedName {
  if (!whole(NAME).test(text)) throw patternFault(text, 'functionName', NAME);
  if (qualifier !== undefined && !whole(QUALIFIER).test(qualifier))
    throw patternFault(qualifier, 'qualifier', QUALIFIER);
  const parts = text.replace(/^arn:[^:]*:lambda:/, '').split(':');
  if (/^[a-z-]+-\d$/.test(parts[0]) && parts.length > 1) {
    const region = parts.shift();
    if (region !== place.region) {
      throw new ServiceError(
        'ResourceNotFoundException',
        `Functions from '${region}' are not reachable in this region ('${place.region}')`,
        404,
      );
    }
  }
  const accountId = /^\d{12}$/.test(parts[0]) && parts.length > 1 ? parts.shift() : place.accountId;
  if (parts[0] === 'function' && parts.length > 1) parts.shift();
  const [name = '', own] = parts;
  if (own !== undefined && qualifier !== undefined && own !== qualifier) {
    throw new ServiceError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  if (accountId !== place.accountId) throw notFound(`arn:aws:lambda:${place.region}:${accountId}:function:${name}`);
  const asked = own ?? qualifier;
  return asked === undefined ? { name } : { name, qualifier: asked };
}

export const notFound = (arn: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
