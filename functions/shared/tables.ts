import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, BatchWriteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { NightConflict, RecordMissing, TransitionNotAllowed } from '../../core/errors.ts';
import { type MasterRecord, masterRecord, type ReducedRecord, reducedRecord } from '../../core/records/calibration.ts';
import { MASTER_PREFIX, masterItem, REDUCED_PREFIX, reducedItem } from '../../core/records/ids.ts';
import {
  EVENT_PREFIX,
  type NightEvent,
  type NightProgress,
  type NightRecord,
  nightEvent,
  nightProgress,
  nightRecord,
} from '../../core/records/night.ts';
import { assertTransition, type StatusChange, TRANSITIONS } from '../../core/records/status.ts';
import {
  type ExposureRecord,
  exposureRecord,
  type ProvenanceEdge,
  type RequestRecord,
  requestRecord,
} from '../../core/records/visit.ts';
import { documents } from './clients.ts';
import { tableName } from './environment.ts';

/** DynamoDB's limits on one batch. */
const BATCH_GET_ITEMS = 100;
const BATCH_WRITE_ITEMS = 25;

async function getItem<T>(
  table: Parameters<typeof tableName>[0],
  key: Record<string, string>,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const { Item } = await documents().send(
    new GetCommand({ TableName: tableName(table), Key: key, ConsistentRead: true }),
  );
  return Item && schema.parse(Item);
}

