import { afterEach, describe, expect, it, vi } from 'vitest';
import { withBias } from './calibration.ts';
import { events, NIGHT_ID, nightInput, OWNER, openNight, request, secondsBetween } from './night.ts';
import { createWorld, errorOf, invoke, type World } from './world.ts';

const OTHER = 'arn:aws:states:us-east-1:000000000000:execution:night:test-night-r2';
/** Sunset and sunrise at La Palma on this day, from test/truth/sky/nights.json (astropy). */
const SUNSET = new Date(1795284923481).toISOString();
const SUNRISE = new Date(1795333197796).toISOString();

const open = (input: unknown, executionArn = OWNER) => invoke('open-night', { input, executionArn });
const record = (world: World, nightId = NIGHT_ID) => world.tables.item('nights', nightId, 'night');

describe('a first night', () => {
  it('goes from sunset to sunrise', async () => {
    const { night, now } = await openNight(createWorld());
    expect(now).toBe(night.beginAt);
    expect(Math.abs(secondsBetween(SUNSET, night.beginAt))).toBeLessThan(2);
    expect(Math.abs(secondsBetween(SUNRISE, night.endAt))).toBeLessThan(2);
  });

  it('begins parked and closed with decision 0 and run 1', async () => {
    const state = await openNight(createWorld());
    expect(state.sequence).toBe(0);
    expect(state.night.run).toBe(1);
    expect(state.telescope).toMatchObject({ tracking: null, domeOpen: false, altitudeDeg: 20, azimuthDeg: 0 });
  });

  it('puts a request for each observation of the programme on record', async () => {
    const world = createWorld();
    await openNight(world, {
      programme: (value) => {
        value.requests.push({ ...structuredClone(value.requests[0]), id: 'again' });
      },
    });
    const requests = world.tables.items('requests');
    expect(requests.map(({ requestId }) => requestId)).toEqual(['test.m31', 'test.again']);
    expect(requests.map(({ exposures }) => exposures.length)).toEqual([3, 3]);
    expect(requests.map(({ status, version }) => [status, version])).toEqual([
      ['QUEUED', 0],
      ['QUEUED', 0],
    ]);
  });

  it('with calibrations to take is on record from the noon before it: the afternoon comes first', async () => {
    const world = createWorld();
    const { night, now } = await openNight(world, { programme: withBias });
    expect(now).toBe(night.beginAt);
    // La Palma lies 17.8816 degrees west: its mean noon is 4291.584 s after that of Greenwich.
    expect(events(world).map(({ kind, beginAt }) => [kind, beginAt])).toEqual([['open', '2026-11-21T13:11:31.584Z']]);
    const without = createWorld();
    await openNight(without);
    expect(events(without).map(({ kind, beginAt }) => [kind, beginAt])).toEqual([['open', night.beginAt]]);
  });

  it('says what it used', async () => {
    const world = createWorld();
    const { night } = await openNight(world);
    const edges = world.tables.items('provenance').map(({ subject, relation, object }) => [subject, relation, object]);
    expect(edges).toEqual([
      [`night:${NIGHT_ID}`, 'used', `file:${night.observatory.key}`],
      [`night:${NIGHT_ID}`, 'used', `file:${night.programme.key}`],
      [`night:${NIGHT_ID}`, 'wasAssociatedWith', 'software:nocturne@0.1.0'],
    ]);
  });

  it('has no wall clock when it is simulated, and one when it is paced', async () => {
    expect((await openNight(createWorld())).night).not.toHaveProperty('wallBeginAt');
    const paced = await openNight(createWorld(), { input: { mode: { kind: 'paced', speed: 100 } } });
    expect(Math.abs(Date.now() - Date.parse(paced.night.wallBeginAt))).toBeLessThan(60_000);
  });
});

