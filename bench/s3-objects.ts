/**
 * What the embedded S3 makes of large objects, in this process through the SDK client.
 *
 *     node bench/s3-objects.ts [rounds] [folder]
 *
 * Each round puts one object of 8 MB and gets it back; the client computes and checks its checksums as always. Beside
 * it, the same bytes are written to a plain file with and without a sync to the disk: the difference is what durability
 * costs. The folder (a temporary one when absent) decides the disk. Printed: median and spread (least, most) in MB/s.
 * Target: put and get at least 150 MB/s.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../embedded/clock.ts';
import { createRequestHandler } from '../embedded/request-handler.ts';
import { openS3 } from '../embedded/s3/service.ts';
import { line } from './statistics.ts';

const SIZE_BYTES = 8_000_000;
const WARM_UP_ROUNDS = 5;
const rounds = Number(process.argv[2] ?? 30);
const directory = mkdtempSync(join(process.argv[3] ?? tmpdir(), 's3-objects-'));
const s3 = openS3({ directory, clock: systemClock, region: 'us-east-1', accountId: '000000000000' });
const client = new S3Client({
  region: 'us-east-1',
  endpoint: 'http://localhost:4566',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  forcePathStyle: true,
  requestHandler: createRequestHandler(s3.service),
});
const Bucket = 'bench';
const body = randomBytes(SIZE_BYTES);

async function writeFile(name: string, synced: boolean): Promise<void> {
  const handle = await open(join(directory, name), 'wx');
  await handle.write(body);
  if (synced) await handle.datasync();
  await handle.close();
}

const ACTIONS: Record<string, { limit?: string; run(round: number): Promise<unknown> }> = {
  'put of 8 MB': {
    limit: '>= 150 MB/s',
    run: (round) => client.send(new PutObjectCommand({ Bucket, Key: `frames/${round}`, Body: body })),
  },
  'get of 8 MB': {
    limit: '>= 150 MB/s',
    async run(round) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `frames/${round}` }));
      const read = await Body!.transformToByteArray();
      if (read.length !== SIZE_BYTES) throw new Error(`${read.length} bytes came back, ${SIZE_BYTES} were put`);
    },
  },
  'plain file of 8 MB, synced': { run: (round) => writeFile(`synced ${round}`, true) },
  'plain file of 8 MB, not synced': { run: (round) => writeFile(`unsynced ${round}`, false) },
};

await client.send(new CreateBucketCommand({ Bucket }));
const speeds = new Map<string, number[]>(Object.keys(ACTIONS).map((name) => [name, []]));
for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
  for (const [name, { run }] of Object.entries(ACTIONS)) {
    const beganMs = performance.now();
    await run(round);
    if (round >= 0) speeds.get(name)!.push(SIZE_BYTES / 1e3 / (performance.now() - beganMs));
  }
}
for (const [name, { limit }] of Object.entries(ACTIONS)) console.log(line(name, speeds.get(name)!, 'MB/s', limit));
await s3.close();
rmSync(directory, { recursive: true, force: true });
