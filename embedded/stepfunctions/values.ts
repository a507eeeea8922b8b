/** A JSON object as the interpreter sees it. Values are shared between states and never changed in place. */
export type JsonObject = { [member: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a member of an object under construction; a member called `__proto__` becomes an ordinary one, as JSON.parse makes it. */
export function setMember(target: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** A copy of an object that can be changed without touching the original. */
export function copyOf(source: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const name of Object.keys(source)) setMember(copy, name, source[name]);
  return copy;
}

/** Largest payload between states, in bytes of UTF-8 (AWS quota: 256 KiB). */
export const PAYLOAD_LIMIT_BYTES = 262_144;

/** Whether a JSON text is larger than a payload may be. */
export function exceedsPayloadLimit(text: string): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8, so that short texts need no counting.
  return text.length * 3 > PAYLOAD_LIMIT_BYTES && Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES;
}
