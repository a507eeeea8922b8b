import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as Lambda from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clients, failureOf, newEngine, type TestEngine } from '../support.ts';
import { declaring, ROLE, zipOf } from './support.ts';

/* What is expected is what AWS itself answered: localstack/localstack, tests/aws/services/lambda_, *.snapshot.json. */

let test: TestEngine;
let all: ReturnType<typeof clients>;
let lambda: Lambda.LambdaClient;
beforeAll(async () => {
  test = await newEngine();
  all = clients({ requestHandler: test.engine.requestHandler });
  lambda = all.lambda;
});
afterAll(() => test.discard());

const ECHO = zipOf({ 'index.js': 'exports.handler = async (event) => event;' });
type CreateInput = Partial<Lambda.CreateFunctionCommandInput>;
const create = (FunctionName: string, ZipFile = ECHO, more: CreateInput = {}) =>
  lambda.send(
    new Lambda.CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile },
      ...more,
    }),
  );

async function invoke(FunctionName: string, event: unknown = {}, more: Partial<Lambda.InvokeCommandInput> = {}) {
  const Payload = JSON.stringify(event);
  const answer = await lambda.send(new Lambda.InvokeCommand({ FunctionName, Payload, ...more }));
  return { error: answer.FunctionError, payload: JSON.parse(answer.Payload?.transformToString() || 'null'), answer };
}

async function refusal(promise: Promise<unknown>) {
  const failure = await failureOf(promise);
  return [failure.name, failure.$metadata?.httpStatusCode, failure.message];
}

