import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as s3 from '@aws-sdk/client-s3';
import * as stepfunctions from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';

const services: Record<string, { module: any; client: string }> = {
  stepfunctions: { module: stepfunctions, client: 'SFNClient' },
  dynamodb: { module: dynamodb, client: 'DynamoDBClient' },
  s3: { module: s3, client: 'S3Client' },
  events: { module: events, client: 'EventBridgeClient' },
  sns: { module: sns, client: 'SNSClient' },
};

/** Calls of `service.Operation` through SDK clients, with one attempt each: a retry would hide a fault. */
export function caller(
  config: object,
  accessKeyId = '111111111111',
): (operation: string, params: object) => Promise<unknown> {
  const clients = new Map<string, any>();
  return (operation, params) => {
    const [service, name] = operation.split('.') as [string, string];
    const { module, client } = services[service]!;
    if (!clients.has(service)) {
      clients.set(
        service,
        new module[client]({
          region: 'us-east-1',
          credentials: { accessKeyId, secretAccessKey: 'test' },
          maxAttempts: 1,
          forcePathStyle: true,
          disableHostPrefix: true,
          ...config,
        }),
      );
    }
    // The recordings' SDK sends no type of its own.
    const sent = operation === 's3.PutObject' ? { ContentType: 'binary/octet-stream', ...params } : params;
    return clients.get(service).send(new module[`${name}Command`](sent));
  };
}
