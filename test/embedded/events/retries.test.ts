import { expect, it } from 'vitest';
import { ServiceError } from '../../../embedded/errors.ts';
import { newDeliverer } from '../../../embedded/events/delivery.ts';
import { newEvent } from '../../../embedded/events/event.ts';
import type { RetryPolicy } from '../../../embedded/events/store.ts';
import { manualClock, settle } from '../stepfunctions/helpers.ts';
import { machineArn } from './bench.ts';

const account = { region: 'us-east-1', accountId: '000000000000' };

/** Delivers one event to a machine whose starts fail as told, one after the other. */
function deliver(failures: ServiceError[], retryPolicy?: RetryPolicy) {
  const clock = manualClock();
  const names: string[] = [];
  const lines: string[] = [];
  const startExecution = async ({ name }: { name: string }) => {
    names.push(name);
    const failure = failures[names.length - 1];
    if (failure) throw failure;
  };
  const services = { startExecution, invokeLater: () => {}, forward: () => {} };
  const deliverer = newDeliverer({ ...account, clock, services, log: (line) => lines.push(line) });
  const content = { source: 's', detailType: 't', timeMs: clock.now(), resources: [], detail: {} };
  const target = { id: 't', arn: machineArn('night'), ...(retryPolicy && { retryPolicy }) };
  const passage = { ruleArn: 'arn', ruleName: 'rule', ingestionMs: clock.now() };
  deliverer.deliver({ event: newEvent(content, account), target, passage, hops: 1 });
  return { clock, names, lines, deliverer };
}

const broken = new ServiceError('InternalFailure', 'broken', 500);
const times = (count: number) => Array.from({ length: count }, () => broken);

it('tries again after 1, 2 and 4 s under the same name, so that nothing is started twice', async () => {
  const { clock, names, lines } = deliver(times(3));
  const tries: number[] = [];
  for (const ms of [0, 1000, 1999, 1, 3999, 1, 60_000]) {
    await clock.advance(ms);
    await settle();
    tries.push(names.length);
  }
  expect(tries).toEqual([1, 2, 2, 3, 3, 4, 4]);
  expect(new Set(names).size).toBe(1);
  expect(lines).toEqual([]);
});

it('gives up after three more tries, and says so', async () => {
  const { clock, names, lines } = deliver(times(9));
  await clock.advance(600_000);
  expect(names).toHaveLength(4);
  expect(lines).toEqual([expect.stringMatching(/^Rule rule did not deliver event .*InternalFailure: broken$/)]);
});

it('does as the retry policy of the target says', async () => {
  const none = deliver(times(9), { MaximumRetryAttempts: 0 });
  await none.clock.advance(600_000);
  expect(none.names).toHaveLength(1);
});

it('does not try again what can never succeed', async () => {
  const { clock, names } = deliver([new ServiceError('StateMachineDoesNotExist', 'absent', 400)]);
  await clock.advance(600_000);
  expect(names).toHaveLength(1);
});

it('ends its waits when it is closed', async () => {
  const { clock, names, lines, deliverer } = deliver(times(9));
  await settle();
  await deliverer.close();
  await clock.advance(600_000);
  expect([names.length, lines.length]).toEqual([1, 1]);
});