describe('CreateFunction', () => {
  it('tells what it makes, and that it is not yet active', async () => {
    const created = await create('made', ECHO, { Timeout: 5, MemorySize: 256, Environment: { Variables: {} } });
    expect(created.$metadata.httpStatusCode).toBe(201);
    // TestLambdaFunction::test_function_lifecycle
    expect(created).toMatchObject({
      Architectures: ['x86_64'],
      CodeSha256: createHash('sha256').update(ECHO).digest('base64'),
      CodeSize: ECHO.length,
      Description: '',
      Environment: { Variables: {} },
      EphemeralStorage: { Size: 512 },
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:made',
      FunctionName: 'made',
      Handler: 'index.handler',
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/made' },
      MemorySize: 256,
      PackageType: 'Zip',
      Role: ROLE,
      Runtime: 'nodejs22.x',
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      State: 'Pending',
      StateReason: 'The function is being created.',
      StateReasonCode: 'Creating',
      Timeout: 5,
      TracingConfig: { Mode: 'PassThrough' },
      Version: '$LATEST',
    });
    expect(created).not.toHaveProperty('LastUpdateStatus');
    await Lambda.waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 5 }, { FunctionName: 'made' });
    const { Configuration, Code } = await lambda.send(new Lambda.GetFunctionCommand({ FunctionName: 'made' }));
    expect(Configuration).toMatchObject({ State: 'Active', LastUpdateStatus: 'Successful', CodeSize: ECHO.length });
    expect(Configuration?.RevisionId).not.toBe(created.RevisionId);
    expect(Code?.RepositoryType).toBe('S3');
    const zip = await fetch(Code?.Location ?? '');
    expect(Buffer.compare(Buffer.from(await zip.arrayBuffer()), ECHO)).toBe(0);
  });

  it('has Lambda’s defaults', async () => {
    // TestLambdaFeatures::test_basic_invoke
    const created = await create('defaults');
    expect(created).toMatchObject({ Timeout: 3, MemorySize: 128, Description: '' });
    expect(created).not.toHaveProperty('Environment');
  });

  it('takes its code from a bucket', async () => {
    await all.s3.send(new CreateBucketCommand({ Bucket: 'codes' }));
    await all.s3.send(new PutObjectCommand({ Bucket: 'codes', Key: 'a folder/echo+1.zip', Body: ECHO }));
    const from = (S3Bucket: string, S3Key: string) => create('from-s3', undefined, { Code: { S3Bucket, S3Key } });
    // TestLambdaFunction::test_lambda_code_location_s3_errors
    expect(await refusal(from('absent-codes', 'echo'))).toEqual([
      'InvalidParameterValueException',
      400,
      'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
    ]);
    expect((await refusal(from('codes', 'absent')))[2]).toBe(
      'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    );
    await from('codes', 'a folder/echo+1.zip');
    expect((await invoke('from-s3', { a: 1 })).payload).toEqual({ a: 1 });
  });

  const longName = 'a'.repeat(65);
  const pattern =
    '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
  const refusals: [string, CreateInput, [string, number, string]][] = [
    [
      'a role that is none',
      { Role: 'r1' },
      [
        'ValidationException',
        400,
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
      ],
    ],
    [
      'a name that is none',
      { FunctionName: 'my-function!' },
      [
        'ValidationException',
        400,
        `1 validation error detected: Value 'my-function!' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
      ],
    ],
    [
      'a name that is too long',
      { FunctionName: longName },
      [
        'InvalidParameterValueException',
        400,
        `1 validation error detected: Value '${longName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      ],
    ],
    [
      'a file that is no zip file',
      { Code: { ZipFile: Buffer.from('this is not a zip file, is it?') } },
      [
        'InvalidParameterValueException',
        400,
        'Could not unzip uploaded file. Please check your file, then try to upload again.',
      ],
    ],
    [
      'a runtime that has ended',
      { Runtime: 'nodejs14.x' },
      [
        'InvalidParameterValueException',
        400,
        'The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.',
      ],
    ],
    [
      'two architectures',
      { Architectures: ['x86_64', 'arm64'] },
      [
        'ValidationException',
        400,
        "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
      ],
    ],
    [
      'an unknown architecture',
      { Architectures: ['X86_64' as Lambda.Architecture] },
      [
        'ValidationException',
        400,
        "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
      ],
    ],
  ];
  it.each(refusals)('refuses %s', async (_, input, expected) => {
    expect(await refusal(create('refused', ECHO, input))).toEqual(expected);
  });

  it('refuses other languages, and says which it has', async () => {
    const [name, , message] = await refusal(create('python', ECHO, { Runtime: 'python3.12' }));
    expect(name).toBe('InvalidParameterValueException');
    expect(message).toMatch(
      /^Value python3\.12 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs/,
    );
  });

  it('refuses variables that are too long or Lambda’s own', async () => {
    // TestLambdaSizeLimits::test_large_environment_variables_fails
    const Variables = { LARGE_VAR: 'x'.repeat(4 * 1024) };
    expect((await refusal(create('large', ECHO, { Environment: { Variables } })))[2]).toBe(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${JSON.stringify(Variables)}`,
    );
    const reserved = create('reserved', ECHO, { Environment: { Variables: { AWS_REGION: 'eu-west-1' } } });
    expect((await refusal(reserved))[2]).toContain('Reserved keys used in this request: AWS_REGION');
  });

  it('refuses numbers beyond their limits, and names what it does not serve', async () => {
    expect((await refusal(create('slow', ECHO, { Timeout: 901 })))[2]).toContain('less than or equal to 900');
    expect((await refusal(create('small', ECHO, { MemorySize: 64 })))[2]).toContain('greater than or equal to 128');
    const [name, , message] = await refusal(create('layered', ECHO, { Layers: ['arn:aws:lambda:a:1:layer:b:1'] }));
    expect([name, message]).toEqual(['InvalidParameterValueException', expect.stringContaining('Layers')]);
    expect((await refusal(create('published', ECHO, { Publish: true })))[2]).toContain('Publish');
  });

  it('refuses a name that is taken', async () => {
    await create('taken');
    expect(await refusal(create('taken'))).toEqual(['ResourceConflictException', 409, 'Function already exist: taken']);
  });

  it.each(['../escaped.js', '/escaped.js', 'a/../../escaped.js', 'a\\..\\escaped.js', 'C:/escaped.js'])(
    'refuses a zip file that reaches out of its folder: %s',
    async (name) => {
      const zip = zipOf({ 'index.js': '', [name]: 'escaped' });
      expect((await refusal(create('slip', zip)))[0]).toBe('InvalidParameterValueException');
      expect(readdirSync(join(test.directory, 'lambda'))).not.toContain('escaped.js');
    },
  );

  it('refuses zip files that are too large, cut off or empty', async () => {
    // TestLambdaSizeLimits::test_oversized_unzipped_lambda
    const bomb = declaring(ECHO, 262_144_000);
    expect((await refusal(create('bomb', bomb)))[2]).toBe('Unzipped size must be smaller than 262144000 bytes');
    // 50 MB of zeros that are said to be 10 bytes.
    const liar = declaring(zipOf({ 'index.js': '\0'.repeat(50_000_000) }), 10);
    expect((await refusal(create('liar', liar)))[2]).toContain('Could not unzip uploaded file');
    const altered = Buffer.from(zipOf({ 'index.js': 'exports.handler = 1;' }, 0));
    altered[altered.indexOf('exports')] += 1;
    expect((await refusal(create('altered', altered)))[2]).toContain('Could not unzip uploaded file');
    expect((await refusal(create('cut', ECHO.subarray(0, -30))))[2]).toContain('Could not unzip uploaded file');
    expect((await refusal(create('empty', zipOf({}))))[0]).toBe('InvalidParameterValueException');
  });
});

describe('a function from a zip file', () => {
  const CODE = `
    let calls = 0;
    exports.handler = async (event, context) => {
      calls += 1;
      switch (event.do) {
        case 'log': console.log('slewing to', { raDeg: 10.5 }); console.warn('windy'); process.stdout.write('raw\\n'); return;
        case 'throw': throw Object.assign(new Error('drive stalled'), { name: 'SlewFailed' });
        case 'exit': process.exit(event.code);
        case 'late': setTimeout(() => { throw new RangeError('late') }, 1); return new Promise((end) => setTimeout(end, 5000));
        case 'reject': Promise.reject(new Error('nobody caught it')); return new Promise((end) => setTimeout(end, 5000));
        case 'fill': for (const kept = [];;) kept.push({ at: kept.length });
        case 'buffers': for (const kept = [];;) kept.push(Buffer.alloc(1e6, 1));
        case 'kill': process.kill(process.pid, 'SIGKILL'); return new Promise(() => {});
        case 'never': return new Promise(() => {});
        case 'loop': for (;;);
        default: return { event, context, calls, env: process.env, folder: process.cwd(), left: context.getRemainingTimeInMillis() };
      }
    };`;
  beforeAll(async () => {
    const Environment = { Variables: { SITE: 'La Palma' } };
    await create('user', zipOf({ 'src/app.js': CODE }), { Handler: 'src/app.handler', Environment, Timeout: 2 });
  });

  it('has event, context and an environment of its own', async () => {
    const ClientContext = Buffer.from('{"custom":{"a":1}}').toString('base64');
    const { payload, error, answer } = await invoke('user', { a: 'ü' }, { ClientContext });
    expect(error).toBeUndefined();
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    const { event, context, env, folder, left } = payload;
    expect(event).toEqual({ a: 'ü' });
    // TestLambdaFeatures::test_lambda_with_context
    expect(context).toMatchObject({
      callbackWaitsForEmptyEventLoop: true,
      functionVersion: '$LATEST',
      functionName: 'user',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/user',
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: { custom: { a: 1 } },
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:user',
    });
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(2000);
    // TestLambdaRuntimesCommon::test_introspection_invoke[nodejs20.x]
    expect(env).toMatchObject({
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_FUNCTION_NAME: 'user',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/user',
      AWS_REGION: 'us-east-1',
      SITE: 'La Palma',
      TZ: ':UTC',
      _HANDLER: 'src/app.handler',
    });
    expect(env.LAMBDA_TASK_ROOT).toBe(folder);
    expect(env).not.toHaveProperty('HOME');
    expect((await invoke('user')).payload.calls).toBe(2);
  });

  it('logs', async () => {
    const { answer, payload } = await invoke('user', { do: 'log' }, { LogType: 'Tail' });
    expect(payload).toBeNull();
    const lines = Buffer.from(answer.LogResult ?? '', 'base64')
      .toString()
      .split('\n');
    const id = /^START RequestId: ([0-9a-f-]{36}) Version: \$LATEST$/.exec(lines[0]!)?.[1];
    expect(id).toBeDefined();
    // TestLambdaFeatures::test_invocation_with_logs[nodejs16.x]
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^\\S+Z\\t${id}\\tINFO\\tslewing to { raDeg: 10\\.5 }$`)),
      expect.stringMatching(new RegExp(`^\\S+Z\\t${id}\\tWARN\\twindy$`)),
      'raw',
      `END RequestId: ${id}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\\tDuration: [0-9.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\t`,
        ),
      ),
      '',
    ]);
  });

  const endings: [string, object, object][] = [
    ['throws', { do: 'throw' }, { errorType: 'SlewFailed', errorMessage: 'drive stalled', trace: expect.any(Array) }],
    [
      'leaves',
      { do: 'exit', code: 0 },
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Runtime exited without providing a reason$/,
        ),
      },
    ],
    [
      'leaves with a code',
      { do: 'exit', code: 127 },
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/ Error: Runtime exited with error: exit status 127$/),
      },
    ],
    [
      'throws outside of its handler',
      { do: 'late' },
      { errorType: 'RangeError', errorMessage: 'late', trace: expect.any(Array) },
    ],
    [
      'leaves a promise alone',
      { do: 'reject' },
      {
        errorType: 'Runtime.UnhandledPromiseRejection',
        errorMessage: 'Error: nobody caught it',
        trace: expect.any(Array),
      },
    ],
    [
      'fills its heap',
      { do: 'fill' },
      {
        errorType: 'Runtime.OutOfMemory',
        errorMessage: expect.stringMatching(/ Error: Runtime exited with error: signal: killed$/),
      },
    ],
    [
      'fills its memory with buffers',
      { do: 'buffers' },
      { errorType: 'Runtime.OutOfMemory', errorMessage: expect.stringMatching(/signal: killed$/) },
    ],
    [
      'kills its process',
      { do: 'kill' },
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/signal: killed$/) },
    ],
    [
      'never ends',
      { do: 'loop' },
      {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 2\.00 seconds$/),
      },
    ],
  ];
  it.each(endings)('%s, and the next invocation is well', async (_, event, expected) => {
    const failed = await invoke('user', event);
    expect(failed).toMatchObject({ error: 'Unhandled', answer: { StatusCode: 200, ExecutedVersion: '$LATEST' } });
    expect(failed.payload).toEqual(expected);
    expect((await invoke('user')).error).toBeUndefined();
  });

  it('ends without a result when nothing is left to wait for', async () => {
    expect(await invoke('user', { do: 'never' })).toMatchObject({ error: undefined, payload: null });
    expect((await invoke('user')).error).toBeUndefined();
  });
});

