import { parse } from 'csv-parse';
import { StateFailure } from '../failures.ts';
import { isObject, type JsonObject, setMember } from '../values.ts';
import type { ObjectFormat } from './definition.ts';

export const STATES_ITEM_READER_FAILED = 'States.ItemReaderFailed';

export const readerFailure = (cause: string) => new StateFailure(STATES_ITEM_READER_FAILED, cause);

/**
 * The items in the bytes of an object, in order; at most `limit` of them. Throws StateFailure States.ItemReaderFailed for bytes
 * that are not of the format.
 */
export async function* itemsIn(bytes: Buffer, format: ObjectFormat, limit: number): AsyncGenerator<unknown> {
  const items =
    format.inputType === 'CSV'
      ? csvRows(bytes, format)
      : format.inputType === 'JSONL'
        ? jsonLines(bytes)
        : jsonItems(bytes, format);
  let count = 0;
  for await (const item of items) {
    if (count >= limit) return;
    count += 1;
    yield item;
  }
}

function jsonItems(bytes: Buffer, { itemsPointer }: { itemsPointer: string | undefined }): unknown[] {
  const found = at(parsed(bytes.toString(), 'The object'), itemsPointer ?? '');
  if (!Array.isArray(found)) throw readerFailure('Attempting to map over non-iterable node.');
  return found;
}

/** The value that a JSON Pointer (RFC 6901) points to. */
function at(value: unknown, pointer: string): unknown {
  let found = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = /^(0|[1-9]\d*)$/.test(name) ? found[Number(name)] : undefined;
    else found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    if (found === undefined) throw readerFailure(`The ItemsPointer '${pointer}' points to nothing in the object.`);
  }
  return found;
}

function* jsonLines(bytes: Buffer): Generator<unknown> {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const text = bytes.toString('utf8', start, end < 0 ? bytes.length : end).trim();
    if (text !== '') yield parsed(text, `Line ${line} of the object`);
    if (end < 0) return;
    start = end + 1;
  }
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw readerFailure(`${what} is not JSON: ${(cause as Error).message}`);
  }
}

async function* csvRows(
  bytes: Buffer,
  { headers: given, delimiter }: { headers: string[] | undefined; delimiter: string },
): AsyncGenerator<JsonObject> {
  const escapes = bytes.includes(BACKSLASH) ? escapesFor(delimiter) : undefined;
  const cast = (field: string, { quoting }: { quoting: boolean }) => {
    const text = quoting ? field : field.replaceAll('""', '"');
    return escapes ? escapes.unmask(text) : text;
  };
  // Rows may be shorter or longer than the header: what is missing is empty, what has no header is left out.
  const parser = parse({
    delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    cast,
  });
  parser.end(escapes ? escapes.mask(bytes.toString()) : bytes);
  let headers = given && checked(given);
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (headers) yield rowOf(headers, row);
      else headers = checked(row);
    }
  } catch (cause) {
    throw cause instanceof StateFailure ? cause : readerFailure(`The object is not CSV: ${(cause as Error).message}`);
  }
}

const BACKSLASH = 0x5c;

/**
 * What a backslash does in CSV that Step Functions reads: it takes the meaning from another backslash, from a quotation mark
 * and from the delimiter, and vanishes before anything else. RFC 4180, which the parser follows, knows none: what is
 * escaped is masked by code points that are set aside for a program's own use (Unicode, 23.7 Noncharacters).
 */
function escapesFor(delimiter: string) {
  const masks = new Map([
    ['\\', '\ufdd0'],
    ['"', '\ufdd1'],
    [delimiter, '\ufdd2'],
  ]);
  const originals = new Map([...masks].map(([original, mask]) => [mask, original]));
  return {
    mask: (text: string) => text.replace(/\\([\s\S])/g, (_escape, next: string) => masks.get(next) ?? next),
    unmask: (text: string) => text.replace(/[\ufdd0-\ufdd2]/g, (mask) => originals.get(mask)!),
  };
}

function checked(headers: string[]): string[] {
  if (new Set(headers).size < headers.length) throw readerFailure('CSV headers cannot contain duplicates.');
  return headers;
}

function rowOf(headers: string[], row: string[]): JsonObject {
  const item: JsonObject = {};
  for (const [index, header] of headers.entries()) setMember(item, header, row[index] ?? '');
  return item;
}
