import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HttpHandlerUserInput } from '@smithy/protocol-http';

/** SDK clients of every service that the commands use. */
export interface Clients {
  sfn: SFNClient;
  s3: S3Client;
  dynamodb: DynamoDBClient;
  documents: DynamoDBDocumentClient;
  lambda: LambdaClient;
  events: EventBridgeClient;
}

/** Where clients go when it is not what the environment says: another transport than sockets, or an embedded engine's port. */
export interface Destination {
  requestHandler?: HttpHandlerUserInput;
  endpoint?: string;
}

/** How often a client asks before it gives up; waits between are random and grow to some seconds. */
export const MAX_ATTEMPTS = 6;

/** An address where nothing answers is given up quickly; a function that parks a telescope may take its whole time limit. */
const TIME_LIMITS = { connectionTimeout: 5000, requestTimeout: 30_000, throwOnRequestTimeout: true };
const INVOKE_TIME_LIMITS = { ...TIME_LIMITS, requestTimeout: 100_000 };

/** What the embedded engine wants to see; it checks neither. */
const EMBEDDED_IDENTITY = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
};

/** A client that says who the caller is, for the credentials of the environment. */
export function makeIdentityClient(): STSClient {
  const client = new STSClient({ maxAttempts: MAX_ATTEMPTS, requestHandler: TIME_LIMITS });
  nameOperations(client as unknown as Nameable);
  return client;
}

/** Clients for the endpoint and credentials of the environment, or for an embedded engine. */
export function makeClients({ requestHandler, endpoint }: Destination = {}): Clients {
  const isEmbedded = requestHandler !== undefined || endpoint !== undefined;
  const common = {
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: requestHandler ?? TIME_LIMITS,
    ...(isEmbedded && EMBEDDED_IDENTITY),
    ...(endpoint !== undefined && { endpoint }),
  };
  const dynamodb = new DynamoDBClient(common);
  const clients = {
    dynamodb,
    sfn: new SFNClient(common),
    // An endpoint of one's own serves buckets by path; AWS serves them by host name.
    s3: new S3Client({
      ...common,
      forcePathStyle: isEmbedded || Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    }),
    lambda: new LambdaClient({ ...common, requestHandler: requestHandler ?? INVOKE_TIME_LIMITS }),
    events: new EventBridgeClient(common),
  };
  for (const client of Object.values(clients)) nameOperations(client as unknown as Nameable);
  return {
    ...clients,
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
  };
}

/** An error of a client, with the operation that it came from as IAM writes it: `states:ListStateMachines`. */
export interface OperationError extends Error {
  operation?: string;
}

const SERVICE_PREFIXES: Record<string, string> = {
  SFNClient: 'states',
  S3Client: 's3',
  DynamoDBClient: 'dynamodb',
  DynamoDBDocumentClient: 'dynamodb',
  LambdaClient: 'lambda',
  EventBridgeClient: 'events',
  STSClient: 'sts',
};

/** Operations whose permission has another name. */
const PERMISSIONS: Record<string, string> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectsV2': 's3:ListBucket',
};

/** Any client: their middlewares differ in types alone. */
type Nameable = Pick<SFNClient, 'middlewareStack'>;

/** Lets every error of a client say which operation it came from: a refusal must name the permission that is missing. */
function nameOperations(client: Nameable): void {
  client.middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          const operation = `${SERVICE_PREFIXES[clientName] ?? clientName}:${commandName.replace(/Command$/, '')}`;
          if (error instanceof Error) (error as OperationError).operation ??= PERMISSIONS[operation] ?? operation;
          throw error;
        }
      },
    { step: 'initialize', name: 'nameOperation' },
  );
}
