import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../embedded/clock.ts';
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

const attributes = { headers: {}, metadata: {}, checksum: undefined };
const put = (key: string, text: string) => store.put('frames', key, Buffer.from(text), attributes, () => undefined);
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
