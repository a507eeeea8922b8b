import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type BucketRecord, type ObjectDatabase, type ObjectRecord, objectDatabase } from './database.ts';
import { noSuchBucket, S3Fault, storageFault } from './faults.ts';
import { makeRoom, removeEmptyFolders } from './folders.ts';
import { objectFile } from './names.ts';
import { md5OfFile, readFully, syncFolder } from './object-files.ts';
import { openRecords } from './schema.ts';
import { openUploads, type Uploads } from './uploads.ts';

/** Says whether an operation may go on, given the object as it is now; it refuses by throwing. */
export type Guard = (existing: ObjectRecord | undefined) => void;

/** What is known of an object once its content is written. */
export type WrittenContent = Pick<
  ObjectRecord,
  'headers' | 'metadata' | 'sizeBytes' | 'etag' | 'checksum' | 'parts' | 'fileTimeMs'
>;

export interface ObjectStore {
  /** False when the bucket was there already. */
  createBucket(name: string): boolean;
  buckets(): BucketRecord[];
  /** Throws S3Fault `NoSuchBucket`. */
  requireBucket(name: string): void;
  /** Throws S3Fault `NoSuchBucket` or `BucketNotEmpty`. */
  deleteBucket(name: string): void;
  /** The bucket's notification configuration as JSON; undefined when there is none. Throws S3Fault `NoSuchBucket`. */
  notification(bucket: string): string | undefined;
  putNotification(bucket: string, json: string | undefined): void;
  /**
   * Stores an object whole and durably, or throws and leaves what was there. `write` writes the content to the file that
   * it is given, and syncs it; `guard` has the last word at the moment of the change.
   */
  put(
    bucket: string,
    key: string,
    write: (file: string) => Promise<WrittenContent>,
    guard: Guard,
  ): Promise<ObjectRecord>;
  /** The object's record, brought up to date with its file; undefined when there is no such object. */
  head(bucket: string, key: string): Promise<ObjectRecord | undefined>;
  /** The record and, for the bytes that `choose` asks for (end exclusive), the content, both of one moment. */
  read(
    bucket: string,
    key: string,
    choose: (record: ObjectRecord) => { start: number; end: number } | undefined,
  ): Promise<{ record: ObjectRecord; content: Buffer } | undefined>;
  /** Removes the object; nothing happens when there is none. */
  remove(bucket: string, key: string, guard: Guard): void;
  objectsFrom(bucket: string, key: string, after: boolean): Iterable<ObjectRecord>;
  uploads: Uploads;
  /** Waits for the writes under way. */
  close(): Promise<void>;
}

/**
 * Opens the objects below `<directory>/s3`, each the file `<bucket>/<key>`, with their records in `<directory>/s3.sqlite`.
 *
 * The order of a write makes it atomic without a journal of our own: the content goes to a temporary file in
 * `s3/.incoming`, which is synced with its folder; the record, which names that file, is committed; the file is renamed.
 * Whoever dies in between leaves either a temporary file that no record names (removed at the next opening) or one that
 * a record does name (renamed then). Deleting walks the same way back. Parts of multipart uploads lie in `s3/.parts`.
 */
