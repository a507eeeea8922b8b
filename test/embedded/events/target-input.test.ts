import { describe, expect, it } from 'vitest';
import type { BusEvent } from '../../../embedded/events/event.ts';
import { InputFault, parsePath, targetInput } from '../../../embedded/events/target-input.ts';

/** The event of the EventBridge User Guide, "Input transform examples". */
const event: BusEvent = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2015-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: {
    'instance-id': 'i-0123456789',
    state: 'RUNNING',
    ready: true,
    tags: ['HIGH', 'LOW'],
    owner: { id: '0a78', name: 'a "b"' },
  },
};
const passage = {
  ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/state',
  ruleName: 'state',
  ingestionMs: Date.UTC(2015, 10, 11, 21, 29, 55, 120),
};
const target = { id: 't', arn: 'arn' };
const input = (own: object) => targetInput({ ...target, ...own }, event, passage);
const transformed = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
  input({ inputTransformer: { InputTemplate, InputPathsMap } });

const map = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  ready: '$.detail.ready',
  tags: '$.detail.tags',
  owner: '$.detail.owner',
  absent: '$.detail.nowhere',
  type: '$.detail-type',
  name: '$.detail.owner.name',
};

describe('the input of a target', () => {
  it('is the event, a constant, or a part of the event', () => {
    expect(JSON.parse(input({}))).toEqual(event);
    expect(input({ input: '{"fixed": 1}' })).toBe('{"fixed": 1}');
    expect(JSON.parse(input({ inputPath: '$.detail' }))).toEqual(event.detail);
    expect(input({ inputPath: '$' })).toBe(JSON.stringify(event));
    expect(input({ inputPath: '$.resources[0]' })).toBe('"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"');
    expect(input({ inputPath: '$.detail.tags[*]' })).toBe('["HIGH","LOW"]');
    expect(() => input({ inputPath: '$.detail.nowhere' })).toThrow(InputFault);
  });

  it.each<[string, string, unknown]>([
    ['a text', '"instance <instance> is in <state>"', 'instance i-0123456789 is in RUNNING'],
    [
      'values of their own',
      '{"instance": <instance>, "ready": <ready>, "tags": <tags>, "owner": <owner>}',
      {
        instance: 'i-0123456789',
        ready: true,
        tags: ['HIGH', 'LOW'],
        owner: { id: '0a78', name: 'a "b"' },
      },
    ],
    [
      'values in quotes',
      '{"path": "users/<instance>/<state>", "ready": "<ready>"}',
      {
        path: 'users/i-0123456789/RUNNING',
        ready: 'true',
      },
    ],
    [
      'escaped quotes',
      '{"myStatus": "<instance> is in state \\"<state>\\""}',
      {
        myStatus: 'i-0123456789 is in state "RUNNING"',
      },
    ],
    ['quotes in a value', '{"name": "<name>", "again": <name>}', { name: 'a "b"', again: 'a "b"' }],
    ['what is not there', '{"a": <absent>, "b": "<absent>"}', { a: '', b: '' }],
    ['lists in a text', '"<tags> and <ready>"', '[HIGH,LOW] and true'],
    ['brackets that are none', '{"a": "1 < 2 > 0", "b": <state>}', { a: '1 < 2 > 0', b: 'RUNNING' }],
    [
      'the rule',
      '{"rule": "<aws.events.rule-name>", "arn": "<aws.events.rule-arn>"}',
      {
        rule: 'state',
        arn: 'arn:aws:events:us-east-1:123456789012:rule/state',
      },
    ],
    ['the time', '"<aws.events.event.ingestion-time>"', '2015-11-11T21:29:55.120Z'],
    ['the event', '{"event": <aws.events.event.json>}', { event }],
    [
      'the event without its detail',
      '<aws.events.event>',
      {
        version: '0',
        id: event.id,
        detailType: event['detail-type'],
        source: 'aws.ec2',
        account: '123456789012',
        time: event.time,
        region: 'us-east-1',
        resources: event.resources,
      },
    ],
  ])('has %s put into a template', (_what, template, expected) => {
    expect(JSON.parse(transformed(template, map))).toEqual(expected);
  });

  it('is refused when a template makes no JSON of the event', () => {
    expect(() => transformed('{"owner": "<owner>"}', map)).toThrow(InputFault);
    expect(() => transformed('<instance> is in state <state>', map)).toThrow('is not JSON');
  });

  it('has paths of names, indexes and stars', () => {
    expect(parsePath("$.detail-type['a b'][0].x_1[*].*")).toEqual(['detail-type', 'a b', 0, 'x_1', '*', '*']);
    for (const path of ['detail', '$.', '$..a', '$.a[-1]', '$.a[?(@.b)]', '$.a b', '']) {
      expect(() => parsePath(path)).toThrow(InputFault);
    }
  });
});
