import { describe, expect, it, vi } from 'vitest';
import { readCases } from '../conformance/case.ts';
import { isRun } from '../conformance/differences.ts';
import { line, openLedger } from '../conformance/ledger.ts';
import { openLocalstack } from '../conformance/localstack.ts';
import { runCase } from '../conformance/runner.ts';
import { localstack } from '../helpers/localstack.ts';

// Most of a case's time is spent waiting.
vi.setConfig({ maxConcurrency: 10 });

const files = readCases()
  .map(({ file, cases }) => ({ file, cases: cases.filter(({ id }) => isRun('localstack', id)) }))
  .filter(({ cases }) => cases.length > 0);
const ledger = openLedger('localstack');

describe.concurrent.each(files)('$file on LocalStack', ({ cases }) => {
  it.each(cases)('$id', async (one) => {
    const { target, close } = openLocalstack(localstack().endpoint);
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
