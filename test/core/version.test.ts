import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../../core/version.ts';

it('is the version of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect({ name: SOFTWARE_NAME, version: SOFTWARE_VERSION }).toEqual({
    name: manifest.name,
    version: manifest.version,
  });
});
