import { NormalizedSchema } from '@smithy/core/schema';
import { type JsonObject, UnknownMember } from './types.ts';

/**
 * Parameters of a Task state as an SDK command takes them: members find theirs whatever the case of the first letter,
 * a text or a body that is given as JSON is sent as JSON text, times are read.
 * @param schema of the operation's input
 * @param blobs how bytes within members are written
 * Throws UnknownMember.
 */
export function toSdk(schema: unknown, value: unknown, blobs: 'base64' | 'utf8'): unknown {
  return give(NormalizedSchema.of(schema as never), value, blobs);
}

function give(schema: NormalizedSchema, value: unknown, blobs: 'base64' | 'utf8'): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isBlobSchema()) {
    return typeof value === 'string' && !schema.isStreaming()
      ? Buffer.from(value, blobs)
      : Buffer.from(JSON.stringify(value));
  }
  if (schema.isStringSchema()) return typeof value === 'string' ? value : JSON.stringify(value);
  if (schema.isTimestampSchema()) return typeof value === 'string' ? new Date(value) : value;
  if (schema.isListSchema() && Array.isArray(value))
    return value.map((item) => give(schema.getValueSchema(), item, blobs));
  if (!isObject(value)) return value;
  if (schema.isMapSchema()) {
    const members = Object.entries(value).map(([key, item]) => [key, give(schema.getValueSchema(), item, blobs)]);
    return Object.fromEntries(members);
  }
  if (!schema.isStructSchema()) return value;
  const known = new Map([...schema.structIterator()].map(([name, member]) => [capital(name), { name, member }]));
  const result: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const found = known.get(name);
    if (!found) throw new UnknownMember(name);
    result[found.name] = give(found.member, item, blobs);
  }
  return result;
}

/**
 * An SDK's answer as Step Functions shows it: members begin with a capital letter and stand in order of the alphabet, times
 * are ISO texts, a body is its text and stands last.
 * @param schema of the operation's output
 * @param blobs how bytes within members are written
 */
export async function fromSdk(schema: unknown, answer: unknown, blobs: 'base64' | 'utf8'): Promise<JsonObject> {
  return (await take(NormalizedSchema.of(schema as never), answer, blobs)) as JsonObject;
}

async function take(schema: NormalizedSchema, value: unknown, blobs: 'base64' | 'utf8'): Promise<unknown> {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (schema.isBlobSchema()) return textOf(value, blobs);
  if (schema.isListSchema() && Array.isArray(value)) {
    return Promise.all(value.map((item) => take(schema.getValueSchema(), item, blobs)));
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  if (schema.isMapSchema()) {
    for (const [key, item] of Object.entries(value)) result[key] = await take(schema.getValueSchema(), item, blobs);
    return result;
  }
  if (!schema.isStructSchema()) return value;
  const members = [...schema.structIterator()]
    .map(([name, member]) => ({ name, member, shown: capital(name) }))
    .filter(({ name }) => value[name] !== undefined && value[name] !== null)
    .sort((a, b) => Number(a.member.isStreaming()) - Number(b.member.isStreaming()) || (a.shown < b.shown ? -1 : 1));
  for (const { name, member, shown } of members) result[shown] = await take(member, value[name], blobs);
  return result;
}

async function textOf(value: unknown, blobs: 'base64' | 'utf8'): Promise<string> {
  if (value instanceof Uint8Array) return Buffer.from(value).toString(blobs);
  return (value as { transformToString(): Promise<string> }).transformToString();
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
