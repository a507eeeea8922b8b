import { DEFAULT_BUS } from './event.ts';
import { faults } from './faults.ts';
import type { JsonObject } from './members.ts';
import type { BusRecord, EventStore, RuleRecord } from './store.ts';

/** One operation of the API: request to answer, both as JSON. Throws ServiceError. */
export type Operation = (request: JsonObject) => JsonObject;

/** What operations share: the store, the clock, and how buses and rules are named and found. */
export interface OperationContext {
  store: EventStore;
  now: () => number;
  region: string;
  accountId: string;
  busArn(bus: string): string;
  ruleArn(bus: string, rule: string): string;
  /** The name of a bus that is given by name or ARN; the default bus when it is not given. */
  busName(nameOrArn: string | undefined | null): string;
  /** A bus by name or ARN. Throws ResourceNotFoundException. */
  requireBus(nameOrArn: string | undefined | null): BusRecord;
  /** Throws ResourceNotFoundException. */
  requireRule(bus: string, rule: string): RuleRecord;
}

export function newContext(options: {
  store: EventStore;
  now: () => number;
  region: string;
  accountId: string;
}): OperationContext {
  const { store, region, accountId } = options;
  const own = `arn:aws:events:${region}:${accountId}`;
  const busArn = (bus: string) => `${own}:event-bus/${bus}`;
  const busName = (nameOrArn: string | undefined | null) => {
    const prefix = busArn('');
    return nameOrArn?.startsWith(prefix) ? nameOrArn.slice(prefix.length) : (nameOrArn ?? DEFAULT_BUS);
  };
  return {
    ...options,
    busArn,
    ruleArn: (bus, rule) => `${own}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${rule}`,
    busName,
    requireBus(nameOrArn) {
      const name = busName(nameOrArn);
      const bus = store.bus(name);
      if (!bus) throw faults.noBus(name);
      return bus;
    },
    requireRule(bus, name) {
      const rule = store.rule(bus, name);
      if (!rule) throw faults.noRule(name, bus);
      return rule;
    },
  };
}

/** An answer without the members that have no value. */
export function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));
}
