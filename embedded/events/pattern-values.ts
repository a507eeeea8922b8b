import { BlockList, isIP } from 'node:net';
import { wildcardMatcher } from '../wildcards.ts';

/** A value of an event where a pattern has an array: a text, a number, a boolean or null. */
export type Leaf = string | number | boolean | null;

/** What one element of a pattern's array accepts. `absent` accepts a field that is not there; `test` one that is. */
export type Matcher = { kind: 'absent' } | { kind: 'test'; test(value: Leaf): boolean };

/** Why a text is no event pattern, in the words of EventBridge. */
export class PatternFault extends Error {
  override name = 'PatternFault';
}

type Test = (value: Leaf) => boolean;

const onText =
  (test: (text: string) => boolean): Test =>
  (value) =>
    typeof value === 'string' && test(value);

/** Reads one element of an array in a pattern. Throws PatternFault. */
export function compileMatcher(element: unknown): Matcher {
  if (Array.isArray(element)) throw new PatternFault('Arrays are not allowed in an array of values');
  if (typeof element !== 'object' || element === null) return { kind: 'test', test: (value) => value === element };
  const [[operator, operand] = [], ...more] = Object.entries(element);
  if (operator === undefined) throw new PatternFault('Empty objects are not allowed');
  if (more.length > 0) throw new PatternFault('Only one key allowed in match expression');
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new PatternFault('exists match pattern must be either true or false.');
    return operand ? { kind: 'test', test: () => true } : { kind: 'absent' };
  }
  if (!Object.hasOwn(OPERATORS, operator)) throw new PatternFault(`Unrecognized match type ${operator}`);
  return { kind: 'test', test: OPERATORS[operator]!(operand) };
}

const OPERATORS: Record<string, (operand: unknown) => Test> = {
  prefix: (operand) => affix('prefix', operand, (text, end) => text.startsWith(end)),
  suffix: (operand) => affix('suffix', operand, (text, end) => text.endsWith(end)),
  'equals-ignore-case': (operand) => {
    const wanted = textOperand('equals-ignore-case', operand).toLowerCase();
    return onText((text) => text.toLowerCase() === wanted);
  },
  wildcard: (operand) => onText(wildcard(textOperand('wildcard', operand))),
  numeric,
  cidr,
  'anything-but': anythingBut,
};

function textOperand(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new PatternFault(`${operator} match pattern must be a string`);
  return operand;
}

function affix(operator: string, operand: unknown, fits: (text: string, end: string) => boolean): Test {
  if (typeof operand === 'object' && operand !== null && Object.keys(operand).join() === 'equals-ignore-case') {
    const end = textOperand('equals-ignore-case', Object.values(operand)[0]).toLowerCase();
    return onText((text) => fits(text.toLowerCase(), end));
  }
  const end = textOperand(operator, operand);
  return onText((text) => fits(text, end));
}

/** A text with `*` for any characters; `\*` and `\\` are a star and a backslash. Takes time linear in the text's length. */
function wildcard(pattern: string): (text: string) => boolean {
  const parts = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at]!;
    if (char === '*') {
      if (pattern[at + 1] === '*') throw new PatternFault(`Consecutive wildcard characters at pos ${at + 1}`);
      parts.push('');
    } else if (char === '\\') {
      at += 1;
      if (pattern[at] !== '*' && pattern[at] !== '\\') throw new PatternFault(`Invalid escape character at pos ${at}`);
      parts[parts.length - 1] += pattern[at];
    } else {
      parts[parts.length - 1] += char;
    }
  }
  return wildcardMatcher(parts);
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `["=", 5]`, `["<", 10]`, or a range: `[">", 0, "<=", 5]`. */
function numeric(operand: unknown): Test {
  if (!Array.isArray(operand)) throw new PatternFault('Value of numeric must be an array.');
  if (operand.length === 0) throw new PatternFault('Invalid member in numeric match: ]');
  const [operator, bound, upperOperator, upperBound, ...more] = operand as unknown[];
  const lower = comparison(operator, bound, Object.keys(COMPARISONS));
  if (operand.length === 2) return lower;
  if (operator !== '>' && operator !== '>=') throw new PatternFault('Too many elements in numeric expression');
  const upper = comparison(upperOperator, upperBound, ['<', '<=']);
  if (more.length > 0) throw new PatternFault('Too many terms in numeric range expression');
  if ((bound as number) >= (upperBound as number)) throw new PatternFault('Bottom must be less than top');
  return (value) => lower(value) && upper(value);
}

