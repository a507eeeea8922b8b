import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { type Certificate, type MasterRecord, masterRecord } from '../core/records/calibration.ts';
import { masterKey, sidecarKey } from '../core/records/ids.ts';
import { InvalidDate, isoOf, taiOf, utcMsOf, utcMsOfTai } from '../core/time.ts';
import { type CalibrationTable, certificatesOf, findByMasterId, listKeys } from '../functions/shared/calibrations.ts';
import { InputRefused } from './errors.ts';
import { isNowhere } from './records.ts';
import type { EngineOptions, Session } from './session.ts';

/** The table of validity as a session reaches it. */
export const tableOf = ({ documents, tableName }: Session): CalibrationTable => ({
  documents,
  name: tableName('calibrations'),
});

/** `noc1_mb_20261121_000001`. */
const MASTER_ID = /^[A-Za-z0-9-]+_m[bdf]_(\d{8})_\d{6}$/;

/** Id of a master from what a person wrote: the id, or the name or key of its file. */
export const masterIdIn = (text: string): string =>
  text
    .split('/')
    .at(-1)!
    .replace(/\.(fits|json|png)$/, '');

/** A master with its certificates as they stand. */
export interface KnownMaster {
  record: MasterRecord;
  certificates: Certificate[];
}

/** A master that is certified, or that has its record beside its file. Throws InputRefused with those that there are. */
export async function requireMaster(session: Session, text: string): Promise<KnownMaster> {
  const id = masterIdIn(text);
  const [found] = await findByMasterId(id, tableOf(session));
  const record = found?.master ?? (await readSidecar(session, id));
  if (!record) {
    const masters = (await allCertificates(session)).map((each) => each.id);
    throw new InputRefused([
      `master: unknown master "${text}"; certified are ${[...new Set(masters)].toSorted().join(', ') || 'none'}`,
    ]);
  }
  const ofKey = await certificatesOf(record.calibrationKey, tableOf(session));
  return { record, certificates: ofKey.filter((each) => each.id === id) };
}

async function readSidecar({ s3, bucket }: Session, id: string): Promise<MasterRecord | undefined> {
  const day = MASTER_ID.exec(id)?.[1];
  if (day === undefined) return undefined;
  try {
    const Key = sidecarKey(masterKey(Number(day), id));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return masterRecord.parse(JSON.parse(await Body!.transformToString()));
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Every certificate of the keys that begin with a text, by key and time. */
export async function allCertificates(session: Session, prefix = ''): Promise<Certificate[]> {
  const table = tableOf(session);
  const keys = await listKeys(prefix, table);
  return (await Promise.all(keys.map((key) => certificatesOf(key, table)))).flat();
}

/** Throws InputRefused when there is no folder in which the master could be: looking must not make a world. */
export function refuseNowhereMaster(options: EngineOptions, text: string): void {
  if (!isNowhere(options)) return;
  throw new InputRefused([`master: unknown master "${text}"; there is no folder ${options.out}`]);
}

const UTC_FORM = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?Z?)?$/;

/** TAI of an option in UTC: a date, with or without a time. Adds a fault for what is no instant. */
export function readUtc(option: string, text: string | undefined, faults: string[]): string | undefined {
  if (text === undefined) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = ''] = UTC_FORM.exec(text) ?? [];
  try {
    if (date === undefined) throw new InvalidDate(text, '');
    return taiOf(utcMsOf(`${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0')}Z`));
  } catch (error) {
    if (!(error instanceof InvalidDate)) throw error;
    faults.push(
      `option --${option}: must be a date or an instant in UTC from 1972 on, such as 2026-11-21 or 2026-11-21T18:30:00Z (got "${text}")`,
    );
    return undefined;
  }
}

/** UTC of a TAI text, to the second, for people: `2026-11-21 18:00:00`. */
export const utcText = (tai: string): string => isoOf(utcMsOfTai(tai)).slice(0, 19).replace('T', ' ');

/** An interval in both scales. */
export const rangeText = ({ validFrom, validTo }: Pick<Certificate, 'validFrom' | 'validTo'>): string =>
  `${utcText(validFrom)} to ${utcText(validTo)} UTC (TAI ${validFrom} to ${validTo})`;
