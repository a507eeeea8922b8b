import path from 'node:path';
import { expect, it } from 'vitest';
import { productTablesMarkdown } from '../../../core/products/header-docs.ts';

it('docs/products.md says what the tables of products say', async () => {
  const page = path.resolve(import.meta.dirname, '../../../docs/products.md');
  await expect(productTablesMarkdown()).toMatchFileSnapshot(page);
});
