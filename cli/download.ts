import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { NightFile } from './night-files.ts';
import type { Session } from './session.ts';

/** The content of a file is not what its record says. */
export class ChecksumWrong extends Error {
  constructor(key: string, got: string, wanted: string) {
    super(`${key}: the content has sha256 ${got}, the record says ${wanted}; it was not kept`);
    this.name = 'ChecksumWrong';
  }
}

/** A file that the records name is not in the bucket. */
export class FileMissing extends Error {
  constructor(key: string) {
    super(`${key}: the records name it, and the bucket does not have it`);
    this.name = 'FileMissing';
  }
}

/** Where a file of a night lies below a folder: under its key. */
export const localPath = (folder: string, key: string): string => path.join(folder, ...key.split('/'));

/** As mkdir's own `recursive`, which for ever tries again where a folder exists and takes no other (as /proc does). */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder);
}

/**
 * Brings a file to its place below a folder, unless it is there with the right content. It is written under another name
 * first, so a file under its own name is whole. Throws FileMissing, ChecksumWrong, what the bucket says, what the disk says.
 */
export async function download(session: Session, file: NightFile, folder: string): Promise<'fetched' | 'there'> {
  const { key, sizeBytes, sha256 } = file;
  if (sizeBytes === undefined) throw new FileMissing(key);
  const place = localPath(folder, key);
  if (await isThere(place, file)) return 'there';
  makeFolder(path.dirname(place));
  const unfinished = `${place}.${process.pid}.part`;
  try {
    const { Body } = await session.s3.send(new GetObjectCommand({ Bucket: session.bucket, Key: key }));
    const hash = createHash('sha256');
    await pipeline(
      Body as Readable,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(unfinished),
    );
    const got = hash.digest('hex');
    if (sha256 !== undefined && got !== sha256) throw new ChecksumWrong(key, got, sha256);
    await rename(unfinished, place);
    return 'fetched';
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Whether the file has its content already: by its record's checksum, else by the bucket's mark where that is an MD5. */
async function isThere(place: string, { sizeBytes, sha256, etag }: NightFile): Promise<boolean> {
  const known = await stat(place).catch(() => undefined);
  if (!known?.isFile() || known.size !== sizeBytes) return false;
  if (sha256 !== undefined) return (await hashOf(place, 'sha256')) === sha256;
  const md5 = /^"([0-9a-f]{32})"$/.exec(etag ?? '')?.[1];
  return md5 !== undefined && (await hashOf(place, 'md5')) === md5;
}

async function hashOf(place: string, algorithm: 'sha256' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(place), hash);
  return hash.digest('hex');
}
