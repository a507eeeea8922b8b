import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import type { HttpHandler } from '@smithy/protocol-http';
import { type Engine, type EngineOptions, openEngine } from '../../embedded/engine.ts';

export interface TestEngine {
  engine: Engine;
  directory: string;
  /** Closes the engine and removes its folder. */
  discard(): Promise<void>;
}

/** A folder that nobody else uses. */
export function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'nocturne-engine-'));
}

export async function newEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const directory = options.directory ?? (await newDirectory());
  const engine = await openEngine({ functions: [], version: '1.2.3', ...options, directory });
  const discard = async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { engine, directory, discard };
}

/** Clients in this process, or over a socket when `endpoint` is given. One attempt: a retry would hide a fault. */
export function clients(transport: { requestHandler: HttpHandler } | { endpoint: string }) {
  const config = {
    region: 'us-east-1',
    endpoint: 'http://localhost:4566',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    ...transport,
  };
  return {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    dynamodb: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    events: new EventBridgeClient(config),
    scheduler: new SchedulerClient(config),
    sns: new SNSClient(config),
    sfn: new SFNClient(config),
    sts: new STSClient(config),
  };
}

/** The error that a promise rejects with; fails when it resolves. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { $metadata?: { httpStatusCode?: number; requestId?: string } }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
}
