import { read } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const readAsync = promisify(read);

/** One system call moves less than 2 GiB. */
const longestTransferBytes = 2 ** 30;

/** Writes a new file and syncs it to the disk; gives its modification time in ms since the Unix epoch. */
export async function writeDurably(file: string, body: Buffer): Promise<number> {
  const handle = await open(file, 'wx');
  try {
    for (let at = 0; at < body.length; ) {
      const { bytesWritten } = await handle.write(body, at, Math.min(body.length - at, longestTransferBytes), at);
      at += bytesWritten;
    }
    await handle.datasync();
    return (await handle.stat()).mtimeMs;
  } finally {
    await handle.close();
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
