import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type FrameFacts, wantedKeys } from '../../core/calibration/select.ts';
import {
  type Changed,
  certify,
  type Done,
  decertify,
  isRepeated,
  type Range,
  recertify,
} from '../../core/calibration/validity.ts';
import { StoreUnavailable, ValidityConflict } from '../../core/errors.ts';
import { INDEXES } from '../../core/names.ts';
import {
  type Certificate,
  certificate,
  type MasterRecord,
  type ValidityChange,
  validityChange,
} from '../../core/records/calibration.ts';
import type { CalibrationPolicy } from '../../core/records/observatory/calibration-policy.ts';
import { taiOf } from '../../core/time.ts';
import { documents } from './clients.ts';
import { tableName } from './environment.ts';

/**
 * Table `Calibrations`, which only this file knows. A partition is a key; in it lie, by the sort key `validFrom`,
 * - the certificates, under the TAI at which they begin;
 * - `head`: the version, raised by one at each change. A change is written in one transaction that wants the version on which it was
 *   judged; so of two writers who race one wins, and the other judges again what then stands;
 * - `history#<master>#<number>`: what was done, for good.
 * The partition `keys` has an item for each key that there is.
 */
const HEAD = 'head';
const KEYS = 'keys';
const HISTORY = 'history#';
const historyItem = (masterId: string, number: number): string =>
  `${HISTORY}${masterId}#${String(number).padStart(6, '0')}`;

/** DynamoDB's limit on one transaction. */
const TRANSACTION_ITEMS = 100;
/** In each round of a race one writer wins: so many writers on one key at once are not meant to be. */
const ROUNDS_MAX = 50;
const ROUND_WAIT_MS = 20;
/** Reasons for which a transaction that was called off may go through another time. */
const PASSING_REASONS = ['ConditionalCheckFailed', 'TransactionConflict', 'ThrottlingError'];

/** Certificates of a wanted key that are candidates for a frame: so many that begin before its time, and after it. */
const CANDIDATES_BEFORE = 5;
const CANDIDATES_AFTER = 2;

/** The table, and a client that reaches it: for who is not a function and has clients of his own. */
export interface CalibrationTable {
  documents: DynamoDBDocumentClient;
  name: string;
}
const ownTable = (): CalibrationTable => ({ documents: documents(), name: tableName('calibrations') });

export interface Certification extends Done {
  validFrom: string;
  validTo: string;
  /** Where masters meet, the one that was taken later wins: what a night does. Otherwise they conflict. */
  supersede?: boolean;
}

export interface Stored {
  /** Of the master, as they stand. */
  certificates: Certificate[];
  /** None when there was nothing to do. */
  changes: ValidityChange[];
}

/**
 * Makes a master valid in an interval; core/calibration/validity.ts has the rules and the errors. Doing it again, with the same `at`
 * and `by`, changes nothing, whatever was done in between: `at` must come from the payload of the step.
 */
export function certifyMaster(
  master: MasterRecord,
  { validFrom, validTo, supersede = true, ...done }: Certification,
  table = ownTable(),
): Promise<Stored> {
  const { calibrationKey, masterId, nightId } = master;
  const next: Certificate = {
    calibrationKey,
    validFrom,
    validTo,
    id: masterId,
    ...(nightId !== undefined && { nightId }),
    master,
  };
  return change(table, 'certify', { calibrationKey, masterId, validFrom, validTo }, done, (timeline) =>
    certify(timeline, next, done, { supersede }),
  );
}

/** Takes a range away from the validity of a master. */
export function decertifyMaster({ at, by, cause, ...range }: Range & Done, table = ownTable()): Promise<Stored> {
  const done = { at, by, cause };
  return change(table, 'decertify', range, done, (timeline) => decertify(timeline, range, done));
}

/** Gives a master that is valid another range. */
export function recertifyMaster({ at, by, cause, ...range }: Range & Done, table = ownTable()): Promise<Stored> {
  const done = { at, by, cause };
  return change(table, 'recertify', range, done, (timeline) => recertify(timeline, range, done));
}