describe('a handler', () => {
  const handlers: [string, Record<string, string>, string, unknown][] = [
    [
      'of an ES module',
      { 'index.mjs': 'export const handler = async () => import.meta.filename.endsWith("index.mjs");' },
      'index.handler',
      true,
    ],
    [
      'of a folder of ES modules',
      { 'package.json': '{"type":"module"}', 'index.js': 'export async function run() { return 2; }' },
      'index.run',
      2,
    ],
    [
      'that calls back',
      {
        'index.cjs':
          'module.exports.handler = (event, context, callback) => { setTimeout(() => callback(null, 3), 5); };',
      },
      'index.handler',
      3,
    ],
    ['within an object', { 'index.js': 'exports.night = { open: async () => 4 };' }, 'index.night.open', 4],
    ['that gives a plain result', { 'index.js': 'exports.handler = () => 5;' }, 'index.handler', null],
    [
      'with the SDK, which it does not bring along',
      {
        'index.mjs':
          'import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3"; export const handler = async () => (await new S3Client().send(new HeadBucketCommand({ Bucket: "codes" }))).BucketRegion;',
      },
      'index.handler',
      'us-east-1',
    ],
    [
      'that requires the SDK and a module of its own',
      {
        'index.js':
          'const { SFNClient } = require("@aws-sdk/client-sfn"); exports.handler = async () => typeof SFNClient + require("./own");',
        'own.js': 'module.exports = "!";',
      },
      'index.handler',
      'function!',
    ],
  ];
  it.each(handlers)('%s', async (name, files, Handler, expected) => {
    const FunctionName = name.replaceAll(/\W/g, '-');
    await create(FunctionName, zipOf(files), { Handler, Timeout: 30 });
    expect(await invoke(FunctionName)).toMatchObject({ error: undefined, payload: expected });
  });

  const faults: [string, Record<string, string>, string, string, string][] = [
    [
      'without its file',
      { 'other.js': '' },
      'index.handler',
      'Runtime.ImportModuleError',
      "Error: Cannot find module 'index'",
    ],
    [
      'without a module that it needs',
      { 'index.js': 'require("absent-module");' },
      'index.handler',
      'Runtime.ImportModuleError',
      "Error: Cannot find module 'absent-module'",
    ],
    [
      'without its name',
      { 'index.js': 'exports.other = 1;' },
      'index.handler',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
    [
      'that is no function',
      { 'index.js': 'exports.handler = 1;' },
      'index.handler',
      'Runtime.HandlerNotFound',
      'index.handler is not a function',
    ],
    [
      'with a fault in its text',
      { 'index.js': 'exports.handler = async ( => 1;' },
      'index.handler',
      'Runtime.UserCodeSyntaxError',
      'SyntaxError: ',
    ],
    [
      'that throws while it is loaded',
      { 'index.js': 'throw new RangeError("at once");' },
      'index.handler',
      'RangeError',
      'at once',
    ],
    ['without a dot', { 'index.js': '' }, 'index', 'Runtime.MalformedHandlerName', 'Bad handler'],
  ];
  it.each(faults)('%s', async (name, files, Handler, errorType, errorMessage) => {
    const FunctionName = `fault-${name.replaceAll(/\W/g, '-')}`;
    await create(FunctionName, zipOf(files), { Handler });
    const { error, payload } = await invoke(FunctionName);
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(errorMessage) });
  });
});

