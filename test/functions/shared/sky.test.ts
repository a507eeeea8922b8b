import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InvalidCatalogue } from '../../../core/sky/catalogue.ts';
import { readSky, SKY_FILES } from '../../../functions/shared/sky.ts';

const data = path.resolve(import.meta.dirname, '../../../data');
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-sky-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the catalogue of the sky', () => {
  it('is read when it is whole', () => {
    const sky = readSky(data);
    expect(sky.stars.map((each) => each.count)).toEqual([922_612, 967_404]);
    expect(sky.galaxies.count).toBe(1386);
  });

  it.each(SKY_FILES)('is refused by name when one byte of %s is flipped', (name) => {
    for (const each of SKY_FILES) cpSync(path.join(data, each), path.join(folder, each));
    const bytes = readFileSync(path.join(folder, name));
    // In the middle: within a star's record, or within the text, where nothing but the checksum could tell.
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path.join(folder, name), bytes);
    expect(() => readSky(folder)).toThrow(InvalidCatalogue);
    expect(() => readSky(folder)).toThrow(new RegExp(`data/${name.replace('.', '\\.')} is damaged`));
  });
});
