import { GetObjectCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { Pointer } from '../core/records/primitives.ts';
import type { Session } from './session.ts';

/** What is needed to know of a schedule's files. They were judged when they were stored: other versions may have more in them. */
const named = z.object({ id: z.string() });
const place = z.object({
  id: z.string(),
  site: z.object({
    name: z.string(),
    latitudeDeg: z.number(),
    longitudeDeg: z.number(),
    elevationM: z.number(),
    timeZone: z.string().optional(),
  }),
});
export type Place = z.infer<typeof place>;

/** A file as it was read, or why it was not. */
export type Read<T> = { value: T; trouble?: never } | { value?: never; trouble: string };

export interface ScheduleFiles {
  observatory(pointer: Pointer): Promise<Read<Place>>;
  programme(pointer: Pointer): Promise<Read<{ id: string }>>;
}

/** Errors of S3 that say that this file cannot be had; the stack's own files lie in a bucket that few may read. */
const WITHHELD = ['AccessDenied', 'NoSuchKey', 'NoSuchBucket', 'PermanentRedirect'];

const addressOf = ({ bucket, key }: Pointer): string => `s3://${bucket}/${key}`;

/** Reads the files that schedules point at, each once. */
export function scheduleFiles({ s3 }: Session): ScheduleFiles {
  const texts = new Map<string, Promise<Read<string>>>();
  const fetchText = async ({ bucket, key }: Pointer): Promise<Read<string>> => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { value: await Body!.transformToString() };
    } catch (error) {
      if (!(error instanceof Error) || !WITHHELD.includes(error.name)) throw error;
      return { trouble: `${addressOf({ bucket, key })} cannot be read: ${error.name}` };
    }
  };
  const textOf = (pointer: Pointer): Promise<Read<string>> => {
    const text = texts.get(addressOf(pointer)) ?? fetchText(pointer);
    texts.set(addressOf(pointer), text);
    return text;
  };
  const read = async <T>(pointer: Pointer, schema: z.ZodType<T>): Promise<Read<T>> => {
    const text = await textOf(pointer);
    if (text.value === undefined) return text;
    const trouble = `${addressOf(pointer)} is not what a schedule needs`;
    try {
      const { data } = schema.safeParse(JSON.parse(text.value));
      return data === undefined ? { trouble } : { value: data };
    } catch {
      return { trouble };
    }
  };
  return {
    observatory: (pointer) => read(pointer, place),
    programme: (pointer) => read(pointer, named),
  };
}