export function openObjectStore(directory: string, clock: Clock): ObjectStore {
  const root = join(directory, 's3');
  const incomingFolder = join(root, '.incoming');
  mkdirSync(incomingFolder, { recursive: true });
  const records = openRecords(join(directory, 's3.sqlite'));
  const db = objectDatabase(records);
  const fileOf = (record: { bucket: string; key: string }) => objectFile(join(root, record.bucket), record.key);
  const incomingFile = (name: string) => join(incomingFolder, name);
  finishInterruptedWrites(db, incomingFolder, fileOf);
  const underWay = new Set<Promise<unknown>>();

  function requireBucket(name: string): void {
    if (db.bucket(name) === undefined) throw noSuchBucket(name);
  }

  /** Makes a synced temporary file the object, in one tick: no other request sees a state in between. */
  function commit(record: ObjectRecord, guard: Guard): void {
    requireBucket(record.bucket);
    const before = db.object(record.bucket, record.key);
    guard(before);
    const file = fileOf(record);
    makeRoom(db, record, file, before !== undefined);
    syncFolder(incomingFolder);
    db.putObject(record);
    try {
      renameSync(incomingFile(record.incoming), file);
    } catch (error) {
      if (before) db.putObject(before);
      else db.removeObject(record.bucket, record.key);
      throw error;
    }
  }

  async function put(
    bucket: string,
    key: string,
    write: (file: string) => Promise<WrittenContent>,
    guard: Guard,
  ): Promise<ObjectRecord> {
    requireBucket(bucket);
    fileOf({ bucket, key });
    guard(db.object(bucket, key));
    const incoming = randomUUID();
    try {
      const record = { bucket, key, incoming, ...(await write(incomingFile(incoming))), lastModifiedMs: clock.now() };
      commit(record, guard);
      return record;
    } catch (error) {
      await unlink(incomingFile(incoming)).catch(() => undefined);
      throw storageFault(error) ?? error;
    }
  }

  /** Opens the object's file. Where somebody took the file away there is no object, until it is put back. */
  function openObject(bucket: string, key: string): { record: ObjectRecord; fd: number } | undefined {
    const record = db.object(bucket, key);
    if (record === undefined) return undefined;
    try {
      return { record, fd: openSync(fileOf(record), 'r') };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  /** The record of an open file: people may change the files by hand, and then the file is right. */
  async function currentRecord(record: ObjectRecord, fd: number): Promise<ObjectRecord> {
    const { size, mtimeMs } = fstatSync(fd);
    if (size === record.sizeBytes && mtimeMs === record.fileTimeMs) return record;
    const same = size === record.sizeBytes && (await etagOfFile(fd, record)) === record.etag;
    const changed: ObjectRecord = same
      ? { ...record, fileTimeMs: mtimeMs }
      : {
          ...record,
          sizeBytes: size,
          fileTimeMs: mtimeMs,
          lastModifiedMs: mtimeMs,
          etag: (await md5OfFile(fd, 0, size)).toString('hex'),
          checksum: undefined,
          parts: undefined,
        };
    if (db.object(record.bucket, record.key)?.incoming === record.incoming) db.putObject(changed);
    return changed;
  }

  async function read(
    bucket: string,
    key: string,
    choose: (record: ObjectRecord) => { start: number; end: number } | undefined,
  ) {
    const opened = openObject(bucket, key);
    if (opened === undefined) return undefined;
    try {
      const record = await currentRecord(opened.record, opened.fd);
      const range = choose(record);
      const content = range ? await readFully(opened.fd, range.start, range.end) : Buffer.alloc(0);
      return { record, content };
    } finally {
      closeSync(opened.fd);
    }
  }

  function remove(bucket: string, key: string, guard: Guard): void {
    const record = db.object(bucket, key);
    guard(record);
    if (record === undefined) return;
    const file = fileOf(record);
    const parked = incomingFile(record.incoming);
    try {
      if (existsSync(file)) {
        renameSync(file, parked);
        syncFolder(incomingFolder);
      }
      try {
        db.removeObject(bucket, key);
      } catch (error) {
        if (existsSync(parked)) renameSync(parked, file);
        throw error;
      }
      rmSync(parked, { force: true });
    } catch (error) {
      throw storageFault(error) ?? error;
    }
    removeEmptyFolders(dirname(file), join(root, bucket));
  }

  function tracked<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const forget = () => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  const uploads = openUploads({ records, folder: join(root, '.parts'), clock, tracked });

  return {
    createBucket(name) {
      if (db.bucket(name) !== undefined) return false;
      try {
        mkdirSync(join(root, name), { recursive: true });
        db.addBucket({ name, createdMs: clock.now() });
      } catch (error) {
        throw storageFault(error) ?? error;
      }
      return true;
    },
    buckets: () => db.buckets(),
    requireBucket,
    deleteBucket(name) {
      requireBucket(name);
      for (const _ of db.objectsFrom(name, '', false)) throw bucketNotEmpty(name);
      removeEmptyBucketFolder(join(root, name), name);
      uploads.abortAll(name);
      db.removeBucket(name);
    },
    notification(bucket) {
      requireBucket(bucket);
      return db.notification(bucket);
    },
    putNotification(bucket, json) {
      requireBucket(bucket);
      db.putNotification(bucket, json);
    },
    put: (bucket, key, write, guard) => tracked(put(bucket, key, write, guard)),
    head: (bucket, key) => tracked(read(bucket, key, () => undefined).then((found) => found?.record)),
    read: (bucket, key, choose) => tracked(read(bucket, key, choose)),
    remove,
    objectsFrom: (bucket, key, after) => db.objectsFrom(bucket, key, after),
    uploads,
    async close() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
      records.close();
    },
  };
}

/** The ETag that a file of the record's size has if it is the record's. */
async function etagOfFile(fd: number, { sizeBytes, parts }: ObjectRecord): Promise<string> {
  if (parts === undefined) return (await md5OfFile(fd, 0, sizeBytes)).toString('hex');
  const ofParts = createHash('md5');
  let start = 0;
  for (const part of parts) {
    ofParts.update(await md5OfFile(fd, start, start + part.sizeBytes));
    start += part.sizeBytes;
  }
  return `${ofParts.digest('hex')}-${parts.length}`;
}

function bucketNotEmpty(bucket: string): S3Fault {
  return new S3Fault('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, {
    fields: { BucketName: bucket },
  });
}

/** Files that no record knows keep a bucket's folder, and so the bucket: nobody's file is deleted unasked. */
function removeEmptyBucketFolder(folder: string, bucket: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw bucketNotEmpty(bucket);
    if (code !== 'ENOENT') throw storageFault(error) ?? error;
  }
}

function finishInterruptedWrites(db: ObjectDatabase, folder: string, fileOf: (record: ObjectRecord) => string): void {
  for (const name of readdirSync(folder)) {
    const record = db.objectOfIncoming(name);
    if (record === undefined) {
      unlinkSync(join(folder, name));
    } else {
      mkdirSync(dirname(fileOf(record)), { recursive: true });
      renameSync(join(folder, name), fileOf(record));
    }
  }
}
