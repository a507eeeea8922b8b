import { CreateTableCommand, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseMasters } from '../../../core/calibration/select.ts';
import { replayHistory } from '../../../core/calibration/validity.ts';
import { MasterRejected, ValidityConflict } from '../../../core/errors.ts';
import { TABLE_KEYS, TABLES } from '../../../core/names.ts';
import { calibrationPolicy } from '../../../core/records/observatory/calibration-policy.ts';
import {
  type CalibrationTable,
  certificatesFor,
  certificatesOf,
  certificatesOfNight,
  certifyMaster,
  decertifyMaster,
  findByMasterId,
  historyOf,
  listKeys,
  previousCertificate,
  recertifyMaster,
  validAt,
} from '../../../functions/shared/calibrations.ts';
import { masterOf, tai } from '../../core/calibration/masters-of-tests.ts';
import { clients, newEngine, type TestEngine } from '../../embedded/support.ts';

// The store on the embedded engine's own DynamoDB, with clients that do not try again by themselves.

const AT = '2026-11-21T17:00:00.000Z';
let world: TestEngine;
let table: CalibrationTable;
/** Another client of the same table, as another process has one. */
const another = (): CalibrationTable => ({
  name: TABLES.calibrations,
  documents: DynamoDBDocumentClient.from(clients({ requestHandler: world.engine.requestHandler }).dynamodb, {
    marshallOptions: { removeUndefinedValues: true },
  }),
});

beforeAll(async () => {
  world = await newEngine();
  await createTable();
  table = another();
});
afterAll(() => world.discard());

