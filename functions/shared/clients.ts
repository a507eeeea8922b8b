import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpHandlerUserInput } from '@smithy/protocol-http';

let transport: HttpHandlerUserInput | undefined;

/**
 * Gives every client made from now on another transport than sockets. For a process that serves the AWS interfaces itself;
 * what the clients talk to is still the environment's business (AWS_ENDPOINT_URL, region, credentials).
 */
export function useTransport(requestHandler: HttpHandlerUserInput | undefined): void {
  transport = requestHandler;
  made.clear();
}

const made = new Map<string, unknown>();

/** One client of a kind per process: they keep their connections between invocations. */
function once<T>(name: string, make: () => T): T {
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

const common = () => (transport ? { requestHandler: transport } : {});

export const s3 = (): S3Client =>
  once(
    's3',
    // An endpoint of one's own serves buckets by path; AWS serves them by host name.
    () =>
      new S3Client({
        ...common(),
        forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
      }),
  );

export const documents = (): DynamoDBDocumentClient =>
  once('documents', () =>
    DynamoDBDocumentClient.from(new DynamoDBClient(common()), { marshallOptions: { removeUndefinedValues: true } }),
  );

export const stepFunctions = (): SFNClient => once('stepFunctions', () => new SFNClient(common()));
