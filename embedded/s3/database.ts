import type { DatabaseSync } from 'node:sqlite';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';

/** What an upload says about its object. */
export interface ObjectAttributes {
  /** HTTP headers kept with the object and given back with it: content-type, content-encoding, cache-control … */
  headers: Record<string, string>;
  /** User metadata: names without `x-amz-meta-`, in lower case. */
  metadata: Record<string, string>;
}

/** A part of an object that was uploaded in parts. */
export interface ObjectPart {
  sizeBytes: number;
  /** Base64, by the algorithm of the object's checksum; kept when that is composite. */
  checksum?: string;
}

export interface ObjectRecord extends ObjectAttributes {
  bucket: string;
  key: string;
  sizeBytes: number;
  /** MD5 of the content in hexadecimal, without quotes; of an object in parts, MD5 of their MD5s, `-`, their number. */
  etag: string;
  checksum: Checksum | undefined;
  /** In their order; undefined for an object that was put in one piece. */
  parts: ObjectPart[] | undefined;
  /** Milliseconds since the Unix epoch. */
  lastModifiedMs: number;
  /** Name of the temporary file that the content was written to before it got its own name. */
  incoming: string;
  /** Modification time of the file when the record was made: another one means that somebody changed the file. */
  fileTimeMs: number;
}

export interface BucketRecord {
  name: string;
  createdMs: number;
}

interface ObjectRow {
  bucket: string;
  key: string;
  incoming: string;
  size_bytes: number;
  file_time_ms: number;
  etag: string;
  last_modified_ms: number;
  headers: string;
  metadata: string;
  checksum_algorithm: ChecksumAlgorithm | null;
  checksum_value: string | null;
  checksum_type: ChecksumType;
  parts: string | null;
}

function toRecord(row: ObjectRow): ObjectRecord {
  return {
    bucket: row.bucket,
    key: row.key,
    incoming: row.incoming,
    sizeBytes: row.size_bytes,
    fileTimeMs: row.file_time_ms,
    etag: row.etag,
    lastModifiedMs: row.last_modified_ms,
    headers: JSON.parse(row.headers),
    metadata: JSON.parse(row.metadata),
    checksum:
      row.checksum_algorithm === null || row.checksum_value === null
        ? undefined
        : { algorithm: row.checksum_algorithm, value: row.checksum_value, type: row.checksum_type },
    parts: row.parts === null ? undefined : JSON.parse(row.parts),
  };
}

export interface ObjectDatabase {
  addBucket(bucket: BucketRecord): void;
  /** The bucket's record; undefined when there is none. */
  bucket(name: string): BucketRecord | undefined;
  buckets(): BucketRecord[];
  removeBucket(name: string): void;
  /** The bucket's notification configuration as JSON; undefined when there is none. */
  notification(bucket: string): string | undefined;
  putNotification(bucket: string, json: string | undefined): void;
  /** The object's record; undefined when there is none. */
  object(bucket: string, key: string): ObjectRecord | undefined;
  objectOfIncoming(incoming: string): ObjectRecord | undefined;
  /** Another key of the bucket that differs in the case of its letters only. */
  caseTwin(bucket: string, key: string): string | undefined;
  putObject(record: ObjectRecord): void;
  removeObject(bucket: string, key: string): void;
  /** Records from a key on (`after`: beyond it), in the order of the keys' UTF-8 bytes. */
  objectsFrom(bucket: string, key: string, after: boolean): Iterable<ObjectRecord>;
}

/** The records of buckets and objects. Every change is durable on return. */
export function objectDatabase(db: DatabaseSync): ObjectDatabase {
  const insertBucket = db.prepare('INSERT INTO buckets (name, created_ms) VALUES (?, ?)');
  const selectBucket = db.prepare('SELECT name, created_ms AS createdMs FROM buckets WHERE name = ?');
  const selectBuckets = db.prepare('SELECT name, created_ms AS createdMs FROM buckets ORDER BY name');
  const deleteBucket = db.prepare('DELETE FROM buckets WHERE name = ?');
  const selectNotification = db.prepare('SELECT notification FROM buckets WHERE name = ?');
  const updateNotification = db.prepare('UPDATE buckets SET notification = ? WHERE name = ?');
  const selectObject = db.prepare('SELECT * FROM objects WHERE bucket = ? AND key = ?');
  const selectIncoming = db.prepare('SELECT * FROM objects WHERE incoming = ?');
  const selectTwin = db.prepare('SELECT key FROM objects WHERE bucket = ? AND lower(key) = lower(?) AND key <> ?');
  const upsertObject = db.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const deleteObject = db.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?');
  const oneObject = (row: unknown) => (row === undefined ? undefined : toRecord(row as ObjectRow));

  return {
    addBucket: ({ name, createdMs }) => void insertBucket.run(name, createdMs),
    bucket: (name) => selectBucket.get(name) as BucketRecord | undefined,
    buckets: () => selectBuckets.all() as unknown as BucketRecord[],
    removeBucket: (name) => void deleteBucket.run(name),
    notification: (bucket) => (selectNotification.get(bucket)?.notification as string | null | undefined) ?? undefined,
    putNotification: (bucket, json) => void updateNotification.run(json ?? null, bucket),
    object: (bucket, key) => oneObject(selectObject.get(bucket, key)),
    objectOfIncoming: (incoming) => oneObject(selectIncoming.get(incoming)),
    caseTwin: (bucket, key) => selectTwin.get(bucket, key, key)?.key as string | undefined,
    putObject(record) {
      const { checksum } = record;
      upsertObject.run(
        record.bucket,
        record.key,
        record.incoming,
        record.sizeBytes,
        record.fileTimeMs,
        record.etag,
        record.lastModifiedMs,
        JSON.stringify(record.headers),
        JSON.stringify(record.metadata),
        checksum?.algorithm ?? null,
        checksum?.value ?? null,
        checksum?.type ?? 'FULL_OBJECT',
        record.parts === undefined ? null : JSON.stringify(record.parts),
      );
    },
    removeObject: (bucket, key) => void deleteObject.run(bucket, key),
    *objectsFrom(bucket, key, after) {
      // A statement of its own: listings may overlap, and one prepared statement holds only one position.
      const select = db.prepare(`SELECT * FROM objects WHERE bucket = ? AND key ${after ? '>' : '>='} ? ORDER BY key`);
      for (const row of select.iterate(bucket, key)) yield toRecord(row as unknown as ObjectRow);
    },
  };
}
