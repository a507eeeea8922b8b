import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { ObjectAttributes } from './database.ts';
import { noSuchUpload, storageFault } from './faults.ts';
import { checkWhile, syncFolder, writeDurably } from './object-files.ts';
import { type PartRecord, type UploadRecord, uploadDatabase } from './upload-database.ts';

export interface Uploads {
  /** Gives the id of the new upload. */
  create(bucket: string, key: string, attributes: ObjectAttributes, checksum: UploadRecord['checksum']): string;
  /** Throws S3Fault `NoSuchUpload` for an id that is unknown, or of another object. */
  require(bucket: string, key: string, id: string): UploadRecord;
  /** Uploads from a key on, beyond that key's upload of number `afterNumber`; by key, then by their beginning. */
  from(bucket: string, key: string, afterNumber: number): Iterable<UploadRecord>;
  /**
   * Stores a part durably, or replaces the one of the same number. `check` verifies the content while the disk is busy.
   * Rejects with what `check` throws, and with S3Fault `NoSuchUpload` when the upload ended meanwhile.
   */
  putPart(
    upload: UploadRecord,
    partNumber: number,
    content: Buffer,
    check: () => Promise<Pick<PartRecord, 'etag' | 'checksum'>>,
  ): Promise<PartRecord>;
  part(upload: UploadRecord, partNumber: number): PartRecord | undefined;
  /** Parts beyond a number, in their order. */
  parts(upload: UploadRecord, afterNumber: number, atMost: number): PartRecord[];
  partFile(part: PartRecord): string;
  /**
   * Runs `complete`, which makes an object of the upload, and forgets the upload with its parts once that is done. The
   * parts stay as they are meanwhile. Rejects with what `complete` throws, and with S3Fault `NoSuchUpload`.
   */
  end<T>(upload: UploadRecord, complete: () => Promise<T>): Promise<T>;
  /** Forgets all uploads to a bucket. */
  abortAll(bucket: string): void;
}

/** Opens the multipart uploads under way: their records, and the contents of their parts as files in `folder`. */
export function openUploads({
  records,
  folder,
  clock,
  tracked,
}: {
  records: DatabaseSync;
  folder: string;
  clock: Clock;
  /** Told of every promise, so that closing can wait for it. */
  tracked: <T>(work: Promise<T>) => Promise<T>;
}): Uploads {
  const db = uploadDatabase(records);
  const fileOf = ({ file }: { file: string }) => join(folder, file);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (!db.isPartFile(file)) rmSync(join(folder, file));
  /** The last work on each upload: changes of one upload come one after the other. */
  const turns = new Map<string, Promise<unknown>>();

  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (turns.get(id) === settled) turns.delete(id);
      });
    turns.set(id, settled);
    return tracked(turn);
  }

  function requireUpload(bucket: string, key: string, id: string): UploadRecord {
    const upload = db.upload(id);
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
    return upload;
  }

  /** The files go after the records: a file too many is removed at the next opening, a missing one could not be. */
  function forget(upload: UploadRecord): void {
    const parts = db.parts(upload.id, 0, Number.MAX_SAFE_INTEGER);
    db.removeUpload(upload.id);
    for (const part of parts) rmSync(fileOf(part), { force: true });
  }

  async function putPart(
    upload: UploadRecord,
    partNumber: number,
    content: Buffer,
    check: () => Promise<Pick<PartRecord, 'etag' | 'checksum'>>,
  ): Promise<PartRecord> {
    const file = randomUUID();
    const writing = writeDurably(join(folder, file), content);
    try {
      const checked = await checkWhile(writing, check);
      return await inTurn(upload.id, async () => {
        requireUpload(upload.bucket, upload.key, upload.id);
        const replaced = db.part(upload.id, partNumber);
        const identity = { uploadId: upload.id, partNumber, file, sizeBytes: content.length };
        const part = { ...identity, ...checked, lastModifiedMs: clock.now() };
        syncFolder(folder);
        db.putPart(part);
        if (replaced !== undefined) rmSync(fileOf(replaced), { force: true });
        return part;
      });
    } catch (error) {
      await unlink(join(folder, file)).catch(() => undefined);
      throw storageFault(error) ?? error;
    }
  }

  return {
    create(bucket, key, attributes, checksum) {
      const id = `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
      db.addUpload({ ...attributes, id, bucket, key, checksum, initiatedMs: clock.now() });
      return id;
    },
    require: requireUpload,
    from: (bucket, key, afterNumber) => db.uploadsFrom(bucket, key, afterNumber),
    putPart: (...args) => tracked(putPart(...args)),
    part: (upload, partNumber) => db.part(upload.id, partNumber),
    parts: (upload, afterNumber, atMost) => db.parts(upload.id, afterNumber, atMost),
    partFile: fileOf,
    end: (upload, complete) =>
      inTurn(upload.id, async () => {
        requireUpload(upload.bucket, upload.key, upload.id);
        const result = await complete();
        forget(upload);
        return result;
      }),
    abortAll(bucket) {
      for (const upload of [...db.uploadsFrom(bucket, '', 0)]) forget(upload);
    },
  };
}

/** The ETag of an object made of parts with these ETags. */
export function etagOfParts(etags: string[]): string {
  const digest = createHash('md5');
  for (const etag of etags) digest.update(Buffer.from(etag, 'hex'));
  return `${digest.digest('hex')}-${etags.length}`;
}