/** Judges a change on what stands and writes it, as often as others are faster. Throws StoreUnavailable when they always are. */
async function change(
  table: CalibrationTable,
  action: ValidityChange['action'],
  range: Range,
  done: Done,
  judge: (timeline: Certificate[]) => Changed,
): Promise<Stored> {
  const { calibrationKey, masterId } = range;
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    // The version is read first: whatever changes between the two reads, changes it.
    const version = await versionOf(table, calibrationKey);
    const timeline = await readCertificates(table, calibrationKey);
    const ofMaster = (certificates: readonly Certificate[]) => certificates.filter(({ id }) => id === masterId);
    const past = await readHistory(table, calibrationKey, masterId);
    if (isRepeated(past, action, range, done)) return { certificates: ofMaster(timeline), changes: [] };
    const { next, changes } = judge(timeline);
    if (changes.length === 0) return { certificates: ofMaster(timeline), changes };
    if (await write(table, { calibrationKey, version, before: timeline, next, changes })) {
      return { certificates: ofMaster(next), changes };
    }
    await delay(Math.random() * ROUND_WAIT_MS * Math.min(round, 10));
  }
  throw new StoreUnavailable(
    `the validity of ${calibrationKey} was changed by others ${ROUNDS_MAX} times while ${masterId} was to be changed; try again`,
  );
}

interface Write {
  calibrationKey: string;
  version: number;
  before: readonly Certificate[];
  next: readonly Certificate[];
  changes: readonly ValidityChange[];
}

/** Writes a change as one transaction; false when another was faster. */
async function write(
  { documents, name: TableName }: CalibrationTable,
  { calibrationKey, version, before, next, changes }: Write,
): Promise<boolean> {
  const stood = new Map(before.map((each) => [each.validFrom, each]));
  const stands = new Set(next.map(({ validFrom }) => validFrom));
  const isNew = (each: Certificate) => {
    const old = stood.get(each.validFrom);
    return old?.id !== each.id || old.validTo !== each.validTo;
  };
  const put = (Item: object) => ({ Put: { TableName, Item } });
  const TransactItems: TransactWriteCommandInput['TransactItems'] = [
    {
      Put: {
        TableName,
        Item: { calibrationKey, validFrom: HEAD, version: version + changes.length },
        ...(version === 0
          ? { ConditionExpression: 'attribute_not_exists(version)' }
          : { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': version } }),
      },
    },
    ...(version === 0 ? [put({ calibrationKey: KEYS, validFrom: calibrationKey })] : []),
    ...before
      .filter(({ validFrom }) => !stands.has(validFrom))
      .map(({ validFrom }) => ({ Delete: { TableName, Key: { calibrationKey, validFrom } } })),
    ...next.filter(isNew).map(put),
    ...changes.map((each, index) => {
      const number = version + index + 1;
      return put({ calibrationKey, validFrom: historyItem(each.masterId, number), number, change: each });
    }),
  ];
  if (TransactItems.length > TRANSACTION_ITEMS) {
    throw new ValidityConflict(
      `the change touches ${TransactItems.length} items of ${calibrationKey}, at most ${TRANSACTION_ITEMS} go at once; change a shorter range at a time`,
    );
  }
  try {
    await documents.send(new TransactWriteCommand({ TransactItems }));
    return true;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = (error.CancellationReasons ?? []).flatMap(({ Code }) => (Code && Code !== 'None' ? [Code] : []));
    if (reasons.length === 0 || !reasons.every((each) => PASSING_REASONS.includes(each))) throw error;
    return false;
  }
}

/** Certificates of a key in the order of time. */
export const certificatesOf = (calibrationKey: string, table = ownTable()): Promise<Certificate[]> =>
  readCertificates(table, calibrationKey);

/** The certificate of a key that is valid at an instant in TAI, if there is one. */
export async function validAt(
  calibrationKey: string,
  tai: string,
  table = ownTable(),
): Promise<Certificate | undefined> {
  const [last] = await nearest(table, calibrationKey, tai, 1, 'before');
  return last && tai < last.validTo ? last : undefined;
}

/** The certificate of a key that begins last before an instant in TAI: with whose master a new one is compared. */
export async function previousCertificate(
  calibrationKey: string,
  tai: string,
  table = ownTable(),
): Promise<Certificate | undefined> {
  const found = await nearest(table, calibrationKey, tai, 2, 'before');
  return found.find(({ validFrom }) => validFrom < tai);
}

/**
 * What chooseMasters chooses from for a frame: the certificates of the keys that it wants which begin next before and after its time;
 * and of the other keys of its camera, where none of a type is valid, those that are: they show why they will not do.
 */
export async function certificatesFor(
  frame: FrameFacts,
  policy: Pick<CalibrationPolicy, 'darkScaling' | 'flatTargets'>,
  table = ownTable(),
): Promise<Certificate[]> {
  const at = taiOf(frame.midMs);
  const found = await Promise.all(
    wantedKeys(frame, policy).map(async ({ type, keys }) => {
      const wanted = await Promise.all(
        keys.flatMap((key) => [
          nearest(table, key, at, CANDIDATES_BEFORE, 'before'),
          nearest(table, key, at, CANDIDATES_AFTER, 'after'),
        ]),
      );
      const near = wanted.flat();
      if (near.some(({ validFrom, validTo }) => validFrom <= at && at < validTo)) return near;
      const others = (await listKeys(`${frame.instrument}.${type}.`, table)).filter((key) => !keys.includes(key));
      const valid = await Promise.all(others.map((key) => validAt(key, at, table)));
      return [...near, ...valid.flatMap((each) => each ?? [])];
    }),
  );
  return found.flat();
}

/** Certificates of a master, by an index that may be some moments behind. */
export const findByMasterId = (masterId: string, table = ownTable()): Promise<Certificate[]> =>
  readIndex(table, INDEXES.calibrationsById, 'id', masterId);

/** Certificates of the masters of a night, by an index that may be some moments behind. */
export const certificatesOfNight = (nightId: string, table = ownTable()): Promise<Certificate[]> =>
  readIndex(table, INDEXES.calibrationsByNight, 'nightId', nightId);

/** Everything that was ever done to the validity of a key, in its order. */
export const historyOf = (calibrationKey: string, table = ownTable()): Promise<ValidityChange[]> =>
  readHistory(table, calibrationKey);

/** Keys that begin with a text, in the order of their texts. */
export async function listKeys(prefix = '', table = ownTable()): Promise<string[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: `calibrationKey = :key${prefix === '' ? '' : ' AND begins_with(validFrom, :prefix)'}`,
    ExpressionAttributeValues: { ':key': KEYS, ...(prefix !== '' && { ':prefix': prefix }) },
    ConsistentRead: true,
  });
  return items.map(({ validFrom }) => validFrom as string);
}

