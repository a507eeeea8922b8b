import { createHash } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import { readExecutions, statesEntered } from '../../cli/executions.ts';
import type { Session } from '../../cli/session.ts';
import type { MachineName } from '../../core/names.ts';
import { catchesTakenIn } from './catches.ts';

/** What a night leaves behind, each kind by the key of what it holds. In the order in which a person would look. */
export const KINDS = [
  'night',
  'decisions',
  'events',
  'requests',
  'exposures',
  'provenance',
  'inputs',
  'report.json',
  'report.md',
  'calibration.html',
  'telemetry',
  'associations',
  'sidecars',
  'frames',
  'executions',
] as const;
export type Kind = (typeof KINDS)[number];
export type World = Record<Kind, Map<string, unknown>>;

/** A record as far as it is looked at here. */
interface Item {
  item: string;
  requestId: string;
  exposureId: string;
  nightId: string;
  subject: string;
  relationObject: string;
  frame: { key: string };
  sidecar: { key: string };
}
interface NightItem {
  firstSeqNum: number;
  input: { campaign: string; dayObs: number; observatory: { key: string } };
}

/** Numbers that open-night keeps for the frames of one night of a camera's day. */
const FRAMES_PER_NIGHT = 10_000;

/** Machines whose Maps run side by side: in which order is nobody's to say. */
const SIDE_BY_SIDE: readonly MachineName[] = ['calibration', 'reduction', 'reduction-block'];
/** How many objects are read at once. */
const AT_ONCE = 8;

/** Everything that a night has left on an engine, by SDK calls alone: records, objects, and the states of its executions. */
export async function readWorld(session: Session, nightId: string): Promise<World> {
  const world = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as World;
  await readNightItems(session, nightId, world);
  const night = world.night.get('night') as NightItem | undefined;
  const campaign = night?.input.campaign ?? nightId;
  for (const each of await scan(session, 'requests')) {
    if (each.requestId.startsWith(`${campaign}.`)) world.requests.set(each.requestId, each);
  }
  for (const each of await scan(session, 'exposures')) {
    if (each.nightId === nightId) world.exposures.set(each.exposureId, each);
  }
  await readProvenance(session, nightId, world);
  await readObjects(session, nightId, night, world);
  for (const { machine, name, status, error, events } of await readExecutions(session, nightId)) {
    const [states, catches] = [statesEntered({ events }), catchesTakenIn(machine, events)];
    const inOrder = !SIDE_BY_SIDE.includes(machine);
    world.executions.set(`${machine} ${name}`, {
      status,
      error,
      states: inOrder ? states : states.toSorted(),
      catches: inOrder ? catches : catches.toSorted(),
    });
  }
  return world;
}

async function readNightItems(session: Session, nightId: string, world: World): Promise<void> {
  const query = {
    TableName: session.tableName('nights'),
    KeyConditionExpression: 'nightId = :night',
    ExpressionAttributeValues: { ':night': nightId },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of paginateQuery({ client: session.documents }, query)) {
    for (const { item, ...rest } of Items as Item[]) {
      if (item.startsWith('event#')) world.events.set(item, rest);
      else if (item === 'night' || item === 'progress') world.night.set(item, rest);
      else world.decisions.set(item, rest);
    }
  }
}

/** Edges of the night itself, of its exposures and of what those made. */
async function readProvenance(session: Session, nightId: string, world: World): Promise<void> {
  const own = new Set([`night:${nightId}`]);
  for (const [exposureId, record] of world.exposures) {
    const { frame, sidecar } = record as Item;
    own.add(`exposure:${exposureId}`).add(`file:${frame.key}`).add(`file:${sidecar.key}`);
  }
  for (const edge of await scan(session, 'provenance')) {
    if (own.has(edge.subject)) world.provenance.set(`${edge.subject} ${edge.relationObject}`, edge);
  }
}

async function readObjects(
  session: Session,
  nightId: string,
  night: NightItem | undefined,
  world: World,
): Promise<void> {
  const { s3, bucket } = session;
  const read = (keys: readonly string[]) => readAll(s3, bucket, keys, world);
  await read(await listKeys(s3, bucket, `nights/${nightId}/`));
  if (!night) return;
  const { input, firstSeqNum } = night;
  const { camera } = JSON.parse(world.inputs.get(input.observatory.key) as string) as { camera: { id: string } };
  // By camera and number, not by the records: a frame that no record tells of shows, too.
  const isOwn = (key: string): boolean => {
    const [, cameraId, number] = /\/([^/]+)_[a-z]{1,2}_\d{8}_(\d{6})(?:_[^/]*)?\.\w+$/.exec(key) ?? [];
    return cameraId === camera.id && Number(number) >= firstSeqNum && Number(number) < firstSeqNum + FRAMES_PER_NIGHT;
  };
  for (const folder of ['raw', 'calibrations', 'reduced']) {
    await read((await listKeys(s3, bucket, `${folder}/${input.dayObs}/`)).filter(isOwn));
  }
}

async function readAll(s3: S3Client, bucket: string, keys: readonly string[], world: World): Promise<void> {
  for (let next = 0; next < keys.length; next += AT_ONCE) {
    await Promise.all(
      keys.slice(next, next + AT_ONCE).map(async (key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        const bytes = await Body!.transformToByteArray();
        const isBinary = /\.(fits|png)$/.test(key);
        world[kindOf(key)].set(key, isBinary ? digest(bytes) : Buffer.from(bytes).toString('utf8'));
      }),
    );
  }
}

function kindOf(key: string): Kind {
  if (key.endsWith('/report.json')) return 'report.json';
  if (key.endsWith('/report.md')) return 'report.md';
  if (key.endsWith('/telemetry.fits')) return 'telemetry';
  if (/\.(fits|png)$/.test(key)) return 'frames';
  if (key.includes('/reduction/')) return 'associations';
  if (key.endsWith('/calibration.html')) return 'calibration.html';
  return key.startsWith('nights/') ? 'inputs' : 'sidecars';
}

const digest = (bytes: Uint8Array): string =>
  `sha256 ${createHash('sha256').update(bytes).digest('hex')}, ${bytes.length} bytes`;

async function listKeys(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    keys.push(...Contents.map(({ Key }) => Key!));
  }
  return keys;
}

async function scan(session: Session, table: Parameters<Session['tableName']>[0]): Promise<Item[]> {
  const items: Item[] = [];
  const input = { TableName: session.tableName(table), ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: session.documents }, input))
    items.push(...(Items as Item[]));
  return items;
}
