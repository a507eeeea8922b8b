import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decompressFrame } from '../../core/fits/decompress.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import { parseAll } from '../../core/records/primitives.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../../core/version.ts';
import { headerOfFile, replayFrame } from '../../core/visits/replay.ts';
import { loadSky } from '../../functions/shared/sky.ts';
import { EXIT, InputRefused } from '../errors.ts';

export interface ReplayOptions {
  /** File of the observatory, where it does not lie where the header says. */
  observatory?: string;
  json?: boolean;
}

/**
 * Makes a frame again from its own header and the observatory that it names, and says whether it is the same. Returns 0 when every
 * byte is, 1 when not. Throws InputRefused for a file that is no frame of ours, or whose observatory cannot be found.
 */
export async function replay(file: string, { observatory: given, json }: ReplayOptions): Promise<number> {
  const bytes = readFrame(file);
  const header = refusing(file, () => headerOfFile(bytes));
  if (!header.simulate || header.simParams === undefined) {
    throw new InputRefused([`${file}: not made by the twin (SIMULATE is F); only its frames can be made again`]);
  }
  const observatory = readObservatory(given ?? findObservatory(file, header.simParams), header.simParams);
  const again = replayFrame(bytes, observatory, loadSky());
  const [was, is] = [bytes, again.file].map((each) => createHash('sha256').update(each).digest('hex'));
  const software = `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`;
  const { isIdentical, differingBytes, differingCards } = again;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ type: 'replay', file, isIdentical, sha256: was, sha256Again: is, differingBytes, differingCards })}\n`,
    );
  } else if (isIdentical) process.stdout.write(`identical: ${file}, ${bytes.length} bytes, sha256 ${was}\n`);
  else {
    process.stdout.write(
      `NOT identical: ${file}: ${differingBytes} of ${bytes.length} bytes differ\n  was        ${was}\n  made again ${is}\n`,
    );
    for (const card of differingCards) process.stdout.write(`  ${card}\n`);
    if (header.softwareVersion !== software) {
      process.stdout.write(`  the frame was made by ${header.softwareVersion}; this is ${software}\n`);
    }
  }
  return isIdentical ? EXIT.done : EXIT.failed;
}

function readFrame(file: string): Uint8Array {
  const bytes = refusing(file, () => readFileSync(file));
  return file.endsWith('.fz') ? refusing(file, () => decompressFrame(bytes)) : bytes;
}

function refusing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new InputRefused([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** The observatory's file: below the frame's folder, or below one that contains it, as the key of the header says. */
function findObservatory(file: string, key: string): string {
  for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, ...key.split('/'));
    if (existsSync(candidate)) return candidate;
    if (folder === path.dirname(folder)) break;
  }
  throw new InputRefused([
    `${file}: its observatory ${key} is neither beside it nor in a folder above; name the file by --observatory`,
  ]);
}

function readObservatory(file: string, key: string): Observatory {
  const text = refusing(file, () => readFileSync(file, 'utf8'));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  if (!key.includes(`.${hash}.`)) {
    throw new InputRefused([
      `${file}: its content has the hash ${hash}; the frame was made with ${path.basename(key)}`,
    ]);
  }
  const { value, faults } = parseAll(
    observatorySchema,
    refusing(file, () => JSON.parse(text)),
    'observatory',
  );
  if (!value) throw new InputRefused(faults);
  return value;
}
