import { DatabaseSync } from 'node:sqlite';

/** What each version of the file adds to the one before; a file tells its version by `user_version`. */
const versions = [
  // The first version did not count itself, so its tables may be there.
  `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    incoming TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    file_time_ms REAL NOT NULL,
    etag TEXT NOT NULL,
    last_modified_ms REAL NOT NULL,
    headers TEXT NOT NULL,
    metadata TEXT NOT NULL,
    checksum_algorithm TEXT,
    checksum_value TEXT,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  `,
  // An upload is overtaken once somebody wrote or deleted the object that it is to become.
  `
  ALTER TABLE buckets ADD COLUMN notification TEXT;
  ALTER TABLE objects ADD COLUMN checksum_type TEXT NOT NULL DEFAULT 'FULL_OBJECT';
  ALTER TABLE objects ADD COLUMN parts TEXT;
  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    initiated_ms REAL NOT NULL,
    headers TEXT NOT NULL,
    metadata TEXT NOT NULL,
    checksum_algorithm TEXT,
    checksum_type TEXT,
    overtaken INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX uploads_of_key ON uploads (bucket, key, number);
  CREATE TABLE parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    part_number INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    etag TEXT NOT NULL,
    last_modified_ms REAL NOT NULL,
    checksum_value TEXT,
    PRIMARY KEY (upload_id, part_number)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER overtaken_by_write AFTER INSERT ON objects BEGIN
    UPDATE uploads SET overtaken = 1 WHERE bucket = NEW.bucket AND key = NEW.key;
  END;
  CREATE TRIGGER overtaken_by_delete AFTER DELETE ON objects BEGIN
    UPDATE uploads SET overtaken = 1 WHERE bucket = OLD.bucket AND key = OLD.key;
  END;
  `,
];

/**
 * Opens the records of buckets, objects and uploads, creating the file or bringing it up to date. Every change is
 * durable on return. Throws an Error for a file of a later version than this program's.
 */
export function openRecords(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    // FULL: an acknowledged object is on the disk, its record too, when the power fails a moment later.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    if (version > versions.length) {
      throw new Error(
        `${file} is of version ${version}; this program knows versions up to ${versions.length}. Use the program that wrote it, or a newer one.`,
      );
    }
    for (let next = version; next < versions.length; next += 1) {
      db.exec(`BEGIN; ${versions[next]} PRAGMA user_version = ${next + 1}; COMMIT`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
