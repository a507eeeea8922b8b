import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteStateMachineCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { makeClients } from '../../cli/clients.ts';
import { judgeNode } from '../../cli/commands/doctor.ts';
import { deploy } from '../../cli/deploy.ts';
import { judgeClock } from '../../cli/doctor/clock.ts';
import { EMBEDDED_BUCKET, ENVIRONMENT, FUNCTIONS } from '../../core/names.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { type Engine, openEngine } from '../../embedded/engine.ts';
import { hashes, nocturne, temporaryFolder } from '../helpers/night.ts';
import { type Answer, type Asked, awsError, endpoint, KEYS, nocturneWith, REGION } from './endpoint.ts';

type Finding = Record<'what' | 'verdict' | 'words', string>;

/** An engine with all parts, whose functions do nothing. */
async function open(folder: string, version = SOFTWARE_VERSION, change: Partial<{ memoryMb: number }> = {}) {
  const environment = { [ENVIRONMENT.bucket]: EMBEDDED_BUCKET, [ENVIRONMENT.version]: version };
  const functions = Object.entries(FUNCTIONS).map(([name, limits]) => ({
    name,
    handler: async () => ({}),
    environment,
    ...limits,
    ...(name === 'close-night' && change),
  }));
  const engine = await openEngine({ directory: folder, functions, version });
  const clients = makeClients({ requestHandler: engine.requestHandler });
  await deploy(clients, EMBEDDED_BUCKET);
  return { engine, clients };
}

/** What the doctor finds at an endpoint in front of an engine. */
async function examine(engine: Engine, answer: (asked: Asked) => Answer | undefined, headers = {}) {
  const { url } = await endpoint(answer, { behind: engine.route, headers });
  const variables = { ...REGION, ...KEYS, AWS_ENDPOINT_URL: url };
  const ran = await nocturneWith(variables, 'doctor', '--engine', 'aws', '--json');
  await engine.close();
  const findings: Finding[] = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'finding');
  const told = (verdict: string) =>
    findings.filter((each) => each.verdict === verdict).map(({ what, words }) => `${what}: ${words}`);
  return { ...ran, wrong: told('wrong'), warned: told('warning'), ok: told('ok') };
}

/** What a deployed bucket says of itself, which the embedded one does not. */
const blocked = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
const xml = (body: string): Answer => ({ status: 200, body, headers: { 'content-type': 'application/xml' } });