async function createTable(): Promise<void> {
  const { indexes, partition, sort } = TABLE_KEYS.calibrations;
  const keySchema = (keys: { partition: string; sort?: string | undefined }): KeySchemaElement[] => [
    { AttributeName: keys.partition, KeyType: 'HASH' },
    ...(keys.sort ? [{ AttributeName: keys.sort, KeyType: 'RANGE' as const }] : []),
  ];
  const attributes = new Set([
    partition,
    sort,
    ...Object.values(indexes).flatMap((each) => [each.partition, each.sort]),
  ]);
  await clients({ requestHandler: world.engine.requestHandler }).dynamodb.send(
    new CreateTableCommand({
      TableName: TABLES.calibrations,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema({ partition, sort }),
      AttributeDefinitions: [...attributes].flatMap((AttributeName) =>
        AttributeName ? [{ AttributeName, AttributeType: 'S' as const }] : [],
      ),
      GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, keys]) => ({
        IndexName,
        KeySchema: keySchema(keys),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
}

const keyOf = (name: string) => `noc1.bias.${name}`;
const master = (key: string, id: string, day: number, more: object = {}) =>
  masterOf(id, {
    calibrationKey: keyOf(key),
    takenFrom: tai(day),
    takenTo: tai(day, 0.1),
    nightId: `night-${key}-${day}`,
    ...more,
  });
const certified = (key: string, id: string, day: number, to: number, supersede = true, on = table) =>
  certifyMaster(
    master(key, id, day),
    { validFrom: tai(day), validTo: tai(to), at: AT, by: `night-${key}-${day}`, cause: 'taken', supersede },
    on,
  );
const person = (key: string, id: string, from: number, to: number, at = AT) => ({
  calibrationKey: keyOf(key),
  masterId: id,
  validFrom: tai(from),
  validTo: tai(to),
  at,
  by: 'ada',
  cause: 'dust',
});
const shown = async (key: string) =>
  (await certificatesOf(keyOf(key), table)).map(
    ({ id, validFrom, validTo }) => `${id} ${Number(validFrom.slice(8, 10))}-${Number(validTo.slice(8, 10))}`,
  );

describe('validity store', () => {
  it('keeps certificates, what was done, and the keys', async () => {
    const first = await certified('keep', 'mb_1', 1, 20);
    expect(first.changes).toHaveLength(1);
    await certified('keep', 'mb_2', 5, 25);
    expect(await shown('keep')).toEqual(['mb_1 1-5', 'mb_2 5-25']);
    await decertifyMaster(person('keep', 'mb_2', 8, 10), table);
    expect(await shown('keep')).toEqual(['mb_1 1-5', 'mb_2 5-8', 'mb_2 10-25']);
    await recertifyMaster(person('keep', 'mb_2', 6, 12), table);
    expect(await shown('keep')).toEqual(['mb_1 1-5', 'mb_2 6-12']);
    const history = await historyOf(keyOf('keep'), table);
    expect(history.map(({ action, masterId }) => `${action} ${masterId}`)).toEqual([
      'certify mb_1',
      'certify mb_2',
      'supersede mb_1',
      'decertify mb_2',
      'recertify mb_2',
    ]);
    expect(replayHistory(history).map(({ masterId, validFrom }) => [masterId, validFrom])).toEqual([
      ['mb_1', tai(1)],
      ['mb_2', tai(6)],
    ]);
    expect(await listKeys('noc1.bias.ke', table)).toEqual([keyOf('keep')]);
  });

  it('finds by time, by master and by night', async () => {
    await certified('find', 'mb_f1', 1, 5);
    await certified('find', 'mb_f2', 8, 12);
    const at = async (day: number) => (await validAt(keyOf('find'), tai(day), table))?.id;
    expect([await at(1), await at(4), await at(5), await at(8), await at(12)]).toEqual([
      'mb_f1',
      'mb_f1',
      undefined,
      'mb_f2',
      undefined,
    ]);
    expect((await previousCertificate(keyOf('find'), tai(8), table))?.id).toBe('mb_f1');
    expect(await previousCertificate(keyOf('find'), tai(1), table)).toBeUndefined();
    expect((await findByMasterId('mb_f2', table)).map(({ validFrom }) => validFrom)).toEqual([tai(8)]);
    expect((await certificatesOfNight('night-find-8', table)).map(({ id }) => id)).toEqual(['mb_f2']);
    expect(await findByMasterId('mb_none', table)).toEqual([]);
  });

  it('does what is delivered twice once, whatever came in between', async () => {
    await certified('twice', 'mb_1', 1, 20);
    await certified('twice', 'mb_2', 5, 25);
    await decertifyMaster(person('twice', 'mb_1', 1, 3), table);
    const before = [await shown('twice'), await historyOf(keyOf('twice'), table)];
    for (const again of [
      () => certified('twice', 'mb_2', 5, 25),
      () => certified('twice', 'mb_1', 1, 20),
      () => decertifyMaster(person('twice', 'mb_1', 1, 3), table),
    ]) {
      expect((await again()).changes).toEqual([]);
    }
    expect([await shown('twice'), await historyOf(keyOf('twice'), table)]).toEqual(before);
    // A person may do again what was undone.
    await expect(decertifyMaster(person('twice', 'mb_1', 1, 3, '2026-11-22T17:00:00.000Z'), table)).rejects.toThrow(
      ValidityConflict,
    );
  });

  it('leaves everything as it was when it refuses', async () => {
    await certified('refuse', 'mb_1', 1, 20);
    const before = [await shown('refuse'), await historyOf(keyOf('refuse'), table)];
    await expect(certified('refuse', 'mb_2', 5, 25, false)).rejects.toThrow(ValidityConflict);
    const bad = master('refuse', 'mb_3', 6, { quality: { grade: 'BAD', metrics: [], reasons: ['dead amplifier'] } });
    await expect(
      certifyMaster(bad, { validFrom: tai(6), validTo: tai(9), at: AT, by: 'ada', cause: 'x' }, table),
    ).rejects.toThrow(MasterRejected);
    expect([await shown('refuse'), await historyOf(keyOf('refuse'), table)]).toEqual(before);
  });

  it('lets one of two writers win who race for the same time', async () => {
    for (let race = 0; race < 30; race++) {
      const key = `race${race}`;
      const outcomes = await Promise.allSettled([
        certified(key, 'mb_1', 1, 20, false, another()),
        certified(key, 'mb_2', 5, 25, false, another()),
      ]);
      const lost = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      expect(lost).toHaveLength(1);
      expect(lost[0].reason).toBeInstanceOf(ValidityConflict);
      expect(await shown(key)).toHaveLength(1);
      expect(await historyOf(keyOf(key), table)).toHaveLength(1);
    }
  });

  it('loses no change of many writers, and lets no two masters be valid at once', async () => {
    for (let race = 0; race < 5; race++) {
      const key = `many${race}`;
      const days = [1, 3, 5, 7, 9, 11];
      // Each delivered twice, in no order.
      const deliveries = [...days, ...days].toSorted((a, b) => ((a * 7 + race) % 13) - ((b * 7 + race) % 13));
      const stored = await Promise.all(
        deliveries.map((day) => certified(key, `mb_${day}`, day, day + 10, true, another())),
      );
      expect(await shown(key)).toEqual(['mb_1 1-3', 'mb_3 3-5', 'mb_5 5-7', 'mb_7 7-9', 'mb_9 9-11', 'mb_11 11-21']);
      const history = await historyOf(keyOf(key), table);
      expect(history.filter(({ action }) => action === 'certify')).toHaveLength(days.length);
      expect(stored.flatMap(({ changes }) => changes)).toHaveLength(history.length);
      const { Item } = await table.documents.send(
        new GetCommand({ TableName: table.name, Key: { calibrationKey: keyOf(key), validFrom: 'head' } }),
      );
      expect(Item?.version).toBe(history.length);
    }
  });

  it('judges again when another is faster between reading and writing', async () => {
    await certified('between', 'mb_1', 1, 20);
    const mine = another();
    let hasRaced = false;
    mine.documents.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'TransactWriteItemsCommand' && !hasRaced) {
            hasRaced = true;
            await certified('between', 'mb_2', 5, 25);
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    await expect(
      certifyMaster(
        master('between', 'mb_3', 6),
        { validFrom: tai(20), validTo: tai(22), at: AT, by: 'ada', cause: 'x', supersede: false },
        mine,
      ),
    ).rejects.toThrow('mb_2');
    expect(hasRaced).toBe(true);
    expect(await shown('between')).toEqual(['mb_1 1-5', 'mb_2 5-25']);
  });

  it('tells errors that are no race', async () => {
    const broken = another();
    const nowhere = { ...broken, name: 'Nowhere' };
    await expect(certified('broken', 'mb_1', 1, 20, true, nowhere)).rejects.toThrow(/resource/i);
    expect(await shown('broken')).toEqual([]);
  });
});

describe('certificates for a frame', () => {
  const frame = {
    exposureId: 'cam2_o_20261110_000100',
    instrument: 'cam2',
    imageType: 'object',
    filter: 'g',
    exposureTimeS: 100,
    midMs: Date.UTC(2026, 10, 10),
    binning: 1,
    setTemperatureC: -60,
    temperatureC: -60,
  };
  const policy = calibrationPolicy.parse({
    sets: [{ id: 'bias', type: 'bias', count: 20, when: 'afternoon', everyDays: 7, validDays: 30 }],
  });
  const stored = (id: string, calibrationKey: string, set: object, from: number, to: number) =>
    certifyMaster(
      masterOf(id, {
        calibrationKey,
        instrument: 'cam2',
        set,
        isScalable: true,
        takenFrom: tai(from),
        takenTo: tai(from, 1),
      }),
      { validFrom: tai(from), validTo: tai(to), at: AT, by: 'night', cause: 'taken' },
      table,
    );

  it('are those near its time, and of others where none of the wanted is valid', async () => {
    for (const day of [1, 2, 3, 4, 5, 6, 12, 14, 16]) {
      await stored(`cam2_mb_${day}`, 'cam2.bias.b1.t-60', { type: 'bias' }, day, day === 6 ? 11 : day + 1);
    }
    await stored('cam2_mf_r', 'cam2.flat.dome.r.b1.t-60', { type: 'flat', target: 'dome', filter: 'r' }, 1, 20);
    await stored('cam2_mf_old', 'cam2.flat.dome.g.b1.t-60', { type: 'flat', target: 'dome', filter: 'g' }, 1, 5);
    await stored('cam2_md', 'cam2.dark.b1.t-60', { type: 'dark', exposureTimeS: 300 }, 2, 20);
    const found = await certificatesFor(frame, policy, table);
    expect(found.map(({ id }) => id).toSorted()).toEqual([
      'cam2_mb_12',
      'cam2_mb_14',
      'cam2_mb_2',
      'cam2_mb_3',
      'cam2_mb_4',
      'cam2_mb_5',
      'cam2_mb_6',
      'cam2_md',
      'cam2_mf_old',
      'cam2_mf_r',
    ]);
    const sheet = chooseMasters({ frame, policy, certificates: found });
    expect(sheet.choices.map(({ masterId }) => masterId)).toEqual(['cam2_mb_6', 'cam2_md', undefined]);
    expect(sheet.complete).toBe(false);
    expect(sheet.choices[2].reason).toContain('cam2_mf_old fails validAtTime');
    expect(sheet.choices[2].reason).toContain('cam2_mf_r fails key');
  });
});

it('writes a change in one transaction, and nothing beside it', async () => {
  const watched = another();
  const sent: string[] = [];
  watched.documents.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        sent.push(commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
  await certified('watched', 'mb_1', 1, 20, true, watched);
  expect(sent.filter((name) => /Put|Update|Delete|Write/.test(name))).toEqual(['TransactWriteItemsCommand']);
});
