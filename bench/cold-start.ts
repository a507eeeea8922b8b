/**
 * What the start of a new instance costs: from the start of a fresh Node process until the handler of a function's bundle can
 * be called, the sky read where the function needs it. The bundles are those of the stack. Also their sizes.
 *
 *     node bench/cold-start.ts [rounds, default 7]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { buildSync } from 'esbuild';
import { FUNCTIONS, type FunctionName } from '../core/names.ts';
import { addStage } from '../infra/stage.ts';
import { line } from './statistics.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const rounds = Number(process.argv[2] ?? 7);
const MB = 1e6;

/** Runs in the fresh process; its clock starts with it. */
const START = `
const { handler } = await import(process.env.BUNDLE);
if (process.env.SKY) (await import(process.env.SKY)).loadSky();
console.log(typeof handler, performance.now());`;

/** The parts of a function in a template that say which it is and where its code lies. */
interface Resource {
  Type: string;
  Properties: { FunctionName: string };
  Metadata: { 'aws:asset:path': string };
}

/** Bundles every function as the stack does; gives the folder of each. */
function bundle(outdir: string): Record<FunctionName, string> {
  const { context } = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8'));
  const app = new App({ outdir, context: { ...context, 'aws:cdk:enable-asset-metadata': true, stage: 'localstack' } });
  const { stateless } = addStage(app);
  const { Resources } = app.synth().getStackArtifact(stateless.artifactId).template;
  const folders = {} as Record<FunctionName, string>;
  for (const { Type, Properties, Metadata } of Object.values(Resources as Record<string, Resource>)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const name = (Object.keys(FUNCTIONS) as FunctionName[]).find((each) =>
      Properties.FunctionName.endsWith(`-${each}`),
    );
    if (name) folders[name] = path.join(outdir, Metadata['aws:asset:path']);
  }
  return folders;
}

/** The reading of the sky alone, which a handler does at its first frame. */
function bundleSky(outdir: string): string {
  const outfile = path.join(outdir, 'sky.mjs');
  buildSync({
    entryPoints: [path.join(ROOT, 'functions/shared/sky.ts')],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
  });
  return outfile;
}

/** Milliseconds from the start of a process to a handler that can be called. */
function startMs(folder: string, sky: string | undefined): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', START], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      BUNDLE: path.join(folder, 'index.mjs'),
      ...(sky && { SKY: sky, LAMBDA_TASK_ROOT: folder }),
      AWS_REGION: 'us-east-1',
      NODE_OPTIONS: '--enable-source-maps',
    },
  });
  const [type, ms] = stdout.split(' ');
  if (status !== 0 || type !== 'function') throw new Error(`the bundle in ${folder} has no handler:\n${stderr}`);
  return Number(ms);
}

const outdir = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
try {
  const folders = bundle(outdir);
  const sky = bundleSky(outdir);
  for (const [name, folder] of Object.entries(folders)) {
    const times = Array.from({ length: rounds }, () => startMs(folder, name === 'expose-frame' ? sky : undefined));
    const code = statSync(path.join(folder, 'index.mjs')).size / MB;
    const all = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size / MB, 0);
    console.log(
      `${line(`cold start, ${name}`, times, 'ms', '< 700 ms')}; ${code.toFixed(2)} MB of code, wanted < 3 MB; ${all.toFixed(2)} MB in all`,
    );
  }
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
