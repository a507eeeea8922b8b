import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
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
export async function getJson(pointer: Pointer): Promise<unknown> {
  try {
    const answer = await s3().send(new GetObjectCommand({ Bucket: pointer.bucket, Key: pointer.key }));
    return JSON.parse(await answer.Body!.transformToString());
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') {
      throw new RecordMissing(
        `s3://${pointer.bucket}/${pointer.key} does not exist; the night's input must be stored first`,
      );
    }
    throw error;
  }
}
