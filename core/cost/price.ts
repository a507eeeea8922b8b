import { PRICES, type Price, type PriceName, type Region } from './prices.ts';
import type { NightUsage } from './usage.ts';

/** What a night left behind. */
export interface Stored {
  frames: number;
  /** Frames that are large enough to move to cheaper storage, and their bytes. */
  movable: { frames: number; bytes: number };
  /** Everything else in the bucket: sidecars, small frames, input and report. */
  otherBytes: number;
}

/** One line of a bill. */
export interface CostLine {
  service: string;
  item: string;
  quantity: number;
  /** Unit of the price: `unitPriceUsd` is for one of these. */
  unit: string;
  unitPriceUsd: number;
  usd: number;
  /** Counted in the histories and records, or estimated from them. */
  basis: 'counted' | 'estimated';
}

export interface Cost {
  lines: CostLine[];
  usd: number;
}

/** Quantities by price, in what is counted (requests, bytes in GB, GB-months), not in the unit of the price. */
type Quantities = Partial<Record<PriceName, number>>;

/** S3 and CloudWatch bill GB of 2^30 bytes. */
export const BYTES_PER_GB = 2 ** 30;
/** Objects below this size stay where they are: S3's own rule for every lifecycle transition. */
export const SMALLEST_MOVED_BYTES = 128 * 1024;
export const DAYS_PER_MONTH = 30;

/** What the stage `nocturne` of cdk.json has, whatever happens in it; tests hold these equal to the stacks. */
export const STAGE = {
  alarmMetrics: 44,
  dashboards: 1,
  keys: 1,
  logRetentionDays: 90,
  rawToInfrequentAccessDays: 30,
  rawToGlacierDays: 180,
};

/** A failed invocation writes its error with its stack; anything else writes no lines. */
const LOG_BYTES_PER_FAILURE = 4096;
/** A write unit is at most this much of an item or of an index's entry. */
const BYTES_PER_WRITE_UNIT = 1024;

const ESTIMATED: readonly PriceName[] = [
  'logsIngested',
  'logsStored',
  'dynamodbStorage',
  'dynamodbRecovery',
  'traces',
  'events',
];

/** What it costs to observe a night once, and to keep what it left for its first month. */
export function costOfNight(usage: NightUsage, stored: Stored, region: Region): Cost {
  const standardGbMonths = (stored.movable.bytes + stored.otherBytes) / BYTES_PER_GB;
  const tablesGb = tableGb(usage);
  return costOf(
    {
      ...used(usage),
      s3Standard: standardGbMonths,
      dynamodbStorage: tablesGb,
      dynamodbRecovery: tablesGb,
      logsStored: logGb(usage),
    },
    region,
  );
}

/**
 * What the bill of a month says in which there was such a night every day, the first of them `month` months ago: the
 * storage of all of them, by class and age, and what the stage has standing.
 * @param month 1 is the first month.
 * @param isFree takes off what every account has for nothing.
 */
export function costOfMonth(
  usage: NightUsage,
  stored: Stored,
  region: Region,
  { month, isFree = false }: { month: number; isFree?: boolean },
): Cost {
  const { rawToInfrequentAccessDays: toIaDays, rawToGlacierDays: toGlacierDays, logRetentionDays } = STAGE;
  const kept = (fromDays: number, toDays?: number): number => nightMonths(month, fromDays, toDays);
  const movableGb = stored.movable.bytes / BYTES_PER_GB;
  const quantities: Quantities = {
    ...(Object.fromEntries(
      Object.entries(used(usage)).map(([name, quantity]) => [name, quantity * DAYS_PER_MONTH]),
    ) as Quantities),
    s3Standard: movableGb * kept(0, toIaDays) + (stored.otherBytes / BYTES_PER_GB) * kept(0),
    s3InfrequentAccess: movableGb * kept(toIaDays, toGlacierDays),
    s3Glacier: movableGb * kept(toGlacierDays),
    s3ToInfrequentAccess: stored.movable.frames * nightsReaching(month, toIaDays),
    s3ToGlacier: stored.movable.frames * nightsReaching(month, toGlacierDays),
    dynamodbStorage: tableGb(usage) * kept(0),
    dynamodbRecovery: tableGb(usage) * kept(0),
    logsStored: logGb(usage) * kept(0, logRetentionDays),
    alarms: STAGE.alarmMetrics,
    dashboards: STAGE.dashboards,
    keys: STAGE.keys,
  };
  return costOf(quantities, region, isFree);
}

/** What is used once for each night, in what is counted. */
function used(usage: NightUsage): Quantities {
  const { reported } = usage;
  const functions = Object.values(usage.functions);
  return {
    stateTransitions: usage.stateTransitions,
    lambdaRequests: functions.reduce((sum, { requests }) => sum + requests, 0),
    lambdaGbSeconds: functions.reduce((sum, { gbSeconds }) => sum + gbSeconds, 0),
    dynamodbReads: reported.dynamodbReadUnits,
    dynamodbWrites: reported.dynamodbWriteUnits,
    s3Puts: reported.s3Puts,
    s3Gets: reported.s3Gets,
    logsIngested: logGb(usage),
    traces: usage.executions,
    // S3 tells EventBridge of every object that is stored.
    events: reported.eventsPuts + reported.s3Puts,
  };
}

/** At most: an item that is written twice counts twice. */
const tableGb = ({ reported }: NightUsage): number =>
  (reported.dynamodbWriteUnits * BYTES_PER_WRITE_UNIT) / BYTES_PER_GB;

const logGb = ({ historyBytes, functions }: NightUsage): number =>
  (historyBytes + Object.values(functions).reduce((sum, { failures }) => sum + failures, 0) * LOG_BYTES_PER_FAILURE) /
  BYTES_PER_GB;

/** Months for which nights are kept at ages of [fromDays, toDays) in one month, summed over all nights since the first month. */
function nightMonths(month: number, fromDays: number, toDays = Number.POSITIVE_INFINITY): number {
  let nightDays = 0;
  for (let day = (month - 1) * DAYS_PER_MONTH; day < month * DAYS_PER_MONTH; day++) {
    // Night n ends on day n, and has the age day - n.
    nightDays += Math.max(0, Math.min(day, toDays - 1) - fromDays + 1);
  }
  return nightDays / DAYS_PER_MONTH;
}

/** How many nights come to an age in a month. */
const nightsReaching = (month: number, ageDays: number): number =>
  Math.min(DAYS_PER_MONTH, Math.max(0, month * DAYS_PER_MONTH - ageDays));

function costOf(quantities: Quantities, region: Region, isFree = false): Cost {
  const lines = (Object.keys(PRICES) as PriceName[]).flatMap((name): CostLine[] => {
    const { service, item, unit, per, usd, freePerMonth = 0 }: Price = PRICES[name];
    const quantity = Math.max(0, (quantities[name] ?? 0) - (isFree ? freePerMonth : 0));
    if (quantity === 0) return [];
    return [
      {
        service,
        item,
        quantity,
        unit,
        unitPriceUsd: usd[region],
        usd: (quantity / per) * usd[region],
        basis: ESTIMATED.includes(name) ? 'estimated' : 'counted',
      },
    ];
  });
  return { lines, usd: lines.reduce((sum, line) => sum + line.usd, 0) };
}
