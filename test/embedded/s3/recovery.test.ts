import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../embedded/clock.ts';
import { writeDurably } from '../../../embedded/s3/object-files.ts';
import { type ObjectStore, openObjectStore } from '../../../embedded/s3/store.ts';
import { newDirectory } from '../support.ts';

let directory: string;
let store: ObjectStore;
beforeEach(async () => {
  directory = await newDirectory();
  store = openObjectStore(directory, systemClock);
  store.createBucket('frames');
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const put = (key: string, text: string) => {
  const content = Buffer.from(text);
  const about = { headers: {}, metadata: {}, checksum: undefined, parts: undefined };
  const written = { ...about, sizeBytes: content.length, etag: hash('md5', content) };
  const write = async (file: string) => ({ ...written, fileTimeMs: await writeDurably(file, content) });
  return store.put('frames', key, write, () => undefined);
};
const read = async (key: string) =>
  (await store.read('frames', key, ({ sizeBytes }) => ({ start: 0, end: sizeBytes })))?.content.toString();
const incoming = (name = '') => join(directory, 's3', '.incoming', name);
const file = (key: string) => join(directory, 's3', 'frames', key);

function incomingOf(key: string): string {
  const db = new DatabaseSync(join(directory, 's3.sqlite'), { readOnly: true });
  const row = db.prepare('SELECT incoming FROM objects WHERE key = ?').get(key);
  db.close();
  return String(row?.incoming);
}

it('finishes a write that ended between its record and its name', async () => {
  await put('raw/a.fits', 'first');
  await put('raw/a.fits', 'second');
  await store.close();
  // The state in that moment: the record names the new temporary file, the old content still has the name.
  renameSync(file('raw/a.fits'), incoming(incomingOf('raw/a.fits')));
  writeFileSync(file('raw/a.fits'), 'first');
  store = openObjectStore(directory, systemClock);
  expect(await read('raw/a.fits')).toBe('second');
  expect(readdirSync(incoming())).toEqual([]);
});

it('makes the folder that such a write had not made yet', async () => {
  await put('deep/er/a', 'text');
  await store.close();
  renameSync(file('deep/er/a'), incoming(incomingOf('deep/er/a')));
  rmSync(file('deep'), { recursive: true });
  store = openObjectStore(directory, systemClock);
  expect(await read('deep/er/a')).toBe('text');
});

it('forgets a write that ended before its record', async () => {
  await put('a', 'kept');
  await store.close();
  writeFileSync(incoming('8f14e45f-ceea-467f-a0f6-2f1e2b4c9d3a'), 'half of somethi');
  store = openObjectStore(directory, systemClock);
  expect(await read('a')).toBe('kept');
  expect(readdirSync(incoming())).toEqual([]);
});

it('stores nothing in a bucket that goes away meanwhile', async () => {
  const write = put('a', 'text');
  store.deleteBucket('frames');
  await expect(write).rejects.toMatchObject({ name: 'NoSuchBucket' });
  expect(existsSync(file('a'))).toBe(false);
  expect(readdirSync(incoming())).toEqual([]);
});

it('has no object where somebody took the file away, and has it again with the file', async () => {
  await put('a', 'text');
  renameSync(file('a'), join(directory, 'aside'));
  expect(await store.head('frames', 'a')).toBeUndefined();
  renameSync(join(directory, 'aside'), file('a'));
  expect(await read('a')).toBe('text');
});

it('takes an empty folder for no object in the way', async () => {
  mkdirSync(file('a/b'), { recursive: true });
  rmSync(file('a/b'), { recursive: true });
  await put('a', 'text');
  expect(await read('a')).toBe('text');
});

it('keeps every object that it acknowledged when it is killed', async () => {
  await store.close();
  const program = `
    import { systemClock as clock } from '${new URL('../../../embedded/clock.ts', import.meta.url)}';
    import { openS3 } from '${new URL('../../../embedded/s3/service.ts', import.meta.url)}';
    const { service } = openS3({ directory: ${JSON.stringify(directory)}, clock, region: 'us-east-1', accountId: '000000000000' });
    const send = (method, path, body) =>
      service({ method, path, query: new URLSearchParams(), headers: {}, body: Buffer.from(body) });
    async function write(writer) {
      for (let n = 0; ; n++) {
        // A few keys, over and over: replacing is where old and new could mix.
        const path = '/frames/deep/' + writer + '/' + (n % 5);
        const { status } = await send('PUT', path, (writer + ':' + n + ' ').repeat(20000));
        if (status === 200) process.stdout.write(path + ' ' + n + '\\n');
        if (n % 7 === 6) await send('DELETE', path, '');
      }
    }
    await Promise.all(['a', 'b', 'c'].map(write));`;
  for (const acknowledgements of [3, 20, 60]) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program]);
    const acknowledged = new Map<string, number>();
    let seen = 0;
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [path, n] = line.split(' ');
        acknowledged.set(path, Number(n));
        if (++seen === acknowledgements) child.kill('SIGKILL');
      });
      child.on('close', resolve);
    });
    store = openObjectStore(directory, systemClock);
    for (const [path, n] of acknowledged) {
      const key = path.slice('/frames/'.length);
      const content = await read(key);
      // What came after the last acknowledgement may be there or not, but never in part.
      const [, written] = /^\w:(\d+) /.exec(content ?? '') ?? [];
      if (content !== undefined) {
        expect(content).toBe(`${key.split('/')[1]}:${written} `.repeat(20000));
        expect(Number(written)).toBeGreaterThanOrEqual(n);
        expect((await store.head('frames', key))?.etag).toBe(hash('md5', content));
      } else {
        expect(n % 7 === 6 || (n + 5) % 7 === 6 || (n + 10) % 7 === 6).toBe(true);
      }
    }
    expect(readdirSync(incoming())).toEqual([]);
    const keys = [...store.objectsFrom('frames', '', false)].map((record) => record.key);
    const files = readdirSync(file(''), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files).toHaveLength(keys.length);
    await store.close();
  }
  store = openObjectStore(directory, systemClock);
}, 60_000);

