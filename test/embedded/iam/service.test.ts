import * as Iam from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, newEngine, type TestEngine } from '../support.ts';

/* What is expected is what AWS itself answered: localstack/localstack, tests/aws/services/iam/test_iam.snapshot.json. */

let test: TestEngine;
let iam: Iam.IAMClient;
const clientOf = ({ engine }: TestEngine) =>
  new Iam.IAMClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: 'http://localhost:4566',
    maxAttempts: 1,
    requestHandler: engine.requestHandler,
  });
beforeAll(async () => {
  test = await newEngine();
  iam = clientOf(test);
});
afterAll(() => test.discard());

const trust = (service = 'lambda') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
  });
const create = (RoleName: string, more: Partial<Iam.CreateRoleCommandInput> = {}) =>
  iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(), ...more }));

async function refusal(promise: Promise<unknown>) {
  const failure = await failureOf(promise);
  return [failure.name, failure.$metadata?.httpStatusCode, failure.message];
}

describe('roles', () => {
  it('are made and described', async () => {
    const tags = [{ Key: 'site', Value: 'La Palma & Roque' }];
    const { Role } = await create('observe', { Path: '/nights/', Description: 'observes', Tags: tags });
    expect(Role).toMatchObject({
      Arn: 'arn:aws:iam::000000000000:role/nights/observe',
      Path: '/nights/',
      RoleName: 'observe',
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
      Tags: tags,
    });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trust());
    expect(Role).not.toHaveProperty('MaxSessionDuration');
    const described = await iam.send(new Iam.GetRoleCommand({ RoleName: 'observe' }));
    expect(described.Role).toMatchObject({
      ...Role,
      MaxSessionDuration: 3600,
      RoleLastUsed: {},
      Description: 'observes',
    });
    await Iam.waitUntilRoleExists({ client: iam, maxWaitTime: 5 }, { RoleName: 'observe' });
  });

  it('are refused', async () => {
    await create('twice');
    expect(await refusal(create('TWICE'))).toEqual([
      'EntityAlreadyExistsException',
      409,
      'Role with name TWICE already exists.',
    ]);
    expect(await refusal(iam.send(new Iam.GetRoleCommand({ RoleName: 'absent' })))).toEqual([
      'NoSuchEntityException',
      404,
      'The role with name absent cannot be found.',
    ]);
    const trailingComma = trust().replace('}]', ',}]');
    expect(await refusal(create('malformed', { AssumeRolePolicyDocument: trailingComma }))).toEqual([
      'MalformedPolicyDocumentException',
      400,
      'This policy contains invalid Json',
    ]);
    expect((await refusal(create('no statement', {})))[0]).toBe('ValidationError');
    expect((await refusal(create('empty', { AssumeRolePolicyDocument: '{}' })))[0]).toBe(
      'MalformedPolicyDocumentException',
    );
    expect((await refusal(create('x'.repeat(65))))[2]).toContain('Member must have length less than or equal to 64');
    expect((await refusal(create('path', { Path: 'nights' })))[0]).toBe('ValidationError');
    expect((await refusal(create('bound', { PermissionsBoundary: 'arn:aws:iam::aws:policy/a' })))[2]).toContain(
      'PermissionsBoundary',
    );
    expect((await refusal(create('long', { MaxSessionDuration: 60 })))[2]).toContain('greater than or equal to 3600');
  });

  it('are listed by path, page by page', async () => {
    for (const name of ['c', 'a', 'b']) await create(`page-${name}`, { Path: '/pages/' });
    const names: (string | undefined)[] = [];
    for await (const { Roles } of Iam.paginateListRoles({ client: iam, pageSize: 2 }, { PathPrefix: '/pages/' })) {
      names.push(...(Roles ?? []).map(({ RoleName }) => RoleName));
    }
    expect(names).toEqual(['page-a', 'page-b', 'page-c']);
  });

  it('change whom they trust', async () => {
    await create('trusting');
    await iam.send(new Iam.UpdateAssumeRolePolicyCommand({ RoleName: 'trusting', PolicyDocument: trust('states') }));
    const { Role } = await iam.send(new Iam.GetRoleCommand({ RoleName: 'trusting' }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(trust('states'));
  });
});

describe('policies of a role', () => {
  const RoleName = 'with-policies';
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::frames/a%3Ab*'] }],
  });
  beforeAll(() => create(RoleName));

  it('are kept in it', async () => {
    const named = { RoleName, PolicyName: 'frames' };
    await iam.send(new Iam.PutRolePolicyCommand({ ...named, PolicyDocument }));
    const answer = await iam.send(new Iam.GetRolePolicyCommand(named));
    expect({ ...answer, PolicyDocument: decodeURIComponent(answer.PolicyDocument ?? '') }).toMatchObject({
      ...named,
      PolicyDocument,
    });
    expect((await iam.send(new Iam.ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['frames']);
    expect(await refusal(iam.send(new Iam.DeleteRoleCommand({ RoleName })))).toEqual([
      'DeleteConflictException',
      409,
      'Cannot delete entity, must delete policies first.',
    ]);
    await iam.send(new Iam.DeleteRolePolicyCommand(named));
    expect((await refusal(iam.send(new Iam.GetRolePolicyCommand(named))))[0]).toBe('NoSuchEntityException');
  });

  it('are attached to it', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const attach = (arn: string) => iam.send(new Iam.AttachRolePolicyCommand({ RoleName, PolicyArn: arn }));
    expect(await refusal(attach('AWSLambdaBasicExecutionRole'))).toEqual([
      'ValidationError',
      400,
      'Invalid ARN:  Could not be parsed!',
    ]);
    const absent = 'arn:aws:iam::000000000000:policy/absent';
    expect(await refusal(attach(absent))).toEqual([
      'NoSuchEntityException',
      404,
      `Policy ${absent} does not exist or is not attachable.`,
    ]);
    await attach(PolicyArn);
    const listed = await iam.send(new Iam.ListAttachedRolePoliciesCommand({ RoleName }));
    expect(listed.AttachedPolicies).toEqual([{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn }]);
    expect((await refusal(iam.send(new Iam.DeleteRoleCommand({ RoleName }))))[2]).toBe(
      'Cannot delete entity, must detach all policies first.',
    );
    await iam.send(new Iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new Iam.DeleteRoleCommand({ RoleName }));
    expect((await refusal(iam.send(new Iam.GetRoleCommand({ RoleName }))))[0]).toBe('NoSuchEntityException');
  });
});

it('outlives the engine', async () => {
  const first = await newEngine();
  const { Role } = await clientOf(first).send(
    new Iam.CreateRoleCommand({ RoleName: 'kept', AssumeRolePolicyDocument: trust() }),
  );
  await first.engine.close();
  const second = await newEngine({ directory: first.directory });
  const again = await clientOf(second).send(new Iam.GetRoleCommand({ RoleName: 'kept' }));
  expect(again.Role).toMatchObject(Role ?? {});
  await second.discard();
});

it('names an action that it does not serve', async () => {
  const failure = await failureOf(iam.send(new Iam.CreateUserCommand({ UserName: 'observer' })));
  expect([failure.name, failure.message]).toEqual(['InvalidAction', expect.stringContaining('CreateUser')]);
});
