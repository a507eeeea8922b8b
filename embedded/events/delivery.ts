import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { BusEvent } from './event.ts';
import { withRetries } from './retries.ts';
import type { TargetRecord } from './store.ts';
import { type Passage, targetInput } from './target-input.ts';
import { targetKind } from './targets.ts';

/** Event buses that one event may go through, one after the other: rules that lead in a circle end here. */
const MOST_HOPS = 5;

/** The services that targets are of. Each throws ServiceError. */
export interface TargetServices {
  startExecution(request: { stateMachineArn: string; input: string; name: string }): Promise<void>;
  /** Begins an asynchronous invocation. */
  invokeLater(functionArn: string, payload: string): void;
  /** Puts an event on a bus of this engine. */
  forward(busArn: string, event: BusEvent, hops: number): void;
}

/** One event on its way to one target. */
export interface Delivery {
  event: BusEvent;
  target: TargetRecord;
  passage: Passage;
  /** Buses that the event has been through. */
  hops: number;
}

export interface DeliveryOptions {
  clock: Clock;
  region: string;
  accountId: string;
  services: TargetServices;
  /** Where failures are told, a line each. */
  log(line: string): void;
}

export interface Deliverer {
  /**
   * Delivers in the background. Never throws: what cannot be delivered is told in the log.
   * @param delivered called once the target has it; of a state machine with the name of the execution
   */
  deliver(delivery: Delivery, delivered?: (executionName: string | undefined) => void): void;
  /** Ends waits for another try, and resolves when nothing is under way. */
  close(): Promise<void>;
}

export function newDeliverer({ clock, region, accountId, services, log }: DeliveryOptions): Deliverer {
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function send({ event, target, hops }: Delivery, input: string, name: string): Promise<void> {
    const kind = targetKind(target.arn, { region, accountId });
    if (kind === 'stateMachine') await services.startExecution({ stateMachineArn: target.arn, input, name });
    else if (kind === 'function') services.invokeLater(target.arn, input);
    else if (hops < MOST_HOPS) services.forward(target.arn, event, hops + 1);
    else throw new ServiceError('TooManyHops', `the event went through ${MOST_HOPS} buses; rules lead in a circle`);
  }

  /** Gives the execution's name. Rejects with what the last try failed with. */
  async function attempt(delivery: Delivery): Promise<string> {
    const { event, target, passage } = delivery;
    const input = targetInput(target, event, passage);
    // One name for all tries: an execution that was started all the same is not started again.
    const name = `${event.id}_${randomUUID()}`;
    const options = { clock, policy: target.retryPolicy, sinceMs: passage.ingestionMs, signal: stopped.signal };
    await withRetries(() => send(delivery, input, name), options);
    return name;
  }

  async function run(delivery: Delivery, delivered?: (executionName: string | undefined) => void): Promise<void> {
    const { event, target, passage } = delivery;
    // Whoever published goes on first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const name = await attempt(delivery);
      delivered?.(targetKind(target.arn, { region, accountId }) === 'stateMachine' ? name : undefined);
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      log(`Rule ${passage.ruleName} did not deliver event ${event.id} to ${target.arn}. ${reason}`);
    }
  }

  return {
    deliver(delivery, delivered) {
      const work = run(delivery, delivered).finally(() => underWay.delete(work));
      underWay.add(work);
    },
    async close() {
      stopped.abort();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
