import { faults } from './faults.ts';

/** The parameters of one request of AWS's Query protocol. */
export interface Form {
  /** Undefined for a parameter that is not there; what is there may be empty. */
  text(name: string): string | undefined;
  /** Throws InvalidParameter for a parameter that is not there. */
  required(name: string): string;
  /** The entries of a list or a map: of `Attributes.entry.1.key` the members `{ key }`, in their order. */
  entries(prefix: string): Record<string, string>[];
}

/**
 * Reads the parameters of a request.
 * @param known parameters that the action serves; one that ends in a dot stands for all that begin with it
 * Throws InvalidParameter for any other.
 */
export function readForm(body: URLSearchParams, known: string[]): Form {
  const names = ['Action', 'Version', ...known];
  for (const name of body.keys()) {
    if (names.some((one) => one === name || (one.endsWith('.') && name.startsWith(one)))) continue;
    throw faults.notServed(name, `it is`);
  }
  const text = (name: string) => body.get(name) ?? undefined;
  return {
    text,
    required(name) {
      const value = text(name);
      if (value === undefined) throw faults.invalid(`${name} Reason: no value for required parameter`);
      return value;
    },
    entries(prefix) {
      const entries = new Map<number, Record<string, string>>();
      for (const [name, value] of body) {
        if (!name.startsWith(`${prefix}.`)) continue;
        const [number, ...member] = name.slice(prefix.length + 1).split('.');
        const entry = entries.get(Number(number)) ?? {};
        entry[member.join('.')] = value;
        entries.set(Number(number), entry);
      }
      return [...entries].sort(([a], [b]) => a - b).map(([, entry]) => entry);
    },
  };
}
