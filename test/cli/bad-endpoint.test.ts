import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, makeClients } from '../../cli/clients.ts';
import { findDeployment } from '../../cli/deployment.ts';
import { engineTrouble } from '../../cli/trouble.ts';
import { MACHINES } from '../../core/names.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import { type Ran, temporaryFolder } from '../helpers/night.ts';
import { type Answer, type Asked, awsError, endpoint, KEYS, nocturneWith, REGION } from './endpoint.ts';

/** What a stage's machines look like to ListStateMachines. */
const machines = (...names: string[]): Answer => ({
  status: 200,
  body: JSON.stringify({
    stateMachines: names.map((name) => ({
      name,
      type: 'STANDARD',
      creationDate: 1.7e9,
      stateMachineArn: `arn:aws:states:eu-west-1:123456789012:stateMachine:${name}`,
    })),
  }),
});
const STAGE = MACHINES.map((name) => `x-${name}`);

/** A deployed stage of some version, with no night in it. */
const deployed =
  (version: string, names: string[] = STAGE) =>
  ({ target, path }: Asked): Answer | undefined => {
    if (target.endsWith('ListStateMachines')) return machines(...names);
    if (path.startsWith('/2015-03-31/functions/')) {
      const Variables = { NOCTURNE_BUCKET: 'b', NOCTURNE_PREFIX: 'x-', NOCTURNE_VERSION: version };
      return { status: 200, body: JSON.stringify({ Environment: { Variables } }) };
    }
    if (target.startsWith('DynamoDB_')) return { status: 200, body: JSON.stringify({ Items: [], Count: 0 }) };
    return undefined;
  };

function expectWords({ status, stdout, stderr }: Ran, ...words: (string | RegExp)[]): void {
  for (const each of words) expect(stderr).toMatch(each);
  expect(status).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/^\s+at /m);
}

const nights = (url: string, ...more: string[]) =>
  nocturneWith({ ...REGION, ...KEYS, AWS_ENDPOINT_URL: url }, 'nights', '--engine', 'aws', ...more);

