import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { openSession, type Session, startEmbedded } from '../../cli/session.ts';
import { awsEnvironment, STAGE_NAME } from '../deploy-app.ts';
import type { Place } from '../place.ts';

/** Does something with the environment that it likes, which is put back afterwards: sessions set endpoint and names in it. */
async function withEnvironment<T>(environment: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

type EmbeddedEngine = Awaited<ReturnType<typeof startEmbedded>>['engine'];

/**
 * Does something with the embedded engine on a folder, which no other process may have open meanwhile. Its functions run in this
 * thread, so that faults reach them all.
 */
export const withEmbedded = <T>(
  folder: string,
  work: (session: Session, engine: EmbeddedEngine) => Promise<T>,
): Promise<T> =>
  withEnvironment({}, async () => {
    const { session, engine } = await startEmbedded(folder, { allInThisThread: true });
    try {
      return await work(session, engine);
    } finally {
      await session.close();
    }
  });

/** Does something with the deployment on LocalStack. Throws EngineUnusable when it is not there. */
export const withLocalstack = <T>(place: Place, work: (session: Session) => Promise<T>): Promise<T> =>
  withEnvironment(awsEnvironment(place), async () => {
    const session = await openSession({ engine: 'localstack', out: '', stage: STAGE_NAME });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  });

interface NightsOfDay {
  nights: string[];
}

const keyOfDay = (cameraId: string, dayObs: number) => ({ nightId: `day.${cameraId}.${dayObs}`, item: 'nights' });

/** Nights that an engine knows of one camera and day, in their order: numbers of frames follow from it. */
export async function nightsOfDay(session: Session, cameraId: string, dayObs: number): Promise<string[]> {
  const { Item } = await session.documents.send(
    new GetCommand({ TableName: session.tableName('nights'), Key: keyOfDay(cameraId, dayObs), ConsistentRead: true }),
  );
  return (Item as NightsOfDay | undefined)?.nights ?? [];
}

/** Lets an engine know the nights of a day, so that the next one gets the number there that it gets elsewhere. */
export async function knowNightsOfDay(
  session: Session,
  cameraId: string,
  dayObs: number,
  nights: readonly string[],
): Promise<void> {
  if (nights.length === 0) return;
  await session.documents.send(
    new PutCommand({ TableName: session.tableName('nights'), Item: { ...keyOfDay(cameraId, dayObs), nights } }),
  );
}