/** Reads many items by key, strongly consistent, in the order of `ids`; those that do not exist are left out. */
async function getItems<T>(
  table: Parameters<typeof tableName>[0],
  keyAttribute: string,
  ids: readonly string[],
  schema: z.ZodType<T>,
): Promise<T[]> {
  const found = new Map<string, T>();
  for (let at = 0; at < ids.length; at += BATCH_GET_ITEMS) {
    let keys: Record<string, unknown>[] = ids.slice(at, at + BATCH_GET_ITEMS).map((id) => ({ [keyAttribute]: id }));
    while (keys.length > 0) {
      const answer = await documents().send(
        new BatchGetCommand({ RequestItems: { [tableName(table)]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[tableName(table)] ?? []) found.set(item[keyAttribute], schema.parse(item));
      keys = answer.UnprocessedKeys?.[tableName(table)]?.Keys ?? [];
    }
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** Puts an item unless one of its key exists; true when it was put. */
async function putNew(table: Parameters<typeof tableName>[0], item: object, keyAttribute: string): Promise<boolean> {
  try {
    await documents().send(
      new PutCommand({
        TableName: tableName(table),
        Item: item,
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': keyAttribute },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

// ---- Nights

export const findNight = (nightId: string): Promise<NightRecord | undefined> =>
  getItem('nights', { nightId, item: 'night' }, nightRecord);

export async function getNight(nightId: string): Promise<NightRecord> {
  const record = await findNight(nightId);
  if (!record) throw new RecordMissing(`there is no night ${nightId}; it must be opened first`);
  return record;
}

/** Writes a night for the first time; false when one of this name exists. */
export const createNight = (record: NightRecord): Promise<boolean> => putNew('nights', record, 'nightId');

/** Replaces a night's record, provided that `owner` still owns it. Throws NightConflict. */
export async function replaceNight(record: NightRecord, owner: string): Promise<void> {
  try {
    await documents().send(
      new PutCommand({
        TableName: tableName('nights'),
        Item: record,
        ConditionExpression: 'executionArn = :owner',
        ExpressionAttributeValues: { ':owner': owner },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new NightConflict(
      `night ${record.nightId} is no longer owned by execution ${owner}; another has taken it over`,
    );
  }
}

/**
 * Number of this night among the nights of one camera and day, from 0; the same for the same night however often asked.
 */
export async function nightOfDay(cameraId: string, dayObs: number, nightId: string): Promise<number> {
  const key = { nightId: `day.${cameraId}.${dayObs}`, item: 'nights' };
  for (;;) {
    const { Item } = await documents().send(
      new GetCommand({ TableName: tableName('nights'), Key: key, ConsistentRead: true }),
    );
    const known = (Item?.nights as string[] | undefined) ?? [];
    const at = known.indexOf(nightId);
    if (at >= 0) return at;
    try {
      await documents().send(
        new PutCommand({
          TableName: tableName('nights'),
          Item: { ...key, nights: [...known, nightId] },
          ConditionExpression: known.length === 0 ? 'attribute_not_exists(nightId)' : 'size(nights) = :known',
          ...(known.length > 0 && { ExpressionAttributeValues: { ':known': known.length } }),
        }),
      );
      return known.length;
    } catch (error) {
      // Another night of the same day was faster: look again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

export const findProgress = (nightId: string): Promise<NightProgress | undefined> =>
  getItem('nights', { nightId, item: 'progress' }, nightProgress);

export async function getProgress(nightId: string): Promise<NightProgress> {
  const progress = await findProgress(nightId);
  if (!progress) throw new RecordMissing(`night ${nightId} has no progress record; it was not opened to the end`);
  return progress;
}

export const createProgress = (progress: NightProgress): Promise<boolean> => putNew('nights', progress, 'nightId');

/** Moves a night on to a later state; a second delivery, or one that comes late, changes nothing. */
export async function advanceProgress(progress: NightProgress): Promise<void> {
  try {
    await documents().send(
      new PutCommand({
        TableName: tableName('nights'),
        Item: progress,
        ConditionExpression: '#sequence < :sequence',
        ExpressionAttributeNames: { '#sequence': 'sequence' },
        ExpressionAttributeValues: { ':sequence': progress.sequence },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Stores the outcome of a decision unless there is one; gives back the one that stands. */
export async function settleDecision<T extends object>(nightId: string, item: string, outcome: T): Promise<T> {
  if (await putNew('nights', { nightId, item, outcome }, 'nightId')) return outcome;
  return (await findDecision<T>(nightId, item))!;
}

export async function findDecision<T>(nightId: string, item: string): Promise<T | undefined> {
  const { Item } = await documents().send(
    new GetCommand({ TableName: tableName('nights'), Key: { nightId, item }, ConsistentRead: true }),
  );
  return Item?.outcome as T | undefined;
}

/** A master that was built in a night; its record is written last: where it stands, all of it is stored. */
export const createMaster = (record: MasterRecord): Promise<boolean> =>
  putNew('nights', { nightId: record.nightId, item: masterItem(record.masterId), outcome: record }, 'nightId');

export const findMaster = (nightId: string, masterId: string): Promise<MasterRecord | undefined> =>
  findDecision<MasterRecord>(nightId, masterItem(masterId));

/** Masters that were built in a night, good and bad, in the order of their names. */
export const listMasters = async (nightId: string): Promise<MasterRecord[]> =>
  (await listItems(nightId, MASTER_PREFIX)).map(({ outcome }) => masterRecord.parse(outcome));

/** A frame may be reduced again when a master comes that was missing: the newest result stands. */
export async function putReduced(record: ReducedRecord): Promise<void> {
  await documents().send(new PutCommand({ TableName: tableName('nights'), Item: record }));
}

export const findReduced = (nightId: string, exposureId: string): Promise<ReducedRecord | undefined> =>
  getItem('nights', { nightId, item: reducedItem(exposureId) }, reducedRecord);

/** What became of the frames of a night that were reduced, in the order of their names. */
export const listReduced = async (nightId: string): Promise<ReducedRecord[]> =>
  (await listItems(nightId, REDUCED_PREFIX)).map((item) => reducedRecord.parse(item));

/** Events have derived keys and the same content however often a step runs. */
export async function putEvent(event: NightEvent): Promise<void> {
  await documents().send(new PutCommand({ TableName: tableName('nights'), Item: event }));
}

/** Events of a night in the order of observatory time. */
export const listEvents = async (nightId: string): Promise<NightEvent[]> =>
  (await listItems(nightId, EVENT_PREFIX)).map((item) => nightEvent.parse(item));

async function listItems(nightId: string, prefix: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await documents().send(
      new QueryCommand({
        TableName: tableName('nights'),
        KeyConditionExpression: 'nightId = :night AND begins_with(#item, :prefix)',
        ExpressionAttributeNames: { '#item': 'item' },
        ExpressionAttributeValues: { ':night': nightId, ':prefix': prefix },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

// ---- Requests

export async function getRequest(requestId: string): Promise<RequestRecord> {
  const record = await getItem('requests', { requestId }, requestRecord);
  if (!record)
    throw new RecordMissing(`there is no request ${requestId}; open-night writes the requests of a programme`);
  return record;
}

/** Reads many requests, strongly consistent; those that do not exist are left out. The order is that of `requestIds`. */
export const getRequests = (requestIds: readonly string[]): Promise<RequestRecord[]> =>
  getItems('requests', 'requestId', requestIds, requestRecord);

export const createRequest = (record: RequestRecord): Promise<boolean> => putNew('requests', record, 'requestId');

/**
 * Moves a request to a status, with its history, under the transition table and the optimistic lock. The second delivery of
 * the same change (same observation, same status) changes nothing. Throws TransitionNotAllowed.
 */
export async function changeStatus(
  requestId: string,
  change: StatusChange,
  done: Record<string, string> = {},
): Promise<RequestRecord> {
  for (;;) {
    const record = await getRequest(requestId);
    const repeated = record.history.some(
      (past) => past.observationId === change.observationId && past.status === change.status && past.at === change.at,
    );
    if (repeated) return record;
    assertTransition(requestId, record.status, change.status);
    const next: RequestRecord = {
      ...record,
      status: change.status,
      history: [...record.history, change],
      done: { ...record.done, ...done },
      version: record.version + 1,
    };
    try {
      await documents().send(
        new PutCommand({
          TableName: tableName('requests'),
          Item: next,
          ConditionExpression: 'version = :read',
          ExpressionAttributeValues: { ':read': record.version },
        }),
      );
      return next;
    } catch (error) {
      // Somebody else changed the request meanwhile (a person may cancel one): judge the change again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/**
 * As `changeStatus`, but a request that is over stays as it is: a person may cancel one at any time. Gives back the record that
 * stands. Throws TransitionNotAllowed for a request that is not over.
 */
export async function changeStatusUnlessOver(
  requestId: string,
  change: StatusChange,
  done: Record<string, string> = {},
): Promise<RequestRecord> {
  try {
    return await changeStatus(requestId, change, done);
  } catch (error) {
    if (!(error instanceof TransitionNotAllowed)) throw error;
    const record = await getRequest(requestId);
    if (TRANSITIONS[record.status].length > 0) throw error;
    return record;
  }
}

// ---- Exposures

export const findExposure = (exposureId: string): Promise<ExposureRecord | undefined> =>
  getItem('exposures', { exposureId }, exposureRecord);

/** The record of an exposure is written last: where it stands, the frame is stored. */
export const createExposure = (record: ExposureRecord): Promise<boolean> => putNew('exposures', record, 'exposureId');

/** Reads many exposures, strongly consistent; those that do not exist are left out. */
export const getExposures = (exposureIds: readonly string[]): Promise<ExposureRecord[]> =>
  getItems('exposures', 'exposureId', exposureIds, exposureRecord);

// ---- Provenance

/** Edges are keyed by what they say: writing one twice leaves one. */
export async function putEdges(edges: readonly ProvenanceEdge[]): Promise<void> {
  for (let at = 0; at < edges.length; at += BATCH_WRITE_ITEMS) {
    let requests = edges.slice(at, at + BATCH_WRITE_ITEMS).map((edge) => ({ PutRequest: { Item: edge as object } }));
    while (requests.length > 0) {
      const answer = await documents().send(
        new BatchWriteCommand({ RequestItems: { [tableName('provenance')]: requests } }),
      );
      requests = (answer.UnprocessedItems?.[tableName('provenance')] as typeof requests | undefined) ?? [];
    }
  }
}
