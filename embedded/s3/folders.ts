import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ObjectDatabase } from './database.ts';
import { notAFile } from './names.ts';

/**
 * Makes the folders of an object's file. `known` says that the object is there already. Throws S3Fault
 * `InvalidArgument` where files and folders of other objects are in the way.
 */
export function makeRoom(
  db: ObjectDatabase,
  { bucket, key }: { bucket: string; key: string },
  file: string,
  known: boolean,
): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') throw notAFile(key, 'a part of it before a "/" is itself an object');
    throw error;
  }
  const there = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) {
    try {
      rmdirSync(file);
    } catch {
      throw notAFile(key, 'it is a folder of other objects');
    }
  } else if (there && !known) {
    const twin = db.caseTwin(bucket, key);
    if (twin !== undefined) throw notAFile(key, `this file system takes it for the object ${JSON.stringify(twin)}`);
  }
}

/** Removes a folder and the folders above it as long as they are empty, up to `top`, which stays. */
export function removeEmptyFolders(folder: string, top: string): void {
  for (let current = folder; current !== top; current = dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
}
