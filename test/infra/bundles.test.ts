import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../core/names.ts';
import { SKY_FILES } from '../../functions/shared/sky.ts';
import { ROOT } from '../helpers/night.ts';
import { resources, synthesize } from './synth.ts';

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
/** Of code; its source map, which is read only when something is thrown, comes on top. */
const LIMIT_BYTES = 1_500_000;
const WITH_MAP_LIMIT_BYTES = 4_000_000;

/** Folder of each function's code. */
const folders = {} as Record<FunctionName, string>;

beforeAll(() => {
  const { app, stateless } = synthesize('localstack', () => {}, { bundle: true });
  for (const { properties, Metadata } of resources(stateless, 'AWS::Lambda::Function')) {
    const name = properties.FunctionName.replace(/^nocturne-/, '') as FunctionName;
    folders[name] = path.join(app.outdir, Metadata['aws:asset:path']);
  }
}, 300_000);

/** Runs a module in a folder where no package can be found but what is bundled; gives what it prints as JSON. */
function run(folder: string, source: string): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'us-east-1',
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    },
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe('bundles', () => {
  it.each(NAMES)('%s is small and needs nothing beside it', (name) => {
    const files = readdirSync(folders[name], { withFileTypes: true }).filter((file) => file.isFile());
    const sizes = files.map((file) => statSync(path.join(folders[name], file.name)).size);
    const codeBytes = statSync(path.join(folders[name], 'index.mjs')).size;
    expect(codeBytes).toBeGreaterThan(50_000);
    expect(codeBytes).toBeLessThan(LIMIT_BYTES);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(WITH_MAP_LIMIT_BYTES);
    const source =
      "const { handler } = await import(process.cwd() + '/index.mjs'); console.log(JSON.stringify(typeof handler));";
    expect(run(folders[name], source)).toBe('function');
  });

  it('keep the names of errors, which machines catch by, and say where in the source they were thrown', () => {
    const source = `
      const { handler } = await import(process.cwd() + '/index.mjs');
      const { name, stack } = await handler({ input: { nightId: 'x' }, executionArn: 'arn' }).catch((error) => error);
      console.log(JSON.stringify({ name, stack }));`;
    const { name, stack } = run(folders['open-night'], source) as { name: string; stack: string };
    expect(name).toBe('InvalidNight');
    expect(stack).toMatch(/functions\/open-night\/handler\.ts:\d+/);
  });

  it('bring the sky to those that look at it, and to no other', () => {
    const sky = [...SKY_FILES].sort();
    expect(readdirSync(path.join(folders['expose-frame'], 'data')).sort()).toEqual(sky);
    for (const file of sky) {
      const bundled = readFileSync(path.join(folders['expose-frame'], 'data', file));
      expect(bundled.equals(readFileSync(path.join(ROOT, 'data', file)))).toBe(true);
    }
    const withData = NAMES.filter((name) => readdirSync(folders[name]).includes('data'));
    expect(withData).toEqual(['expose-frame', 'take-calibration', 'reduce-frame']);
  });
});
