import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { newDirectory } from './support.ts';

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

/**
 * Runs a program in a process whose files may not grow beyond `limitKiB`, which its writes meet as they would a full
 * disk, until it calls `makeRoom()`. What it prints as JSON is given back.
 */
async function runWithSmallFiles(limitKiB: number, program: string): Promise<unknown> {
  const directory = await newDirectory();
  const source = `
    import { spawnSync } from 'node:child_process';
    import { systemClock as clock } from '${new URL('../../embedded/clock.ts', import.meta.url)}';
    import { openDynamoDb } from '${new URL('../../embedded/dynamodb/service.ts', import.meta.url)}';
    import { openEvents } from '${new URL('../../embedded/events/service.ts', import.meta.url)}';
    import { openS3 } from '${new URL('../../embedded/s3/service.ts', import.meta.url)}';
    const options = { directory: ${JSON.stringify(directory)}, clock, region: 'us-east-1', accountId: '000000000000' };
    const makeRoom = () => spawnSync('prlimit', ['--fsize=unlimited', '--pid', String(process.pid)]);
    ${program}`;
  const limited = `trap '' XFSZ; ulimit -S -f ${limitKiB}; exec "$0" --input-type=module-typescript --eval "$1"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', limited, process.execPath, source], { encoding: 'utf8' });
  await rm(directory, { recursive: true, force: true });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

// In CI it is never skipped: there a missing prlimit is a failure.
describe.skipIf(!canLimit && !process.env.CI)('a full disk', () => {
  it('refuses an object, keeps what was there, and takes objects again', async () => {
    const result = await runWithSmallFiles(
      1000,
      `const { service, close } = openS3(options);
       const send = async (method, path, body = '') => {
         const answer = await service({ method, path, query: new URLSearchParams(), headers: {}, body: Buffer.from(body) });
         return [answer.status, /<Code>(.*)<.Code>/.exec(answer.body)?.[1], answer.body.length];
       };
       const answers = [await send('PUT', '/bucket'), await send('PUT', '/bucket/a', 'kept')];
       answers.push(await send('PUT', '/bucket/a', 'x'.repeat(2_000_000)), await send('GET', '/bucket/a'));
       makeRoom();
       answers.push(await send('PUT', '/bucket/b', 'x'.repeat(2_000_000)));
       await close();
       console.log(JSON.stringify(answers.map(([status, code, length]) => [status, code ?? length])));`,
    );
    expect(result).toEqual([
      [200, 0],
      [200, 0],
      [400, 'InsufficientStorage'],
      [200, 4],
      [200, 0],
    ]);
  });

  it('refuses a rule, keeps what was there, and takes rules again', async () => {
    const result = await runWithSmallFiles(
      400,
      `const open = () => openEvents({ ...options, services: {}, fireSchedules: false });
       let events = open();
       const send = async (operation, input) => {
         const headers = { 'x-amz-target': 'AWSEvents.' + operation };
         const body = Buffer.from(JSON.stringify(input));
         const answer = await events.service({ method: 'POST', path: '/', query: new URLSearchParams(), headers, body });
         return { status: answer.status, ...JSON.parse(answer.body) };
       };
       const EventPattern = JSON.stringify({ source: ['x'.repeat(4000)] });
       const put = (Name) => send('PutRule', { Name, EventPattern });
       const acknowledged = [];
       const refusals = new Set();
       for (let i = 0; i < 200; i++) {
         const { status, __type } = await put('full-' + i);
         if (status === 200) acknowledged.push('full-' + i);
         else refusals.add(status + ' ' + __type);
       }
       makeRoom();
       for (let i = 0; i < 20; i++) if ((await put('after-' + i)).status === 200) acknowledged.push('after-' + i);
       await events.close();
       events = open();
       const lost = [];
       for (const Name of acknowledged) if ((await send('DescribeRule', { Name })).status !== 200) lost.push(Name);
       await events.close();
       console.log(JSON.stringify({
         refusals: [...refusals],
         before: acknowledged.length > 20,
         after: acknowledged.filter((name) => name.startsWith('after')).length,
         lost,
       }));`,
    );
    expect(result).toEqual({ refusals: ['507 InsufficientStorage'], before: true, after: 20, lost: [] });
  });

  it('loses no item that was acknowledged after it', async () => {
    const result = await runWithSmallFiles(
      300,
      `let dynamodb = await openDynamoDb(options);
       const send = async (operation, input) => {
         const headers = { 'x-amz-target': 'DynamoDB_20120810.' + operation };
         const body = Buffer.from(JSON.stringify({ TableName: 'Nights', ...input }));
         const answer = await dynamodb.service({ method: 'POST', path: '/', query: new URLSearchParams(), headers, body });
         return { status: answer.status, ...JSON.parse(answer.body) };
       };
       const put = (id, bytes) => send('PutItem', { Item: { id: { S: id }, text: { S: 'x'.repeat(bytes) } } });
       await send('CreateTable', {
         BillingMode: 'PAY_PER_REQUEST',
         AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
         KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
       });
       const acknowledged = [];
       let refused = 0;
       for (let i = 0; i < 30; i++) {
         const { status } = await put('full ' + i, 30_000);
         if (status === 200) acknowledged.push('full ' + i);
         else refused++;
       }
       makeRoom();
       for (let i = 0; i < 30; i++) {
         if ((await put('after ' + i, 30)).status === 200) acknowledged.push('after ' + i);
       }
       await dynamodb.close();
       dynamodb = await openDynamoDb(options);
       const lost = [];
       for (const id of acknowledged) {
         if ((await send('GetItem', { Key: { id: { S: id } } })).Item === undefined) lost.push(id);
       }
       await dynamodb.close();
       console.log(JSON.stringify({ refused: refused > 0, after: acknowledged.filter((id) => id.startsWith('after')).length, lost }));`,
    );
    expect(result).toEqual({ refused: true, after: 30, lost: [] });
  });
});