describe('what is wrong with the input', () => {
  it('is told at once, and nothing is written', async () => {
    const world = createWorld();
    const input = nightInput(world, {
      observatory: (value) => {
        value.mount.settleS = -1;
      },
      programme: (value) => {
        value.requests[0].target.decDeg = 91;
        value.waitS = 1;
      },
    });
    const before = world.snapshot();
    const error = await errorOf(open(input));
    expect(error.name).toBe('InvalidNight');
    expect(error.faults).toHaveLength(3);
    for (const where of ['mount.settleS', 'requests[0].target.decDeg', 'waitS']) expect(error.message).toContain(where);
    expect(world.snapshot()).toEqual(before);
  });

  it.each([
    ['a name with a slash', { nightId: 'a/b' }, 'nightId'],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }, 'seed'],
    ['a fault of a share over one', { faults: { slew: 1.5 } }, 'faults.slew'],
    ['a field that it does not have', { colour: 'red' }, 'colour'],
  ])('%s', async (_what, wrong, where) => {
    const world = createWorld();
    const input = nightInput(world, { input: wrong });
    const before = world.snapshot();
    const error = await errorOf(open(input));
    expect(error.name).toBe('InvalidNight');
    expect(error.message).toContain(where);
    expect(world.snapshot()).toEqual(before);
  });

  it('a filter that the camera does not have is named with those that it has', async () => {
    const world = createWorld();
    const error = await errorOf(
      open(nightInput(world, { programme: (value) => (value.requests[0].exposures[1].filter = 'H') })),
    );
    expect(error.name).toBe('InvalidNight');
    expect(error.message).toContain('requests[0].exposures[1].filter: unknown filter "H"');
    expect(error.message).toContain('u, g, r, i, z');
  });

  it('a filter that is not in the changer is named with those that are', async () => {
    const world = createWorld();
    const error = await errorOf(
      open(nightInput(world, { observatory: (value) => (value.camera.mountedFilters = ['i', 'g']) })),
    );
    expect(error.name).toBe('InvalidNight');
    expect(error.message).toMatch(
      /requests\[\d\]\.exposures\[\d\]\.filter: filter "r" .* is not mounted; in the changer are i, g/,
    );
  });

  it('a programme that is not stored', async () => {
    const world = createWorld();
    const input = nightInput(world);
    world.objects.delete(input.programme.key);
    const error = await errorOf(open(input));
    expect(error.name).toBe('RecordMissing');
    expect(error.message).toContain(input.programme.key);
  });
});

