import type { STSClient } from '@aws-sdk/client-sts';
import { HttpResponse } from '@smithy/protocol-http';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Beyond this a paced night is off by a step; the dates of answers have whole seconds. */
const WARNING_S = 5;
/** AWS refuses signatures that are further off. */
const WRONG_S = 5 * 60;

/** Gives each answer's time, by its Date header, against this machine's: seconds that this machine is ahead. */
export function watchClock(client: STSClient, tell: (aheadS: number) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentMs = Date.now();
      const result = await next(args);
      const receivedMs = Date.now();
      if (HttpResponse.isInstance(result.response)) {
        const date = Date.parse(result.response.headers.date ?? '');
        // The date is cut to its second: half of one is left in it on average.
        if (!Number.isNaN(date)) tell(((sentMs + receivedMs) / 2 - (date + 500)) / 1000);
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'watchClock' },
  );
}

/** Judges how far this machine's clock is from the engine's. */
export function judgeClock(aheadS: number): Finding {
  const offS = Math.abs(aheadS);
  const words = `this machine's clock is ${offS.toFixed(0)} s ${aheadS > 0 ? 'ahead of' : 'behind'} the engine's`;
  if (offS > WRONG_S) {
    return wrong('clock', `${words}; AWS refuses signatures beyond ${WRONG_S} s`, 'set the clock, by NTP for instance');
  }
  if (offS > WARNING_S) return warning('clock', words, 'set the clock, by NTP for instance: paced nights follow it');
  return ok('clock', `within ${WARNING_S} s of the engine's`);
}
