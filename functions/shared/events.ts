import { Logger } from '@aws-lambda-powertools/logger';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../core/names.ts';
import type { NightRecord } from '../../core/records/night.ts';
import { events } from './clients.ts';
import { busName } from './environment.ts';

const logger = new Logger({ serviceName: 'nocturne' });

/**
 * Tells the observatory's bus of something that stands in the records already. Who listens is not the night's business: a bus
 * that does not take the event is logged, and the night goes on.
 */
export async function publish(type: string, detail: Record<string, unknown>): Promise<void> {
  const bus = busName();
  if (!bus) return;
  try {
    const { Entries = [] } = await events().send(
      new PutEventsCommand({
        Entries: [{ EventBusName: bus, Source: EVENT_SOURCE, DetailType: type, Detail: JSON.stringify(detail) }],
      }),
    );
    const refused = Entries.find(({ ErrorCode }) => ErrorCode);
    if (refused) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
  } catch (error) {
    logger.warn(`event "${type}" was not taken by bus ${bus}`, error as Error);
  }
}

/** What every event says of its night. */
export const eventDetail = ({ nightId, observatoryId, programmeId, input, context }: NightRecord) => ({
  nightId,
  observatoryId,
  programmeId,
  dayObs: input.dayObs,
  run: context.run,
});
