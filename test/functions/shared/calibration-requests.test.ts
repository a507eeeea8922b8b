import { beforeEach, describe, expect, it } from 'vitest';
import { TransitionNotAllowed } from '../../../core/errors.ts';
import type { CalibrationRequest } from '../../../core/records/calibration.ts';
import {
  calibrationProgrammeOf,
  changeCalibrationRequest,
  createCalibrationRequest,
  getCalibrationRequest,
  getCalibrationRequests,
  listCalibrationRequests,
} from '../../../functions/shared/calibration-requests.ts';
import { createWorld, type World } from '../world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const request = (id: string, more: Partial<CalibrationRequest> = {}): CalibrationRequest => ({
  requestId: `winter.${id}`,
  kind: 'calibration',
  programmeId: calibrationProgrammeOf('winter'),
  campaign: 'winter',
  origin: 'person',
  set: { type: 'bias', count: 20, minimum: 5, configuration: { binning: 1 } },
  calibrationKey: 'noc1.bias.b1',
  when: 'afternoon',
  priority: 1,
  reason: 'asked for',
  validDays: 30,
  status: 'QUEUED',
  history: [],
  version: 0,
  ...more,
});
const at = (hour: number) => `2026-11-21T${hour}:00:00.000Z`;
const change = (status: CalibrationRequest['status'], hour = 17) => ({
  status,
  at: at(hour),
  cause: 'night',
  nightId: 'n1',
});

describe('calibration requests', () => {
  it('are written once, and found by campaign and status', async () => {
    expect(await createCalibrationRequest(request('a'))).toBe(true);
    expect(await createCalibrationRequest(request('a', { reason: 'other' }))).toBe(false);
    for (const id of ['e', 'd', 'c', 'b']) await createCalibrationRequest(request(id));
    await createCalibrationRequest(request('x', { programmeId: calibrationProgrammeOf('summer') }));
    await changeCalibrationRequest('winter.c', change('RUNNING'));
    const queued = await listCalibrationRequests('winter', 'QUEUED');
    expect(queued.map(({ requestId }) => requestId)).toEqual(['winter.a', 'winter.b', 'winter.d', 'winter.e']);
    expect(queued[0].reason).toBe('asked for');
    const some = await getCalibrationRequests(['winter.d', 'winter.none', 'winter.a', 'winter.b', 'winter.e']);
    expect(some.map(({ requestId }) => requestId)).toEqual(['winter.d', 'winter.a', 'winter.b', 'winter.e']);
    await expect(getCalibrationRequest('winter.none')).rejects.toThrow('winter.none');
  });

  it('go from QUEUED to RUNNING to DONE, with their history, however often a step is delivered', async () => {
    await createCalibrationRequest(request('a'));
    for (const status of ['RUNNING', 'RUNNING', 'DONE', 'RUNNING', 'DONE'] as const) {
      await changeCalibrationRequest('winter.a', change(status), status === 'DONE' ? { masterId: 'mb_1' } : {});
    }
    const done = await getCalibrationRequest('winter.a');
    expect(done).toMatchObject({ status: 'DONE', masterId: 'mb_1', version: 2 });
    expect(done.history.map(({ status }) => status)).toEqual(['RUNNING', 'DONE']);
    await expect(changeCalibrationRequest('winter.a', change('RUNNING', 23))).rejects.toThrow(TransitionNotAllowed);
  });

  it('are queued again after a halt, and taken up by a later run', async () => {
    await createCalibrationRequest(request('a'));
    for (const [status, hour] of [
      ['RUNNING', 17],
      ['QUEUED', 18],
      ['RUNNING', 19],
      ['RUNNING', 20],
      ['ERROR', 21],
    ] as const) {
      await changeCalibrationRequest('winter.a', change(status, hour));
    }
    expect((await getCalibrationRequest('winter.a')).history).toHaveLength(5);
  });

  it('are judged again when somebody else was faster', async () => {
    await createCalibrationRequest(request('a'));
    world.tables.hooks.beforePut = (_table, item) => {
      world.tables.hooks.beforePut = undefined;
      Object.assign(world.tables.item('requests', item.requestId), { status: 'ERROR', version: 7 });
    };
    await expect(changeCalibrationRequest('winter.a', change('RUNNING'))).rejects.toThrow('is ERROR');
    expect(world.tables.item('requests', 'winter.a')).toMatchObject({ status: 'ERROR', version: 7, history: [] });
  });
});
