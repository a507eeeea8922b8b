import { ServiceError } from '../errors.ts';
import { faults } from './faults.ts';

export type JsonObject = Record<string, unknown>;

/** What EventBridge's API model says about a member of a request. */
export interface Member {
  type: 'string' | 'integer' | 'boolean' | 'number' | 'list' | 'map' | 'structure';
  required?: boolean;
  /** Length of a text or list, or value of a number. */
  min?: number;
  max?: number;
  pattern?: string;
  values?: readonly string[];
  /** Of a list's elements or a map's values. */
  each?: Member;
  /** Of a structure. */
  members?: Members;
}

export type Members = Record<string, Member>;

export const NAME = '[\\.\\-_A-Za-z0-9]+';
export const BUS_NAME: Member = {
  type: 'string',
  min: 1,
  max: 1600,
  pattern: '(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+',
};
export const RULE_NAME: Member = { type: 'string', required: true, min: 1, max: 64, pattern: NAME };
export const PAGING: Members = {
  Limit: { type: 'integer', min: 1, max: 100 },
  NextToken: { type: 'string', min: 1, max: 2048 },
};
export const TAGS: Member = {
  type: 'list',
  each: {
    type: 'structure',
    members: {
      Key: { type: 'string', required: true, min: 1, max: 128 },
      Value: { type: 'string', required: true, max: 256 },
    },
  },
};

/**
 * Checks a request against its members, all faults at once as AWS tells them. A member that is not named is refused: this
 * engine does not take what it would not do.
 * Throws ValidationException, and SerializationException for a value of another type.
 */
export function checkMembers(request: JsonObject, members: Members, service = 'EventBridge'): void {
  refuseUnknown(request, members, '', service);
  const found: string[] = [];
  checkStructure(request, members, '', found);
  if (found.length === 0) return;
  const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`;
  throw faults.validation(`${count} detected: ${found.join('; ')}`);
}

/** Throws ValidationException for a member that this engine does not serve, in structures within structures too. */
function refuseUnknown(value: unknown, members: Members, path: string, service: string): void {
  if (!hasType(value, 'structure')) return;
  for (const [name, member] of Object.entries(value as JsonObject)) {
    if (member == null) continue;
    if (!Object.hasOwn(members, name)) {
      const known = Object.keys(members).join(', ') || 'none';
      throw faults.validation(
        `Parameter ${path}${name} is not served by the embedded ${service}. Allowed here: ${known}.`,
      );
    }
    const { members: inner, each } = members[name]!;
    const where = `${path}${name[0]!.toLowerCase()}${name.slice(1)}.`;
    if (inner) refuseUnknown(member, inner, where, service);
    if (each?.members && Array.isArray(member)) {
      for (const [index, item] of member.entries())
        refuseUnknown(item, each.members, `${where}${index + 1}.member.`, service);
    }
  }
}

function checkStructure(value: JsonObject, members: Members, path: string, found: string[]): void {
  for (const [name, member] of Object.entries(members)) {
    const where = `${path}${name[0]!.toLowerCase()}${name.slice(1)}`;
    const given = value[name] ?? undefined;
    if (given !== undefined) checkValue(given, member, where, found);
    else if (member.required) found.push(failed('null', where, 'Member must not be null'));
  }
}

const failed = (shown: string, path: string, constraint: string) =>
  `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;

function checkValue(value: unknown, member: Member, path: string, found: string[]): void {
  if (!hasType(value, member.type)) {
    throw new ServiceError('SerializationException', `The member '${path}' must be a ${member.type}`);
  }
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, pattern, values } = member;
  const shown = `'${typeof value === 'object' ? JSON.stringify(value) : value}'`;
  const isNumber = typeof value === 'number';
  const measure = isNumber ? value : ((value as { length?: number }).length ?? min);
  const measured = isNumber ? 'value' : 'length';
  if (measure > max) found.push(failed(shown, path, `Member must have ${measured} less than or equal to ${max}`));
  if (measure < min) found.push(failed(shown, path, `Member must have ${measured} greater than or equal to ${min}`));
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value as string)) {
    found.push(failed(shown, path, `Member must satisfy regular expression pattern: ${pattern}`));
  }
  if (values !== undefined && !values.includes(value as string)) {
    found.push(failed(shown, path, `Member must satisfy enum value set: [${values.join(', ')}]`));
  }
  if (member.members) checkStructure(value as JsonObject, member.members, `${path}.`, found);
  if (!member.each) return;
  const entries = Array.isArray(value)
    ? value.map((item, index) => [index + 1, item])
    : Object.entries(value as object);
  for (const [key, item] of entries) checkValue(item, member.each, `${path}.${key}.member`, found);
}

function hasType(value: unknown, type: Member['type']): boolean {
  if (type === 'list') return Array.isArray(value);
  if (type === 'map' || type === 'structure') {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return Number.isFinite(value);
  return typeof value === type;
}

/** The name after which a page begins; '' for the first. Throws ValidationException for a token of another listing. */
export function pageStart(request: JsonObject, listing: string): string {
  const token = request.NextToken as string | undefined | null;
  if (token == null) return '';
  try {
    const [of, name] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (of === listing && typeof name === 'string') return name;
  } catch {
    // No token of ours: refused below, like one of another listing.
  }
  throw faults.validation('Parameter NextToken is not valid.');
}

/** A page of at most `limit` out of a list that was asked for one more, with the token of the next. */
export function page<T>(found: T[], limit: number, listing: string, nameOf: (item: T) => string) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  const NextToken = more ? Buffer.from(JSON.stringify([listing, nameOf(last)])).toString('base64url') : undefined;
  return { items, ...(NextToken && { NextToken }) };
}
