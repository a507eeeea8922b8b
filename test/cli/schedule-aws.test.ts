import { Readable } from 'node:stream';
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachineAliasesCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { sdkStreamMixin } from '@smithy/core/serde';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSchedule, listSchedules, removeSchedule, switchSchedule } from '../../cli/commands/schedule.ts';
import { showNext } from '../../cli/commands/schedule-next.ts';
import { EngineUnusable, InputRefused } from '../../cli/errors.ts';
import { MACHINES } from '../../core/names.ts';
import { scheduledStart } from '../../core/records/night.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { smallObservatory, temporaryFolder } from '../helpers/night.ts';

const NOW_MS = Date.parse('2026-10-24T10:00:00Z');
const MACHINE = 'arn:aws-cn:states:cn-north-1:123456789012:stateMachine:nocturne';
const NIGHT = `${MACHINE}-night`;
const BUCKET = 'nocturne-123456789012-cn-north-1';
const AWS = { engine: 'aws', out: '.nocturne', json: true } as const;
const ADD = { ...AWS, observatory: 'la-palma', programme: 'andromeda', seed: '1' };
const RULE = 'nocturne-schedule-la-palma';

const clients = {
  events: mockClient(EventBridgeClient),
  sfn: mockClient(SFNClient),
  s3: mockClient(S3Client),
  lambda: mockClient(LambdaClient),
};
const { events, sfn, s3, lambda } = clients;
vi.stubEnv('AWS_REGION', 'cn-north-1');

/** Rules and targets as EventBridge keeps them. */
const rules = new Map<string, Rule & { targets: Target[] }>();
const objects = new Map<string, string>();
let written = '';
/** What EventBridge says of the next target instead of taking it. */
let refusal: { ErrorCode: string; ErrorMessage: string } | undefined;

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

beforeEach(() => {
  for (const client of Object.values(clients)) client.reset();
  rules.clear();
  objects.clear();
  written = '';
  refusal = undefined;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  sfn.on(ListStateMachinesCommand).resolves({
    stateMachines: MACHINES.map((name) => ({
      name: `nocturne-${name}`,
      stateMachineArn: `${MACHINE}-${name}`,
      type: 'STANDARD',
      creationDate: new Date(0),
    })),
  });
  sfn.on(ListStateMachineAliasesCommand).resolves({
    stateMachineAliases: [{ stateMachineAliasArn: `${NIGHT}:live`, creationDate: new Date(0) }],
  });
  deployed(SOFTWARE_VERSION);
  events.on(ListRulesCommand).callsFake(({ NamePrefix, NextToken }) => {
    // One rule a page.
    const found = [...rules.values()].filter(({ Name }) => Name!.startsWith(NamePrefix));
    const at = Number(NextToken ?? 0);
    return { Rules: found.slice(at, at + 1), ...(at + 1 < found.length && { NextToken: String(at + 1) }) };
  });
  events.on(DescribeRuleCommand).callsFake(({ Name }) => rules.get(Name) ?? unknownRule(Name));
  events.on(ListTargetsByRuleCommand).callsFake(({ Rule }) => ({ Targets: rules.get(Rule)?.targets }));
  events.on(PutRuleCommand).callsFake((rule) => {
    rules.set(rule.Name, { ...rule, targets: rules.get(rule.Name)?.targets ?? [] });
    return {};
  });
  events.on(PutTargetsCommand).callsFake(({ Rule, Targets }) => {
    if (refusal) return { FailedEntryCount: 1, FailedEntries: [refusal] };
    const rule = rules.get(Rule)!;
    const ids = Targets.map(({ Id }: Target) => Id);
    rule.targets = [...rule.targets.filter(({ Id }) => !ids.includes(Id)), ...Targets];
    return { FailedEntryCount: 0 };
  });
  events.on(RemoveTargetsCommand).callsFake(({ Rule, Ids }) => {
    const rule = rules.get(Rule)!;
    rule.targets = rule.targets.filter(({ Id }) => !Ids.includes(Id));
    return { FailedEntryCount: 0 };
  });
  events.on(DeleteRuleCommand).callsFake(({ Name }) => {
    if (rules.get(Name)!.targets.length > 0)
      throw named('ValidationException', 'Rule can not be deleted since it has targets.');
    rules.delete(Name);
    return {};
  });
  for (const [command, State] of [
    [EnableRuleCommand, 'ENABLED'],
    [DisableRuleCommand, 'DISABLED'],
  ] as const) {
    events.on(command).callsFake(({ Name }) => {
      Object.assign(rules.get(Name)!, { State });
      return {};
    });
  }
  s3.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }) => {
    objects.set(`${Bucket}/${Key}`, Body);
    return {};
  });
  s3.on(GetObjectCommand).callsFake(({ Bucket, Key }) => {
    const text = objects.get(`${Bucket}/${Key}`);
    if (text === undefined) throw named('AccessDenied', 'Access Denied');
    return { Body: sdkStreamMixin(Readable.from([text])) };
  });
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function deployed(version: string): void {
  lambda.on(GetFunctionConfigurationCommand).resolves({
    Environment: { Variables: { NOCTURNE_BUCKET: BUCKET, NOCTURNE_VERSION: version } },
  });
}

