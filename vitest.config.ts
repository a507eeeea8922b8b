import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need a LocalStack: npm run test:localstack.
    exclude: ['test/localstack/**'],
    // Most of their time the longest of them wait for processes that they started.
    maxWorkers: '100%',
    // Colours would be on where CI is set. What the processes that tests start compile is kept for the next.
    env: { NO_COLOR: '1', NODE_COMPILE_CACHE: path.join(import.meta.dirname, 'node_modules/.cache/node-compile') },
    // Generous: tests start whole nights in processes of their own, and machines are shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
