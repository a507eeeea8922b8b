import path from 'node:path';
import { download, localPath, makeFolder } from '../download.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { FILE_KINDS, type FileKind, listNightFiles, type NightFile } from '../night-files.ts';
import { refuseNowhere, requireNight } from '../records.ts';
import { type EngineOptions, isHostGone, type Session, withSession } from '../session.ts';
import { sizeText } from '../summary.ts';
import { engineTrouble } from '../trouble.ts';

export interface FilesOptions extends EngineOptions {
  kind: FileKind | 'all';
  /** Folder to which the files are brought. */
  to?: string;
  json?: boolean;
}

/** Files that are fetched at once. */
const AT_ONCE = 4;

/**
 * Lists the files of a night, or brings them to a folder. Returns 1 when one is missing or could not be brought, else 0.
 * Throws InputRefused for an unknown night or a folder that cannot be made, EngineUnusable.
 */
export async function nightFiles(nightId: string, options: FilesOptions): Promise<number> {
  refuseNowhere(options, nightId);
  const kinds = options.kind === 'all' ? FILE_KINDS : [options.kind];
  return withSession(options, async (session) => {
    const night = await requireNight(session, nightId);
    const files = await listNightFiles(session, night, kinds);
    if (options.to === undefined) return list(files, options);
    const folder = path.resolve(options.to);
    try {
      makeFolder(folder);
    } catch (error) {
      throw new InputRefused([`option --to: ${folder} cannot be made: ${(error as Error).message}`]);
    }
    return fetchAll(session, files, folder, options);
  });
}

/** One line a file: key, size, SHA-256. */
function list(files: readonly NightFile[], { json }: FilesOptions): number {
  const width = Math.max(0, ...files.map(({ key }) => key.length));
  for (const { kind, key, sizeBytes, sha256 } of files) {
    const line = json
      ? JSON.stringify({ type: 'file', kind, key, sizeBytes: sizeBytes ?? null, ...(sha256 && { sha256 }) })
      : `${key.padEnd(width)}  ${String(sizeBytes ?? 'MISSING').padStart(11)}  ${sha256 ?? '-'}`;
    process.stdout.write(`${line}\n`);
  }
  if (!json) process.stdout.write(`${files.length} files, ${sizeText(bytesOf(files))}\n`);
  return files.some(({ sizeBytes }) => sizeBytes === undefined) ? EXIT.failed : EXIT.done;
}

const bytesOf = (files: readonly NightFile[]): number => files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);

async function fetchAll(
  session: Session,
  files: readonly NightFile[],
  folder: string,
  { json }: FilesOptions,
): Promise<number> {
  const counts = { fetched: 0, there: 0, failed: 0 };
  const left = [...files];
  const tell = ({ key, kind }: NightFile, outcome: keyof typeof counts, reason?: string) => {
    counts[outcome]++;
    const done = counts.fetched + counts.there + counts.failed;
    if (json) {
      const place = localPath(folder, key);
      process.stdout.write(
        `${JSON.stringify({ type: 'file', kind, key, outcome, path: place, ...(reason && { reason }) })}\n`,
      );
    } else if (outcome === 'failed') process.stderr.write(`failed: ${reason}\n`);
    else
      process.stdout.write(
        `${String(done).padStart(String(files.length).length)}/${files.length}  ${outcome.padEnd(7)}  ${key}\n`,
      );
  };
  const work = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      try {
        tell(file, await download(session, file, folder));
      } catch (error) {
        if (isHostGone(session, error)) throw error;
        const message = error instanceof Error ? error.message : String(error);
        tell(
          file,
          'failed',
          engineTrouble(error) ?? (message.includes(file.key) ? message : `${file.key}: ${message}`),
        );
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { fetched, there, failed } = counts;
  if (!json) {
    process.stdout.write(
      `${fetched} files fetched, ${there} were there already, ${failed} failed; in ${folder}\n${failed > 0 ? 'Run the same command again for those that failed.\n' : ''}`,
    );
  }
  return failed > 0 ? EXIT.failed : EXIT.done;
}
