import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { InvalidPayload, StoreUnavailable } from '../../core/errors.ts';
import { nightContext, telescopeState } from '../../core/records/night.ts';
import { instant, parseAll } from '../../core/records/primitives.ts';
import type { FunctionUsage } from '../../core/records/usage.ts';
import { visit } from '../../core/records/visit.ts';
import { isPassing, MAX_ATTEMPTS } from './clients.ts';
import { metered } from './meter.ts';

const logger = new Logger({ serviceName: 'nocturne' });

/** Payload of every step of a night: the night, how many decisions are finished, the observatory's time and state. */
export const stepState = z.strictObject({
  night: nightContext,
  sequence: z.int().nonnegative(),
  now: instant,
  telescope: telescopeState,
});
export type StepState = z.infer<typeof stepState>;

/** Payload of every step of a visit. */
export const visitState = stepState.extend({ visit });
export type VisitState = z.infer<typeof visitState>;

/** What a visit's step gives back: the later state, and when a paced night may go on. */
export type VisitOutput = VisitState & { resumeAt: string };

/**
 * A handler from a schema and the work. The payload is parsed before anything is done; an error is logged once, with its
 * name, and thrown on for the state machine to catch. Throws InvalidPayload with every fault; StoreUnavailable, which the
 * machines repeat, when a service of AWS did not get over its trouble. What the invocation used stands beside the result, for
 * the history; the machines pass it to nobody.
 */
export function step<Input, Output extends object>(
  name: string,
  schema: z.ZodType<Input>,
  work: (input: Input) => Promise<Output>,
) {
  return async (event: unknown): Promise<Output & { usage: FunctionUsage }> => {
    try {
      const { output, usage } = await metered(async () => {
        const parsed = parseAll(schema, event, name);
        if (parsed.value === undefined) throw new InvalidPayload(parsed.faults);
        return work(parsed.value);
      });
      return { ...output, usage };
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      logger.error(name, error);
      if (!isPassing(error)) throw error;
      throw new StoreUnavailable(
        `${name}: ${error.name}: ${error.message}; the request was repeated ${MAX_ATTEMPTS} times in vain`,
      );
    }
  };
}
