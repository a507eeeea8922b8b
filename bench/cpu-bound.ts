/** A function that keeps a core busy and asks for nothing. For lambda-workers.ts, in this thread and in others. */

const STEPS = 300_000_000;

/** Where a xorshift generator (Marsaglia 2003) comes to from the event's number. */
export async function cpuBound(event: unknown): Promise<number> {
  let state = Number(event) + 1;
  for (let step = 0; step < STEPS; step += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}
