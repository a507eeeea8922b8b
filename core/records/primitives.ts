import * as z from 'zod';

/** A finite number; zod 4 refuses NaN and infinities by itself. */
export const number = z.number();
export const positive = z.number().positive();
export const nonNegative = z.number().nonnegative();
export const raDeg = z.number().min(0).lt(360).describe('right ascension, ICRS, degrees, [0, 360)');
export const decDeg = z.number().min(-90).max(90).describe('declination, ICRS, degrees, [-90, 90]');

/** Ids travel in S3 keys, execution names and FITS cards: ASCII letters, digits, dot, dash and underscore. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit');

/** Printable ASCII, as FITS asks. */
export const asciiText = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII, because it is written into FITS headers');

/** An instant in UTC with milliseconds, as Date.toISOString writes it: 2026-11-21T19:42:10.123Z. */
export const instant = z.iso.datetime({ precision: 3, message: 'must be UTC like 2026-11-21T19:42:10.123Z' });

/** A day of observation: integer YYYYMMDD. */
export const dayObs = z.int().min(19720101).max(21001231);

/** Where an object lies in S3: what steps pass to each other instead of pixels. */
export const pointer = z.strictObject({ bucket: z.string().min(3), key: z.string().min(1).max(1024) });
export type Pointer = z.infer<typeof pointer>;

/**
 * For checks across fields: run them even when single fields are faulty, so that every fault is told at once. Such a check
 * must bear malformed values.
 */
export const EVEN_WHEN_FAULTY = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

/** The value when it is an array, else an empty one: for checks that must bear malformed values. */
export function asArray<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}

/** Reads a value with a schema and gives back the value, or every fault with its path: `requests[3].target.raDeg: ...`. */
export function parseAll<T>(
  schema: z.ZodType<T>,
  value: unknown,
  what: string,
): { value: T; faults: [] } | { value: undefined; faults: string[] } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, faults: [] };
  return { value: undefined, faults: result.error.issues.map((issue) => describeIssue(issue, value, what)) };
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown, what: string): string {
  const where = issue.path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text ? '.' : ''}${String(part)}`),
    '',
  );
  const got = issue.path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part],
    root,
  );
  const shown = typeof got === 'object' && got !== null ? '' : ` (got ${showValue(got)})`;
  return `${what}: ${where || 'the whole file'}: ${issue.message}${shown}`;
}

function showValue(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
