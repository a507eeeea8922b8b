import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import * as S3 from '@aws-sdk/client-s3';
import { expect, it, vi } from 'vitest';
import { clients, newEngine } from '../support.ts';

it('reaches functions and rules of the engine', async () => {
  const seen: any[] = [];
  const handler = async (event: unknown) => void seen.push(event);
  const test = await newEngine({ functions: [{ name: 'record', handler, timeoutS: 3, memoryMb: 128 }] });
  const { s3, events } = clients({ requestHandler: test.engine.requestHandler });
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:record';
  await events.send(
    new PutRuleCommand({
      Name: 'frames',
      // S3 User Guide, "Using EventBridge": a rule for objects created in one bucket.
      EventPattern: JSON.stringify({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['frames'] }, object: { key: [{ prefix: 'raw/' }] } },
      }),
    }),
  );
  await events.send(new PutTargetsCommand({ Rule: 'frames', Targets: [{ Id: 'record', Arn }] }));
  const Bucket = 'frames';
  await s3.send(new S3.CreateBucketCommand({ Bucket }));
  const configure = (LambdaFunctionArn: string) =>
    s3.send(
      new S3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          EventBridgeConfiguration: {},
          LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events: ['s3:ObjectRemoved:*'] }],
        },
      }),
    );
  await expect(configure(`${Arn}-not`)).rejects.toMatchObject({ name: 'InvalidArgument' });
  await configure(Arn);
  await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'raw/a.fits', Body: 'data' }));
  await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'reduced/a.fits', Body: 'data' }));
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  expect(seen[0]).toMatchObject({
    version: '0',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    account: '000000000000',
    region: 'us-east-1',
    resources: ['arn:aws:s3:::frames'],
    detail: { bucket: { name: 'frames' }, object: { key: 'raw/a.fits', size: 4 }, reason: 'PutObject' },
  });
  await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'reduced/a.fits' }));
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(seen[1].Records[0]).toMatchObject({
    eventName: 'ObjectRemoved:Delete',
    s3: { object: { key: 'reduced/a.fits' } },
  });
  await test.discard();
});
