import { describe, expect, it, vi } from 'vitest';
import { readCases } from './case.ts';
import { openEmbedded } from './embedded.ts';
import { line, openLedger } from './ledger.ts';
import { runCase } from './runner.ts';

// Most of a case's time goes to see whether anything still happens.
vi.setConfig({ maxConcurrency: 16 });

const files = readCases();
const ledger = openLedger('embedded');

describe.concurrent.each(files)('$file on the embedded engine', ({ cases }) => {
  it.each(cases)('$id', async (one) => {
    const { target, close } = await openEmbedded(one);
    try {
      expect(ledger.unexplained(one, await runCase(one, target)).map(line)).toEqual([]);
    } finally {
      await close();
    }
  });
});

it('knows no difference that there is not', () => {
  expect(ledger.stale(files.flatMap(({ cases }) => cases))).toEqual([]);
});
