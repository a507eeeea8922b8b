import path from 'node:path';
import { expect, it } from 'vitest';
import { headerTableMarkdown } from '../../../core/fits/header-docs.ts';

it('docs/fits.md says what the header table says', async () => {
  await expect(headerTableMarkdown()).toMatchFileSnapshot(path.resolve(import.meta.dirname, '../../../docs/fits.md'));
});
