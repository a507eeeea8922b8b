import { type ReadMaster, readMaster } from '../../core/products/master-file.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { getObject } from './objects.ts';

/** Masters never change once they are stored: a warm function keeps the ones that it used last. */
const loaded = new Map<string, Promise<ReadMaster>>();
const KEPT = 4;

/** The planes of a master. Throws RecordMissing, and the errors of readMaster for a damaged file. */
export function loadMaster(file: Pointer): Promise<ReadMaster> {
  const key = `${file.bucket}/${file.key}`;
  const known = loaded.get(key);
  if (known) {
    // The one used last stays longest.
    loaded.delete(key);
    loaded.set(key, known);
    return known;
  }
  const loading = getObject(file).then((bytes) => readMaster(bytes));
  if (loaded.size >= KEPT) loaded.delete(loaded.keys().next().value as string);
  loaded.set(key, loading);
  loading.catch(() => loaded.delete(key));
  return loading;
}
