import { beforeAll, describe, expect, it } from 'vitest';
import type { ProvenanceEdge } from '../../../core/records/visit.ts';
import { NIGHT_ID, openNight, request } from '../night.ts';
import { createWorld, errorOf } from '../world.ts';

/** Imported here, after the environment of the functions is set up. */
let tables: typeof import('../../../functions/shared/tables.ts');
beforeAll(async () => {
  tables = await import('../../../functions/shared/tables.ts');
});

const edges = (count: number): ProvenanceEdge[] =>
  Array.from({ length: count }, (_, at) => ({
    subject: `file:${at}`,
    relationObject: 'used#request:x',
    relation: 'used',
    object: 'request:x',
  }));

describe('batches', () => {
  it('of more than DynamoDB takes at once are written whole, what was left over too', async () => {
    const world = createWorld();
    await tables.putEdges(edges(61));
    expect(world.tables.items('provenance')).toHaveLength(61);
  });

  it('of more than DynamoDB gives at once are read whole, in the order asked, without those that do not exist', async () => {
    const world = createWorld();
    await openNight(world);
    const ids = Array.from({ length: 230 }, (_, at) => `test.r${at}`);
    for (const requestId of ids) world.tables.put({ TableName: 'Requests', Item: { ...request(world), requestId } });
    const asked = ['test.nowhere', ...ids.toReversed()];
    const records = await tables.getRequests(asked);
    expect(records.map(({ requestId }) => requestId)).toEqual(asked.slice(1));
  });

  it('of nothing make no call', async () => {
    const world = createWorld();
    expect(await tables.getRequests([])).toEqual([]);
    await tables.putEdges([]);
    expect(world.calls()).toBe(0);
  });
});

describe('the status of a request', () => {
  const change = (status: 'SCHEDULED' | 'EXECUTING' | 'COMPLETED', at: number, observation = 0) => ({
    status,
    at: new Date(Date.UTC(2026, 10, 21, 20, 0, at)).toISOString(),
    cause: 'test',
    nightId: NIGHT_ID,
    observationId: `${NIGHT_ID}-00000${observation}`,
  });

  it('changes with its history, and the version counts the writes', async () => {
    const world = createWorld();
    await openNight(world);
    await tables.changeStatus('test.m31', change('SCHEDULED', 0));
    await tables.changeStatus('test.m31', change('EXECUTING', 1));
    await tables.changeStatus('test.m31', change('COMPLETED', 2), { 0: 'a' });
    expect(request(world)).toMatchObject({ status: 'COMPLETED', version: 3, done: { 0: 'a' } });
    expect(request(world).history.map(({ status }: any) => status)).toEqual(['SCHEDULED', 'EXECUTING', 'COMPLETED']);
  });

  it('does not go back when an old change comes once more', async () => {
    const world = createWorld();
    await openNight(world);
    await tables.changeStatus('test.m31', change('SCHEDULED', 0));
    await tables.changeStatus('test.m31', change('EXECUTING', 1));
    await tables.changeStatus('test.m31', change('SCHEDULED', 0));
    expect(request(world)).toMatchObject({ status: 'EXECUTING', version: 2 });
  });

  it('is changed by one of two visits that want it', async () => {
    const world = createWorld();
    await openNight(world);
    await tables.changeStatus('test.m31', change('SCHEDULED', 0));
    expect((await errorOf(tables.changeStatus('test.m31', change('SCHEDULED', 0, 1)))).name).toBe(
      'TransitionNotAllowed',
    );
  });

  it('of a request that does not exist is RecordMissing', async () => {
    createWorld();
    expect((await errorOf(tables.changeStatus('test.nowhere', change('SCHEDULED', 0)))).name).toBe('RecordMissing');
  });
});

describe('the progress of a night', () => {
  it('goes on, and never back', async () => {
    const world = createWorld();
    await openNight(world);
    const first = await tables.getProgress(NIGHT_ID);
    await tables.advanceProgress({ ...first, sequence: 2, nextSeqNum: 5 });
    await tables.advanceProgress({ ...first, sequence: 2, nextSeqNum: 99 });
    await tables.advanceProgress({ ...first, sequence: 1, nextSeqNum: 98 });
    expect(await tables.getProgress(NIGHT_ID)).toEqual({ ...first, sequence: 2, nextSeqNum: 5 });
  });

  it('of a night that is not open is RecordMissing', async () => {
    createWorld();
    expect((await errorOf(tables.getProgress('nowhere'))).name).toBe('RecordMissing');
  });
});
