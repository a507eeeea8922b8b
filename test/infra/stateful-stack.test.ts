import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resources, STAGES, synthesize, textOf } from './synth.ts';

const production = synthesize('nocturne').stateful;

describe.each(STAGES)('the stateful stack of stage %s', (stage) => {
  const { stateful } = stage === 'nocturne' ? { stateful: production } : synthesize(stage);
  const tables = resources(stateful, 'AWS::DynamoDB::Table');
  const buckets = resources(stateful, 'AWS::S3::Bucket');

  it('has the five tables by their fixed names, encrypted, restorable, billed by request', () => {
    expect(tables.map(({ properties }) => properties.TableName).sort()).toEqual([
      'nocturne-Calibrations',
      'nocturne-Exposures',
      'nocturne-Nights',
      'nocturne-Provenance',
      'nocturne-Requests',
    ]);
    for (const { properties } of tables) {
      expect(properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      });
      for (const index of properties.GlobalSecondaryIndexes ?? []) {
        expect(index.Projection).toEqual({ ProjectionType: 'ALL' });
      }
    }
  });

  it('keys exposures by number within a night, as the number that it is', () => {
    stateful.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'nocturne-Exposures',
      KeySchema: [{ AttributeName: 'exposureId', KeyType: 'HASH' }],
      AttributeDefinitions: Match.arrayWith([{ AttributeName: 'seqNum', AttributeType: 'N' }]),
      GlobalSecondaryIndexes: Match.arrayWith([
        Match.objectLike({
          IndexName: 'byNight',
          KeySchema: [
            { AttributeName: 'nightId', KeyType: 'HASH' },
            { AttributeName: 'seqNum', KeyType: 'RANGE' },
          ],
        }),
      ]),
    });
  });

  it('lets no bucket be public, unencrypted, or reached without TLS', () => {
    expect(buckets).toHaveLength(2);
    for (const { properties } of buckets) {
      expect(properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(properties.OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
      expect(properties.BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
    }
    const denied = resources(stateful, 'AWS::S3::BucketPolicy').map(({ properties }) =>
      properties.PolicyDocument.Statement.find(({ Effect }: { Effect: string }) => Effect === 'Deny'),
    );
    expect(denied).toHaveLength(2);
    for (const statement of denied) {
      expect(statement).toMatchObject({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    }
  });

  it('keeps versions of objects for a while, moves frames to cheaper storage, and tells EventBridge of objects', () => {
    const { properties } = buckets.find((bucket) => bucket.properties.BucketName)!;
    expect(textOf(properties.BucketName)).toBe('nocturne-123456789012-eu-west-1');
    expect(properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      LoggingConfiguration: { LogFilePrefix: 'access/' },
    });
    const rules = Object.fromEntries(properties.LifecycleConfiguration.Rules.map((rule: any) => [rule.Id, rule]));
    expect(rules['old-frames']).toMatchObject({
      Prefix: 'raw/',
      Transitions: [
        { StorageClass: 'STANDARD_IA', TransitionInDays: 30 },
        { StorageClass: 'GLACIER_IR', TransitionInDays: 180 },
      ],
    });
    expect(rules['old-versions']).toMatchObject({
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      ExpiredObjectDeleteMarker: true,
    });
    expect(rules['abandoned-uploads']).toMatchObject({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } });
  });

  it('needs no custom resource and no function', () => {
    const types = Object.values(stateful.toJSON().Resources).map((resource: any) => resource.Type);
    expect(types.filter((type) => /^Custom::|CustomResource|Lambda/.test(type))).toEqual([]);
  });
});

describe('removalPolicy', () => {
  const kept = (template: typeof production) =>
    [...resources(template, 'AWS::DynamoDB::Table'), ...resources(template, 'AWS::S3::Bucket')].map(
      ({ DeletionPolicy, UpdateReplacePolicy }) => `${DeletionPolicy} ${UpdateReplacePolicy}`,
    );
  const protections = (template: typeof production) =>
    resources(template, 'AWS::DynamoDB::Table').map(({ properties }) => properties.DeletionProtectionEnabled);

  it('retain keeps tables and buckets, whatever happens to the stack', () => {
    expect(new Set(kept(production))).toEqual(new Set(['RetainExceptOnCreate Retain']));
    expect(new Set(protections(production))).toEqual(new Set([true]));
    expect(synthesize('nocturne').stacks.find(({ stackName }) => stackName === 'nocturne-stateful')).toMatchObject({
      terminationProtection: true,
    });
  });

  it('destroy lets them go with the stack', () => {
    const { stateful, stacks } = synthesize('nocturne', (settings) => {
      settings.removalPolicy = 'destroy';
    });
    expect(new Set(kept(stateful))).toEqual(new Set(['Delete Delete']));
    expect(protections(stateful)).not.toContain(true);
    expect(stacks.map(({ terminationProtection }) => terminationProtection)).not.toContain(true);
  });
});
