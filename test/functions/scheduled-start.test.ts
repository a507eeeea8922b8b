import { describe, expect, it } from 'vitest';
import { observatory, programme, storeInput } from './night.ts';
import { BUCKET, createWorld, errorOf, invoke, type World } from './world.ts';

const FIRST = 'arn:aws:states:us-east-1:000000000000:execution:night:event-1';
const SECOND = 'arn:aws:states:us-east-1:000000000000:execution:night:event-2';

/** What a rule gives the night's machine, its files stored where schedules keep them. */
const scheduled = (world: World, time: string, more: Record<string, unknown> = {}) => ({
  schedule: 'canaries',
  id: '12345678-1234-1234-1234-123456789012',
  time,
  observatory: storeInput(world, 'observatory', observatory()),
  programme: storeInput(world, 'programme', programme()),
  ...more,
});

const open = (input: unknown, executionArn = FIRST) => invoke('open-night', { input, executionArn });

/** A night that a rule started, and its record. */
async function opened(time = '2026-11-21T13:12:00Z', more: Record<string, unknown> = {}) {
  const world = createWorld();
  const state = await open(scheduled(world, time, more));
  world.executions.set(FIRST, 'RUNNING');
  return { world, state, record: () => world.tables.item('nights', 'canaries-20261121', 'night') };
}

describe('a night that a rule starts', () => {
  // La Palma is 1 h 11 min behind UTC by the Sun: its local mean time is 6 h at 7:12 UTC.
  it.each([
    ['at local mean noon', '2026-11-21T13:12:00Z'],
    ['an hour early', '2026-11-21T12:12:00Z'],
    ['hours late, in the evening', '2026-11-21T23:30:00Z'],
    ['after midnight', '2026-11-22T05:00:00Z'],
    ['first thing in the morning', '2026-11-21T07:12:00Z'],
  ])('is that of the evening: %s', async (_what, time) => {
    const { state } = await opened(time);
    expect(state).toMatchObject({ action: 'observe', night: { nightId: 'canaries-20261121', dayObs: 20261121 } });
  });

  it('in the small hours is still the one before', async () => {
    const world = createWorld();
    const { night } = await open(scheduled(world, '2026-11-21T07:11:00Z'));
    expect(night.nightId).toBe('canaries-20261120');
  });

  it('keeps observatory and programme with the night, and continues the requests of its schedule', async () => {
    const { world, state } = await opened();
    expect(state.night.campaign).toBe('canaries');
    expect(state.night.observatory.bucket).toBe(BUCKET);
    expect(state.night.observatory.key).toMatch(/^nights\/canaries-20261121\/observatory\.[0-9a-f]{16}\.json$/);
    expect(world.json(state.night.programme.key)).toMatchObject({ id: 'small' });
    expect(world.tables.items('requests').map(({ requestId }) => requestId)).toEqual(['canaries.m31']);
  });

  it('records who started it with which software', async () => {
    const { record } = await opened();
    expect(record().runs).toEqual([
      {
        run: 1,
        executionArn: FIRST,
        softwareVersion: '0.1.0',
        functionVersion: '$LATEST',
        startedBy: {
          schedule: 'canaries',
          eventId: '12345678-1234-1234-1234-123456789012',
          time: '2026-11-21T13:12:00Z',
        },
      },
    ]);
  });

  it('can be closed and reported from the same input', async () => {
    const { world, record } = await opened();
    const input = scheduled(world, '2026-11-21T13:12:00Z');
    expect(await invoke('close-night', { input, executionArn: FIRST })).toEqual({ status: 'COMPLETED' });
    expect(record().status).toBe('COMPLETED');
    const { report } = await invoke('report-night', { input, executionArn: FIRST });
    expect(world.json(report.key)).toMatchObject({ nightId: 'canaries-20261121', status: 'COMPLETED' });
  });

  it.each([
    ['a time that is none', { time: 'noon' }, 'time'],
    ['a schedule name that leaves no room for the date', { schedule: 'x'.repeat(55) }, 'schedule'],
    ['a field that it does not have', { dayObs: 20261121 }, 'dayObs'],
  ])('is refused with %s', async (_what, wrong, where) => {
    const world = createWorld();
    const input = scheduled(world, '2026-11-21T13:12:00Z', wrong);
    const before = world.snapshot();
    const error = await errorOf(open(input));
    expect(error.name).toBe('InvalidNight');
    expect(error.message).toContain(where);
    expect(world.snapshot()).toEqual(before);
  });
});

describe('a rule that fires again', () => {
  const again = (world: World) => open(scheduled(world, '2026-11-21T14:12:00Z'), SECOND);

  it('leaves a night alone that is under way', async () => {
    const { world } = await opened();
    const before = world.snapshot();
    expect(await again(world)).toEqual({ action: 'underway' });
    expect(world.snapshot()).toEqual(before);
  });

  it('leaves a night alone that is over', async () => {
    const { world } = await opened();
    await invoke('close-night', { input: { nightId: 'canaries-20261121' }, executionArn: FIRST });
    const before = world.snapshot();
    expect(await again(world)).toEqual({ action: 'complete' });
    expect(world.snapshot()).toEqual(before);
  });

  it('leaves a night alone that an operator stopped', async () => {
    const { world } = await opened();
    const failure = { error: 'OperatorHalt', cause: 'asked' };
    await invoke('close-night', { input: { nightId: 'canaries-20261121' }, executionArn: FIRST, failure });
    expect(await again(world)).toEqual({ action: 'stopped' });
  });

  it('goes on with a night whose execution died', async () => {
    const { world, record } = await opened();
    world.executions.set(FIRST, 'FAILED');
    expect(await again(world)).toMatchObject({ action: 'observe', night: { run: 2 } });
    expect(record().runs.map(({ executionArn }: any) => executionArn)).toEqual([FIRST, SECOND]);
  });
});

describe('the bus hears', () => {
  const said = {
    nightId: 'canaries-20261121',
    observatoryId: 'la-palma',
    programmeId: 'small',
    dayObs: 20261121,
    run: 1,
  };

  it('of the opening and of the closing', async () => {
    const { world } = await opened();
    const failure = { error: 'SaveFailed', cause: 'no space' };
    await invoke('close-night', { input: { nightId: 'canaries-20261121' }, executionArn: FIRST, failure });
    expect(world.published).toEqual([
      { bus: 'observatory', source: 'nocturne', type: 'Night Opened', detail: said },
      {
        bus: 'observatory',
        source: 'nocturne',
        type: 'Night Closed',
        detail: { ...said, status: 'FAILED', cause: 'SaveFailed: no space' },
      },
    ]);
  });

  it('and a bus that takes nothing does not stop a night', async () => {
    const world = createWorld();
    world.refusal.events = true;
    expect(await open(scheduled(world, '2026-11-21T13:12:00Z'))).toMatchObject({ action: 'observe' });
  });
});
