import { createHash } from 'node:crypto';
import { nightKey, scheduleKey } from '../../core/records/ids.ts';
import type { Pointer } from '../../core/records/primitives.ts';

/** A file of a night's input, as it is stored with the night or its schedule: named by its content, so it never changes. */
export interface InputFile {
  pointer: Pointer;
  text: string;
}

type InputName = 'observatory' | 'programme';

/** The file that keeps an observatory or a programme with a night. */
export const inputFile = (bucket: string, nightId: string, name: InputName, value: unknown): InputFile =>
  fileByContent(bucket, name, value, (fileName) => nightKey(nightId, fileName));

/** The file that keeps an observatory or a programme with a schedule. */
export const scheduleFile = (bucket: string, schedule: string, name: InputName, value: unknown): InputFile =>
  fileByContent(bucket, name, value, (fileName) => scheduleKey(schedule, fileName));

function fileByContent(
  bucket: string,
  name: InputName,
  value: unknown,
  keyOf: (fileName: string) => string,
): InputFile {
  const { name: fileName, text } = namedByContent(name, value);
  return { pointer: { bucket, key: keyOf(fileName) }, text };
}

/** A value as the text of a file, and the file's name, which has the content's hash in it. */
export function namedByContent(name: InputName, value: unknown): { name: string; text: string } {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { name: `${name}.${hash}.json`, text };
}
