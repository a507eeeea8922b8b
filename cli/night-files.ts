import { type _Object, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { INDEXES } from '../core/names.ts';
import { nightKey } from '../core/records/ids.ts';
import type { NightRecord } from '../core/records/night.ts';
import { type ExposureRecord, exposureRecord } from '../core/records/visit.ts';
import type { Session } from './session.ts';

export const FILE_KINDS = ['frames', 'sidecars', 'telemetry', 'report', 'inputs'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** One file of a night. */
export interface NightFile {
  kind: FileKind;
  key: string;
  /** As the record of a frame says, else as the bucket says; undefined for one that should be there and is not. */
  sizeBytes?: number;
  /** Hexadecimal, of frames alone: their records have it. */
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
  const exposures = kinds.some((kind) => kind === 'frames' || kind === 'sidecars')
    ? await readExposures(session, nightId)
    : [];
  const folders = new Set(exposures.map(({ frame }) => frame.key.slice(0, frame.key.lastIndexOf('/') + 1)));
  const stored = new Map<string, _Object>();
  for (const folder of folders) for (const each of await listObjects(session, folder)) stored.set(each.Key!, each);
  const ofNight = kinds.some((kind) => kind !== 'frames' && kind !== 'sidecars')
    ? await listObjects(session, nightKey(nightId, ''))
    : [];
  const found = ({ Size, ETag }: _Object): Pick<NightFile, 'sizeBytes' | 'etag'> => ({
    ...(Size !== undefined && { sizeBytes: Size }),
    ...(ETag !== undefined && { etag: ETag }),
  });
  const files = [
    ...exposures.flatMap(({ frame, sidecar, sha256, sizeBytes }): NightFile[] => [
      {
        kind: 'frames',
        key: frame.key,
        sha256,
        ...(stored.has(frame.key) && { ...found(stored.get(frame.key)!), sizeBytes }),
      },
      { kind: 'sidecars', key: sidecar.key, ...found(stored.get(sidecar.key) ?? {}) },
    ]),
    ...ofNight.map((each): NightFile => {
      const named = (name: string) => each.Key!.startsWith(nightKey(nightId, `${name}.`));
      const kind = named('report') ? 'report' : named('telemetry') ? 'telemetry' : 'inputs';
      return { kind, key: each.Key!, ...found(each) };
    }),
  ];
  return files
    .filter(({ kind }) => kinds.includes(kind))
    .sort((a, b) => FILE_KINDS.indexOf(a.kind) - FILE_KINDS.indexOf(b.kind) || (a.key < b.key ? -1 : 1));
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