function unknownRule(name: string): never {
  throw new ResourceNotFoundException({ message: `Rule ${name} does not exist on EventBus default.`, $metadata: {} });
}

/** What was written since the last look, as JSON. */
function answer(): any {
  const text = written;
  written = '';
  return JSON.parse(text);
}

/** The rule of the stack, as CDK deploys infra/schedules.ts: its files are assets in a bucket of CDK's. */
function putStackRule(): void {
  const asset = (digit: string) => ({
    bucket: 'cdk-hnb659fds-assets-123456789012-cn-north-1',
    key: `${digit.repeat(64)}.json`,
  });
  rules.set(RULE, {
    Name: RULE,
    State: 'DISABLED',
    Description: 'Starts the night of la-palma. Made by the stack: change it in cdk.json',
    ScheduleExpression: 'cron(12 13 * * ? *)',
    targets: [
      {
        Id: 'Target0',
        Arn: `${NIGHT}:live`,
        RoleArn: 'arn:aws-cn:iam::123456789012:role/nocturne-start-night',
        InputTransformer: {
          InputPathsMap: { id: '$.id', time: '$.time' },
          InputTemplate: `{"schedule":"la-palma","id":<id>,"time":<time>,"observatory":${JSON.stringify(asset('a'))},"programme":${JSON.stringify(asset('b'))},"seed":1}`,
        },
      },
    ],
  });
}

