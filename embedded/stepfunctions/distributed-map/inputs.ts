import { EvaluationError } from '../failures.ts';
import { exceedsPayloadLimit, isObject, PAYLOAD_LIMIT_BYTES } from '../values.ts';

/** The input of one child execution: an item, or a batch of items. */
export interface ChildInput {
  /** JSON text. */
  input: string;
  itemCount: number;
}

/** An item with what the context object shows of it as `$$.Map.Item`. */
export interface MapItem {
  Index: number;
  /** Of an object whose members are the items. */
  Key?: string;
  Value: unknown;
  /** `STATE_DATA`, or the URI in S3 that the item was read from. */
  Source: string;
}

/** Limits of a batch and the member BatchInput that each gets; undefined for none. */
export interface Batching {
  maxItems: number | undefined;
  maxBytes: number | undefined;
  batchInput: unknown;
}

/** The members of a JSON array or object as items; undefined for any other value. */
export function itemsOfValue(value: unknown): Omit<MapItem, 'Source'>[] | undefined {
  if (Array.isArray(value)) return value.map((item, index) => ({ Index: index, Value: item }));
  if (!isObject(value)) return undefined;
  return Object.entries(value).map(([key, member], index) => ({ Index: index, Key: key, Value: member }));
}

/** What an item is without ItemSelector: an element as it is, a member of an object with its key. */
export function plainInput({ Key, Value }: MapItem): unknown {
  return Key === undefined ? Value : { Key, Value };
}

/** One child for each item. Throws EvaluationError for an item larger than an input may be. */
export async function* singly(items: AsyncIterable<unknown>): AsyncGenerator<ChildInput> {
  for await (const item of items) yield { input: checkedSize(JSON.stringify(item)), itemCount: 1 };
}

/**
 * Groups items into inputs `{"BatchInput": …, "Items": […]}` of at most so many items and bytes.
 * Throws EvaluationError for a single item that is larger than a batch may be.
 */
export async function* inBatches(
  items: AsyncIterable<unknown>,
  { maxItems = Number.POSITIVE_INFINITY, maxBytes = PAYLOAD_LIMIT_BYTES, batchInput }: Batching,
): AsyncGenerator<ChildInput> {
  const head = batchInput === undefined ? '{"Items":[' : `{"BatchInput":${JSON.stringify(batchInput)},"Items":[`;
  const frameBytes = Buffer.byteLength(head) + 2;
  let texts: string[] = [];
  let bytes = frameBytes;
  const batch = (): ChildInput => ({ input: checkedSize(`${head}${texts.join(',')}]}`), itemCount: texts.length });
  for await (const item of items) {
    const text = JSON.stringify(item);
    const added = Buffer.byteLength(text) + (texts.length > 0 ? 1 : 0);
    if (texts.length > 0 && (texts.length >= maxItems || bytes + added > maxBytes)) {
      yield batch();
      texts = [];
      bytes = frameBytes;
    }
    if (texts.length === 0 && frameBytes + Buffer.byteLength(text) > maxBytes) {
      throw new EvaluationError(
        `An item of ${Buffer.byteLength(text)} bytes does not fit into a batch of at most ${maxBytes} bytes.`,
        'States.DataLimitExceeded',
      );
    }
    bytes += Buffer.byteLength(text) + (texts.length > 0 ? 1 : 0);
    texts.push(text);
  }
  if (texts.length > 0) yield batch();
}

function checkedSize(input: string): string {
  if (!exceedsPayloadLimit(input)) return input;
  throw new EvaluationError(
    `The input of a child execution has ${Buffer.byteLength(input)} bytes, more than the ${PAYLOAD_LIMIT_BYTES} allowed.`,
    'States.DataLimitExceeded',
  );
}
