import path from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INDEXES, TABLE_KEYS, TABLES } from '../../core/names.ts';
import {
  frames,
  hashes,
  nocturne,
  smallObservatory,
  smallProgramme,
  startNocturne,
  temporaryFolder,
  useEndpoint,
} from '../helpers/night.ts';

const folder = temporaryFolder();
const world = path.join(folder, 'served');
const night = ['night', '--observatory', smallObservatory(folder), '--programme', smallProgramme(folder)];
const NIGHT_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:night';

describe('nocturne serve', () => {
  let serving: ReturnType<typeof startNocturne>;
  let client: { region: string; endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  const serve = async () => {
    useEndpoint(undefined);
    serving = startNocturne('serve', '--port', '0', '--out', world);
    await serving.seen('Ctrl-C ends it');
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(serving.output())![0];
    client = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    useEndpoint(endpoint);
  };
  beforeAll(serve);
  afterAll(async () => {
    useEndpoint(undefined);
    serving.child.kill('SIGINT');
    expect((await serving.ended).status).toBe(0);
  });

  it('observes a night over the port with the same bytes as in process', () => {
    const ran = nocturne(...night, '--night', '2026-11-21', '--engine', 'localstack', '--json');
    expect(ran.status).toBe(0);
    useEndpoint(undefined);
    const inProcess = path.join(folder, 'in-process');
    expect(nocturne(...night, '--night', '2026-11-21', '--out', inProcess).status).toBe(0);
    useEndpoint(client.endpoint);
    expect(Object.keys(frames(world))).toHaveLength(20);
    expect(frames(world)).toEqual(frames(inProcess));
    const reports = (where: string) =>
      hashes(path.join(where, 's3/nocturne/nights'), (name) => name.startsWith('report'));
    expect(reports(world)).toEqual(reports(inProcess));
  });

  it('lists and reports over the port', () => {
    expect(nocturne('nights', '--engine', 'localstack').stdout).toMatch(/small-20261121 +COMPLETED/);
    expect(nocturne('report', 'small-20261121', '--engine', 'localstack').stdout).toContain('4 of 4 complete');
    const unknown = nocturne('report', 'nobody', '--engine', 'localstack');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('unknown night "nobody"; there are small-20261121');
  });

  it('still has executions, records and objects after a restart', async () => {
    serving.child.kill('SIGINT');
    expect((await serving.ended).status).toBe(0);
    await serve();
    const sfn = new SFNClient(client);
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: NIGHT_ARN }));
    expect(executions).toMatchObject([{ status: 'SUCCEEDED', name: 'small-20261121-r1' }]);
    const { executionArn } = executions![0];
    const { output } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const { report } = JSON.parse(output!);
    const { Body } = await new S3Client({ ...client, forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: report.bucket, Key: report.key }),
    );
    expect(JSON.parse(await Body!.transformToString()).statuses).toEqual({ COMPLETED: 4 });
    expect(nocturne('nights', '--engine', 'localstack').stdout).toContain('small-20261121');
  });

  it('has every table with its keys and indexes', async () => {
    const dynamodb = new DynamoDBClient(client);
    for (const [table, TableName] of Object.entries(TABLES)) {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      const { partition, sort, indexes } = TABLE_KEYS[table as keyof typeof TABLES];
      expect(Table!.KeySchema!.map((key) => key.AttributeName)).toEqual([partition, sort].filter(Boolean));
      expect((Table!.GlobalSecondaryIndexes ?? []).map((index) => index.IndexName).sort()).toEqual(
        Object.keys(indexes).sort(),
      );
    }
    expect(Object.values(INDEXES).sort()).toEqual(
      Object.values(TABLE_KEYS)
        .flatMap(({ indexes }) => Object.keys(indexes))
        .sort(),
    );
  });
});
