import { randomStream } from '../random.ts';
import type { Faults } from '../records/observatory.ts';

/**
 * Whether a subsystem fails at this attempt. The share of attempts that fail is the night's input; a step that it does not name
 * never fails.
 * @param key of the attempt, different for each: the answer is a function of seed, step and key alone
 */
export function faultStrikes(faults: Faults, step: keyof Faults, seed: number, key: string): boolean {
  return randomStream(seed, 'faults', `${step}#${key}`).uniform() < (faults[step] ?? 0);
}