describe('nocturne doctor', () => {
  it('finds nothing wrong with an engine that is whole, and changes nothing', async () => {
    const folder = temporaryFolder();
    const { engine } = await open(folder);
    const { status, wrong, warned, ok, stderr } = await examine(engine, () => undefined);
    expect({ wrong, warned, stderr }).toEqual({ wrong: [], warned: [], stderr: '' });
    expect(status).toBe(0);
    expect(ok).toContain('region: eu-west-1');
    expect(ok.join()).toMatch(/permissions: \d+ actions tried, none refused/);
    expect(Object.keys(hashes(folder, (name) => /nothing/.test(name)))).toEqual([]);
  });

  it('says which parts are missing or are not as they should be', async () => {
    const { engine, clients } = await open(temporaryFolder(), '0.0.1', { memoryMb: 128 });
    await clients.dynamodb.send(new DeleteTableCommand({ TableName: 'Requests' }));
    await clients.dynamodb.send(new DeleteTableCommand({ TableName: 'Provenance' }));
    await clients.dynamodb.send(
      new CreateTableCommand({
        TableName: 'Provenance',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:observation';
    await clients.sfn.send(new DeleteStateMachineCommand({ stateMachineArn }));
    const { status, wrong } = await examine(engine, () => undefined);
    expect(status).toBe(3);
    expect(wrong).toEqual(
      expect.arrayContaining([
        'machines: no state machine "observation"',
        `functions: open-night: version is 0.0.1, this command line is ${SOFTWARE_VERSION}`,
        'functions: close-night: memory is 128 MB, should be 256 MB',
        'tables: Requests is not there',
        'tables: Provenance: the key is id, should be subject + relationObject',
        'tables: Provenance: has no index byObject',
      ]),
    );
  });

  it('names the actions that the caller may not do', async () => {
    const { engine } = await open(temporaryFolder());
    const refused = ['StartExecution', 'StopExecution', 'PutRule'];
    const { status, wrong, warned } = await examine(engine, ({ target }) =>
      refused.some((name) => target.endsWith(`.${name}`)) ? awsError('AccessDeniedException', 'no') : undefined,
    );
    expect(status).toBe(3);
    expect(wrong.map((words) => words.split(',')[0])).toEqual([
      'permissions: states:StartExecution is refused',
      'permissions: states:StopExecution is refused',
    ]);
    expect(warned.map((words) => words.split(',')[0])).toEqual(['permissions: events:PutRule is refused']);
  });

  it('looks whether the bucket keeps versions and is closed to the public', async () => {
    const { engine } = await open(temporaryFolder());
    const { status, wrong, warned } = await examine(engine, ({ method, path, target }) => {
      if (method !== 'GET' || target !== '' || path.replace(/\/$/, '') !== `/${EMBEDDED_BUCKET}`) return undefined;
      const settings = blocked.map((name) => `<${name}>${name !== 'BlockPublicPolicy'}</${name}>`).join('');
      // Both answers in one: each operation reads its own elements.
      return xml(
        `<PublicAccessBlockConfiguration>${settings}<Status>Suspended</Status></PublicAccessBlockConfiguration>`,
      );
    });
    expect(status).toBe(3);
    expect(wrong).toEqual(['bucket: public access is not blocked: BlockPublicPolicy off']);
    expect(warned).toEqual(['bucket: versioning is Suspended: what is overwritten is lost']);
  });

  it.each([
    [60, 0, 'warning'],
    [-3600, 3, 'wrong'],
  ])('compares the clocks: this one is %i s ahead', async (aheadS, status, verdict) => {
    const { engine } = await open(temporaryFolder());
    const date = new Date(Date.now() - aheadS * 1000).toUTCString();
    const { wrong, warned, ...ran } = await examine(engine, () => undefined, { date });
    expect(ran.status).toBe(status);
    expect(verdict === 'wrong' ? wrong : warned).toEqual([
      expect.stringContaining(aheadS > 0 ? 'ahead of the engine' : 'behind the engine'),
    ]);
  });

  it('says first what keeps it from looking', async () => {
    const { engine } = await open(temporaryFolder());
    const expired = 'The security token included in the request is expired';
    // STS answers in XML, and calls it otherwise than the others.
    const ofSts = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>${expired}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
    const { status, wrong } = await examine(engine, ({ target }) =>
      target === '' ? { ...xml(ofSts), status: 403 } : awsError('ExpiredTokenException', expired),
    );
    expect(status).toBe(3);
    expect(wrong).toEqual([expect.stringMatching(/^credentials: .*expired/)]);
    const nobody = await nocturneWith(
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      'doctor',
      '--engine',
      'aws',
    );
    expect(nobody.status).toBe(3);
    expect(nobody.stdout).toMatch(/wrong +endpoint +http:\/\/127.0.0.1:9 does not answer/);
    const nowhere = await nocturneWith(KEYS, 'doctor', '--engine', 'aws');
    expect(nowhere.status).toBe(3);
    expect(nowhere.stdout).toMatch(/wrong +region/);
  });

  it('looks at the default engine too, and makes no folder of it', () => {
    const folder = temporaryFolder();
    const missing = nocturne('doctor', '--out', `${folder}/none`);
    expect(missing.status).toBe(0);
    expect(missing.stdout).toContain('the first night makes it');
    const { status, stdout } = nocturne('doctor', '--out', folder);
    expect(status).toBe(0);
    expect(stdout).toMatch(/ok +tables +5 of 5/);
    expect(stdout).toMatch(/absent +permissions/);
  });
});

describe('judgements', () => {
  it.each([
    [0, 'ok'],
    [-4.9, 'ok'],
    [5.1, 'warning'],
    [-299, 'warning'],
    [301, 'wrong'],
  ])('a clock %d s ahead is %s', (aheadS, verdict) => {
    expect(judgeClock(aheadS).verdict).toBe(verdict);
  });

  it.each([
    ['24.0.0', 'ok'],
    ['26.1.0', 'ok'],
    ['22.18.0', 'warning'],
  ])('Node %s is %s', (version, verdict) => {
    expect(judgeNode(version).verdict).toBe(verdict);
  });
});
