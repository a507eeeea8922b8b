import { GetObjectCommand, type GetObjectCommandOutput, PutObjectCommand } from '@aws-sdk/client-s3';
import { RecordMissing, SaveFailed } from '../../core/errors.ts';
import type { Pointer } from '../../core/records/primitives.ts';
import { isPassing, s3 } from './clients.ts';

/** Stores one object whole. Throws SaveFailed with the store's own reason, unless the store is in passing trouble. */
export async function putObject(pointer: Pointer, body: Uint8Array | string, contentType: string): Promise<void> {
  try {
    await s3().send(
      new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: body, ContentType: contentType }),
    );
  } catch (error) {
    if (isPassing(error)) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new SaveFailed(`s3://${pointer.bucket}/${pointer.key} could not be stored: ${reason}`);
  }
}

export const putJson = (pointer: Pointer, value: unknown): Promise<void> =>
  putObject(pointer, `${JSON.stringify(value, null, 2)}\n`, 'application/json');

/** Reads one JSON object. Throws RecordMissing when it is not there. */
export const getJson = async (pointer: Pointer): Promise<unknown> =>
  JSON.parse(await get(pointer, undefined, (body) => body.transformToString()));

/** Reads one object whole. Throws RecordMissing when it is not there. */
export const getObject = (pointer: Pointer): Promise<Uint8Array> =>
  get(pointer, undefined, (body) => body.transformToByteArray());

/** Reads parts of an object: bytes from `from` on, `to` not included. Throws RecordMissing when it is not there. */
export const rangeReader =
  (pointer: Pointer) =>
  (from: number, to: number): Promise<Uint8Array> =>
    get(pointer, `bytes=${from}-${to - 1}`, (body) => body.transformToByteArray());

async function get<T>(
  pointer: Pointer,
  range: string | undefined,
  read: (body: NonNullable<GetObjectCommandOutput['Body']>) => Promise<T>,
): Promise<T> {
  try {
    const answer = await s3().send(
      new GetObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, ...(range && { Range: range }) }),
    );
    return await read(answer.Body!);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') {
      throw new RecordMissing(
        `s3://${pointer.bucket}/${pointer.key} does not exist; what is read must be stored first`,
      );
    }
    throw error;
  }
}
