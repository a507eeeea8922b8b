/** Input that is refused before anything is written: every fault found, one line each. Exit status 2. */
export class InputRefused extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'InputRefused';
    this.faults = faults;
  }
}

/** The engine cannot be used as it is: not reachable, not deployed, in use. Exit status 3. */
export class EngineUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineUnusable';
  }
}

/** Exit statuses, as the README lists them. */
export const EXIT = { done: 0, failed: 1, refused: 2, engine: 3, interrupted: 130 } as const;
