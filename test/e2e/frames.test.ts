import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHeader, readImage, verifyChecksum } from '../../core/fits/read.ts';
import { readTable } from '../../core/fits/table-read.ts';
import { exposureRecord } from '../../core/records/visit.ts';
import { astropyRead, fitsjsNgRead, fitsjsRead, fitsverify, itWith } from '../helpers/judges.ts';
import { nocturne, ROOT, smallObservatory, smallProgramme, temporaryFolder } from '../helpers/night.ts';

/** Every frame of a night, before every judge. */
describe('the frames of a night', () => {
  const folder = temporaryFolder();
  const world = path.join(folder, 'world');
  const raw = path.join(world, 's3/nocturne/raw/20261121');
  let files: string[] = [];
  beforeAll(() => {
    const input = ['--observatory', smallObservatory(folder), '--programme', smallProgramme(folder)];
    expect(nocturne('night', ...input, '--night', '2026-11-21', '--out', world).status).toBe(0);
    files = readdirSync(raw).filter((name) => name.endsWith('.fits'));
    expect(files).toHaveLength(10);
  });

  itWith('fitsverify', 'pass fitsverify with 0 errors and 0 warnings', () => {
    const { errors, warnings, output } = fitsverify(files.map((file) => path.join(raw, file)));
    expect({ errors, warnings }, output).toEqual({ errors: 0, warnings: 0 });
  });

  itWith('astropy', 'open in astropy, fitsjs and fitsjs-ng with the same pixels', async () => {
    for (const file of files) {
      const where = path.join(raw, file);
      const image = astropyRead(where);
      expect(image.warnings).toEqual([]);
      expect(image.dtype).toBe('uint16');
      const ours = [...readImage(readFileSync(where)).pixels];
      // 64 columns that see the sky, 16 of prescan and 32 of overscan.
      expect(ours).toHaveLength(112 * 64);
      expect(image.pixels).toEqual(ours);
      expect((await fitsjsRead(where)).pixels).toEqual(ours);
      expect((await fitsjsNgRead(where)).pixels).toEqual(ours);
    }
  });

  itWith('astropy', 'say in their headers what their records say', () => {
    for (const file of files) {
      const record = exposureRecord.parse(
        JSON.parse(readFileSync(path.join(raw, file.replace('.fits', '.json')), 'utf8')),
      );
      const cards = new Map(astropyRead(path.join(raw, file)).cards.map(([keyword, value]) => [keyword, value]));
      expect(cards.get('OBSID')).toBe(record.exposureId);
      expect(cards.get('REQ_ID')).toBe(record.requestId);
      expect(cards.get('BLOCKID')).toBe(record.observationId);
      expect(cards.get('FILENAME')).toBe(file);
      expect(cards.get('DAYOBS')).toBe(record.dayObs);
      expect(cards.get('SEQNUM')).toBe(record.seqNum);
      expect(`${cards.get('DATE-BEG')}Z`).toBe(record.beginAt);
      expect(`${cards.get('DATE-END')}Z`).toBe(record.endAt);
      // DATE is the simulated clock's: no wall clock is in a frame.
      expect(`${cards.get('DATE')}Z`).toBe(record.readyAt);
    }
  });

  it('were exposed when the telemetry of the night saw the shutter open and close', () => {
    const telemetry = readFileSync(path.join(world, 's3/nocturne/nights/small-20261121/telemetry.fits'));
    const { columns, rows } = readTable(telemetry, 'SHUTTER_EDGES');
    const [mjd, edge, exposure] = columns.map(({ values }) => values as ArrayLike<number | string>);
    const { clockOffsetMs = 0, clockJitterMs = 0 } = JSON.parse(
      readFileSync(path.join(ROOT, 'observatories/la-palma.json'), 'utf8'),
    ).telemetry.shutter;
    // Eight frames of the sky; the bias frames open nothing.
    expect(rows).toBe(16);
    for (let row = 0; row < rows; row++) {
      const file = files.find((name) => name.startsWith(exposure[row] as string))!;
      const { values } = readHeader(readFileSync(path.join(raw, file)));
      const wanted = Date.parse(`${values.get(edge[row] === 'open' ? 'DATE-BEG' : 'DATE-END')}Z`) + clockOffsetMs;
      const seen = ((mjd[row] as number) - 40_587) * 86_400_000;
      expect(Math.abs(seen - wanted)).toBeLessThan(5 * clockJitterMs + 0.1);
    }
  });

  it('have right checksums', () => {
    for (const file of files) {
      expect(verifyChecksum(readFileSync(path.join(raw, file)))).toEqual({ hdu: 'right', data: 'right' });
    }
  });
});
