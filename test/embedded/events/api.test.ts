import * as Events from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine } from '../support.ts';
import { busArn, discardAll, type EventsBench, functionArn, machineArn, openBench, own, RoleArn } from './bench.ts';

let bench: EventsBench;
let events: Events.EventBridgeClient;
beforeAll(async () => {
  bench = await openBench();
  ({ events } = bench);
});
afterAll(discardAll);

const EventPattern = '{"source":["nocturne"]}';
const Arn = functionArn('record');

/** Code, status and message of a refusal. */
async function refusal(promise: Promise<unknown>) {
  const { name, message, $metadata } = await failureOf(promise);
  return { name, message, status: $metadata?.httpStatusCode };
}
const refused = (name: string, message: string) => ({ name, message, status: 400 });
const putRule = (input: object) => events.send(new Events.PutRuleCommand({ Name: 'r', EventPattern, ...input }));
const putTargets = (Rule: string, ...Targets: object[]) =>
  events.send(new Events.PutTargetsCommand({ Rule, Targets: Targets as Events.Target[] }));

describe('event buses', () => {
  it('are made, described, listed and deleted; the default bus is always there', async () => {
    const made = await events.send(new Events.CreateEventBusCommand({ Name: 'observatory', Description: 'nights' }));
    expect(made).toMatchObject({ EventBusArn: busArn('observatory'), Description: 'nights' });
    const described = await events.send(new Events.DescribeEventBusCommand({ Name: busArn('observatory') }));
    expect(described).toMatchObject({ Name: 'observatory', Arn: busArn('observatory'), Description: 'nights' });
    expect(described.CreationTime).toEqual(new Date(bench.clock.now()));
    const standard = await events.send(new Events.DescribeEventBusCommand({}));
    expect(standard).toMatchObject({ Name: 'default', Arn: busArn('default') });
    const first = await events.send(new Events.ListEventBusesCommand({ Limit: 1 }));
    expect(first.EventBuses?.map(({ Name }) => Name)).toEqual(['default']);
    const second = await events.send(new Events.ListEventBusesCommand({ Limit: 1, NextToken: first.NextToken }));
    expect(second.EventBuses?.map(({ Name }) => Name)).toEqual(['observatory']);
    expect(second.NextToken).toBeUndefined();
    await putRule({ Name: 'on-bus', EventBusName: 'observatory' });
    const remove = () => events.send(new Events.DeleteEventBusCommand({ Name: 'observatory' }));
    expect((await refusal(remove())).name).toBe('ValidationException');
    await events.send(new Events.DeleteRuleCommand({ Name: 'on-bus', EventBusName: 'observatory' }));
    await remove();
    // A second time is no fault, as on AWS.
    await remove();
    const left = await events.send(new Events.ListEventBusesCommand({ NamePrefix: 'obs' }));
    expect(left.EventBuses).toEqual([]);
  });

  it('are refused as AWS refuses them', async () => {
    await events.send(new Events.CreateEventBusCommand({ Name: 'twice' }));
    expect(await refusal(events.send(new Events.CreateEventBusCommand({ Name: 'twice' })))).toEqual(
      refused('ResourceAlreadyExistsException', 'Event bus twice already exists.'),
    );
    expect(await refusal(events.send(new Events.DescribeEventBusCommand({ Name: 'nobody' })))).toEqual(
      refused('ResourceNotFoundException', 'Event bus nobody does not exist.'),
    );
    expect(await refusal(events.send(new Events.DeleteEventBusCommand({ Name: 'default' })))).toEqual(
      refused('ValidationException', 'Cannot delete event bus default.'),
    );
    const keyed = events.send(new Events.CreateEventBusCommand({ Name: 'k', KmsKeyIdentifier: 'alias/x' }));
    expect((await refusal(keyed)).message).toContain('KmsKeyIdentifier');
  });
});

