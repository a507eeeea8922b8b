import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openS3 } from '../../../../embedded/s3/service.ts';
import { objectsOver } from '../../../../embedded/stepfunctions/distributed-map/objects.ts';
import { ACCOUNT_ID, manualClock, START_MS } from '../helpers.ts';
import { collect } from './bench.ts';

test('objects are read, listed over several pages and written through S3', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'map-objects-'));
  const s3 = openS3({ directory, clock: manualClock(), region: 'us-east-1', accountId: ACCOUNT_ID });
  try {
    const create = { method: 'PUT', path: '/frames', query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };
    expect((await s3.service(create)).status).toBe(200);
    const objects = objectsOver(s3.service);
    const key = 'nights/ö & <1>+%20.json';
    await objects.put('frames', key, Buffer.from('[1]'), 'application/json');
    expect((await objects.get('frames', key)).toString()).toBe('[1]');
    // MD5 of `[1]`.
    expect(await collect(objects.list('frames', 'nights/'))).toEqual([
      {
        Etag: '"35dba5d75538a9bbe0b4da4422759a0e"',
        Key: key,
        LastModified: START_MS / 1000,
        Size: 3,
        StorageClass: 'STANDARD',
      },
    ]);
    await Promise.all(
      Array.from({ length: 1001 }, (_, n) => objects.put('frames', `many/${n}`, Buffer.from('x'), 'a/b')),
    );
    expect(new Set((await collect(objects.list('frames', 'many/'))).map(({ Key }) => Key)).size).toBe(1001);
    await expect(objects.get('frames', 'none')).rejects.toMatchObject({ code: 'NoSuchKey', status: 404 });
    await expect(collect(objects.list('none', undefined))).rejects.toMatchObject({ code: 'NoSuchBucket' });
  } finally {
    await s3.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
