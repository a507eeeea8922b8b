import { once } from 'node:events';
import path from 'node:path';
import { DirectoryNotWritable, EngineInUse, PortInUse, type ScheduleFired } from '../../embedded/engine.ts';
import { EngineUnusable, EXIT } from '../errors.ts';
import { startEmbedded } from '../session.ts';

/** Tells which rule fired when, and what it started. */
function tellFired({ ruleName, targetArn, executionName }: ScheduleFired): void {
  const started = executionName === undefined ? targetArn : `execution ${executionName}`;
  process.stdout.write(`${new Date().toISOString()} Schedule ${ruleName} fired: ${started}\n`);
}

/** Serves the embedded engine on a loopback port, with its schedules, until it is interrupted. Throws EngineUnusable. */
export async function serve(options: { port: number; out: string }): Promise<number> {
  const directory = path.resolve(options.out);
  try {
    const { engine, session } = await startEmbedded(directory, { fireSchedules: true, onScheduleFired: tellFired });
    try {
      const { url } = await engine.listen(options.port);
      process.stdout.write(
        `Nocturne engine on ${url}, bucket ${session.bucket}, files in ${directory}. Ctrl-C ends it.\n` +
          `For any AWS client: export AWS_ENDPOINT_URL=${url} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n`,
      );
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    } finally {
      await session.close();
    }
    return EXIT.done;
  } catch (error) {
    const unusable = [EngineInUse, PortInUse, DirectoryNotWritable].some((kind) => error instanceof kind);
    if (unusable) throw new EngineUnusable((error as Error).message);
    throw error;
  }
}
