import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DEPCRUISE = path.join(ROOT, 'node_modules/.bin/depcruise');
const FOLDERS = ['core', 'functions', 'embedded', 'cli', 'infra', 'localstack'];

/** Runs the import check over the given places and gives what it found wrong: `rule: from -> to`. */
function violations(places: readonly string[]): string[] {
  const { stdout } = spawnSync(DEPCRUISE, ['--output-type', 'json', ...places], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number };
  };
  expect(summary.totalCruised).toBeGreaterThan(places.length);
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('import rules', () => {
  it('hold in the whole tree', () => {
    expect(violations(FOLDERS)).toEqual([]);
  });

  it.each([
    ['core/sky', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;"],
    ['core/twin', "import '../fits/cards.ts';"],
    ['core/scheduler', "import '../twin/mount.ts';"],
    ['functions/choose-next', "import '../open-night/handler.ts';"],
    ['embedded', "import '../core/errors.ts';"],
    ['cli', "import '../core/twin/mount.ts';"],
    ['infra', "import '../functions/open-night/handler.ts';"],
  ])('are broken by a file in %s that imports what it must not', (folder, source) => {
    const place = mkdtempSync(path.join(ROOT, folder, 'import-check-'));
    try {
      // The file stands one folder deeper than it says, so its relative imports go one further up.
      const file = path.join(place, 'probe.ts');
      writeFileSync(file, source.replaceAll("'../", "'../../"));
      expect(violations([path.relative(ROOT, file)])).not.toEqual([]);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it('leave core without clock, environment or chance of its own', () => {
    const found = spawnSync(
      'grep',
      ['-rnE', 'Date\\.now|new Date\\(\\)|process\\.|Math\\.random|performance\\.now|fetch\\(', 'core'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    expect(found.stdout).toBe('');
  });
});
