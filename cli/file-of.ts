import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type ReducedRecord, reducedRecord } from '../core/records/calibration.ts';
import { masterKey, previewKey, reducedItem, reducedKey, sidecarKey } from '../core/records/ids.ts';
import { type ExposureRecord, exposureRecord } from '../core/records/visit.ts';
import type { Session } from './session.ts';

/** `noc1_o_20261121_000177`, in front of the filter, `_red` and the ending. */
const EXPOSURE_ID = /^[A-Za-z0-9-]+_[ofxdb]_\d{8}_\d{6}/;
const MASTER_FILE = /^([A-Za-z0-9-]+_m[bdf]_(\d{8})_\d{6})(\.fits|\.json|\.png)?$/;

const nameOf = (text: string): string => text.split('/').at(-1)!;

/** The exposure that a file belongs to, from its id, its file's name or key; undefined for a text that names none. */
export const exposureIdIn = (text: string): string | undefined => EXPOSURE_ID.exec(nameOf(text))?.[0];

/** The record of an exposure, if there is one. */
export async function readExposure(
  { documents, tableName }: Session,
  exposureId: string,
): Promise<ExposureRecord | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: tableName('exposures'), Key: { exposureId }, ConsistentRead: true }),
  );
  return Item && exposureRecord.parse(Item);
}

/** What became of an exposure when it was reduced, if it was. */
export async function readReduced(
  { documents, tableName }: Session,
  { nightId, exposureId }: Pick<ExposureRecord, 'nightId' | 'exposureId'>,
): Promise<ReducedRecord | undefined> {
  const { Item } = await documents.send(
    new GetCommand({
      TableName: tableName('nights'),
      Key: { nightId, item: reducedItem(exposureId) },
      ConsistentRead: true,
    }),
  );
  return Item && reducedRecord.parse(Item);
}

/** Key of the file that a person means: a key as it is; else that of a master, an exposure or its products, by id or file name. */
export async function fileKeyOf(session: Session, text: string): Promise<string | undefined> {
  if (text.includes('/')) return text.replace(/^s3:\/\/[^/]+\//, '');
  const [, masterId, day, ending] = MASTER_FILE.exec(text) ?? [];
  if (masterId) return withEnding(masterKey(Number(day), masterId), ending);
  const exposureId = exposureIdIn(text);
  if (exposureId === undefined) return undefined;
  const exposure = await readExposure(session, exposureId);
  if (!exposure) return undefined;
  const { key } = exposure.frame;
  return withEnding(/_red(\.|$)/.test(text) ? reducedKey(key) : key, /\.[a-z]+$/.exec(text)?.[0]);
}

function withEnding(key: string, ending: string | undefined): string {
  if (ending === '.json') return sidecarKey(key);
  return ending === '.png' ? previewKey(key) : key;
}
