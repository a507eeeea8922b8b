import { parseArgs } from 'node:util';
import { EXIT } from '../cli/errors.ts';
import { LocalstackUnusable, type Place, placeOf } from './place.ts';

/** What a command works with: the place that is meant, a voice, and a signal for Ctrl-C. */
export interface Context {
  place: Place;
  say(line: string): void;
  signal: AbortSignal;
}

/** Runs one of the localstack commands: parses --port, turns Ctrl-C into an abort, errors into words and exit status. */
export async function runCommand(work: (context: Context) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const { values } = parseArgs({ options: { port: { type: 'string' } } });
    await work({
      place: placeOf(values.port),
      say: (line) => process.stdout.write(`${line}\n`),
      signal: interruption.signal,
    });
  } catch (error) {
    process.exitCode = explain(error, interruption.signal.aborted);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function explain(error: unknown, isInterrupted: boolean): number {
  if (isInterrupted) {
    process.stderr.write('Interrupted. What this command had started is stopped.\n');
    return EXIT.interrupted;
  }
  const isExpected = error instanceof LocalstackUnusable || (error as { code?: string }).code?.startsWith('ERR_PARSE');
  process.stderr.write(`error: ${isExpected ? (error as Error).message : (error as Error).stack}\n`);
  return isExpected ? EXIT.engine : EXIT.failed;
}
