import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { RecordMissing, TransitionNotAllowed } from '../../core/errors.ts';
import { INDEXES } from '../../core/names.ts';
import { type CalibrationRequest, type CalibrationStatus, calibrationRequest } from '../../core/records/calibration.ts';
import { documents } from './clients.ts';
import { tableName } from './environment.ts';

/** Calibration sets that were asked for: items of table `Requests`, beside the requests for observations. */

/** DynamoDB's limit on one batch. */
const BATCH_GET_ITEMS = 100;

/** A set that ended in an error is asked for anew; one that was begun may be taken up again by the same night or another. */
const TRANSITIONS: Readonly<Record<CalibrationStatus, readonly CalibrationStatus[]>> = {
  QUEUED: ['RUNNING', 'ERROR'],
  RUNNING: ['RUNNING', 'DONE', 'ERROR', 'QUEUED'],
  DONE: [],
  ERROR: [],
};

/** The table, and a client that reaches it: for who is not a function and has clients of his own. */
export interface RequestTable {
  documents: DynamoDBDocumentClient;
  name: string;
}
const ownTable = (): RequestTable => ({ documents: documents(), name: tableName('requests') });

/** Programme under which the sets of a campaign lie that no programme asked for. */
export const calibrationProgrammeOf = (campaign: string): string => `calibrations.${campaign}`;

/** Writes a request unless one of its id exists; true when it was written. */
export async function createCalibrationRequest(request: CalibrationRequest, table = ownTable()): Promise<boolean> {
  try {
    await table.documents.send(
      new PutCommand({
        TableName: table.name,
        Item: request,
        ConditionExpression: 'attribute_not_exists(requestId)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** One request. Throws RecordMissing. */
export async function getCalibrationRequest(requestId: string, table = ownTable()): Promise<CalibrationRequest> {
  const [request] = await getCalibrationRequests([requestId], table);
  if (!request) throw new RecordMissing(`there is no calibration request ${requestId}`);
  return request;
}

/** Many requests, strongly consistent, in the order of their ids as given; those that do not exist are left out. */
export async function getCalibrationRequests(
  requestIds: readonly string[],
  { documents, name }: RequestTable = ownTable(),
): Promise<CalibrationRequest[]> {
  const found = new Map<string, CalibrationRequest>();
  const ids = [...new Set(requestIds)];
  for (let at = 0; at < ids.length; at += BATCH_GET_ITEMS) {
    let keys: Record<string, unknown>[] = ids.slice(at, at + BATCH_GET_ITEMS).map((requestId) => ({ requestId }));
    while (keys.length > 0) {
      const answer = await documents.send(
        new BatchGetCommand({ RequestItems: { [name]: { Keys: keys, ConsistentRead: true } } }),
      );
      for (const item of answer.Responses?.[name] ?? []) found.set(item.requestId, calibrationRequest.parse(item));
      keys = answer.UnprocessedKeys?.[name]?.Keys ?? [];
    }
  }
  return requestIds.flatMap((requestId) => found.get(requestId) ?? []);
}

/** Requests of a campaign that policy or persons made, of one status, in the order of their ids. Found by an index. */
export async function listCalibrationRequests(
  campaign: string,
  status: CalibrationStatus,
  table = ownTable(),
): Promise<CalibrationRequest[]> {
  const ids: string[] = [];
  const query = {
    TableName: table.name,
    IndexName: INDEXES.requestsByProgramme,
    KeyConditionExpression: 'programmeId = :programme AND #status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':programme': calibrationProgrammeOf(campaign), ':status': status },
  };
  for await (const { Items = [] } of paginateQuery({ client: table.documents }, query)) {
    ids.push(...Items.map(({ requestId }) => requestId as string));
  }
  // The index may be some moments behind what stands.
  const requests = await getCalibrationRequests(ids.toSorted(), table);
  return requests.filter((each) => each.status === status);
}

export type CalibrationChange = CalibrationRequest['history'][number];

/**
 * Moves a request to a status, with its history, under an optimistic lock. The same change delivered again, and one to a status in
 * which a request rests already, change nothing. Throws TransitionNotAllowed, RecordMissing.
 */
export async function changeCalibrationRequest(
  requestId: string,
  change: CalibrationChange,
  { masterId }: { masterId?: string | undefined } = {},
  table = ownTable(),
): Promise<CalibrationRequest> {
  for (;;) {
    const record = await getCalibrationRequest(requestId, table);
    // A request that waited again at the very instant at which it was begun may be begun anew: its last word counts.
    const said = TRANSITIONS[record.status].length === 0 ? record.history : record.history.slice(-1);
    const isRepeated = said.some(
      (past) => past.status === change.status && past.at === change.at && past.nightId === change.nightId,
    );
    if (isRepeated || (record.status === change.status && change.status !== 'RUNNING')) return record;
    if (!TRANSITIONS[record.status].includes(change.status)) {
      throw new TransitionNotAllowed(
        `calibration request ${requestId} is ${record.status} and cannot become ${change.status}; ` +
          `allowed: ${TRANSITIONS[record.status].join(', ') || 'nothing, it is over'}`,
      );
    }
    const next: CalibrationRequest = {
      ...record,
      status: change.status,
      history: [...record.history, change],
      ...(masterId !== undefined && { masterId }),
      version: record.version + 1,
    };
    try {
      await table.documents.send(
        new PutCommand({
          TableName: table.name,
          Item: next,
          ConditionExpression: 'version = :read',
          ExpressionAttributeValues: { ':read': record.version },
        }),
      );
      return next;
    } catch (error) {
      // Somebody else changed the request meanwhile: judge the change again.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