describe('an engine that cannot be used is told in words, with exit status 3', () => {
  // Errors and messages as AWS's services give them.
  it.each<[string, Answer, (string | RegExp)[]]>([
    [
      'expired credentials',
      awsError('ExpiredTokenException', 'The security token included in the request is expired'),
      ['credentials have expired', 'log in again', 'states:ListStateMachines'],
    ],
    [
      'an unknown access key',
      awsError('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      ['does not know the access key', 'AWS_ACCESS_KEY_ID'],
    ],
    [
      'a wrong secret',
      awsError(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided.',
        403,
      ),
      ['refuses the signature', 'AWS_SECRET_ACCESS_KEY'],
    ],
    [
      'a permission that is missing',
      awsError(
        'AccessDeniedException',
        'User: arn:aws:iam::123456789012:user/eve is not authorized to perform: states:ListStateMachines on resource: arn:aws:states:eu-west-1:123456789012:stateMachine:* because no identity-based policy allows the states:ListStateMachines action',
      ),
      ['do states:ListStateMachines', 'let somebody allow it'],
    ],
    [
      'a permission that is missing and not named',
      awsError('AccessDeniedException', 'Access denied'),
      ['do states:ListStateMachines'],
    ],
    [
      'a web page',
      {
        status: 200,
        body: '<!DOCTYPE html><html><body>It works!</body></html>',
        headers: { 'content-type': 'text/html' },
      },
      ['not as AWS does', 'AWS_ENDPOINT_URL'],
    ],
    [
      "a web server's error page",
      { status: 404, body: '<html><body>Not Found</body></html>', headers: { 'content-type': 'text/html' } },
      ['not as AWS does'],
    ],
    [
      'an account without Nocturne',
      machines('payroll', 'fortnight'),
      ['not deployed in region eu-west-1', 'AWS_REGION'],
    ],
  ])('%s', async (_what, answer, words) => {
    const { url } = await endpoint(() => answer);
    expectWords(await nights(url), url, ...words);
  });

  it('throttling, after as many attempts as it says', async () => {
    const { url, asked } = await endpoint(() => awsError('ThrottlingException', 'Rate exceeded'));
    expectWords(await nights(url), 'too many', `asked ${MAX_ATTEMPTS} times`);
    expect(asked).toHaveLength(MAX_ATTEMPTS);
  });

  it('trouble inside AWS', async () => {
    const { url, asked } = await endpoint(() => awsError('InternalFailure', 'We have a problem', 500));
    expectWords(await nights(url), 'is in trouble', 'We have a problem');
    expect(asked).toHaveLength(MAX_ATTEMPTS);
  });

  it('nothing that answers', async () => {
    expectWords(await nights('http://127.0.0.1:9'), 'http://127.0.0.1:9 does not answer', 'ECONNREFUSED');
  });

  it('an endpoint that takes requests and never answers', async () => {
    const { url } = await endpoint(() => 'silence');
    const silence = await findDeployment(makeClients({ endpoint: url }), undefined, 200).catch(
      (error: unknown) => error,
    );
    expect(engineTrouble(silence, url)).toContain(`${url} did not answer in time (states:ListStateMachines)`);
  });

  it('no region', async () => {
    expectWords(await nocturneWith(KEYS, 'nights', '--engine', 'aws'), 'no usable AWS region', 'AWS_REGION=');
  });

  it('no credentials', async () => {
    const { url } = await endpoint(() => undefined);
    const ran = await nocturneWith({ ...REGION, AWS_ENDPOINT_URL: url }, 'nights', '--engine', 'aws');
    expectWords(ran, 'no AWS credentials were found', 'aws sso login');
  });

  it('a profile that does not exist', async () => {
    const ran = await nocturneWith({ ...REGION, AWS_PROFILE: 'nobody' }, 'nights', '--engine', 'aws');
    expectWords(ran, 'no AWS credentials were found', 'nobody');
  });

  it('as JSON when asked for', async () => {
    const { url } = await endpoint(() => awsError('ExpiredTokenException', 'The security token is expired'));
    const { stdout, status } = await nights(url, '--json');
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', faults: [expect.stringContaining('expired')] });
  });

  it('also when it comes in the middle of a command', async () => {
    const denied = awsError(
      'AccessDeniedException',
      'User: eve is not authorized to perform: dynamodb:Scan on resource: x',
    );
    const stage = deployed(SOFTWARE_VERSION);
    const { url } = await endpoint((asked) => (asked.target.endsWith('.Scan') ? denied : stage(asked)));
    expectWords(await nights(url), 'does not let these credentials do dynamodb:Scan');
  });
});

describe('the stage', () => {
  const read = async (names: string[], ...more: string[]) =>
    nights((await endpoint(deployed(SOFTWARE_VERSION, names))).url, ...more);

  it('is found when there is one, whatever other machines there are', async () => {
    const { status, stderr } = await read([...STAGE, 'fortnight', 'y-night', 'segment']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('must be chosen when there are several, and can be', async () => {
    const two = [...STAGE, ...MACHINES.map((name) => `y-${name}`)];
    expectWords(await read(two), 'several stages', 'x, y', '--stage');
    expect((await read(two, '--stage', 'y')).status).toBe(0);
    expectWords(await read(two, '--stage', 'z'), 'stage "z" is not deployed', 'x, y');
  });

  it('is told when it is there in part', async () => {
    expectWords(await read(['x-night', 'x-segment']), 'only in part', '"x-observation"');
    const { url } = await endpoint(({ target }) =>
      target.endsWith('ListStateMachines')
        ? machines(...STAGE)
        : {
            ...awsError('ResourceNotFoundException', 'Function not found', 404),
            headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
          },
    );
    expectWords(await nights(url), 'only in part', '"x-open-night"');
  });

  it('is refused by the embedded engine, which has none', async () => {
    const { status, stderr } = await nocturneWith({}, 'nights', '--stage', 'x', '--out', temporaryFolder());
    expect(status).toBe(2);
    expect(stderr).toContain('--stage');
  });
});

describe('another version than the one deployed', () => {
  it.each([
    ['0.0.9', 'older'],
    ['99.0.0', 'newer'],
  ])('%s reads with a warning, and starts no night', async (version, difference) => {
    const { url, asked } = await endpoint(deployed(version));
    const read = await nights(url);
    expect(read.status).toBe(0);
    expect(read.stderr).toContain(`Nocturne ${version} is deployed there, ${difference}`);
    const variables = { ...REGION, ...KEYS, AWS_ENDPOINT_URL: url };
    expectWords(await nocturneWith(variables, 'night', '--engine', 'aws'), version, 'its own version only');
    expect(asked.some(({ target }) => target.endsWith('StartExecution'))).toBe(false);
  });
});
