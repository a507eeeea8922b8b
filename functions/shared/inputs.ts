import { createHash } from 'node:crypto';
import { nightKey } from '../../core/records/ids.ts';
import type { Pointer } from '../../core/records/primitives.ts';

/** A file of a night's input, as it is stored with the night: named by its content, so it never changes. */
export interface InputFile {
  pointer: Pointer;
  text: string;
}

/** The file that keeps an observatory or a programme with a night. */
export function inputFile(
  bucket: string,
  nightId: string,
  name: 'observatory' | 'programme',
  value: unknown,
): InputFile {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { pointer: { bucket, key: nightKey(nightId, `${name}.${hash}.json`) }, text };
}
