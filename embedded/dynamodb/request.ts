import { parseJson } from '../json.ts';
import { internals, type RequestData } from './dynalite.ts';

/** DynamoDB's limit on the text of an expression (Developer Guide, "Quotas"). */
const longestExpressionBytes = 4096;
/** With each level dynalite's parser takes some three times as long: ten seconds for nine, half of one for six. */
const deepestParentheses = 6;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The request within a body; undefined for what is no JSON object. */
export function parseRequest(body: Buffer): RequestData | undefined {
  try {
    const data = parseJson(utf8.decode(body));
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as RequestData) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A request that dynalite can take: members that are null are left out, as if they were absent; of a list of values a null
 * is one without a type. Throws a DynaliteFault for a null in another list, and for expressions that are too long or nested
 * too deeply.
 */
export function digestible(data: RequestData): RequestData {
  return withoutNulls(data, '') as RequestData;
}

function withoutNulls(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => elementOf(item, path, index));
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    members.map(([name, member]) => {
      if (typeof member === 'string' && /^[A-Z]\w*Expression$/.test(name)) checkExpression(name, member);
      return [name, withoutNulls(member, path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`)];
    }),
  );
}

function elementOf(item: unknown, path: string, index: number): unknown {
  if (item !== null) return withoutNulls(item, `${path}.${index + 1}.member`);
  // An element of an attribute's list: that it has no type is told elsewhere.
  if (/(^|\.)l$/.test(path)) return {};
  throw internals.validationError(
    `1 validation error detected: Value null at '${path}.${index + 1}.member' failed to satisfy constraint: Member must not be null`,
  );
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

function checkExpression(name: string, expression: string): void {
  const sizeBytes = Buffer.byteLength(expression);
  if (sizeBytes > longestExpressionBytes) {
    throw internals.validationError(
      `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${sizeBytes}`,
    );
  }
  let depth = 0;
  for (const character of expression) {
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth > deepestParentheses) {
      throw internals.validationError(
        `Invalid ${name}: The embedded DynamoDB takes at most ${deepestParentheses} parentheses within each other.`,
      );
    }
  }
}