describe('a night that exists', () => {
  it('is opened twice by the same execution, as after a redelivery: nothing changes', async () => {
    const world = createWorld();
    const first = await openNight(world);
    const before = world.snapshot();
    const { action, ...second } = await open(nightInput(world));
    expect(action).toBe('observe');
    expect(second).toEqual(first);
    expect(world.snapshot()).toEqual(before);
  });

  it('has another input: NightConflict says which parts differ, and only those', async () => {
    const world = createWorld();
    await openNight(world);
    const before = world.snapshot();
    const error = await errorOf(open(nightInput(world, { input: { seed: 8, faults: { slew: 0.5 } } })));
    expect(error.name).toBe('NightConflict');
    expect(error.message).toContain('seed was 7 and is now 8');
    expect(error.message).toContain('faults was {} and is now {"slew":0.5}');
    expect(error.message).not.toContain('programme was');
    expect(world.snapshot()).toEqual(before);
  });

  it('is being observed by another execution: NightConflict names it', async () => {
    const world = createWorld();
    await openNight(world);
    const before = world.snapshot();
    const error = await errorOf(open(nightInput(world), OTHER));
    expect(error.name).toBe('NightConflict');
    expect(error.message).toContain(OWNER);
    expect(world.snapshot()).toEqual(before);
  });

  it.each(['ABORTED', 'TIMED_OUT', 'FAILED'])(
    'is taken over when its execution is %s, history kept',
    async (status) => {
      const world = createWorld();
      const first = await openNight(world);
      world.executions.set(OWNER, status);
      const second = await open(nightInput(world), OTHER);
      expect(second).toEqual({ ...first, action: 'observe', night: { ...first.night, run: 2 } });
      expect(record(world)).toMatchObject({ executionArn: OTHER, status: 'RUNNING', context: { run: 2 } });
      expect(record(world).history.map((each: any) => each.cause)).toEqual(['opened', 'continued after RUNNING']);
      expect(events(world).map(({ message }) => message)).toEqual([
        `night ${NIGHT_ID} begins`,
        `night ${NIGHT_ID} goes on, run 2`,
      ]);
    },
  );

  it('is taken over when its execution is forgotten', async () => {
    const world = createWorld();
    await openNight(world);
    world.executions.delete(OWNER);
    expect((await open(nightInput(world), OTHER)).night.run).toBe(2);
  });

  it('is taken over by one of two executions that want it', async () => {
    const world = createWorld();
    await openNight(world);
    world.executions.set(OWNER, 'ABORTED');
    // Another one is faster, between this one's look and its write.
    world.tables.hooks.beforePut = (_table, item) => {
      if (item.item === 'night') record(world).executionArn = 'arn:of:the:faster';
    };
    const error = await errorOf(open(nightInput(world), OTHER));
    expect(error.name).toBe('NightConflict');
    expect(record(world)).toMatchObject({ executionArn: 'arn:of:the:faster', context: { run: 1 } });
  });

  it('goes on after an operator ended it, at the time that it had come to', async () => {
    const world = createWorld();
    const state = await openNight(world);
    const halt = { error: 'OperatorHalt', cause: 'asked' };
    await invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER, failure: halt });
    const second = await open(nightInput(world), OTHER);
    expect(second).toMatchObject({ action: 'observe', sequence: 1, night: { run: 2, beginAt: state.night.beginAt } });
    expect(record(world).history.map((each: any) => each.status)).toEqual(['RUNNING', 'ABORTED', 'RUNNING']);
  });

  it('is over: action complete, and nothing changes', async () => {
    const world = createWorld();
    await openNight(world);
    await invoke('close-night', { input: { nightId: NIGHT_ID }, executionArn: OWNER });
    const before = world.snapshot();
    expect(await open(nightInput(world), OTHER)).toEqual({ action: 'complete' });
    expect(world.snapshot()).toEqual(before);
  });
});

describe('a paced night', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('that goes on is tied to the wall clock at the time that it had come to', async () => {
    const world = createWorld();
    const input = { mode: { kind: 'paced', speed: 60 } };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-21T12:00:00.000Z') });
    const { night } = await openNight(world, { input });
    expect(night.wallBeginAt).toBe('2026-11-21T12:00:00.000Z');
    // Two hours of the night are over, which took two minutes, and then nobody ran it for an hour.
    const progress = world.tables.item('nights', NIGHT_ID, 'progress');
    progress.now = new Date(Date.parse(night.beginAt) + 7_200_000).toISOString();
    world.executions.set(OWNER, 'ABORTED');
    vi.setSystemTime(Date.parse('2026-11-21T13:02:00.000Z'));
    const second = await open(nightInput(world, { input }), OTHER);
    expect(second.night.wallBeginAt).toBe('2026-11-21T13:00:00.000Z');
  });

  it.each([
    ['waits for its sunset when it is opened at noon', '2026-11-21T13:12:00.000Z', SUNSET],
    ['begins at once when it is opened in the night', '2026-11-21T23:00:00.000Z', '2026-11-21T23:00:00.000Z'],
    ['begins at once when its day is long past', '2027-02-01T12:00:00.000Z', '2027-02-01T12:00:00.000Z'],
    ['begins at once when its day is far off', '2026-11-01T12:00:00.000Z', '2026-11-01T12:00:00.000Z'],
  ])('in real time %s', async (_what, now, begins) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(now) });
    const { resumeAt, night } = await openNight(createWorld(), { input: { mode: { kind: 'paced', speed: 1 } } });
    expect(Math.abs(secondsBetween(begins, resumeAt))).toBeLessThan(2);
    expect(night.wallBeginAt).toBe(resumeAt);
  });
});

