import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../../core/names.ts';
import { chosenVisit, openNight } from '../night.ts';
import { createWorld, errorOf, invoke } from '../world.ts';

describe('a payload is judged before anything is done', () => {
  it.each(Object.keys(FUNCTIONS) as FunctionName[])('%s refuses an empty one without a call of AWS', async (name) => {
    const world = createWorld();
    const error = await errorOf(invoke(name, {}));
    expect(error.name).toBe('InvalidPayload');
    expect(error.faults?.length).toBeGreaterThan(0);
    expect(world.calls()).toBe(0);
  });

  it('names every fault with its place and the value got', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    const before = world.calls();
    const error = await errorOf(
      invoke('expose-frame', {
        ...state,
        now: '2026-11-21 22:00',
        sequence: -1,
        visit: { ...state.visit, nextStep: 'rest', firstSeqNum: 0 },
        telescope: { ...state.telescope, domeOpen: 'yes' },
      }),
    );
    expect(error.name).toBe('InvalidPayload');
    expect(error.faults).toHaveLength(5);
    for (const fault of [
      'expose-frame: now: must be UTC',
      'expose-frame: sequence: ',
      'expose-frame: visit.nextStep: ',
      'expose-frame: visit.firstSeqNum: ',
      'expose-frame: telescope.domeOpen: ',
    ]) {
      expect(error.message).toContain(fault);
    }
    expect(error.message).toContain('got "2026-11-21 22:00"');
    expect(world.calls()).toBe(before);
  });

  it('refuses what it does not know: a misspelt field is not passed over', async () => {
    const world = createWorld();
    const { night, sequence, now, telescope } = await openNight(world);
    const error = await errorOf(
      invoke('choose-next', { night, sequence, now, telescope, segmentBegin: 0, failed: { error: 'x', cause: 'y' } }),
    );
    expect(error.name).toBe('InvalidPayload');
    expect(error.message).toContain('failed');
  });

  it('refuses a null', async () => {
    createWorld();
    expect((await errorOf(invoke('close-night', null))).name).toBe('InvalidPayload');
  });
});

describe('an error keeps its name, by which state machines catch', () => {
  it('one of ours', async () => {
    createWorld();
    const error = await errorOf(invoke('report-night', { input: { nightId: 'nowhere' }, executionArn: 'x' }));
    expect(error.name).toBe('RecordMissing');
    expect(error.message).toContain('nowhere');
  });

  it('one of AWS that waiting does not mend', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    world.tables.hooks.beforePut = () => {
      throw Object.assign(new Error('not yours'), {
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 400 },
      });
    };
    expect((await errorOf(invoke('announce-visit', state))).name).toBe('AccessDeniedException');
  });
});

describe('trouble of AWS that passes is StoreUnavailable, which the machines repeat', () => {
  it.each([
    ['throttling', { name: 'ProvisionedThroughputExceededException', $metadata: { httpStatusCode: 400 } }],
    ['a server error', { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } }],
    ['S3 that asks to slow down', { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }],
    ['a broken connection', { name: 'Error', code: 'ECONNRESET' }],
    ['a connection that hung', { name: 'TimeoutError' }],
  ])('%s', async (_what, properties) => {
    const world = createWorld();
    const state = await chosenVisit(world);
    world.tables.hooks.beforePut = () => {
      throw Object.assign(new Error('come back later'), properties);
    };
    const error = await errorOf(invoke('announce-visit', state));
    expect(error.name).toBe('StoreUnavailable');
    expect(error.message).toContain(`${properties.name}: come back later`);
  });

  it('but not a full disk', async () => {
    const world = createWorld();
    const state = await chosenVisit(world);
    world.tables.hooks.beforePut = () => {
      throw Object.assign(new Error('full'), { name: 'InsufficientStorage', $metadata: { httpStatusCode: 507 } });
    };
    expect((await errorOf(invoke('announce-visit', state))).name).toBe('InsufficientStorage');
  });
});
