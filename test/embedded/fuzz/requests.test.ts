import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../../../embedded/engine.ts';
import type { ServiceRequest } from '../../../embedded/http.ts';
import { newDirectory } from '../support.ts';
import { anyRequest, mutated } from './mutations.ts';
import { faultOf } from './shape.ts';
import { functions, lookAtWorld, makeWorld, validRequests } from './world.ts';

/** A run is repeated with FUZZ_SEED, and made longer with FUZZ_RUNS. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env.FUZZ_RUNS ?? 700);

let directory: string;
let engine: Engine;
let world: unknown;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => void unhandled.push(error);

beforeAll(async () => {
  process.stdout.write(`FUZZ_SEED=${seed}\n`);
  process.on('unhandledRejection', onUnhandled);
  directory = await newDirectory();
  engine = await openEngine({ directory, functions, version: '1' });
  await makeWorld(engine.requestHandler);
  world = await lookAtWorld(engine.requestHandler);
});

afterAll(async () => {
  await engine.close();
  process.off('unhandledRejection', onUnhandled);
  await rm(directory, { recursive: true, force: true });
});

/** A request as it is shown when it is answered wrongly. */
function shown({ method, path, query, headers, body }: ServiceRequest): string {
  const text = body.toString();
  return JSON.stringify(
    { method, path, query: String(query), headers, body: text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text },
    null,
    1,
  );
}

async function answered(request: ServiceRequest): Promise<void> {
  const fault = faultOf(request.method, await engine.route(request));
  if (fault !== undefined) throw new Error(`${fault} for ${shown(request)}`);
}

describe('whatever is asked', () => {
  it('valid requests of all services are among it', async () => {
    const statuses = new Map<string, number>();
    for (const request of await validRequests()) {
      const { status } = await engine.route(request);
      statuses.set(
        `${request.method} ${request.path} ${request.headers['x-amz-target'] ?? ''} ${statuses.size}`,
        status,
      );
    }
    const served = [...statuses.values()].filter((status) => status < 300).length;
    // Some name tokens and uploads that nobody has.
    expect(served).toBeGreaterThan(statuses.size - 10);
  });

  it('a request like no other is answered as AWS would', async () => {
    await fc.assert(fc.asyncProperty(anyRequest, answered), { seed, numRuns: runs });
  });

  it('a valid request with faults is answered as AWS would', async () => {
    const valid = await validRequests();
    await fc.assert(fc.asyncProperty(mutated(valid), answered), { seed, numRuns: 2 * runs });
  });

  it('the process goes on, and the world is as it was, now and when it is opened again', async () => {
    expect(await lookAtWorld(engine.requestHandler)).toEqual(world);
    await engine.close();
    engine = await openEngine({ directory, functions, version: '1' });
    expect(await lookAtWorld(engine.requestHandler)).toEqual(world);
    expect(unhandled).toEqual([]);
  });
});
