import { ServiceError } from '../../errors.ts';
import { StateFailure } from '../failures.ts';
import { redriveStatusOf } from '../redrive-status.ts';
import type { JsonObject } from '../values.ts';
import type { ResultWriter } from './definition.ts';
import type { Objects } from './objects.ts';
import type { ChildResult, MapRunRecord } from './tables.ts';

export const STATES_RESULT_WRITER_FAILED = 'States.ResultWriterFailed';

/** Where results go: the Parameters of a ResultWriter, evaluated. */
export interface Destination {
  bucket: string;
  prefix: string;
}

/** A result file begins anew behind so many bytes. */
export const RESULT_FILE_BYTES = 64 * 1024 * 1024;

type FileGroup = 'SUCCEEDED' | 'FAILED' | 'PENDING';

interface ResultFile {
  Key: string;
  Size: number;
}

interface Manifest {
  ResultFiles: Record<FileGroup, ResultFile[]>;
}

/** What is told of a child without a transformation: its execution's description, or that it was never started. */
function describe({ execution, input, status }: ChildResult): JsonObject {
  if (!execution || status === 'PENDING') return { Input: input, InputDetails: { Included: true }, Status: 'PENDING' };
  const { redriveStatus, redriveStatusReason } = redriveStatusOf(execution);
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    Cause: execution.cause ?? undefined,
    Error: execution.error ?? undefined,
    ExecutionArn: execution.arn,
    Input: execution.input,
    InputDetails: { Included: true },
    Name: execution.name,
    Output: execution.output ?? undefined,
    OutputDetails: { Included: true },
    RedriveCount: execution.redriveCount,
    RedriveStatus: redriveStatus,
    RedriveStatusReason: redriveStatusReason,
    StartDate: iso(execution.startMs),
    StateMachineArn: execution.machineArn,
    Status: execution.status,
    StopDate: execution.stopMs === null ? undefined : iso(execution.stopMs),
  };
}

/** The results of a child as JSON texts: only what succeeded is transformed. */
export function resultsOf(child: ChildResult, transformation: ResultWriter['transformation']): string[] {
  const output = child.status === 'SUCCEEDED' ? child.execution?.output : undefined;
  if (transformation === 'NONE' || output == null) return [JSON.stringify(describe(child))];
  if (transformation === 'COMPACT') return [output];
  const value = JSON.parse(output);
  return Array.isArray(value) ? value.map((element) => JSON.stringify(element)) : [output];
}

function groupOf(child: ChildResult): FileGroup {
  if (child.status === 'SUCCEEDED') return 'SUCCEEDED';
  return child.status === 'PENDING' ? 'PENDING' : 'FAILED';
}

/**
 * Writes SUCCEEDED_n, FAILED_n and PENDING_n files and the manifest that lists them; a redriven run writes into a folder of its
 * own and only what is new, its manifest still lists what succeeded before. Throws StateFailure States.ResultWriterFailed.
 * @param children in order
 * @param pace see Engine
 * @returns the result of the Map state
 */
export async function writeResults(
  objects: Objects,
  { bucket, prefix }: Destination,
  mapRun: Pick<MapRunRecord, 'arn' | 'redriveCount'>,
  { transformation, outputType }: ResultWriter,
  children: Iterable<ChildResult>,
  pace: () => Promise<void> | undefined,
): Promise<JsonObject> {
  const runFolder = `${prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`}${mapRun.arn.split(':').at(-1)}/`;
  const folderOf = (redriveCount: number) => (redriveCount === 0 ? runFolder : `${runFolder}Redrive-${redriveCount}/`);
  const folder = folderOf(mapRun.redriveCount);
  const files: Record<FileGroup, ResultFile[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  try {
    const writers = new Map<FileGroup, FileWriter>();
    const writerOf = (group: FileGroup) => {
      const writer = writers.get(group) ?? fileWriter(objects, bucket, `${folder}${group}`, outputType, files[group]);
      writers.set(group, writer);
      return writer;
    };
    let before: Manifest | undefined;
    for (let count = mapRun.redriveCount - 1; count >= 0 && !before; count -= 1) {
      before = await manifestAt(objects, bucket, folderOf(count));
    }
    if (before) {
      files.SUCCEEDED.push(...before.ResultFiles.SUCCEEDED);
      // Also where nothing more has succeeded, as AWS does.
      writerOf('SUCCEEDED');
    }
    for (const child of children) {
      const pause = pace();
      if (pause) await pause;
      if (before && child.written === 1) continue;
      const writer = writerOf(groupOf(child));
      for (const text of resultsOf(child, transformation)) await writer.add(text);
    }
    for (const writer of writers.values()) await writer.end();
    const manifest = { DestinationBucket: bucket, MapRunArn: mapRun.arn, ResultFiles: files };
    const key = `${folder}manifest.json`;
    await objects.put(bucket, key, Buffer.from(JSON.stringify(manifest)), 'application/octet-stream');
    return { MapRunArn: mapRun.arn, ResultWriterDetails: { Bucket: bucket, Key: key } };
  } catch (cause) {
    throw serviceFailure(STATES_RESULT_WRITER_FAILED, cause);
  }
}

interface FileWriter {
  add(text: string): Promise<void>;
  end(): Promise<void>;
}

function fileWriter(
  objects: Objects,
  bucket: string,
  stem: string,
  outputType: ResultWriter['outputType'],
  written: ResultFile[],
): FileWriter {
  let number = 0;
  let texts: string[] = [];
  let length = 0;
  const end = async () => {
    const body = Buffer.from(
      outputType === 'JSON' ? `[${texts.join(',')}]` : `${texts.join('\n')}${texts.length ? '\n' : ''}`,
    );
    const key = `${stem}_${number}.${outputType.toLowerCase()}`;
    await objects.put(bucket, key, body, 'binary/octet-stream');
    written.push({ Key: key, Size: body.length });
    number += 1;
    texts = [];
    length = 0;
  };
  return {
    async add(text) {
      if (length > 0 && length + text.length > RESULT_FILE_BYTES) await end();
      texts.push(text);
      length += text.length + 1;
    },
    end,
  };
}

async function manifestAt(objects: Objects, bucket: string, folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(String(await objects.get(bucket, `${folder}manifest.json`)));
  } catch (cause) {
    // The run may have failed before it wrote.
    if (cause instanceof ServiceError && cause.code === 'NoSuchKey') return undefined;
    throw cause;
  }
}

/** The failure of a Map state whose reader or writer S3 has refused, worded as Step Functions does. */
export function serviceFailure(error: string, cause: unknown): unknown {
  if (!(cause instanceof ServiceError)) return cause;
  const { message, status, code } = cause;
  return new StateFailure(error, `${message} (Service: Amazon S3; Status Code: ${status}; Error Code: ${code})`);
}
