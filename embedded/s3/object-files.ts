import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, read } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { RunningDigest } from './checksums.ts';

const readAsync = promisify(read);

/** One system call moves less than 2 GiB. */
const longestTransferBytes = 2 ** 30;
/** Files are read in pieces of this size where the whole is not wanted in memory. */
const pieceBytes = 8 * 2 ** 20;

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(
      bytes,
      at,
      Math.min(bytes.length - at, longestTransferBytes),
      position + at,
    );
    at += bytesWritten;
  }
}

/** Creates a file, lets `write` fill it, and syncs it to the disk; gives its modification time in ms since the Unix epoch. */
async function createDurably(file: string, write: (handle: FileHandle) => Promise<void>): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    await write(handle);
    await handle.datasync();
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
  }
}

/** Writes a new file and syncs it to the disk; gives its modification time in ms since the Unix epoch. */
export function writeDurably(file: string, body: Buffer): Promise<number> {
  return createDurably(file, (handle) => writeFully(handle, body, 0));
}

/** Writes the files `sources` one behind the other as `writeDurably` does, telling `digest` every byte. */
export function joinDurably(file: string, sources: string[], digest: RunningDigest | undefined): Promise<number> {
  return createDurably(file, async (handle) => {
    let position = 0;
    for (const source of sources) {
      for await (const piece of piecesOf(source)) {
        const writing = writeFully(handle, piece, position);
        digest?.update(piece);
        await writing;
        position += piece.length;
      }
    }
  });
}

async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    for (let at = 0; at < size; at += pieceBytes) yield await readFully(handle.fd, at, Math.min(at + pieceBytes, size));
  } finally {
    await handle.close();
  }
}

/** Lets `check` run while a file is being written, and gives its result once both are done. */
export async function checkWhile<T>(writing: Promise<unknown>, check: () => Promise<T>): Promise<T> {
  const [written, checked] = await Promise.allSettled([writing, check()]);
  if (checked.status === 'rejected') throw checked.reason;
  if (written.status === 'rejected') throw written.reason;
  return checked.value;
}

/** Makes the names in a folder durable: a file's own sync does not promise that it is found again after a power cut. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The bytes [start, end) of an open file. Throws an Error when the file ends before `end`. */
export async function readFully(fd: number, start: number, end: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(end - start);
  for (let at = 0; at < content.length; ) {
    const { bytesRead } = await readAsync(
      fd,
      content,
      at,
      Math.min(content.length - at, longestTransferBytes),
      start + at,
    );
    if (bytesRead === 0) throw new Error(`the file ended at byte ${start + at}, ${end} were expected`);
    at += bytesRead;
  }
  return content;
}

/** MD5 of the bytes [start, end) of an open file. Throws an Error when the file ends before `end`. */
export async function md5OfFile(fd: number, start: number, end: number): Promise<Buffer> {
  const md5 = createHash('md5');
  for (let at = start; at < end; at += pieceBytes) md5.update(await readFully(fd, at, Math.min(at + pieceBytes, end)));
  return md5.digest();
}
