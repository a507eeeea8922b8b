/** Levels of arrays and objects within each other. Deeper ones are no data, but would overflow the stack of whoever walks them. */
export const deepestNesting = 1000;

/** A JSON text whose arrays and objects lie deeper within each other than anything here can walk. */
export class NestedTooDeeply extends SyntaxError {
  constructor() {
    super(`JSON is nested deeper than ${deepestNesting} levels`);
    this.name = 'NestedTooDeeply';
  }
}

/** As JSON.parse, but throws NestedTooDeeply, a SyntaxError, for a text nested deeper than `deepestNesting` levels. */
export function parseJson(text: string): unknown {
  // A text has as many brackets as levels at least.
  if (text.length > deepestNesting) checkNesting(text);
  return JSON.parse(text);
}

const quote = 0x22;
const backslash = 0x5c;

function checkNesting(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      at = endOfString(text, at);
      if (at < 0) return;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > deepestNesting) throw new NestedTooDeeply();
    } else if (unit === 0x5d || unit === 0x7d) {
      depth -= 1;
    }
  }
}

/** Position of the quote that ends the string begun at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}