describe('nights of one campaign and one day', () => {
  const second = { nightId: 'second-night' };

  it('share their requests: those that stand are left as they are', async () => {
    const world = createWorld();
    await openNight(world);
    Object.assign(request(world), { status: 'COMPLETED', version: 5 });
    await open(nightInput(world, { input: second }), OTHER);
    expect(request(world)).toMatchObject({ status: 'COMPLETED', version: 5 });
    expect(world.tables.items('requests')).toHaveLength(1);
  });

  it.each([
    ['target', (value: any) => (value.requests[0].target.decDeg = 41)],
    ['exposures', (value: any) => (value.requests[0].exposures[0].count = 3)],
    ['priority', (value: any) => (value.requests[0].priority = 1)],
    ['constraints', (value: any) => (value.requests[0].constraints.airmassMax = 2)],
  ])('are refused a request of the same id with another %s', async (_what, change) => {
    const world = createWorld();
    await openNight(world);
    const input = nightInput(world, { input: second, programme: change });
    const before = world.snapshot();
    const error = await errorOf(open(input, OTHER));
    expect(error.name).toBe('InvalidNight');
    expect(error.message).toContain('request test.m31 stands in campaign test');
    expect(error.faults).toHaveLength(1);
    expect(world.snapshot()).toEqual(before);
  });

  it('may ask for the same id in another campaign', async () => {
    const world = createWorld();
    await openNight(world);
    const changed = (value: any) => (value.requests[0].priority = 1);
    await open(nightInput(world, { input: { ...second, campaign: 'next' }, programme: changed }), OTHER);
    expect(request(world).priority).toBe(5);
    expect(world.tables.item('requests', 'next.m31').priority).toBe(1);
  });

  it('have numbers of their own: the second from 10001, however often it is opened', async () => {
    const world = createWorld();
    await openNight(world);
    expect(record(world).firstSeqNum).toBe(1);
    await open(nightInput(world, { input: second }), OTHER);
    await open(nightInput(world, { input: second }), OTHER);
    expect(record(world, 'second-night').firstSeqNum).toBe(10_001);
    expect(world.tables.item('nights', 'second-night', 'progress').nextSeqNum).toBe(10_001);
  });

  it('have different numbers when both are opened at the same time', async () => {
    const world = createWorld();
    let met = false;
    // The other night gets its place between this one's look and its write.
    world.tables.hooks.beforePut = (_table, item) => {
      if (met || !item.nightId.startsWith('day.')) return;
      met = true;
      world.tables.put({ TableName: 'Nights', Item: { ...item, nights: ['faster'] } });
    };
    await openNight(world);
    expect(met).toBe(true);
    expect(record(world).firstSeqNum).toBe(10_001);
  });

  it('of another camera do not count', async () => {
    const world = createWorld();
    await openNight(world);
    await open(nightInput(world, { input: second, observatory: (value) => (value.camera.id = 'noc2') }), OTHER);
    expect(record(world, 'second-night').firstSeqNum).toBe(1);
  });
});

describe('requests that a dead night had in hand', () => {
  const inHand = (world: World) =>
    Object.assign(request(world), {
      status: 'EXECUTING',
      history: [{ status: 'EXECUTING', at: '2026-11-21T22:00:00.000Z', cause: 'x', nightId: NIGHT_ID }],
    });
  const openSecond = (world: World) => open(nightInput(world, { input: { nightId: 'second-night' } }), OTHER);

  it('become free', async () => {
    const world = createWorld();
    await openNight(world);
    inHand(world);
    world.executions.set(OWNER, 'ABORTED');
    await openSecond(world);
    expect(request(world).status).toBe('ABORTED');
    expect(request(world).history.at(-1)).toMatchObject({ nightId: 'second-night' });
  });

  it('stay in hand while that night is being observed', async () => {
    const world = createWorld();
    await openNight(world);
    inHand(world);
    const before = structuredClone(request(world));
    await openSecond(world);
    expect(request(world)).toEqual(before);
  });
});

it('a polar day is no night', async () => {
  const world = createWorld();
  const input = nightInput(world, {
    input: { dayObs: 20260621 },
    observatory: (value) => (value.site.latitudeDeg = 78),
  });
  const error = await errorOf(open(input));
  expect(error.name).toBe('InvalidNight');
  expect(error.message).toContain('polar day');
});
