import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, type Rule } from '../../localstack/faults/rules.ts';
import { compareWorlds, comparisonText, isSame } from '../../localstack/parity/compare.ts';
import type { FaultNight } from '../../localstack/parity/fault-nights.ts';
import { liveEmbedded } from '../../localstack/parity/fault-parity.ts';
import { temporaryFolder } from '../helpers/night.ts';

const { signal } = new AbortController();
const night = (rules?: Rule[]): FaultNight => ({ name: 'night', catches: [], ...(rules && { rules: () => rules }) });
const inWorld = async (rules?: Rule[]) => {
  const [lived] = await liveEmbedded(path.join(temporaryFolder(), 'world'), [night(rules)], signal);
  return lived;
};

const troubles: [string, Rule[]][] = [
  ['throttling by S3', [{ service: 's3', when: { share: 0.2, seed: 1 }, fault: FAULTS.s3SlowDown }]],
  ['errors of S3', [{ service: 's3', when: { share: 0.2, seed: 2 }, fault: FAULTS.s3InternalError }]],
  ['throttling by DynamoDB', [{ service: 'dynamodb', when: { share: 0.1, seed: 3 }, fault: FAULTS.dynamodbThrottled }]],
  ['errors of DynamoDB', [{ service: 'dynamodb', when: { share: 0.1, seed: 4 }, fault: FAULTS.dynamodbInternalError }]],
  ['broken connections', [{ service: 'dynamodb', when: { share: 0.1, seed: 5 }, fault: FAULTS.reset }]],
  [
    'trouble that outlasts the client',
    [{ service: 's3', operation: 'PutObject', subject: /^raw\//, when: { first: 6 }, fault: FAULTS.s3InternalError }],
  ],
];

describe('a night with trouble that passes', () => {
  let calm: Awaited<ReturnType<typeof inWorld>>;
  // Before the others: the functions of one process have one way to their services.
  beforeAll(async () => {
    calm = await inWorld();
  });

  it.each(troubles)('leaves what a calm one leaves: %s', async (_what, rules) => {
    const stormy = await inWorld(rules);
    expect(stormy.struck).toBeGreaterThan(1);
    const compared = compareWorlds(calm, stormy);
    expect(isSame(compared), comparisonText(compared)).toBe(true);
    expect(stormy.world.frames.size).toBe(2);
  });
});
