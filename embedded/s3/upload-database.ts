import type { DatabaseSync } from 'node:sqlite';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { ObjectAttributes } from './database.ts';

/** A multipart upload that is neither completed nor aborted. */
export interface UploadRecord extends ObjectAttributes {
  id: string;
  bucket: string;
  key: string;
  /** Counts the uploads of one key, in the order of their beginning. */
  number: number;
  initiatedMs: number;
  /** Undefined where the client asked for no checksum. */
  checksum: { algorithm: ChecksumAlgorithm; type: ChecksumType } | undefined;
  /** Whether somebody wrote or deleted the object since the upload began. */
  overtaken: boolean;
}

export interface PartRecord {
  uploadId: string;
  /** 1 to 10000. */
  partNumber: number;
  /** Name of the file with the part's content. */
  file: string;
  sizeBytes: number;
  /** MD5 of the content in hexadecimal. */
  etag: string;
  lastModifiedMs: number;
  /** Base64, by the algorithm of the upload; undefined when it has none. */
  checksum: string | undefined;
}

interface UploadRow {
  id: string;
  bucket: string;
  key: string;
  number: number;
  initiated_ms: number;
  headers: string;
  metadata: string;
  checksum_algorithm: ChecksumAlgorithm | null;
  checksum_type: ChecksumType | null;
  overtaken: number;
}

interface PartRow {
  upload_id: string;
  part_number: number;
  file: string;
  size_bytes: number;
  etag: string;
  last_modified_ms: number;
  checksum_value: string | null;
}

function toUpload(row: UploadRow): UploadRecord {
  const { checksum_algorithm: algorithm, checksum_type: type } = row;
  return {
    id: row.id,
    bucket: row.bucket,
    key: row.key,
    number: row.number,
    initiatedMs: row.initiated_ms,
    headers: JSON.parse(row.headers),
    metadata: JSON.parse(row.metadata),
    checksum: algorithm === null || type === null ? undefined : { algorithm, type },
    overtaken: row.overtaken === 1,
  };
}

function toPart(row: PartRow): PartRecord {
  return {
    uploadId: row.upload_id,
    partNumber: row.part_number,
    file: row.file,
    sizeBytes: row.size_bytes,
    etag: row.etag,
    lastModifiedMs: row.last_modified_ms,
    checksum: row.checksum_value ?? undefined,
  };
}

export interface UploadDatabase {
  /** Adds an upload behind the others of its key. */
  addUpload(upload: Omit<UploadRecord, 'number' | 'overtaken'>): void;
  upload(id: string): UploadRecord | undefined;
  /** The upload with its parts. */
  removeUpload(id: string): void;
  /** Uploads from a key on, beyond that key's upload of number `afterNumber`; by key, then by their beginning. */
  uploadsFrom(bucket: string, key: string, afterNumber: number): Iterable<UploadRecord>;
  /** Adds a part, or replaces the one of the same number. */
  putPart(part: PartRecord): void;
  part(uploadId: string, partNumber: number): PartRecord | undefined;
  /** Parts beyond a number, in their order. */
  parts(uploadId: string, afterNumber: number, atMost: number): PartRecord[];
  isPartFile(file: string): boolean;
}

/** The records of multipart uploads. Every change is durable on return. */
export function uploadDatabase(db: DatabaseSync): UploadDatabase {
  const insertUpload = db.prepare(
    `INSERT INTO uploads SELECT ?1, ?2, ?3, coalesce(max(number), 0) + 1, ?4, ?5, ?6, ?7, ?8, 0
     FROM uploads WHERE bucket = ?2 AND key = ?3`,
  );
  const selectUpload = db.prepare('SELECT * FROM uploads WHERE id = ?');
  const deleteUpload = db.prepare('DELETE FROM uploads WHERE id = ?');
  const upsertPart = db.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)');
  const selectPart = db.prepare('SELECT * FROM parts WHERE upload_id = ? AND part_number = ?');
  const selectParts = db.prepare(
    'SELECT * FROM parts WHERE upload_id = ? AND part_number > ? ORDER BY part_number LIMIT ?',
  );
  const selectFile = db.prepare('SELECT 1 FROM parts WHERE file = ?');

  return {
    addUpload({ id, bucket, key, initiatedMs, headers, metadata, checksum }) {
      const kept = [JSON.stringify(headers), JSON.stringify(metadata)];
      insertUpload.run(id, bucket, key, initiatedMs, ...kept, checksum?.algorithm ?? null, checksum?.type ?? null);
    },
    upload(id) {
      const row = selectUpload.get(id);
      return row === undefined ? undefined : toUpload(row as unknown as UploadRow);
    },
    removeUpload: (id) => void deleteUpload.run(id),
    *uploadsFrom(bucket, key, afterNumber) {
      // A statement of its own: listings may overlap, and one prepared statement holds only one position.
      const select = db.prepare(
        'SELECT * FROM uploads WHERE bucket = ?1 AND (key, number) > (?2, ?3) ORDER BY key, number',
      );
      for (const row of select.iterate(bucket, key, afterNumber)) yield toUpload(row as unknown as UploadRow);
    },
    putPart(part) {
      upsertPart.run(
        part.uploadId,
        part.partNumber,
        part.file,
        part.sizeBytes,
        part.etag,
        part.lastModifiedMs,
        part.checksum ?? null,
      );
    },
    part(uploadId, partNumber) {
      const row = selectPart.get(uploadId, partNumber);
      return row === undefined ? undefined : toPart(row as unknown as PartRow);
    },
    parts: (uploadId, afterNumber, atMost) =>
      (selectParts.all(uploadId, afterNumber, atMost) as unknown as PartRow[]).map(toPart),
    isPartFile: (file) => selectFile.get(file) !== undefined,
  };
}