describe('a function', () => {
  it('is changed, and what runs ends as it began', async () => {
    const slow =
      'exports.handler = (_, __, done) => setTimeout(() => done(null, process.env.TEXT + require("./text")), 1000);';
    const filesOf = (text: string) => zipOf({ 'index.js': slow, 'text.js': `module.exports = '${text}';` });
    const FunctionName = 'changing';
    await create(FunctionName, filesOf('old'), { Timeout: 30, Environment: { Variables: { TEXT: '1 ' } } });
    const running = invoke(FunctionName);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { RevisionId, ...changed } = await lambda.send(
      new Lambda.UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { TEXT: '2 ' } } }),
    );
    expect(changed).toMatchObject({
      State: 'Active',
      LastUpdateStatus: 'InProgress',
      LastUpdateStatusReason: 'The function is being created.',
      LastUpdateStatusReasonCode: 'Creating',
      Timeout: 30,
      Handler: 'index.handler',
    });
    await Lambda.waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 5 }, { FunctionName });
    const ZipFile = filesOf('new');
    const code = await lambda.send(new Lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    expect(code.CodeSha256).toBe(createHash('sha256').update(ZipFile).digest('base64'));
    expect((await running).payload).toBe('1 old');
    expect((await invoke(FunctionName)).payload).toBe('2 new');
    // TestLambdaRevisions::test_function_revisions_basic
    const stale = lambda.send(new Lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile, RevisionId }));
    expect(await refusal(stale)).toEqual([
      'PreconditionFailedException',
      412,
      'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
    ]);
  });

  it('is deleted', async () => {
    const FunctionName = 'deleted';
    await create(FunctionName);
    expect((await invoke(FunctionName, 1)).payload).toBe(1);
    const drop = (Qualifier?: string) => lambda.send(new Lambda.DeleteFunctionCommand({ FunctionName, Qualifier }));
    // TestLambdaFunction::test_ops_with_arn_qualifier_mismatch[delete_function]
    expect((await refusal(drop('$LATEST')))[2]).toBe(
      '$LATEST version cannot be deleted without deleting the function.',
    );
    expect((await drop()).$metadata.httpStatusCode).toBe(204);
    const absent = 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:deleted';
    expect(await refusal(drop())).toEqual(['ResourceNotFoundException', 404, absent]);
    expect((await refusal(invoke(FunctionName)))[2]).toBe(`${absent}:$LATEST`);
  });

  it('is named as AWS names it', async () => {
    const get = (FunctionName: string, Qualifier?: string) =>
      refusal(lambda.send(new Lambda.GetFunctionCommand({ FunctionName, Qualifier })));
    expect((await get('my-function!'))[2]).toBe(
      "1 validation error detected: Value 'my-function!' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    );
    expect((await get('made', 'invalid!'))[2]).toBe(
      "1 validation error detected: Value 'invalid!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    );
    expect((await get('made:1', '2'))[2]).toBe(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
    expect((await get('made:1221'))[2]).toBe(
      'Function not found: arn:aws:lambda:us-east-1:000000000000:function:made:1221',
    );
    expect(await get('arn:aws:lambda:eu-west-1:000000000000:function:made')).toEqual([
      'ResourceNotFoundException',
      404,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ]);
  });

  it('tells who may call it', async () => {
    const FunctionName = 'permitted';
    await create(FunctionName);
    const SourceArn = 'arn:aws:events:us-east-1:000000000000:rule/night';
    const permission = {
      StatementId: 'night',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn,
    };
    const add = (more: object = {}) =>
      lambda.send(new Lambda.AddPermissionCommand({ FunctionName, ...permission, ...more }));
    const get = () => lambda.send(new Lambda.GetPolicyCommand({ FunctionName }));
    const remove = (StatementId: string) =>
      lambda.send(new Lambda.RemovePermissionCommand({ FunctionName, StatementId }));
    expect((await refusal(get()))[2]).toBe('The resource you requested does not exist.');
    expect((await refusal(remove('night')))[2]).toBe('No policy is associated with the given resource.');
    const added = await add();
    expect(added.$metadata.httpStatusCode).toBe(201);
    // TestLambdaPermissions::test_add_lambda_permission_aws
    const statement = {
      Sid: 'night',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: 'arn:aws:lambda:us-east-1:000000000000:function:permitted',
      Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } },
    };
    expect(JSON.parse(added.Statement ?? '')).toEqual(statement);
    expect(JSON.parse((await get()).Policy ?? '')).toEqual({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [statement],
    });
    // TestLambdaPermissions::test_permission_exceptions and test_remove_multi_permissions
    expect((await refusal(add()))[0]).toBe('ResourceConflictException');
    expect((await refusal(add({ StatementId: 'example.com' })))[2]).toBe(
      "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    );
    expect((await refusal(add({ StatementId: 'b', Principal: 'nobody' })))[2]).toBe(
      'The provided principal was invalid. Please check the principal and try again.',
    );
    expect((await refusal(remove('non-existent')))[2]).toBe('Statement non-existent is not found in resource policy.');
    await remove('night');
    expect((await refusal(get()))[2]).toBe('The resource you requested does not exist.');
  });

  it('is asked whether it could be called', async () => {
    await create('dry');
    const dry = await lambda.send(new Lambda.InvokeCommand({ FunctionName: 'dry', InvocationType: 'DryRun' }));
    expect([dry.StatusCode, dry.Payload?.length ?? 0]).toEqual([204, 0]);
  });

  it('does not hold up the end of the engine', async () => {
    const engine = await newEngine();
    const client = clients({ requestHandler: engine.engine.requestHandler }).lambda;
    const Code = { ZipFile: zipOf({ 'index.js': 'exports.handler = () => { for (;;); };' }) };
    const input = {
      FunctionName: 'long',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 900,
    } as const;
    await client.send(new Lambda.CreateFunctionCommand({ ...input, Code }));
    const running = client.send(new Lambda.InvokeCommand({ FunctionName: 'long' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await engine.discard();
    expect((await running).Payload?.transformToString()).toContain('signal: killed');
  });

  it('outlives the engine; what an update left behind does not', async () => {
    const first = await newEngine();
    const before = clients({ requestHandler: first.engine.requestHandler }).lambda;
    const Code = { ZipFile: ECHO };
    const input = { FunctionName: 'kept', Runtime: 'nodejs22.x', Handler: 'index.handler', Role: ROLE, Code } as const;
    const { CodeSha256 } = await before.send(new Lambda.CreateFunctionCommand(input));
    await before.send(new Lambda.UpdateFunctionCodeCommand({ FunctionName: 'kept', ZipFile: ECHO }));
    await first.engine.close();
    expect(readdirSync(join(first.directory, 'lambda'))).toHaveLength(1);
    expect(existsSync(join(first.directory, 'lambda.sqlite'))).toBe(true);
    const second = await newEngine({ directory: first.directory });
    const after = clients({ requestHandler: second.engine.requestHandler }).lambda;
    const configuration = await after.send(new Lambda.GetFunctionConfigurationCommand({ FunctionName: 'kept' }));
    expect(configuration).toMatchObject({ CodeSha256, State: 'Active' });
    const answer = await after.send(new Lambda.InvokeCommand({ FunctionName: 'kept', Payload: '[6]' }));
    expect(answer.Payload?.transformToString()).toBe('[6]');
    await second.discard();
  });
});