it('takes the records of an earlier version', async () => {
  await store.close();
  rmSync(join(directory, 's3.sqlite'));
  const db = new DatabaseSync(join(directory, 's3.sqlite'));
  db.exec(`
    CREATE TABLE buckets (name TEXT PRIMARY KEY, created_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE objects (
      bucket TEXT NOT NULL, key TEXT NOT NULL, incoming TEXT NOT NULL, size_bytes INTEGER NOT NULL,
      file_time_ms REAL NOT NULL, etag TEXT NOT NULL, last_modified_ms REAL NOT NULL, headers TEXT NOT NULL,
      metadata TEXT NOT NULL, checksum_algorithm TEXT, checksum_value TEXT, PRIMARY KEY (bucket, key)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO buckets VALUES ('frames', 1);
    INSERT INTO objects VALUES ('frames', 'old', 'i', 3, 1, '${hash('md5', 'old')}', 1, '{}', '{"a":"1"}', 'crc32', 'AAAA');`);
  db.close();
  writeFileSync(file('old'), 'old');
  store = openObjectStore(directory, systemClock);
  expect(await store.head('frames', 'old')).toMatchObject({
    metadata: { a: '1' },
    checksum: { algorithm: 'crc32', value: 'AAAA', type: 'FULL_OBJECT' },
    parts: undefined,
  });
  await put('new', 'text');
  await store.close();
  store = openObjectStore(directory, systemClock);
  expect([await read('old'), await read('new')]).toEqual(['old', 'text']);
});

it('does not open the records of a later version', async () => {
  await store.close();
  const db = new DatabaseSync(join(directory, 's3.sqlite'));
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  db.exec(`PRAGMA user_version = ${version + 1}`);
  expect(() => openObjectStore(directory, systemClock)).toThrow(/is of version \d+; this program knows versions up to/);
  db.exec(`PRAGMA user_version = ${version}`);
  db.close();
  store = openObjectStore(directory, systemClock);
});
