import { type _Object, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { INDEXES } from '../core/names.ts';
import { nightKey, previewKey, sidecarKey } from '../core/records/ids.ts';
import type { NightRecord } from '../core/records/night.ts';
import { type ExposureRecord, exposureRecord } from '../core/records/visit.ts';
import { readMasters, readReduced } from './records.ts';
import type { Session } from './session.ts';

export const FILE_KINDS = [
  'frames',
  'sidecars',
  'masters',
  'reduced',
  'previews',
  'calibration',
  'telemetry',
  'report',
  'inputs',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** One file of a night. */
export interface NightFile {
  kind: FileKind;
  key: string;
  /** As the record of a file says, else as the bucket says; undefined for one that should be there and is not. */
  sizeBytes?: number;
  /** Hexadecimal, of frames, masters and reduced frames: their records have it. */
  sha256?: string;
  /** The bucket's mark for its content, where it has the file. */
  etag?: string;
}

/** The files of a night by kind and key: what its records name, whether the bucket has it or not, and what lies under its id. */
export async function listNightFiles(
  session: Session,
  night: NightRecord,
  kinds: readonly FileKind[],
): Promise<NightFile[]> {
  const { nightId } = night;
  const named = (await namedFiles(session, nightId, kinds)).filter(({ kind }) => kinds.includes(kind));
  const folders = new Set(named.map(({ key }) => key.slice(0, key.lastIndexOf('/') + 1)));
  const stored = new Map<string, _Object>();
  for (const folder of folders) for (const each of await listObjects(session, folder)) stored.set(each.Key!, each);
  const ofNight = kinds.some((kind) => OF_NIGHT.includes(kind))
    ? await listObjects(session, nightKey(nightId, ''))
    : [];
  const found = ({ Size, ETag }: _Object): Pick<NightFile, 'sizeBytes' | 'etag'> => ({
    ...(Size !== undefined && { sizeBytes: Size }),
    ...(ETag !== undefined && { etag: ETag }),
  });
  const files = [
    ...named.map(({ sizeBytes, ...file }): NightFile => {
      const object = stored.get(file.key);
      return { ...file, ...(object && { ...found(object), ...(sizeBytes !== undefined && { sizeBytes }) }) };
    }),
    ...ofNight.map((each): NightFile => ({ kind: kindOfNight(nightId, each.Key!), key: each.Key!, ...found(each) })),
  ];
  return files
    .filter(({ kind }) => kinds.includes(kind))
    .sort((a, b) => FILE_KINDS.indexOf(a.kind) - FILE_KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1));
}

/** Kinds of the files that lie under the id of a night. */
const OF_NIGHT: readonly FileKind[] = ['calibration', 'telemetry', 'report', 'inputs'];

/** What a file under the id of a night is: the page of its calibration comes with the plans of its reduction. */
function kindOfNight(nightId: string, key: string): FileKind {
  const begins = (name: string) => key.startsWith(nightKey(nightId, name));
  if (begins('calibration.') || begins('reduction/')) return 'calibration';
  if (begins('report.')) return 'report';
  return begins('telemetry.') ? 'telemetry' : 'inputs';
}

/** The files that records name; size and checksum where they have them. */
async function namedFiles(session: Session, nightId: string, kinds: readonly FileKind[]): Promise<NightFile[]> {
  const wants = (...some: FileKind[]) => some.some((kind) => kinds.includes(kind));
  const exposures = wants('frames', 'sidecars') ? await readExposures(session, nightId) : [];
  const masters = wants('masters', 'previews') ? await readMasters(session, nightId) : [];
  const reduced = wants('reduced', 'previews') ? await readReduced(session, nightId) : [];
  return [
    ...exposures.flatMap(({ frame, sidecar, sha256, sizeBytes }): NightFile[] => [
      { kind: 'frames', key: frame.key, sha256, sizeBytes },
      { kind: 'sidecars', key: sidecar.key },
    ]),
    ...masters.flatMap(({ file, sha256, sizeBytes }): NightFile[] => [
      { kind: 'masters', key: file.key, sha256, sizeBytes },
      { kind: 'masters', key: sidecarKey(file.key) },
      { kind: 'previews', key: previewKey(file.key) },
    ]),
    ...reduced.flatMap(({ file, sidecar, preview, sha256, sizeBytes }): NightFile[] => [
      { kind: 'reduced', key: file.key, sha256, sizeBytes },
      { kind: 'reduced', key: sidecar.key },
      { kind: 'previews', key: preview.key },
    ]),
  ];
}

/** The exposures of a night in the order of their numbers. */
export async function readExposures({ documents, tableName }: Session, nightId: string): Promise<ExposureRecord[]> {
  const exposures: ExposureRecord[] = [];
  const ofNight = {
    TableName: tableName('exposures'),
    IndexName: INDEXES.exposuresByNight,
    KeyConditionExpression: 'nightId = :night',
    ExpressionAttributeValues: { ':night': nightId },
  };
  for await (const { Items = [] } of paginateQuery({ client: documents }, ofNight)) {
    exposures.push(...Items.map((item) => exposureRecord.parse(item)));
  }
  return exposures;
}

/** What the bucket has under a prefix. */
export async function listObjects({ s3, bucket }: Session, prefix: string): Promise<_Object[]> {
  const objects: _Object[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    objects.push(...Contents);
  }
  return objects;
}
