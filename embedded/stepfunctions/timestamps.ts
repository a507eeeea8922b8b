const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a timestamp of the Amazon States Language: RFC 3339 with a capital T and either a capital Z or a numeric offset.
 * Returns milliseconds since the Unix epoch (with fraction), or undefined for any other text.
 */
export function parseTimestamp(text: string): number | undefined {
  const found = RFC3339.exec(text);
  if (!found) return undefined;
  const [year, month, day, hour, minute] = found.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(found[6] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const wholeMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC carries over (month 13 is January of the next year): such a date is refused.
  const date = new Date(wholeMs);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = found[8]!;
  const offsetMin = offset === 'Z' ? 0 : Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  const fractionMs = found[7] ? Number(found[7]) * 1000 : 0;
  return wholeMs + fractionMs - (offset.startsWith('-') ? -offsetMin : offsetMin) * 60_000;
}