function comparison(operator: unknown, bound: unknown, allowed: string[]): Test {
  if (typeof operator !== 'string' || !Object.hasOwn(COMPARISONS, operator)) {
    throw new PatternFault(`Unrecognized numeric range operator: ${operator}`);
  }
  if (!allowed.includes(operator)) throw new PatternFault(`Bad numeric range operator: ${operator}`);
  if (typeof bound !== 'number') {
    throw new PatternFault(
      operator === '=' ? 'Value of equals must be numeric' : `Value of ${operator} must be numeric`,
    );
  }
  const compare = COMPARISONS[operator]!;
  return (value) => typeof value === 'number' && compare(value, bound);
}

function cidr(operand: unknown): Test {
  if (typeof operand !== 'string') throw new PatternFault('prefix match pattern must be a string');
  const [address, mask, ...more] = operand.split('/') as [string, string?];
  if (mask === undefined || more.length > 0) throw new PatternFault("Malformed CIDR, one '/' required");
  if (!/^-?\d+$/.test(mask)) throw new PatternFault('Malformed CIDR, mask bits must be an integer');
  const version = isIP(address);
  if (version === 0) throw new PatternFault(`Nonstandard IP address: ${address}`);
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const most = version === 4 ? 32 : 128;
  if (Number(mask) < 0) throw new PatternFault('Malformed CIDR, mask bits must not be negative');
  if (Number(mask) > most) throw new PatternFault(`IPv${version} mask bits must be at most ${most}`);
  const block = new BlockList();
  block.addSubnet(address, Number(mask), family);
  return onText((text) => isIP(text) === version && block.check(text, family));
}

const ANYTHING_BUT = 'Value of anything-but must be an array or single string/number value.';

/** Accepts every value that is there, of whatever type, but for those named. */
function anythingBut(operand: unknown): Test {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    const refused = Array.isArray(operand) ? operand : [operand];
    if (refused.length === 0) throw new PatternFault('Empty arrays are not allowed');
    const types = new Set(refused.map((value) => typeof value));
    if (!refused.every((value) => typeof value === 'string' || typeof value === 'number')) {
      throw new PatternFault(
        Array.isArray(operand) ? 'Inside anything but list, start|null|boolean is not supported.' : ANYTHING_BUT,
      );
    }
    if (types.size > 1) {
      throw new PatternFault(
        'Inside anything but list, either all values are number or string, mixed type is not supported',
      );
    }
    return (value) => !(refused as Leaf[]).includes(value);
  }
  const [[operator, values] = [], ...more] = Object.entries(operand);
  if (operator === undefined || more.length > 0) throw new PatternFault(ANYTHING_BUT);
  const list = Array.isArray(values) ? values : [values];
  if (list.length === 0) throw new PatternFault('Empty arrays are not allowed');
  const tests = list.map((value) => refusal(operator, value));
  return (value) => !tests.some((test) => test(value));
}

function refusal(operator: string, value: unknown): Test {
  if (operator === 'prefix' || operator === 'suffix') {
    if (typeof value === 'object' && value !== null) throw new PatternFault(ANYTHING_BUT);
    if (typeof value !== 'string') throw new PatternFault('prefix/suffix match pattern must be a string');
    if (value === '') throw new PatternFault('Null prefix/suffix not allowed');
  } else if (operator === 'equals-ignore-case') {
    if (typeof value !== 'string') {
      throw new PatternFault(
        'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
      );
    }
  } else if (operator !== 'wildcard') {
    throw new PatternFault(`Unsupported anything-but pattern: ${operator}`);
  }
  return OPERATORS[operator]!(value);
}
