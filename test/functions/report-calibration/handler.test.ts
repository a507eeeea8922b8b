import { describe, expect, it } from 'vitest';
import { calibrationsItem, masterItem, previewKey } from '../../../core/records/ids.ts';
import { NIGHT_ID, OWNER, openNight } from '../night.ts';
import { createWorld, errorOf, invoke, type World } from '../world.ts';
import { png, syntheticNight } from './synthetic-night.ts';

const report = () => invoke('report-calibration', { input: { nightId: NIGHT_ID }, executionArn: OWNER });
const KEY = `nights/${NIGHT_ID}/calibration.html`;
const pageIn = (world: World): string => Buffer.from(world.objects.get(KEY)!).toString('utf8');

/** An opened night with what the synthetic one has on record, and pictures of all but the last reduced frame. */
async function calibratedNight(): Promise<World> {
  const world = createWorld();
  await openNight(world);
  const { plans, requests, exposures, masters, certificates, reduced } = syntheticNight();
  const put = (TableName: string, Item: object) => world.tables.put({ TableName, Item });
  for (const { when, ...outcome } of plans) put('Nights', { nightId: NIGHT_ID, item: calibrationsItem(when), outcome });
  for (const outcome of masters) put('Nights', { nightId: NIGHT_ID, item: masterItem(outcome.masterId), outcome });
  for (const each of reduced) put('Nights', { ...each, nightId: NIGHT_ID });
  for (const each of requests) put('Requests', each);
  for (const each of exposures.slice(0, 8)) put('Exposures', each);
  for (const each of certificates) put('Calibrations', each);
  for (const { file } of masters) world.objects.set(previewKey(file.key), png(64));
  world.objects.set(reduced[0].preview.key, png(64));
  return world;
}

describe('the page of a calibrated night', () => {
  it('is made of the records, with pictures from the bucket; one that is not there is said to be missing', async () => {
    const world = await calibratedNight();
    const { page } = await report();
    expect(page).toEqual({ bucket: 'nocturne', key: KEY });
    const text = pageIn(world);
    expect(text.match(/<img /g)).toHaveLength(3);
    expect(text.match(/There is no picture of it/g)).toHaveLength(1);
    expect(text).toContain('from 2026-11-21 16:30:37 TAI');
    expect(text).toContain('3 sets due');
  });

  it('written twice is the same', async () => {
    const world = await calibratedNight();
    await report();
    const before = world.snapshot();
    await report();
    expect(world.snapshot()).toEqual(before);
  });

  it('is short for a night without calibration', async () => {
    const world = createWorld();
    await openNight(world);
    await report();
    expect(pageIn(world)).toContain('Nothing was calibrated or reduced in this night.');
  });

  it('is not made for an input that names no night', async () => {
    createWorld();
    expect((await errorOf(invoke('report-calibration', { input: {}, executionArn: OWNER }))).name).toBe(
      'RecordMissing',
    );
  });
});
