/**
 * Whether a text consists of `parts` in their order, with anything between them: the first at its beginning, the last at its
 * end. Takes time linear in the text's length for each part, where a regular expression may take for ever.
 */
export function wildcardMatcher(parts: readonly string[]): (text: string) => boolean {
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text === first;
  const last = parts.at(-1) ?? '';
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    // Each part at its first place leaves the most room to the next one.
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= text.length - last.length;
  };
}
