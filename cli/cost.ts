import { type Cost, costOfMonth, costOfNight, SMALLEST_MOVED_BYTES, type Stored } from '../core/cost/price.ts';
import type { Region } from '../core/cost/prices.ts';
import { type NightUsage, usageOf } from '../core/cost/usage.ts';
import { nightKey } from '../core/records/ids.ts';
import type { ExposureRecord } from '../core/records/visit.ts';
import { readExecutions } from './executions.ts';
import { listObjects, readExposures } from './night-files.ts';
import { readMasters, readReduced } from './records.ts';
import type { EngineName, Session } from './session.ts';

/** What a night used, what it costs, and what months of such nights cost. */
export interface NightCost {
  nightId: string;
  engine: EngineName;
  region: Region;
  isFree: boolean;
  usage: NightUsage;
  stored: Stored;
  night: Cost;
  months: { month: number; cost: Cost }[];
}

const MONTHS = [1, 12];

/** Counts what a night used, from its histories and records, and prices it. */
export async function readCost(
  session: Session,
  nightId: string,
  { region, isFree }: { region: Region; isFree: boolean },
): Promise<NightCost> {
  const usage = usageOf(await readExecutions(session, nightId));
  const stored = await readStored(session, nightId);
  return {
    nightId,
    engine: session.engine,
    region,
    isFree,
    usage,
    stored,
    night: costOfNight(usage, stored, region),
    months: MONTHS.map((month) => ({ month, cost: costOfMonth(usage, stored, region, { month, isFree }) })),
  };
}

async function readStored(session: Session, nightId: string): Promise<Stored> {
  const stored: Stored = {
    frames: 0,
    movable: { frames: 0, bytes: 0 },
    // Input and report.
    otherBytes: (await listObjects(session, nightKey(nightId, ''))).reduce((sum, { Size = 0 }) => sum + Size, 0),
  };
  // Masters and reduced frames stay where they are; only raw frames move on to cheaper storage.
  for (const { sizeBytes } of [...(await readMasters(session, nightId)), ...(await readReduced(session, nightId))]) {
    stored.otherBytes += sizeBytes;
  }
  for (const record of await readExposures(session, nightId)) {
    stored.frames++;
    stored.otherBytes += sidecarBytes(record);
    if (record.sizeBytes >= SMALLEST_MOVED_BYTES) {
      stored.movable.frames++;
      stored.movable.bytes += record.sizeBytes;
    } else stored.otherBytes += record.sizeBytes;
  }
  return stored;
}

/** The sidecar is the record as JSON. */
const sidecarBytes = (record: ExposureRecord): number => Buffer.byteLength(`${JSON.stringify(record, null, 2)}\n`);
