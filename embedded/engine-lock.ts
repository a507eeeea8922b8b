import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process runs an engine on the same folder. */
export class EngineInUse extends Error {
  /** The process that has the folder; undefined when it has not written its number yet. */
  readonly pid: number | undefined;
  readonly directory: string;

  constructor(pid: number | undefined, directory: string) {
    super(
      `The folder ${directory} is in use by the engine of process ${pid ?? '(starting)'}. Stop that process, or choose another folder.`,
    );
    this.name = 'EngineInUse';
    this.pid = pid;
    this.directory = directory;
  }
}

/** SQLite's primary result code for a database that is locked (sqlite.org/rescode.html). */
const sqliteBusy = 5;

/**
 * Takes a folder for this process and gives the function that lets it go. The lock is the operating system's, on
 * `engine.lock` (through SQLite, as Node itself locks no files): it ends with its process however that dies, so it
 * is never stale, and `engine.pid` beside it only tells people whose it is. Throws EngineInUse.
 */
export function lockDirectory(directory: string): () => void {
  const pidFile = join(directory, 'engine.pid');
  const lock = new DatabaseSync(join(directory, 'engine.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) throw new EngineInUse(readPid(pidFile), directory);
    throw error;
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => {
    rmSync(pidFile, { force: true });
    lock.close();
  };
}

function readPid(pidFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
