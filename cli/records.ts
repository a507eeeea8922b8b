import { existsSync } from 'node:fs';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetCommand, paginateQuery, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { NightReport } from '../core/night/report.ts';
import { type MasterRecord, masterRecord, type ReducedRecord, reducedRecord } from '../core/records/calibration.ts';
import { MASTER_PREFIX, nightKey, REDUCED_PREFIX } from '../core/records/ids.ts';
import { EVENT_PREFIX, type NightEvent, type NightRecord, nightEvent, nightRecord } from '../core/records/night.ts';
import { InputRefused } from './errors.ts';
import type { EngineOptions, Session } from './session.ts';

/** The record of a night, if there is one. */
export async function readNight({ documents, tableName }: Session, nightId: string): Promise<NightRecord | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: tableName('nights'), Key: { nightId, item: 'night' }, ConsistentRead: true }),
  );
  return Item && nightRecord.parse(Item);
}

/** The record of a night. Throws InputRefused with the nights that there are when it is unknown. */
export async function requireNight(session: Session, nightId: string): Promise<NightRecord> {
  return (await readNight(session, nightId)) ?? refuseUnknown(session, nightId);
}

/** Throws InputRefused with the nights that there are. */
export async function refuseUnknown(session: Session, nightId: string): Promise<never> {
  const known = (await readNights(session)).map((each) => each.nightId);
  throw new InputRefused([`night: unknown night "${nightId}"; there are ${known.join(', ') || 'none'}`]);
}

/** Whether there is nothing to read: looking at a folder that does not exist must not make a world of it. */
export const isNowhere = ({ engine, out }: EngineOptions): boolean => engine === 'embedded' && !existsSync(out);

/** Throws InputRefused when there is no folder in which the night could be. */
export function refuseNowhere(options: EngineOptions, nightId: string): void {
  if (!isNowhere(options)) return;
  throw new InputRefused([`night: unknown night "${nightId}"; there is no folder ${options.out}`]);
}

/** Every night that the engine knows. */
export async function readNights({ documents, tableName }: Session): Promise<NightRecord[]> {
  const nights: NightRecord[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({
        TableName: tableName('nights'),
        FilterExpression: '#item = :night',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':night': 'night' },
        ExclusiveStartKey: from,
      }),
    );
    nights.push(...(page.Items ?? []).map((item) => nightRecord.parse(item)));
    from = page.LastEvaluatedKey;
  } while (from);
  return nights.sort((a, b) => (a.nightId < b.nightId ? -1 : 1));
}

/** Events of a night after the given item, in the order of observatory time. */
export async function readEvents(
  { documents, tableName }: Session,
  nightId: string,
  after = EVENT_PREFIX,
): Promise<NightEvent[]> {
  const events: NightEvent[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName: tableName('nights'),
        KeyConditionExpression: 'nightId = :night AND #item BETWEEN :after AND :last',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':night': nightId, ':after': `${after}!`, ':last': `${EVENT_PREFIX}~` },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    events.push(...(page.Items ?? []).map((item) => nightEvent.parse(item)));
    from = page.LastEvaluatedKey;
  } while (from);
  return events;
}

/** What became of the frames of a night that are reduced, in the order of their names. */
export const readReduced = async (session: Session, nightId: string): Promise<ReducedRecord[]> =>
  (await readItems(session, nightId, REDUCED_PREFIX)).map((item) => reducedRecord.parse(item));

/** The masters that were built in a night, good and bad, in the order of their names. */
export const readMasters = async (session: Session, nightId: string): Promise<MasterRecord[]> =>
  (await readItems(session, nightId, MASTER_PREFIX)).map(({ outcome }) => masterRecord.parse(outcome));

async function readItems(
  { documents, tableName }: Session,
  nightId: string,
  prefix: string,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const query = {
    TableName: tableName('nights'),
    KeyConditionExpression: 'nightId = :night AND begins_with(#item, :prefix)',
    ExpressionAttributeNames: { '#item': 'item' },
    ExpressionAttributeValues: { ':night': nightId, ':prefix': prefix },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, query)) items.push(...Items);
  return items;
}

/** Asks a running night to stop at its next safe point; false when there is no such running night. */
export async function requestHalt({ documents, tableName }: Session, nightId: string): Promise<boolean> {
  try {
    await documents.send(
      new UpdateCommand({
        TableName: tableName('nights'),
        Key: { nightId, item: 'night' },
        UpdateExpression: 'SET haltRequested = :true',
        ConditionExpression: '#status = :running',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':true': true, ':running': 'RUNNING' },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}

/** The report of a night, if it has been written. */
export async function readReport({ s3, bucket }: Session, nightId: string): Promise<NightReport | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: nightKey(nightId, 'report.json') }));
    return JSON.parse(await Body!.transformToString()) as NightReport;
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
