import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';

let test: TestEngine;
beforeAll(async () => {
  test = await newEngine();
});
afterAll(() => test.discard());

const identity = {
  Account: '000000000000',
  Arn: 'arn:aws:iam::000000000000:root',
  UserId: '000000000000',
};

it('tells who the caller is, in process and over a port', async () => {
  const { sts } = clients({ requestHandler: test.engine.requestHandler });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject(identity);
  const { url } = await test.engine.listen(0);
  const remote = clients({ endpoint: url });
  expect(await remote.sts.send(new GetCallerIdentityCommand({}))).toMatchObject(identity);
  remote.sts.destroy();
});

it('names an action that it does not serve', async () => {
  const { sts } = clients({ requestHandler: test.engine.requestHandler });
  const failure = await failureOf(sts.send(new GetSessionTokenCommand({})));
  expect([failure.name, failure.$metadata?.httpStatusCode]).toEqual(['InvalidAction', 400]);
  expect(failure.message).toContain('GetSessionToken');
});

it('leaves other forms to S3', async () => {
  const { url } = await test.engine.listen(0);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(url, { method: 'POST', headers, body: 'a=1' });
  expect(await answer.text()).toContain('<Code>MethodNotAllowed</Code>');
});
