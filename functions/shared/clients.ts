import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { HttpHandlerUserInput } from '@smithy/protocol-http';
import { countEvents, countRequests, countS3, countStepFunctions, countUnits } from './meter.ts';

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

/** How often a client asks before it gives up; waits between are random and grow to some seconds. */
export const MAX_ATTEMPTS = 5;

/** A connection that hangs is given up well within a function's time limit, and tried again. */
const TIME_LIMITS = { connectionTimeout: 3000, requestTimeout: 15_000, throwOnRequestTimeout: true };

const common = () => ({ maxAttempts: MAX_ATTEMPTS, requestHandler: transport ?? TIME_LIMITS });

/** HTTP's "Insufficient Storage": a disk does not grow by waiting. */
const NO_SPACE = 507;

/** Whether an error of a client is the service's trouble, which passes: throttling, 5xx, a connection that broke or hung. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  if ($metadata?.httpStatusCode === NO_SPACE) return false;
  return [isThrottlingError, isTransientError, isServerError].some((is) => is(error as never));
}

export const s3 = (): S3Client =>
  once(
    's3',
    // An endpoint of one's own serves buckets by path; AWS serves them by host name.
    () =>
      countRequests(
        new S3Client({
          ...common(),
          forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
        }),
        countS3,
      ),
  );

export const documents = (): DynamoDBDocumentClient =>
  once('documents', () =>
    DynamoDBDocumentClient.from(countUnits(new DynamoDBClient(common())), {
      marshallOptions: { removeUndefinedValues: true },
    }),
  );

export const stepFunctions = (): SFNClient =>
  once('stepFunctions', () => countRequests(new SFNClient(common()), countStepFunctions));

export const events = (): EventBridgeClient =>
  once('events', () => countRequests(new EventBridgeClient(common()), countEvents));