describe('rules', () => {
  it('are put, described, changed, listed and deleted', async () => {
    const rule = { Name: 'nightly', ScheduleExpression: 'rate(1 day)', Description: 'each day', RoleArn };
    const put = await events.send(new Events.PutRuleCommand({ ...rule, State: 'DISABLED' }));
    expect(put.RuleArn).toBe(`arn:aws:events:${own}:rule/nightly`);
    const describe = () => events.send(new Events.DescribeRuleCommand({ Name: 'nightly' }));
    expect(await describe()).toMatchObject({
      ...rule,
      Arn: put.RuleArn,
      State: 'DISABLED',
      EventBusName: 'default',
      CreatedBy: '000000000000',
    });
    await events.send(new Events.EnableRuleCommand({ Name: 'nightly' }));
    expect((await describe()).State).toBe('ENABLED');
    await events.send(new Events.DisableRuleCommand({ Name: 'nightly' }));
    expect((await describe()).State).toBe('DISABLED');
    // What a second PutRule leaves out is gone.
    await events.send(new Events.PutRuleCommand({ Name: 'nightly', EventPattern }));
    const changed = await describe();
    expect(changed).toMatchObject({ EventPattern, State: 'ENABLED' });
    expect(changed.ScheduleExpression).toBeUndefined();
    expect(changed.Description).toBeUndefined();
    await events.send(new Events.DeleteRuleCommand({ Name: 'nightly' }));
    expect(await refusal(describe())).toEqual(
      refused('ResourceNotFoundException', 'Rule nightly does not exist on EventBus default.'),
    );
    await events.send(new Events.DeleteRuleCommand({ Name: 'nightly' }));
  });

  it('are listed in pages, by prefix and bus', async () => {
    await events.send(new Events.CreateEventBusCommand({ Name: 'pages' }));
    const names = ['p-0', 'p-1', 'p-2', 'p-3', 'p-4'];
    for (const Name of [...names, 'q']) {
      const { RuleArn } = await putRule({ Name, EventBusName: 'pages' });
      expect(RuleArn).toBe(`arn:aws:events:${own}:rule/pages/${Name}`);
    }
    const found: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const input = { EventBusName: 'pages', NamePrefix: 'p-', Limit: 2, NextToken };
      const page = await events.send(new Events.ListRulesCommand(input));
      found.push(page.Rules!.map(({ Name }) => Name));
      ({ NextToken } = page);
    } while (NextToken);
    expect(found).toEqual([['p-0', 'p-1'], ['p-2', 'p-3'], ['p-4']]);
    const wrong = events.send(new Events.ListRulesCommand({ NextToken: 'x' }));
    expect((await refusal(wrong)).name).toBe('ValidationException');
  });

  it.each<[object, string, string]>([
    [
      { EventPattern: undefined },
      'ValidationException',
      'Parameter(s) EventPattern or ScheduleExpression must be specified.',
    ],
    [
      { Name: 'a b' },
      'ValidationException',
      "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
    [
      { Name: 'x'.repeat(65) },
      'ValidationException',
      `1 validation error detected: Value '${'x'.repeat(65)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      { State: 'ON' },
      'ValidationException',
      "1 validation error detected: Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]",
    ],
    [{ EventBusName: 'nobody' }, 'ResourceNotFoundException', 'Event bus nobody does not exist.'],
    [
      { EventPattern: '{"string":"my-value"}' },
      'InvalidEventPatternException',
      'Event pattern is not valid. Reason: "string" must be an object or an array',
    ],
  ])('%j is refused', async (input, name, message) => {
    expect(await refusal(putRule(input))).toEqual(refused(name, message));
  });

  it('have schedules that can be read, on the default bus only', async () => {
    await events.send(new Events.CreateEventBusCommand({ Name: 'own' }));
    const onBus = putRule({ EventPattern: undefined, ScheduleExpression: 'rate(1 minute)', EventBusName: 'own' });
    expect(await refusal(onBus)).toEqual(
      refused('ValidationException', 'ScheduleExpression is supported only on the default event bus.'),
    );
    const invalid = await refusal(putRule({ EventPattern: undefined, ScheduleExpression: 'cron(0 1 * * * *)' }));
    expect(invalid.name).toBe('ValidationException');
    expect(invalid.message).toBe('Parameter ScheduleExpression is not valid.');
  });

  it('keep their tags', async () => {
    const { RuleArn } = await putRule({ Name: 'tagged', Tags: [{ Key: 'stage', Value: 'dev' }] });
    const tags = async () => (await events.send(new Events.ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags;
    expect(await tags()).toEqual([{ Key: 'stage', Value: 'dev' }]);
    await events.send(new Events.TagResourceCommand({ ResourceARN: RuleArn, Tags: [{ Key: 'site', Value: 'orm' }] }));
    await events.send(new Events.UntagResourceCommand({ ResourceARN: RuleArn, TagKeys: ['stage'] }));
    expect(await tags()).toEqual([{ Key: 'site', Value: 'orm' }]);
    await events.send(new Events.DeleteRuleCommand({ Name: 'tagged' }));
    expect((await refusal(tags())).name).toBe('ResourceNotFoundException');
    await putRule({ Name: 'tagged' });
    expect(await tags()).toEqual([]);
  });
});

describe('targets', () => {
  it('are put, listed, found and removed', async () => {
    await putRule({ Name: 'targets' });
    await putRule({ Name: 'targets-2' });
    const InputTransformer = { InputPathsMap: { id: '$.id' }, InputTemplate: '{"id":<id>}' };
    const night = { Id: 'night', Arn: machineArn('night'), RoleArn, InputTransformer };
    const record = { Id: 'record', Arn, InputPath: '$.detail', RetryPolicy: { MaximumRetryAttempts: 1 } };
    expect(await putTargets('targets', night, record)).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    await putTargets('targets-2', { Id: 'other', Arn });
    const list = async (more = {}) => events.send(new Events.ListTargetsByRuleCommand({ Rule: 'targets', ...more }));
    expect((await list()).Targets).toEqual([night, record]);
    const first = await list({ Limit: 1 });
    expect((await list({ Limit: 1, NextToken: first.NextToken })).Targets).toEqual([record]);
    const found = await events.send(new Events.ListRuleNamesByTargetCommand({ TargetArn: Arn }));
    expect(found.RuleNames).toEqual(['targets', 'targets-2']);
    expect(await refusal(events.send(new Events.DeleteRuleCommand({ Name: 'targets' })))).toEqual(
      refused('ValidationException', "Rule can't be deleted since it has targets."),
    );
    const removed = await events.send(
      new Events.RemoveTargetsCommand({ Rule: 'targets', Ids: ['night', 'record', 'none'] }),
    );
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: 'none' }] });
    expect((await list()).Targets).toEqual([]);
    await events.send(new Events.DeleteRuleCommand({ Name: 'targets' }));
  });

  it('are at most five for a rule', async () => {
    await putRule({ Name: 'many' });
    const five = ['1', '2', '3', '4', '5'].map((Id) => ({ Id, Arn }));
    await putTargets('many', ...five);
    await putTargets('many', ...five);
    expect(await refusal(putTargets('many', { Id: '6', Arn }))).toEqual(
      refused('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
    );
  });

  it.each<[object, string | RegExp]>([
    [
      { Id: '!@' },
      "1 validation error detected: Value '!@' at 'targets.1.member.id' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
    ],
    [{ Arn: machineArn('night') }, `RoleArn is required for target ${machineArn('night')}.`],
    [{ Arn: `arn:aws:sqs:${own}:queue` }, /Provided Arn is not in correct format/],
    [{ Arn: 'arn:aws:lambda:us-east-1:111111111111:function:record' }, /Provided Arn is not in correct format/],
    [
      { Input: '{}', InputPath: '$.detail' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target t.',
    ],
    [{ Input: '{' }, /^JSON syntax error in input for target t/],
    [{ InputPath: 'detail' }, /^Invalid InputPath for target t/],
    [
      { InputTransformer: { InputTemplate: '"<unknown>"' } },
      'InputTemplate for target t contains invalid placeholder unknown.',
    ],
    [{ InputTransformer: { InputTemplate: '{"a": <aws.events.rule-name>' } }, /^Invalid InputTemplate for target t/],
    [
      { InputTransformer: { InputPathsMap: { 'aws.x': '$.id' }, InputTemplate: '{}' } },
      /^Invalid InputPathsMap for target t/,
    ],
    [{ Arn: busArn('default'), Input: '{}' }, /not supported for target t/],
    [{ SqsParameters: { MessageGroupId: 'x' } }, /SqsParameters is not served/],
  ])('%j is refused', async (target, message) => {
    await putRule({ Name: 'refusing' });
    const got = await refusal(putTargets('refusing', { Id: 't', Arn, ...target }));
    expect(got).toEqual({
      name: 'ValidationException',
      status: 400,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    const { Targets } = await events.send(new Events.ListTargetsByRuleCommand({ Rule: 'refusing' }));
    expect(Targets).toEqual([]);
  });
});

describe('PutEvents', () => {
  const entry = { Source: 'nocturne', DetailType: 'Night Opened', Detail: '{"nightId":"n1"}' };
  const put = (...entries: object[]) => events.send(new Events.PutEventsCommand({ Entries: entries as never }));
  const required = (name: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  });

  it('takes entries one by one', async () => {
    const answer = await put(
      entry,
      { ...entry, Source: undefined },
      { ...entry, DetailType: '' },
      { ...entry, Detail: undefined },
      { ...entry, Detail: '["a"]' },
      { ...entry, Detail: 'text' },
      { ...entry, Source: 'aws.ec2' },
      { ...entry, EventBusName: 'nobody' },
    );
    const id = { EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) };
    const malformed = { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
    expect(answer.FailedEntryCount).toBe(6);
    expect(answer.Entries).toEqual([
      id,
      required('Source'),
      required('DetailType'),
      required('Detail'),
      malformed,
      malformed,
      { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
      id,
    ]);
  });

  it('takes ten entries and 256 KiB', async () => {
    const many = await refusal(put(...Array.from({ length: 11 }, () => entry)));
    expect(many.name).toBe('ValidationException');
    expect(many.message).toMatch(
      /at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10$/,
    );
    const sized = (bytes: number) => ({ ...entry, Detail: JSON.stringify({ x: 'x'.repeat(bytes) }) });
    const others = 'nocturne'.length + 'Night Opened'.length + '{"x":""}'.length;
    expect((await put(sized(262_144 - others))).FailedEntryCount).toBe(0);
    expect(await refusal(put(sized(262_144 - others + 1)))).toEqual(
      refused('ValidationException', 'Total size of the entries in the request is over the limit.'),
    );
  });
});

describe('the protocol', () => {
  it('tests patterns', async () => {
    const test = (pattern: string, event: string) =>
      events.send(new Events.TestEventPatternCommand({ EventPattern: pattern, Event: event }));
    const event = {
      id: '1',
      account: '1',
      source: 'nocturne',
      time: '',
      region: '',
      resources: [],
      'detail-type': 'x',
    };
    expect((await test(EventPattern, JSON.stringify(event))).Result).toBe(true);
    expect((await test('{"source":["aws.ec2"]}', JSON.stringify(event))).Result).toBe(false);
    expect(await refusal(test(EventPattern, 'text'))).toEqual(
      refused('ValidationException', 'Parameter Event is not valid.'),
    );
    expect((await refusal(test('text', JSON.stringify(event)))).name).toBe('InvalidEventPatternException');
  });

  it('names an operation that is not served, and tells bodies that are none', async () => {
    const archive = events.send(new Events.ListArchivesCommand({}));
    expect(await refusal(archive)).toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('AWSEvents.ListArchives'),
    });
    const { url } = await bench.engine.listen(0);
    const send = (body: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'x-amz-target': 'AWSEvents.PutRule', 'content-type': 'application/x-amz-json-1.1' },
        body,
      });
    const broken = await send('[]');
    expect([broken.status, ((await broken.json()) as any).__type]).toEqual([400, 'SerializationException']);
    const wrongType = await send('{"Name": 1}');
    expect([wrongType.status, ((await wrongType.json()) as any).__type]).toEqual([400, 'SerializationException']);
  });

  it('is the same over a port', async () => {
    const { url } = await bench.engine.listen(0);
    const remote = clients({ endpoint: url });
    const { Rules } = await remote.events.send(new Events.ListRulesCommand({ NamePrefix: 'many' }));
    expect(Rules).toMatchObject([{ Name: 'many', State: 'ENABLED', EventPattern }]);
    const health = (await (await fetch(`${url}/_nocturne/health`)).json()) as any;
    expect(health.services).toMatchObject({ events: 'running', sts: 'running' });
    remote.events.destroy();
  });

  it('keeps everything over a close', async () => {
    const before = await openBench();
    await before.events.send(new Events.CreateEventBusCommand({ Name: 'kept' }));
    await before.rule({ Name: 'kept', EventPattern, EventBusName: 'kept' }, { Arn });
    await before.engine.close();
    const { engine, discard } = await newEngine({ directory: before.directory });
    const after = clients({ requestHandler: engine.requestHandler });
    const { Targets } = await after.events.send(
      new Events.ListTargetsByRuleCommand({ Rule: 'kept', EventBusName: 'kept' }),
    );
    expect(Targets).toEqual([{ Id: 't', Arn }]);
    await discard();
  });
});
