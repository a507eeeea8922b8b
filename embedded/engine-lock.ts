import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process runs an engine on the same folder. */
export class EngineInUse extends Error {
  /** The process that has the folder; undefined when it has not written its number yet. */
  readonly pid: number | undefined;
  /** Where that process serves the engine on this machine; undefined when it does not, or not yet. */
  readonly url: string | undefined;
  readonly directory: string;

  constructor({ pid, url }: Owner, directory: string) {
    super(
      `The folder ${directory} is in use by the engine of process ${pid ?? '(starting)'}. Stop that process, or choose another folder.`,
    );
    this.name = 'EngineInUse';
    this.pid = pid;
    this.url = url;
    this.directory = directory;
  }
}

/** SQLite's primary result code for a database that is locked (sqlite.org/rescode.html). */
const sqliteBusy = 5;

/** Who has a folder, as `engine.pid` tells it: the number of the process, and the address that it serves on. */
interface Owner {
  pid?: number | undefined;
  url?: string | undefined;
}

export interface DirectoryLock {
  /** Tells others where this process serves the engine. */
  announce(url: string): void;
  /** Lets the folder go. */
  release(): void;
}

/**
 * Takes a folder for this process. The lock is the operating system's, on `engine.lock` (through SQLite, as Node itself
 * locks no files): it ends with its process however that dies, so it is never stale, and `engine.pid` beside it only tells
 * whose it is and where that process can be reached. Throws EngineInUse.
 */
export function lockDirectory(directory: string): DirectoryLock {
  const ownerFile = join(directory, 'engine.pid');
  const lock = new DatabaseSync(join(directory, 'engine.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) throw new EngineInUse(readOwner(ownerFile), directory);
    throw error;
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return {
    announce(url) {
      // Renamed, so that nobody reads half of it.
      writeFileSync(`${ownerFile}.new`, `${process.pid}\n${url}\n`);
      renameSync(`${ownerFile}.new`, ownerFile);
    },
    release() {
      rmSync(ownerFile, { force: true });
      lock.close();
    },
  };
}

function readOwner(ownerFile: string): Owner {
  try {
    const [pid, url] = readFileSync(ownerFile, 'utf8').split('\n');
    return { pid: Number.parseInt(pid!, 10) || undefined, url: url || undefined };
  } catch {
    return {};
  }
}
