import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, openBench, ROLE_ARN, single } from './helpers.ts';

/** Cases and answers: localstack/localstack, tests/aws/services/stepfunctions/v2/test_sfn_api_tagging, as recorded on AWS. */

afterEach(closeAll);

const definition = JSON.stringify(single({ Type: 'Pass', End: true }));
const tag = (key: string, value: string) => ({ key, value });
const one = tag('key1', 'value1');
const two = tag('key2', 'value2');

describe('tags of a state machine', () => {
  it.each([
    [[], []],
    [[one], [one]],
    [[tag('key1', '')], [tag('key1', '')]],
    [[one, one], [one]],
    [
      [one, two],
      [one, two],
    ],
  ])('%j are listed as %j', async (tags, listed) => {
    const { client, createMachine } = openBench();
    const resourceArn = await createMachine('tagged', JSON.parse(definition));
    await client.send(new TagResourceCommand({ resourceArn, tags }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(listed);
  });

  it.each([
    [[], [one]],
    [['key1'], []],
    [['key1', 'key1'], []],
    [['key1', 'key2'], []],
  ])('%j are taken away', async (tagKeys, left) => {
    const { client, createMachine } = openBench();
    const resourceArn = await createMachine('tagged', JSON.parse(definition));
    await client.send(new TagResourceCommand({ resourceArn, tags: [one] }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(left);
  });

  it('come with the machine and go with it', async () => {
    const { client } = openBench();
    const create = { name: 'tagged', definition, roleArn: ROLE_ARN };
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ ...create, tags: [one, two] }));
    const list = () => client.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));
    expect((await list()).tags).toEqual([one, two]);
    await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    await expect(list()).rejects.toMatchObject({ name: 'ResourceNotFound' });
    await client.send(new CreateStateMachineCommand(create));
    expect((await list()).tags).toEqual([]);
  });

  it('are refused for what is no machine, without a key, and beyond fifty', async () => {
    const { client, createMachine } = openBench();
    const resourceArn = await createMachine('tagged', JSON.parse(definition));
    const add = (tags: { key: string; value: string }[], arn = resourceArn) =>
      client.send(new TagResourceCommand({ resourceArn: arn, tags }));
    await expect(add([one], `${resourceArn}:1`)).rejects.toMatchObject({
      name: 'ResourceNotFound',
      message: `Resource not found: '${resourceArn}:1'`,
    });
    await expect(add([one], 'machine')).rejects.toMatchObject({ name: 'InvalidArn' });
    await expect(add([tag('', 'x')])).rejects.toMatchObject({ name: 'ValidationException' });
    const fifty = Array.from({ length: 50 }, (_, index) => tag(`key${index}`, ''));
    await add(fifty);
    await add([one]);
    await expect(add([tag('one more', '')])).rejects.toMatchObject({ name: 'TooManyTags' });
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toHaveLength(50);
  });
});
