import { createServer } from 'node:net';
import { awsEnvironment } from '../../localstack/deploy-app.ts';
import { type Place, placeOf } from '../../localstack/place.ts';

/** The LocalStack of these tests, which the global setup has started and deployed to. */
export function localstack(): Place {
  const { NOCTURNE_TEST_ENDPOINT: endpoint } = process.env;
  if (!endpoint) throw new Error('NOCTURNE_TEST_ENDPOINT is not set; run these tests by npm run test:localstack');
  return placeOf(new URL(endpoint).port);
}

/** Lets SDK clients and commands that start from now on talk to LocalStack. */
export const useLocalstack = (): void => {
  Object.assign(process.env, awsEnvironment(localstack()));
};

/** A port of this machine that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
