import { zipSync } from 'fflate';
import type { FunctionDefinition } from '../../../embedded/lambda/types.ts';

/** A zip file with these files, made by a library that the engine's own tests do not share code with. */
export function zipOf(files: Record<string, string>, level: 0 | 6 = 6): Uint8Array {
  const bytes = Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]);
  return zipSync(Object.fromEntries(bytes), { level });
}

/** The zip file, which now says that its first file has so many bytes unpacked (APPNOTE.TXT, 4.3.12). */
export function declaring(zip: Uint8Array, sizeBytes: number): Uint8Array {
  const changed = Buffer.from(zip);
  changed.writeUInt32LE(sizeBytes, changed.indexOf('PK\x01\x02') + 24);
  return changed;
}

export const ROLE = 'arn:aws:iam::000000000000:role/observe';

/** A function of tests/fixtures that runs in worker threads. */
export function worker(name: string, settings: Partial<FunctionDefinition> = {}): FunctionDefinition {
  const module = new URL('worker-functions.ts', import.meta.url);
  const prepare = new URL('worker-prepare.ts', import.meta.url);
  return { name, handler: { module, export: name, prepare }, timeoutS: 30, memoryMb: 512, ...settings };
}
