import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import * as Db from '@aws-sdk/client-dynamodb';
import * as S3 from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, it } from 'vitest';
import { DirectoryNotWritable, EngineInUse, openEngine, PortInUse } from '../../embedded/engine.ts';
import { clients, failureOf, newDirectory, newEngine } from './support.ts';

const Bucket = 'nocturne-frames';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function discarded(options: Parameters<typeof newEngine>[0] = {}) {
  const test = await newEngine(options);
  cleanups.push(test.discard);
  return test;
}

async function directoryToRemove(): Promise<string> {
  const directory = await newDirectory();
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A process that runs `program` with an engine on `directory` open as `engine` and its S3 client as `s3`. */
async function startChild(directory: string, program: string) {
  const source = `
    import { openEngine } from '${new URL('../../embedded/engine.ts', import.meta.url)}';
    import { clients } from '${new URL('./support.ts', import.meta.url)}';
    import { PutObjectCommand, CreateBucketCommand } from '@aws-sdk/client-s3';
    import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
    const engine = await openEngine({ directory: ${JSON.stringify(directory)}, functions: [], version: '1' });
    const { s3, dynamodb } = clients({ requestHandler: engine.requestHandler });
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: new URL('../..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  return child;
}

describe('openEngine', () => {
  it('loses nothing over a close', async () => {
    const directory = await directoryToRemove();
    const first = await openEngine({ directory, functions: [], version: '1' });
    const before = clients({ requestHandler: first.requestHandler });
    await before.s3.send(new S3.CreateBucketCommand({ Bucket }));
    await before.s3.send(new S3.PutObjectCommand({ Bucket, Key: 'raw/a.fits', Body: 'SIMPLE', Metadata: { a: '1' } }));
    await before.dynamodb.send(
      new Db.CreateTableCommand({
        TableName: 'Requests',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'requestId', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'requestId', KeyType: 'HASH' }],
      }),
    );
    const Item = { requestId: { S: 'r1' }, n: { N: '1.5' } };
    // Neither is waited for: closing finishes what was begun.
    const send = (method: string, path: string, headers: Record<string, string>, body: Buffer) =>
      first.route({ method, path, query: new URLSearchParams(), headers, body });
    const target = { 'x-amz-target': 'DynamoDB_20120810.PutItem' };
    const begun = [
      send('PUT', `/${Bucket}/late`, {}, Buffer.alloc(3_000_000, 'l')),
      send('POST', '/', target, Buffer.from(JSON.stringify({ TableName: 'Requests', Item }))),
    ];
    await first.close();
    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([200, 200]);
    // Databases fold their logs in when they are closed, and the folder tells nobody's number any more.
    expect(readdirSync(directory).filter((name) => /-wal$|-shm$|\.pid$/.test(name))).toEqual([]);

    const second = await openEngine({ directory, functions: [], version: '1' });
    cleanups.push(second.close);
    const after = clients({ requestHandler: second.requestHandler });
    const object = await after.s3.send(new S3.GetObjectCommand({ Bucket, Key: 'raw/a.fits' }));
    expect(await object.Body?.transformToString()).toBe('SIMPLE');
    expect(object.Metadata).toEqual({ a: '1' });
    const { ContentLength } = await after.s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'late' }));
    expect(ContentLength).toBe(3_000_000);
    const got = await after.dynamodb.send(
      new Db.GetItemCommand({ TableName: 'Requests', Key: { requestId: { S: 'r1' } } }),
    );
    expect(got.Item).toEqual(Item);
  });

  it('refuses a folder that an engine has, in this process or another', async () => {
    const { directory } = await discarded();
    const failure = await failureOf(openEngine({ directory, functions: [], version: '1' }));
    expect(failure).toBeInstanceOf(EngineInUse);
    expect(failure).toMatchObject({ pid: process.pid, directory });
    const other = await directoryToRemove();
    const child = await startChild(other, `console.log('open'); setInterval(() => {}, 1000);`);
    await once(child.stdout, 'data');
    const foreign = await failureOf(openEngine({ directory: other, functions: [], version: '1' }));
    expect(foreign).toMatchObject({ name: 'EngineInUse', pid: child.pid, directory: other });
    expect(foreign.message).toContain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The dead process left its number behind; the folder is free all the same.
    expect(Number(readFileSync(join(other, 'engine.pid'), 'utf8'))).toBe(child.pid);
    const taken = await openEngine({ directory: other, functions: [], version: '1' });
    expect(Number(readFileSync(join(other, 'engine.pid'), 'utf8'))).toBe(process.pid);
    await taken.close();
  });

  it('says when the folder cannot be made', async () => {
    const directory = await directoryToRemove();
    writeFileSync(join(directory, 'file'), '');
    const inFile = join(directory, 'file', 'data');
    const failure = await failureOf(openEngine({ directory: inFile, functions: [], version: '1' }));
    expect(failure).toBeInstanceOf(DirectoryNotWritable);
    expect(failure).toMatchObject({ directory: inFile });
    const itself = await failureOf(openEngine({ directory: join(directory, 'file'), functions: [], version: '1' }));
    expect(itself).toBeInstanceOf(DirectoryNotWritable);
  });

  it('lets the folder go when it cannot open', async () => {
    const directory = await directoryToRemove();
    const broken = [{ name: 'bad name', handler: async () => null, timeoutS: 1, memoryMb: 1 }];
    await failureOf(openEngine({ directory, functions: broken, version: '1' }));
    const engine = await openEngine({ directory, functions: [], version: '1' });
    await engine.close();
  });
});

describe('a killed process', () => {
  it('leaves whole objects only, and every object that it was told is stored', async () => {
    const directory = await directoryToRemove();
    // Each body is one letter throughout, so that a mixture of two would show.
    const child = await startChild(
      directory,
      `await s3.send(new CreateBucketCommand({ Bucket: '${Bucket}' }));
       const put = async (Key, size, letter) => {
         await s3.send(new PutObjectCommand({ Bucket: '${Bucket}', Key, Body: Buffer.alloc(size, letter) }));
         process.stdout.write(Key + ' ' + size + '\\n');
       };
       for (let i = 0; ; i++) {
         await Promise.all([
           put('new/' + i, 1_000_000 + i, 'abcdefgh'[i % 8]),
           put('same', 2_000_000 + i, 'abcdefgh'[i % 8]),
           put('small/' + i, 10 + i, 'z'),
         ]);
       }`,
    );
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      told += text;
    });
    while (told.split('\n').length < 40) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const engine = await openEngine({ directory, functions: [], version: '1' });
    cleanups.push(engine.close);
    const { s3 } = clients({ requestHandler: engine.requestHandler });
    const { Contents = [] } = await s3.send(new S3.ListObjectsV2Command({ Bucket }));
    const sizes = new Map(Contents.map(({ Key, Size }) => [Key, Size]));
    for (const { Key, Size } of Contents) {
      const body = await (await s3.send(new S3.GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray();
      expect(body?.length).toBe(Size);
      expect(Buffer.from(body ?? []).equals(Buffer.alloc(Size ?? 0, body?.[0]))).toBe(true);
    }
    const toldLines = told.split('\n').slice(0, -1);
    expect(toldLines.length).toBeGreaterThanOrEqual(39);
    for (const line of toldLines) {
      const [key, size] = line.split(' ');
      if (key === 'same') expect(sizes.get('same')).toBeGreaterThanOrEqual(Number(size));
      else expect(sizes.get(key)).toBe(Number(size));
    }
    expect(readdirSync(join(directory, 's3', '.incoming'))).toEqual([]);
    for (const { Key, Size } of Contents) expect(statSync(join(directory, 's3', Bucket, Key ?? '')).size).toBe(Size);
  });

  it('leaves items and their index in agreement', async () => {
    const directory = await directoryToRemove();
    const child = await startChild(
      directory,
      `const schema = (hash, range) => [{ AttributeName: hash, KeyType: 'HASH' }, { AttributeName: range, KeyType: 'RANGE' }];
       await dynamodb.send(new CreateTableCommand({
         TableName: 'Nights', BillingMode: 'PAY_PER_REQUEST',
         AttributeDefinitions: ['id', 'item', 'site'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
         KeySchema: schema('id', 'item'),
         GlobalSecondaryIndexes: [{ IndexName: 'bySite', KeySchema: schema('site', 'item'), Projection: { ProjectionType: 'ALL' } }],
       }));
       for (let i = 0; ; i++) {
         await Promise.all(['a', 'b', 'c', 'd'].map((item) => dynamodb.send(new PutItemCommand({
           TableName: 'Nights', Item: { id: { S: 'n' }, item: { S: item }, site: { S: 's' + (i % 3) }, i: { N: String(i) } },
         }))));
         process.stdout.write(i + '\\n');
       }`,
    );
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      told += text;
    });
    while (told.split('\n').length < 60) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const engine = await openEngine({ directory, functions: [], version: '1' });
    cleanups.push(engine.close);
    const { dynamodb } = clients({ requestHandler: engine.requestHandler });
    const scan = async (IndexName?: string) => {
      const { Items = [] } = await dynamodb.send(new Db.ScanCommand({ TableName: 'Nights', IndexName }));
      return Items.sort((one, other) => ((one.item.S ?? '') < (other.item.S ?? '') ? -1 : 1));
    };
    const items = await scan();
    expect(items).toHaveLength(4);
    expect(await scan('bySite')).toEqual(items);
    const lastTold = Number(told.split('\n').at(-2));
    for (const { i } of items) expect(Number(i.N)).toBeGreaterThanOrEqual(lastTold);
  });
});

describe('the port', () => {
  it('shows the same world as the request handler', async () => {
    const { engine } = await discarded();
    const { url } = await engine.listen(0);
    const inside = clients({ requestHandler: engine.requestHandler });
    const outside = clients({ endpoint: url });
    await inside.s3.send(new S3.CreateBucketCommand({ Bucket }));
    await outside.s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'outside' }));
    const { Body } = await inside.s3.send(new S3.GetObjectCommand({ Bucket, Key: 'a' }));
    expect(await Body?.transformToString()).toBe('outside');
    expect((await outside.dynamodb.send(new Db.ListTablesCommand({}))).TableNames).toEqual([]);
    const sfn = new SFNClient({
      region: 'us-east-1',
      endpoint: url,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    expect((await sfn.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    sfn.destroy();
  });

  it('counts what it has', async () => {
    const { engine } = await discarded({
      functions: [{ name: 'echo', handler: async (event) => event, timeoutS: 1, memoryMb: 128 }],
    });
    const { url } = await engine.listen(0);
    const counts = async () => ((await (await fetch(`${url}/_nocturne/health`)).json()) as any).counts;
    const none = { stateMachines: 0, runningExecutions: 0, buckets: 0, tables: 0, functions: 1 };
    expect(await counts()).toEqual(none);
    const { s3, sfn, dynamodb } = clients({ requestHandler: engine.requestHandler });
    await s3.send(new S3.CreateBucketCommand({ Bucket }));
    for (const TableName of Array.from({ length: 101 }, (_, i) => `table-${i}`)) {
      await dynamodb.send(
        new Db.CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
    }
    const roleArn = 'arn:aws:iam::000000000000:role/role';
    const definition = JSON.stringify({ StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 9999, End: true } } });
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'waits', definition, roleArn }));
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'a' }));
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'b' }));
    const some = { stateMachines: 1, runningExecutions: 2, buckets: 1, tables: 101, functions: 1 };
    expect(await counts()).toEqual(some);
    await sfn.send(new StopExecutionCommand({ executionArn }));
    expect(await counts()).toEqual({ ...some, runningExecutions: 1 });
  });

  it('tells its health, and has a request id on every answer', async () => {
    const { engine } = await discarded();
    const { url } = await engine.listen(0);
    const response = await fetch(`${url}/_nocturne/health`);
    expect(await response.json()).toMatchObject({ engine: 'embedded', version: '1.2.3', services: { s3: 'running' } });
    for (const headers of [{}, { 'x-amz-target': 'Kinesis_20131202.ListStreams' }]) {
      const answer = await fetch(`${url}/`, { method: 'POST', headers });
      expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    }
    const unknown = await fetch(`${url}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams' },
    });
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringContaining('Kinesis_20131202.ListStreams'),
    });
  });

  it('is refused when another program has it', async () => {
    const { engine } = await discarded();
    const { url } = await engine.listen(0);
    const port = Number(new URL(url).port);
    const failure = await failureOf(engine.listen(port));
    expect(failure).toBeInstanceOf(PortInUse);
    expect(failure).toMatchObject({ port });
  });

  it('answers only to names of this machine, and refuses bodies beyond 512 MiB', async () => {
    const { engine } = await discarded();
    const { url } = await engine.listen(0);
    const ask = async (headers: Record<string, string>, path = '/') => {
      const sent = request(`${url}${path}`, { method: 'PUT', headers });
      sent.flushHeaders();
      const [response] = await once(sent, 'response');
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      sent.destroy();
      return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
    };
    const length = { 'content-length': '0' };
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:4566', 'bucket.localhost']) {
      expect((await ask({ host, ...length })).status).toBe(403);
    }
    for (const host of ['localhost:4566', 'LOCALHOST', '127.0.0.1', '[::1]:4566']) {
      expect((await ask({ host, ...length }, '/bucket')).status).toBe(200);
    }
    const large = await ask({ 'content-length': String(512 * 2 ** 20 + 1) }, '/bucket/key');
    expect([large.status, large.text]).toEqual([400, expect.stringContaining('<Code>EntityTooLarge</Code>')]);
  });

  it('takes dots in a path as they are', async () => {
    const { engine, directory } = await discarded();
    const { url } = await engine.listen(0);
    const { s3 } = clients({ endpoint: url });
    await s3.send(new S3.CreateBucketCommand({ Bucket }));
    for (const path of [`/${Bucket}/../../escape`, `/${Bucket}/%2e%2e/%2e%2e/escape`, `/${Bucket}/..%2f..%2fescape`]) {
      const sent = request({
        host: '127.0.0.1',
        port: new URL(url).port,
        path,
        method: 'PUT',
        headers: { host: 'localhost' },
      });
      sent.end('x');
      const [response] = await once(sent, 'response');
      response.resume();
      expect(response.statusCode).toBe(400);
    }
    expect(readdirSync(directory)).not.toContain('escape');
    expect(readdirSync(join(directory, 's3', Bucket))).toEqual([]);
  });
});

describe('the request handler', () => {
  it('stops waiting when its caller gives up', async () => {
    const { engine } = await discarded();
    const { s3 } = clients({ requestHandler: engine.requestHandler });
    const failure = s3.send(new S3.ListBucketsCommand({}), { abortSignal: AbortSignal.abort() });
    expect((await failureOf(failure)).name).toBe('AbortError');
  });
});
