import { defineConfig } from 'vitest/config';

/** The tests that need a LocalStack with the app deployed: one for all of them, started and stopped by the global setup. */
export default defineConfig({
  test: {
    include: ['test/localstack/**/*.test.ts', 'test/statemachines/*.test.ts'],
    globalSetup: 'test/localstack/setup.ts',
    // They share one LocalStack; side by side they would only wait for it, and for each other's faults.
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 600_000,
  },
});