describe('schedule add', () => {
  it('makes a rule that starts the alias at local mean noon, by the role of the deployment', async () => {
    expect(await addSchedule('la-palma', ADD, NOW_MS)).toBe(0);
    expect(answer()).toMatchObject({
      change: 'made',
      ruleName: RULE,
      nextFireAt: '2026-10-24T13:12:00.000Z',
      observatoryId: 'la-palma',
      programmeId: 'andromeda',
    });
    const rule = rules.get(RULE)!;
    expect(rule).toMatchObject({ ScheduleExpression: 'cron(12 13 * * ? *)', State: 'ENABLED' });
    expect(rule.targets).toMatchObject([
      { Arn: `${NIGHT}:live`, RoleArn: 'arn:aws-cn:iam::123456789012:role/nocturne-start-night' },
    ]);
  });

  it('gives the night an input that open-night takes, with the id and the time of the event', async () => {
    const more = { campaign: 'autumn', speed: '60', fault: ['slew=0.1'], seed: '7' };
    await addSchedule('la-palma', { ...ADD, ...more }, NOW_MS);
    const { InputPathsMap, InputTemplate } = rules.get(RULE)!.targets[0].InputTransformer!;
    expect(InputPathsMap).toEqual({ id: '$.id', time: '$.time' });
    const start = scheduledStart.parse(
      JSON.parse(InputTemplate!.replace('<id>', '"event-1"').replace('<time>', '"2026-10-24T13:12:00Z"')),
    );
    expect(start).toMatchObject({
      schedule: 'la-palma',
      id: 'event-1',
      time: '2026-10-24T13:12:00Z',
      seed: 7,
      campaign: 'autumn',
      mode: { kind: 'paced', speed: 60 },
      faults: { slew: 0.1 },
    });
    expect(start.observatory.key).toMatch(/^schedules\/la-palma\/observatory\.[0-9a-f]{16}\.json$/);
    expect(JSON.parse(objects.get(`${BUCKET}/${start.observatory.key}`)!).id).toBe('la-palma');
    expect(JSON.parse(objects.get(`${BUCKET}/${start.programme.key}`)!).id).toBe('andromeda');
  });

  it.each([
    ['the engine does not know aliases', named('UnknownOperationException', 'unknown')],
    [
      'the engine has not made them',
      Object.assign(named('InternalFailure', 'no'), { $metadata: { httpStatusCode: 501 } }),
    ],
  ])('starts the machine itself where %s', async (_why, error) => {
    sfn.on(ListStateMachineAliasesCommand).rejects(error);
    await addSchedule('la-palma', ADD, NOW_MS);
    expect(rules.get(RULE)!.targets[0].Arn).toBe(NIGHT);
  });

  it('fails where it may not know whether there is an alias', async () => {
    sfn.on(ListStateMachineAliasesCommand).rejects(named('AccessDeniedException', 'not authorized'));
    await expect(addSchedule('la-palma', ADD, NOW_MS)).rejects.toThrow('not authorized');
    expect(rules.size).toBe(0);
  });

  it('changes nothing when it is repeated, and replaces only what it is told to', async () => {
    await addSchedule('la-palma', ADD, NOW_MS);
    answer();
    const before = structuredClone(rules.get(RULE));
    events.resetHistory();
    await addSchedule('la-palma', ADD, NOW_MS);
    expect(answer().change).toBe('unchanged');
    expect(events.commandCalls(PutRuleCommand)).toHaveLength(0);

    const other = { ...ADD, seed: '2', rate: 'rate(1 day)' };
    await expect(addSchedule('la-palma', other, NOW_MS)).rejects.toThrow(
      /expression was cron\(12 13 \* \* \? \*\) and is now rate\(1 day\); seed was 1 and is now 2; replace it with --replace/,
    );
    expect(rules.get(RULE)).toEqual(before);
    await addSchedule('la-palma', { ...other, replace: true }, NOW_MS);
    expect(answer()).toMatchObject({ change: 'replaced', nextFireAt: null, firesEvery: 'day' });
    expect(rules.get(RULE)).toMatchObject({ ScheduleExpression: 'rate(1 day)', targets: [{ Arn: `${NIGHT}:live` }] });
  });

  it('finishes a rule that was interrupted before it had its target', async () => {
    refusal = { ErrorCode: 'ConcurrentModificationException', ErrorMessage: 'another change' };
    await expect(addSchedule('la-palma', ADD, NOW_MS)).rejects.toThrow(EngineUnusable);
    expect(rules.get(RULE)!.targets).toEqual([]);
    refusal = undefined;
    expect(await addSchedule('la-palma', ADD, NOW_MS)).toBe(0);
    expect(rules.get(RULE)!.targets).toHaveLength(1);
  });

  it.each([
    ['0.0.9', /older than this command line .*deploy this version/],
    ['99.0.0', /newer than this command line .*update this command line/],
  ])('is refused, with nothing written, while version %s is deployed', async (version, message) => {
    deployed(version);
    const refused = addSchedule('la-palma', ADD, NOW_MS);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(EngineUnusable);
    expect([rules.size, objects.size]).toEqual([0, 0]);
  });

  it('tells every fault at once before it asks the engine', async () => {
    const refused = addSchedule(
      'la palma',
      { ...AWS, programme: 'nobody', cron: 'cron(0 25 * * * *)', seed: '-1', speed: 'fast', fault: ['slew=2'] },
      NOW_MS,
    );
    await expect(refused).rejects.toBeInstanceOf(InputRefused);
    const { faults } = await refused.catch((error) => error);
    for (const part of [
      'name',
      '--observatory',
      'programme "nobody"',
      'hours',
      'day-of-week',
      '--seed',
      '--speed',
      'slew',
    ]) {
      expect(faults.join('\n')).toContain(part);
    }
    expect(sfn.calls()).toHaveLength(0);
  });

  it.each([
    [{ cron: 'cron(0 0 30 2 ? *)' }, 'never fires'],
    [{ cron: 'cron(0 0 1 1 ? 2020)' }, 'never fires'],
    [{ cron: 'rate(1 day)' }, 'belongs to --rate'],
    [{ rate: 'cron(0 12 * * ? *)' }, 'belongs to --cron'],
    [{ cron: 'cron(0 12 * * ? *)', rate: 'rate(1 day)' }, 'leave one out'],
  ])('refuses %j', async (expression, message) => {
    await expect(addSchedule('la-palma', { ...ADD, ...expression }, NOW_MS)).rejects.toThrow(message);
  });

  it('refuses a name that is too long for the rule, or for the nights', async () => {
    // nocturne-schedule- has 18 characters, EventBridge takes 64.
    await expect(addSchedule('x'.repeat(47), ADD, NOW_MS)).rejects.toThrow('at most 46');
    expect(await addSchedule('x'.repeat(46), ADD, NOW_MS)).toBe(0);
    await expect(addSchedule('x'.repeat(55), ADD, NOW_MS)).rejects.toThrow('at most 54 characters');
  });

  it('leaves rules of others alone', async () => {
    putStackRule();
    await expect(addSchedule('la-palma', { ...ADD, replace: true }, NOW_MS)).rejects.toThrow("the stack's own");
    rules.set(RULE, { Name: RULE, State: 'ENABLED', targets: [{ Id: '1', Arn: 'arn:aws-cn:sns:x:y:z' }] });
    await expect(addSchedule('la-palma', { ...ADD, replace: true }, NOW_MS)).rejects.toThrow('was not made by');
    expect(objects.size).toBe(0);
  });
});

