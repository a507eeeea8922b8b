import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous: tests start whole nights in processes of their own, and machines are shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