async function versionOf({ documents, name }: CalibrationTable, calibrationKey: string): Promise<number> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: name, Key: { calibrationKey, validFrom: HEAD }, ConsistentRead: true }),
  );
  return (Item?.version as number | undefined) ?? 0;
}

/** Sort keys of certificates begin with a digit; those of all else do not, and sort behind. */
const BEHIND_DIGITS = ':';

async function readCertificates(table: CalibrationTable, calibrationKey: string): Promise<Certificate[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'calibrationKey = :key AND validFrom < :end',
    ExpressionAttributeValues: { ':key': calibrationKey, ':end': BEHIND_DIGITS },
    ConsistentRead: true,
  });
  return items.map((item) => certificate.parse(item));
}

/** Certificates that begin at or before an instant, the last first; or after it, the first first. */
async function nearest(
  { documents, name }: CalibrationTable,
  calibrationKey: string,
  tai: string,
  count: number,
  side: 'before' | 'after',
): Promise<Certificate[]> {
  const query: QueryCommandInput = {
    TableName: name,
    KeyConditionExpression:
      side === 'before'
        ? 'calibrationKey = :key AND validFrom <= :at'
        : 'calibrationKey = :key AND validFrom BETWEEN :at AND :end',
    ExpressionAttributeValues: {
      ':key': calibrationKey,
      // Behind the instant itself, and before the next millisecond.
      ':at': side === 'before' ? tai : `${tai}~`,
      ...(side === 'after' && { ':end': BEHIND_DIGITS }),
    },
    ScanIndexForward: side === 'after',
    Limit: count,
    ConsistentRead: true,
  };
  const items: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
    items.push(...Items);
    if (items.length >= count) break;
  }
  return items.slice(0, count).map((item) => certificate.parse(item));
}

async function readHistory(
  table: CalibrationTable,
  calibrationKey: string,
  masterId?: string,
): Promise<ValidityChange[]> {
  const items = await queryAll(table, {
    KeyConditionExpression: 'calibrationKey = :key AND begins_with(validFrom, :prefix)',
    ExpressionAttributeValues: {
      ':key': calibrationKey,
      ':prefix': masterId === undefined ? HISTORY : `${HISTORY}${masterId}#`,
    },
    ConsistentRead: true,
  });
  return items
    .toSorted((a, b) => (a.number as number) - (b.number as number))
    .map(({ change: each }) => validityChange.parse(each));
}

async function readIndex(
  table: CalibrationTable,
  IndexName: string,
  attribute: string,
  value: string,
): Promise<Certificate[]> {
  const items = await queryAll(table, {
    IndexName,
    KeyConditionExpression: `${attribute} = :value`,
    ExpressionAttributeValues: { ':value': value },
  });
  return items
    .map((item) => certificate.parse(item))
    .toSorted((a, b) => (`${a.calibrationKey} ${a.validFrom}` < `${b.calibrationKey} ${b.validFrom}` ? -1 : 1));
}

async function queryAll(
  { documents, name }: CalibrationTable,
  query: Omit<QueryCommandInput, 'TableName'>,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for await (const { Items = [] } of paginateQuery({ client: documents }, { TableName: name, ...query })) {
    items.push(...Items);
  }
  return items;
}
