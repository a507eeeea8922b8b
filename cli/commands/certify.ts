import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { InvalidPayload, MasterRejected, ValidityConflict } from '../../core/errors.ts';
import { certificateEdges } from '../../core/provenance/edges.ts';
import type { MasterRecord, ValidityChange } from '../../core/records/calibration.ts';
import { isoOf, taiOf, utcMsOfTai } from '../../core/time.ts';
import { MS_PER_DAY } from '../../core/units.ts';
import { getCalibrationRequests } from '../../functions/shared/calibration-requests.ts';
import { certifyMaster, decertifyMaster, recertifyMaster, type Stored } from '../../functions/shared/calibrations.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { type EngineOptions, type Session, withSession } from '../session.ts';
import { type KnownMaster, rangeText, readUtc, refuseNowhereMaster, requireMaster, tableOf } from '../validity.ts';

export interface ChangeOptions extends EngineOptions {
  /** UTC. */
  from?: string;
  to?: string;
  cause?: string;
  /** Who does it. */
  by: string;
  supersede?: boolean;
  json?: boolean;
}

export type ChangeAction = 'certify' | 'decertify' | 'recertify';

interface Change {
  validFrom: string;
  validTo: string;
  at: string;
  by: string;
  cause: string;
}

/**
 * Changes when a master is valid, and shows what stands then. Throws InputRefused with every fault of the input, and with the reason
 * where the store refuses: it is then as it was.
 */
export async function changeValidity(
  action: ChangeAction,
  text: string,
  options: ChangeOptions,
  nowMs: number,
): Promise<number> {
  refuseNowhereMaster(options, text);
  const faults: string[] = [];
  const from = readUtc('from', options.from, faults);
  const to = readUtc('to', options.to, faults);
  const cause = options.cause?.trim() ?? (action === 'certify' ? 'certified by hand' : '');
  if (cause === '')
    faults.push(`option --cause: must say why the master is ${action === 'decertify' ? 'de' : 're'}certified`);
  if (options.by.trim() === '') faults.push('option --by: must say who does it');
  if (from !== undefined && to !== undefined && from >= to) {
    faults.push(`option --to: must be later than --from (got ${options.from} to ${options.to})`);
  }
  const done = { at: isoOf(nowMs), by: options.by, cause };
  const { stored, record } = await withSession(options, async (session) => {
    const master = await requireMaster(session, text).catch((error) => {
      if (error instanceof InputRefused) faults.push(...error.faults);
      else throw error;
    });
    const range = master && (await rangeOf(action, session, master, { from, to }, faults));
    if (faults.length > 0 || !master || !range) throw new InputRefused(faults);
    const change = { ...range, ...done };
    try {
      const stored = await make(action, session, master.record, change, options.supersede ?? false);
      if (action !== 'decertify' && stored.changes.length > 0) await noteOrigin(session, stored, done);
      return { stored, record: master.record };
    } catch (error) {
      if ([ValidityConflict, MasterRejected, InvalidPayload].some((each) => error instanceof each)) {
        throw new InputRefused([`${action}: ${(error as Error).message}`]);
      }
      throw error;
    }
  });
  tell(record, stored, options);
  return EXIT.done;
}

function make(
  action: ChangeAction,
  session: Session,
  record: MasterRecord,
  change: Change,
  supersede: boolean,
): Promise<Stored> {
  const { calibrationKey, masterId } = record;
  if (action === 'certify') return certifyMaster(record, { ...change, supersede }, tableOf(session));
  const what = action === 'decertify' ? decertifyMaster : recertifyMaster;
  return what({ calibrationKey, masterId, ...change }, tableOf(session));
}

/** The range of a change: what the person left out follows from the master. */
async function rangeOf(
  action: ChangeAction,
  session: Session,
  { record, certificates }: KnownMaster,
  { from, to }: { from: string | undefined; to: string | undefined },
  faults: string[],
): Promise<Pick<Change, 'validFrom' | 'validTo'> | undefined> {
  if (action !== 'certify') {
    const validFrom = from ?? certificates[0]?.validFrom;
    const validTo = to ?? certificates.at(-1)?.validTo;
    if (validFrom === undefined || validTo === undefined) {
      faults.push(`master: ${record.masterId} is not certified; nocturne calibrations certify ${record.masterId}`);
      return undefined;
    }
    return { validFrom, validTo };
  }
  const validFrom = from ?? record.takenFrom;
  const validTo = to ?? (await usualEnd(session, record));
  if (validTo === undefined) {
    faults.push(
      `option --to: is missing; the request of ${record.masterId}, which says how long it is valid, is not here`,
    );
    return undefined;
  }
  return { validFrom, validTo };
}

/** As long as its request says, from its first frame on. */
async function usualEnd({ documents, tableName }: Session, record: MasterRecord): Promise<string | undefined> {
  if (record.requestId === undefined) return undefined;
  const [request] = await getCalibrationRequests([record.requestId], { documents, name: tableName('requests') });
  return request && taiOf(utcMsOfTai(record.takenFrom) + request.validDays * MS_PER_DAY);
}

async function noteOrigin(
  { documents, tableName }: Session,
  { certificates }: Stored,
  done: Pick<Change, 'at' | 'by' | 'cause'>,
): Promise<void> {
  for (const Item of certificates.flatMap((each) => certificateEdges(each, done))) {
    await documents.send(new PutCommand({ TableName: tableName('provenance'), Item }));
  }
}

const SAID: Record<ValidityChange['action'], string> = {
  certify: 'certified',
  supersede: 'superseded',
  decertify: 'decertified',
  recertify: 'recertified',
};

function tell(
  { masterId, calibrationKey }: MasterRecord,
  { certificates, changes }: Stored,
  { json }: ChangeOptions,
): void {
  const validity = certificates.map(({ validFrom, validTo }) => ({ validFrom, validTo }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'validity', masterId, calibrationKey, validity, changes })}\n`);
    return;
  }
  const lines = [
    ...(changes.length === 0 ? ['Nothing to do: it stands so already.'] : []),
    ...changes.map((each) => `${SAID[each.action]}: ${each.masterId}, ${rangeText(each)}`),
    certificates.length === 0 ? `${masterId} is not valid at any time.` : `${masterId} is valid for ${calibrationKey}:`,
    ...certificates.map((each) => `  ${rangeText(each)}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