describe("the stack's own rule", () => {
  it('is listed, with what may not be read said, beside those made here, over all pages', async () => {
    putStackRule();
    await addSchedule('other', { ...ADD, campaign: 'autumn' }, NOW_MS);
    answer();
    await listSchedules(AWS, NOW_MS);
    expect(answer()).toMatchObject([
      {
        name: 'la-palma',
        state: 'DISABLED',
        madeBy: 'stack',
        observatoryId: null,
        campaign: 'la-palma',
        troubles: [expect.stringContaining('AccessDenied'), expect.stringContaining('AccessDenied')],
      },
      {
        name: 'other',
        state: 'ENABLED',
        madeBy: 'command',
        observatoryId: 'la-palma',
        campaign: 'autumn',
        troubles: [],
      },
    ]);
    await showNext('la-palma', { ...AWS, count: 1 }, NOW_MS);
    expect(answer()).toMatchObject([{ nights: [], notes: [expect.stringContaining('AccessDenied')] }]);
    await listSchedules({ ...AWS, json: false }, NOW_MS);
    expect(written).toMatch(
      /la-palma +disabled cron\(12 13 \* \* \? \*\) +next -\n.*made by the stack \(cdk\.json\)\n.*cannot be read: AccessDenied/,
    );
  });

  it('is held and let go, with a warning, and is not removed', async () => {
    putStackRule();
    const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await switchSchedule('la-palma', true, AWS);
    expect(rules.get(RULE)!.State).toBe('ENABLED');
    expect(warned.mock.calls.flat().join('')).toContain('cdk.json');
    warned.mockRestore();
    await expect(removeSchedule('la-palma', AWS)).rejects.toThrow(/"enabled": false .* cdk\.json/);
    expect(rules.get(RULE)!.targets).toHaveLength(1);
  });
});

it('a rule made here is removed with its target', async () => {
  await addSchedule('la-palma', ADD, NOW_MS);
  expect(await removeSchedule('la-palma', AWS)).toBe(0);
  expect(rules.size).toBe(0);
});

it('rules of a stage whose name begins alike are not ours', async () => {
  const name = 'nocturne-schedule-schedule-x';
  const other = NIGHT.replace('nocturne-night', 'nocturne-schedule-night');
  rules.set(name, { Name: name, State: 'ENABLED', targets: [{ Id: 'night', Arn: other }] });
  await listSchedules(AWS, NOW_MS);
  expect(answer()).toEqual([]);
  await expect(removeSchedule('schedule-x', AWS)).rejects.toThrow('unknown schedule "schedule-x"; there are none');
});

