import { rm } from 'node:fs/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type Clock, systemClock } from '../../../embedded/clock.ts';
import type { EventContent } from '../../../embedded/events/event.ts';
import { createRequestHandler } from '../../../embedded/request-handler.ts';
import { openS3, type S3Options } from '../../../embedded/s3/service.ts';
import { listen } from '../../../embedded/server.ts';
import { newDirectory } from '../support.ts';

export interface TestS3 {
  directory: string;
  client: S3Client;
  /** Sends a request as it is. */
  service: ReturnType<typeof openS3>['service'];
  events: EventContent[];
  invocations: { functionArn: string; event: any }[];
  /** Time stands where it is put; undefined lets it run. */
  setTime(ms: number | undefined): void;
  /** A client over a socket of its own, and its address. */
  overSocket(): Promise<{ client: S3Client; url: string }>;
  /** Ends the process, as it were, and begins it anew on the same folder. */
  reopen(): Promise<void>;
  discard(): Promise<void>;
}

export const knownFunction = 'arn:aws:lambda:us-east-1:000000000000:function:reduce';

/** S3 alone, without the rest of the engine. */
export async function newS3(options: Partial<S3Options> = {}): Promise<TestS3> {
  const directory = await newDirectory();
  let timeMs: number | undefined;
  const clock: Clock = { ...systemClock, now: () => timeMs ?? systemClock.now() };
  const events: EventContent[] = [];
  const invocations: TestS3['invocations'] = [];
  const closing: (() => Promise<void>)[] = [];
  const open = () =>
    openS3({
      directory,
      clock,
      region: 'us-east-1',
      accountId: '000000000000',
      publish: (event) => void events.push(event),
      invokeLater: (functionArn, payload) => void invocations.push({ functionArn, event: JSON.parse(payload) }),
      knowsFunction: (arn) => arn === knownFunction,
      ...options,
    });
  let s3 = open();
  const service: TestS3['service'] = (request) => s3.service(request);
  const config: S3ClientConfig = {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    maxAttempts: 1,
  };
  return {
    directory,
    client: new S3Client({ ...config, requestHandler: createRequestHandler(service) }),
    service,
    events,
    invocations,
    setTime(ms) {
      timeMs = ms;
    },
    async overSocket() {
      const server = await listen(service, 0);
      const client = new S3Client({ ...config, endpoint: server.url });
      closing.push(async () => client.destroy(), server.close);
      return { client, url: server.url };
    },
    async reopen() {
      await s3.close();
      s3 = open();
    },
    async discard() {
      for (const close of closing) await close();
      await s3.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The error that a promise rejects with, as AWS tells it: its code, status, message and fields. */
export async function faultOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    const { name, message, $metadata, ...fields } = error as any;
    for (const name of ['$fault', '$response', '$service', 'RequestId', 'HostId', 'Code', 'stack', 'Error'])
      delete fields[name];
    return { Code: name, Message: message, status: $metadata?.httpStatusCode, ...fields };
  }
  throw new Error('expected a rejection');
}
