/** What is wrong with a text that is no JSON, as AWS's parser says it, and where. */
export interface JsonProblem {
  message: string;
  /** `[Source: (String)"…"; line: 1, column: 4]`; undefined when the place is not known. */
  location: string | undefined;
}

const SHOWN_CHARACTERS = 500;
const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;
const WORD = /[A-Za-z_$][\w$]*/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma';

/**
 * Explains why a text is no JSON, in the words of Jackson, which AWS uses. What Jackson says differently for rarer
 * faults is given in the words of JSON.parse.
 * @param fallback the message of JSON.parse
 */
export function jsonProblem(text: string, fallback: string): JsonProblem {
  const open: ('Object' | 'Array')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  const close = (): void => {
    at += 1;
    open.pop();
    expected = 'comma';
  };
  for (;;) {
    take(SPACE);
    const character = text[at];
    if (character === undefined || (expected === 'comma' && open.length === 0)) break;
    const unexpected = (wanted: string): JsonProblem =>
      problemAt(text, at + 1, `Unexpected character ('${character}' (code ${character.charCodeAt(0)})): ${wanted}`);
    if (expected === 'colon') {
      if (character !== ':') return unexpected('was expecting a colon to separate field name and value');
      at += 1;
      expected = 'value';
    } else if (expected === 'comma') {
      const inObject = open.at(-1) === 'Object';
      if (character === (inObject ? '}' : ']')) close();
      else if (character !== ',') return unexpected(`was expecting comma to separate ${open.at(-1)} entries`);
      else {
        at += 1;
        expected = inObject ? 'name' : 'value';
      }
    } else if (expected.startsWith('name')) {
      if (character === '}' && expected === 'name or }') close();
      else if (character !== '"') return unexpected('was expecting double-quote to start field name');
      else if (take(STRING) === undefined) break;
      else expected = 'colon';
    } else if (character === ']' && expected === 'value or ]') close();
    else if (character === '{' || character === '[') {
      at += 1;
      open.push(character === '{' ? 'Object' : 'Array');
      expected = character === '{' ? 'name or }' : 'value or ]';
    } else if (take(STRING) !== undefined || take(SCALAR) !== undefined) expected = 'comma';
    else if (character === '"' || /[-\d]/.test(character)) break;
    else {
      const word = take(WORD);
      if (word !== undefined) return problemAt(text, at, `Unrecognized token '${word}': was expecting ${VALUES}`);
      return unexpected(`expected a valid value ${VALUES}`);
    }
  }
  return { message: fallback, location: undefined };
}

/** @param at how many characters the parser has read */
function problemAt(text: string, at: number, message: string): JsonProblem {
  const lines = text.slice(0, at).split('\n');
  const rest = text.length - SHOWN_CHARACTERS;
  const shown = `"${text.slice(0, SHOWN_CHARACTERS)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`;
  return {
    message,
    location: `[Source: (String)${shown}; line: ${lines.length}, column: ${lines.at(-1)!.length + 1}]`,
  };
}
