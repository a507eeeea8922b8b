import { randomUUID } from 'node:crypto';

/** An event as rules and targets see it (EventBridge User Guide, "Event structure"). */
export interface BusEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  /** UTC, to the second: `2026-11-21T18:00:00Z`. */
  time: string;
  region: string;
  resources: string[];
  detail: unknown;
}

/** What a publisher says; the bus adds the rest. */
export interface EventContent {
  source: string;
  detailType: string;
  timeMs: number;
  resources: string[];
  detail: unknown;
}

export const DEFAULT_BUS = 'default';

export function newEvent(
  content: EventContent,
  { region, accountId }: { region: string; accountId: string },
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': content.detailType,
    source: content.source,
    account: accountId,
    time: `${new Date(content.timeMs).toISOString().slice(0, -5)}Z`,
    region,
    resources: content.resources,
    detail: content.detail,
  };
}
