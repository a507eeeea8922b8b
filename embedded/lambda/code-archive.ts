import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { ServiceError } from '../errors.ts';
import { diskRefused } from './store.ts';

/** Lambda's limits on a function's code (API reference and "Lambda quotas"), in bytes. */
const LARGEST_ZIP_BYTES = 52_428_800;
const LARGEST_UNZIPPED_BYTES = 262_144_000;

const ZIP_FILE = 'code.zip';
const TASK_FOLDER = 'task';
/** What the file system says of names that no folder can hold, as of a file and a folder with one name. */
const UNWRITABLE_NAMES = ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG'];

export interface StoredCode {
  codeId: string;
  /** In base64. */
  codeSha256: string;
  codeSizeBytes: number;
}

/** The codes of functions, each with its zip file and what is in it. */
export interface CodeArchive {
  /**
   * Unpacks a zip file. Throws ServiceError `InvalidParameterValueException` for one that is broken, empty, too large unpacked
   * or reaches out of its folder, `RequestEntityTooLargeException`, and `InsufficientStorage`.
   */
  store(zip: Uint8Array): StoredCode;
  /** Folder of the files of a code, which a function knows as LAMBDA_TASK_ROOT. */
  taskRoot(codeId: string): string;
  /** The zip file as it came. */
  zipFile(codeId: string): string;
  remove(codeId: string): void;
  /** Removes what is not in use, as an end amid a change leaves it. */
  sweep(codeIdsInUse: readonly string[]): void;
}

/** Keeps codes under `<directory>/lambda`. */
export function openCodeArchive(directory: string): CodeArchive {
  const root = path.join(directory, 'lambda');
  const folderOf = (codeId: string) => path.join(root, codeId);
  return {
    store(zip) {
      const files = unpack(zip);
      const codeId = randomUUID();
      try {
        write(path.join(folderOf(codeId), TASK_FOLDER), files);
        writeFileSync(path.join(folderOf(codeId), ZIP_FILE), zip, { flush: true });
      } catch (cause) {
        rmSync(folderOf(codeId), { recursive: true, force: true });
        throw UNWRITABLE_NAMES.includes((cause as NodeJS.ErrnoException).code ?? '') ? brokenZip() : diskRefused(cause);
      }
      const codeSha256 = createHash('sha256').update(zip).digest('base64');
      return { codeId, codeSha256, codeSizeBytes: zip.length };
    },
    taskRoot: (codeId) => path.join(folderOf(codeId), TASK_FOLDER),
    zipFile: (codeId) => path.join(folderOf(codeId), ZIP_FILE),
    remove: (codeId) => rmSync(folderOf(codeId), { recursive: true, force: true }),
    sweep(codeIdsInUse) {
      let codeIds: string[];
      try {
        codeIds = readdirSync(root);
      } catch {
        return;
      }
      for (const codeId of codeIds) {
        if (!codeIdsInUse.includes(codeId)) rmSync(folderOf(codeId), { recursive: true, force: true });
      }
    },
  };
}

const invalid = (message: string) => new ServiceError('InvalidParameterValueException', message);

const brokenZip = () => invalid('Could not unzip uploaded file. Please check your file, then try to upload again.');

function unpack(zip: Uint8Array): Record<string, Uint8Array> {
  if (zip.length > LARGEST_ZIP_BYTES) {
    throw new ServiceError(
      'RequestEntityTooLargeException',
      `Zipped size must be smaller than ${LARGEST_ZIP_BYTES} bytes`,
      413,
    );
  }
  const checksums = new Map<string, number | undefined>();
  let sizeBytes = 0;
  let files: Record<string, Uint8Array>;
  try {
    const inOrder = declaredChecksums(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength));
    files = unzipSync(zip, {
      filter({ name, originalSize }) {
        if (!staysInside(name)) throw brokenZip();
        checksums.set(name, inOrder.shift());
        sizeBytes += originalSize;
        if (sizeBytes >= LARGEST_UNZIPPED_BYTES) {
          throw invalid(`Unzipped size must be smaller than ${LARGEST_UNZIPPED_BYTES} bytes`);
        }
        return !name.endsWith('/');
      },
    });
  } catch (error) {
    throw error instanceof ServiceError ? error : brokenZip();
  }
  const names = Object.keys(files);
  if (names.length === 0) throw invalid('Uploaded file must be a non-empty zip');
  // The library does not look whether a file is what it was when it was packed.
  if (names.some((name) => crc32(files[name]!) !== checksums.get(name))) throw brokenZip();
  return files;
}

/** CRC-32 of all files in the order of the central directory (APPNOTE.TXT, 4.3.12 and 4.3.16). */
function declaredChecksums(zip: Buffer): number[] {
  const end = zip.lastIndexOf('PK\x05\x06');
  const checksums: number[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    checksums.push(zip.readUInt32LE(at + 16));
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return checksums;
}

/** Whether a name within a zip file stays inside the folder that it is unpacked into, on every operating system. */
function staysInside(name: string): boolean {
  return !/^([/\\]|[A-Za-z]:)|\0|\\/.test(name) && !name.split('/').includes('..');
}

function write(folder: string, files: Record<string, Uint8Array>): void {
  const folders = new Set([folder]);
  for (const name of Object.keys(files)) folders.add(path.join(folder, path.dirname(name)));
  for (const each of folders) mkdirSync(each, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
}
