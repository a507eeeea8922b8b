import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LargeRequest, largeProgramme, quickObservatory } from '../../bench/large-night.ts';
import { measureSizes, type Sizes } from '../../bench/measure-payloads.ts';
import { openSession } from '../../cli/session.ts';
import { nocturne, temporaryFolder } from '../helpers/night.ts';

const KIB = 1024;
const folder = temporaryFolder();

/** Observes a programme and measures what it left. */
async function sizesOf(name: string, programme: object, ...options: string[]): Promise<Sizes> {
  const write = (kind: string, value: object): string => {
    const file = path.join(folder, `${name}-${kind}.json`);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  const out = path.join(folder, name);
  const { status, stderr } = nocturne(
    ...['night', '--night', '2026-11-21', '--name', 'night', '--out', out, ...options],
    ...['--observatory', write('observatory', quickObservatory()), '--programme', write('programme', programme)],
  );
  expect(status, stderr).toBe(0);
  const session = await openSession({ engine: 'embedded', out });
  try {
    return await measureSizes(session, 'night');
  } finally {
    await session.close();
  }
}

/** All of them until shortly after it is dark: a handful of visits, and nobody has a chance any more. */
const soonOver = (request: LargeRequest): LargeRequest => ({
  ...request,
  constraints: {
    ...request.constraints,
    windows: [{ from: '2026-11-21T19:10:00.000Z', to: '2026-11-21T19:13:00.000Z' }],
  },
});

describe('a night of many requests', () => {
  let few: Sizes;
  let many: Sizes;
  beforeAll(async () => {
    few = await sizesOf('few', largeProgramme(100, soonOver));
    many = await sizesOf('many', largeProgramme(200, soonOver));
  });

  it('has payloads that know nothing of their number', () => {
    // Ids and times have the same length in both; only numbers of a digit more or less differ.
    expect(few.executions).toBeGreaterThan(5);
    expect(few.payload.bytes).toBeGreaterThan(1 * KIB);
    expect(Math.abs(many.payload.bytes - few.payload.bytes)).toBeLessThan(0.1 * KIB);
  });

  it('takes eight states for a visit of one frame', () => {
    expect(few.statesOfVisit).toBe(8);
  });
});

describe('visits as large as they may be', () => {
  it('stay below 32 KiB, in what a failed child leaves too', async () => {
    const hundredFrames = (request: LargeRequest): LargeRequest => ({
      ...request,
      exposures: ['u', 'g', 'r', 'i', 'z'].map((filter) => ({ filter, exposureTimeS: 1.234567, count: 20 })),
      dither: { pattern: 'box', stepArcsec: 20.123456 },
    });
    const programme = { ...largeProgramme(1, hundredFrames), attemptsMax: 1 };
    const { payload, cause } = await sizesOf('hundred-frames', programme, '--fault', 'expose=1');
    // A hundred planned frames and the failure that repeats them.
    expect(payload.bytes).toBeGreaterThan(16 * KIB);
    expect(payload.bytes).toBeLessThan(32 * KIB);
    expect(cause.bytes).toBeLessThan(32 * KIB);
  });
});
