import { ServiceError } from '../errors.ts';
import { parseJson } from '../json.ts';

/** What IAM allows (API reference, "CreateRole" and "PutRolePolicy"). */
const NAME = String.raw`[\w+=,.@-]+`;
const PATH = String.raw`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`;
const LARGEST_TRUST_POLICY = 131_072;

/** Parameters of a request; those that no one has read are refused by `done`. */
export interface Parameters {
  /** Throws ServiceError `ValidationError` when it is absent. */
  required(name: string): string;
  optional(name: string): string | undefined;
  /** A whole number. Throws ServiceError `ValidationError`. */
  number(name: string, least: number, most: number): number | undefined;
  /** Fields of `name.member.1`, `name.member.2` and so on. */
  members(name: string, fields: readonly string[]): Record<string, string>[];
  /** Throws ServiceError `ValidationError` for parameters that were sent and not asked for. */
  done(): void;
}

export const validationError = (message: string): ServiceError => new ServiceError('ValidationError', message);

const fault = (problem: string): ServiceError => validationError(`1 validation error detected: ${problem}`);

/** IAM names its parameters with a small letter when it finds fault with them. */
const field = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

export function readParameters(form: URLSearchParams): Parameters {
  const left = new Set(form.keys());
  left.delete('Action');
  left.delete('Version');
  const optional = (name: string): string | undefined => {
    left.delete(name);
    return form.get(name) ?? undefined;
  };
  return {
    optional,
    required(name) {
      const value = optional(name);
      if (value !== undefined) return value;
      throw fault(`Value null at '${field(name)}' failed to satisfy constraint: Member must not be null`);
    },
    number(name, least, most) {
      const text = optional(name);
      if (text === undefined) return undefined;
      const value = Number(text);
      const bound = value < least ? `greater than or equal to ${least}` : `less than or equal to ${most}`;
      if (Number.isInteger(value) && value >= least && value <= most) return value;
      throw fault(`Value '${text}' at '${field(name)}' failed to satisfy constraint: Member must have value ${bound}`);
    },
    members(name, fields) {
      const found: Record<string, string>[] = [];
      for (let at = 1; fields.some((each) => form.has(`${name}.member.${at}.${each}`)); at += 1) {
        found.push(Object.fromEntries(fields.map((each) => [each, optional(`${name}.member.${at}.${each}`) ?? ''])));
      }
      return found;
    },
    done() {
      if (left.size === 0) return;
      throw validationError(`${[...left].join(', ')}: not served by the embedded IAM; leave it out.`);
    },
  };
}

/** Name of a role or policy. Throws ServiceError `ValidationError`. */
export function readName(parameters: Parameters, name: string, longest: number): string {
  const value = parameters.required(name);
  const refuse = (constraint: string) =>
    fault(`Value '${value}' at '${field(name)}' failed to satisfy constraint: Member must ${constraint}`);
  if (value.length > longest) throw refuse(`have length less than or equal to ${longest}`);
  if (value === '') throw refuse('have length greater than or equal to 1');
  if (!new RegExp(`^${NAME}$`).test(value)) throw refuse(`satisfy regular expression pattern: ${NAME}`);
  return value;
}

/** Path of a role; `/` when absent. Throws ServiceError `ValidationError`. */
export function readPath(parameters: Parameters): string {
  const value = parameters.optional('Path') ?? '/';
  if (new RegExp(`^(${PATH})$`).test(value) && value.length <= 512) return value;
  throw validationError(
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  );
}

/** A policy's JSON text, as it came. Throws ServiceError `ValidationError`, `MalformedPolicyDocument`. */
export function readPolicy(parameters: Parameters, name: string): string {
  const text = parameters.required(name);
  if (text.length > LARGEST_TRUST_POLICY) {
    throw fault(
      `Value at '${field(name)}' failed to satisfy constraint: Member must have length less than or equal to ${LARGEST_TRUST_POLICY}`,
    );
  }
  let policy: unknown;
  try {
    policy = parseJson(text);
  } catch {
    throw new ServiceError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
  const statements = [(policy as { Statement?: unknown } | null)?.Statement].flat();
  if (statements.length === 0 || statements.some((each) => typeof each !== 'object' || each === null)) {
    throw new ServiceError('MalformedPolicyDocument', 'Syntax errors in policy.');
  }
  return text;
}
