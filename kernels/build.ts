/**
 * Compiles the kernels (AssemblyScript, kernels/assembly) to WebAssembly and writes them as a module that carries its own bytes:
 * core reads no files, and a bundle for Lambda holds all that it needs. `npm ci` runs it as the script `prepare`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = path.join(fileURLToPath(import.meta.resolve('assemblyscript/asc')), '../../bin/asc.js');
const OUT = path.join(import.meta.dirname, '../core/kernels/wasm.ts');
const OPTIONS = ['--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert'];

const work = mkdtempSync(path.join(tmpdir(), 'nocturne-kernels-'));
try {
  const wasm = path.join(work, 'kernels.wasm');
  execFileSync(process.execPath, [COMPILER, 'assembly/index.ts', '--outFile', wasm, ...OPTIONS], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  });
  const base64 = readFileSync(wasm).toString('base64');
  writeFileSync(
    OUT,
    `/** Made from kernels/assembly by kernels/build.ts. */\nexport const WASM_BASE64 =\n  '${base64}';\n`,
  );
} finally {
  rmSync(work, { recursive: true });
}
