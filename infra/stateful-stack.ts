import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketName, NUMBER_KEYS, stagePrefix, TABLE_KEYS, TABLES } from '../core/names.ts';
import type { StageSettings } from './config.ts';

/** How long an object that was overwritten or deleted can be brought back. */
const NONCURRENT_DAYS = 30;
const ACCESS_LOG_DAYS = 90;

/** What must outlive every deployment: tables and buckets. Nothing here depends on the functions. */
export class StatefulStack extends Stack {
  constructor(scope: Construct, id: string, settings: StageSettings, props?: StackProps) {
    super(scope, id, { ...props, terminationProtection: settings.removalPolicy === 'retain' });
    addTables(this, settings);
    addBuckets(this, settings);
  }
}

/** What is kept is kept but for a deployment that failed at its first try: what that leaves would be in the next one's way. */
const removalPolicyOf = ({ removalPolicy }: StageSettings): RemovalPolicy =>
  removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;

const attribute = (name: string) => ({
  name,
  type: NUMBER_KEYS.includes(name) ? AttributeType.NUMBER : AttributeType.STRING,
});

const keys = ({ partition, sort }: { partition: string; sort?: string }) => ({
  partitionKey: attribute(partition),
  ...(sort && { sortKey: attribute(sort) }),
});

function addTables(scope: Construct, settings: StageSettings): void {
  for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    const { indexes, ...own } = TABLE_KEYS[name];
    const table = new Table(scope, TABLES[name], {
      tableName: `${stagePrefix(settings.name)}${TABLES[name]}`,
      ...keys(own),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.removalPolicy === 'retain',
      removalPolicy: removalPolicyOf(settings),
    });
    for (const [indexName, index] of Object.entries(indexes)) {
      table.addGlobalSecondaryIndex({ indexName, ...keys(index), projectionType: ProjectionType.ALL });
    }
  }
}

function addBuckets(scope: Stack, settings: StageSettings): void {
  const common = {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: removalPolicyOf(settings),
  };
  const abandonedUploads = { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) };
  const accessLogs = new Bucket(scope, 'AccessLogs', {
    ...common,
    lifecycleRules: [{ id: 'old-logs', expiration: Duration.days(ACCESS_LOG_DAYS) }, abandonedUploads],
  });
  const bucket = new Bucket(scope, 'Bucket', {
    ...common,
    bucketName: bucketName(settings.name, scope.account, scope.region),
    versioned: true,
    serverAccessLogsBucket: accessLogs as IBucket,
    serverAccessLogsPrefix: 'access/',
    lifecycleRules: [
      {
        // Frames are written once and read in the first weeks. Sidecars are too small to move: S3 leaves them by itself.
        id: 'old-frames',
        prefix: 'raw/',
        transitions: [
          {
            storageClass: StorageClass.INFREQUENT_ACCESS,
            transitionAfter: Duration.days(settings.rawToInfrequentAccessDays),
          },
          {
            storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL,
            transitionAfter: Duration.days(settings.rawToGlacierDays),
          },
        ],
      },
      {
        id: 'old-versions',
        noncurrentVersionExpiration: Duration.days(NONCURRENT_DAYS),
        expiredObjectDeleteMarker: true,
      },
      abandonedUploads,
    ],
  });
  // By the resource's own property: the construct's `eventBridgeEnabled` is a custom resource with a function of its own.
  (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
}