// Clocks: IANA tz database. Sun: astropy 8.0.2, as in test/core/night/schedule.test.ts.
describe('schedule next', () => {
  it('warns where the clocks of the site change between two nights', async () => {
    await addSchedule('la-palma', ADD, NOW_MS);
    written = '';
    await showNext('la-palma', { ...AWS, json: false, count: 3 }, NOW_MS);
    const lines = written.split('\n').map((line) => line.trim());
    expect(lines[0]).toContain('Atlantic/Canary');
    const at = lines.findIndex((line) => line.startsWith('warning:'));
    expect(lines[at]).toContain('the clocks of Atlantic/Canary change from +01:00 to +00:00');
    expect(lines.slice(at - 6, at)).toEqual([
      'night la-palma-20261024',
      'fires     2026-10-24 13:12 UTC   2026-10-24 14:12 +01:00',
      'sunset    2026-10-24 18:33 UTC   2026-10-24 19:33 +01:00',
      'dark from 2026-10-24 19:52 UTC   2026-10-24 20:52 +01:00',
      'dark to   2026-10-25 05:59 UTC   2026-10-25 05:59 +00:00',
      'sunrise   2026-10-25 07:19 UTC   2026-10-25 07:19 +00:00',
    ]);
    expect(lines.slice(at + 1, at + 3)).toEqual([
      'night la-palma-20261025',
      'fires     2026-10-25 13:12 UTC   2026-10-25 13:12 +00:00',
    ]);
    expect(lines.filter((line) => line.startsWith('warning:'))).toHaveLength(1);
  });

  it('tells machines the same', async () => {
    await addSchedule('la-palma', ADD, NOW_MS);
    answer();
    await showNext(undefined, { ...AWS, count: 2 }, Date.parse('2027-03-27T00:00:00Z'));
    const [{ clock, nights }] = answer();
    expect(clock).toBe('Atlantic/Canary');
    expect(
      nights.map(({ nightId, firesAtLocal, clockChange }: any) => [nightId, firesAtLocal, clockChange === null]),
    ).toEqual([
      ['la-palma-20270327', '2027-03-27T13:12:00+00:00', true],
      ['la-palma-20270328', '2027-03-28T14:12:00+01:00', false],
    ]);
  });

  it.each([
    // Chile puts its clocks forward at 4 h UTC of 2026-09-06, and back at 3 h UTC of 2027-04-04.
    [
      'America/Santiago',
      -30.169,
      -70.806,
      '2026-09-05T00:00:00Z',
      ['12:43:00-04:00', '13:43:00-03:00', '13:43:00-03:00'],
    ],
    [
      'America/Santiago',
      -30.169,
      -70.806,
      '2027-04-02T20:00:00Z',
      ['13:43:00-03:00', '12:43:00-04:00', '12:43:00-04:00'],
    ],
    [
      'Pacific/Honolulu',
      19.8207,
      -155.4681,
      '2026-10-31T00:00:00Z',
      ['12:22:00-10:00', '12:22:00-10:00', '12:22:00-10:00'],
    ],
  ])('keeps to UTC at %s', async (timeZone, latitudeDeg, longitudeDeg, now, local) => {
    const observatory = smallObservatory(temporaryFolder(), ({ site }) =>
      Object.assign(site, { timeZone, latitudeDeg, longitudeDeg }),
    );
    await addSchedule('la-palma', { ...ADD, observatory }, Date.parse(now));
    answer();
    await showNext('la-palma', { ...AWS, count: 3 }, Date.parse(now));
    const [{ nights }] = answer();
    expect(nights.map(({ firesAtLocal }: any) => firesAtLocal.slice(11))).toEqual(local);
    expect(nights.map(({ clockChange }: any) => clockChange !== null)).toEqual([
      false,
      ...local.slice(1).map((text, index) => text !== local[index]),
    ]);
  });

  it('says what a polar day and a polar night are', async () => {
    const observatory = smallObservatory(temporaryFolder(), ({ site }) =>
      Object.assign(site, { timeZone: 'Arctic/Longyearbyen', latitudeDeg: 78.22, longitudeDeg: 15.65 }),
    );
    await addSchedule('la-palma', { ...ADD, observatory }, NOW_MS);
    const textOn = async (date: string) => {
      written = '';
      await showNext('la-palma', { ...AWS, json: false, count: 1 }, Date.parse(date));
      return written;
    };
    const june = await textOn('2026-06-21T00:00:00Z');
    expect(june).toContain('polar day');
    expect(june).not.toContain('sunset');
    const december = await textOn('2026-12-21T00:00:00Z');
    expect(december).toContain('polar night');
    expect(december).not.toContain('sunset');
  });

  it('says of a rate how often, and of a slow one that nobody knows when', async () => {
    const nextOf = async (rate: string) => {
      await addSchedule('la-palma', { ...ADD, rate, replace: true }, NOW_MS);
      answer();
      await showNext('la-palma', { ...AWS, count: 2 }, NOW_MS);
      return answer()[0];
    };
    const quick = await nextOf('rate(30 minutes)');
    expect(quick.notes).toEqual([expect.stringContaining('every 30 minutes')]);
    expect(quick.nights.map(({ nightId, firesAt }: any) => [nightId, firesAt])).toEqual([
      ['la-palma-20261024', null],
      ['la-palma-20261025', null],
    ]);
    const slow = await nextOf('rate(2 days)');
    expect(slow).toMatchObject({ nights: [], notes: [expect.stringContaining('every 2 days')] });
  });
});
