import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, chain, closeAll, openBench, REGION, ROLE_ARN, START_MS, settle, single } from './helpers.ts';

afterAll(closeAll);

const pass = single({ Type: 'Pass', End: true });
const waiting = single({ Type: 'Wait', Seconds: 1000, End: true });
const text = JSON.stringify(pass);
const arnOf = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT_ID}:stateMachine:${name}`;
const started = new Date(START_MS);

// Fault names and messages marked "AWS" are those recorded on AWS by LocalStack's snapshot tests (Apache-2.0).
describe('state machines', () => {
  it('are created, described, listed and deleted', async () => {
    const { client, createMachine } = openBench();
    for (const name of ['b', 'a', 'c']) expect(await createMachine(name, pass)).toBe(arnOf(name));
    const { $metadata, ...described } = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: arnOf('a') }),
    );
    expect($metadata.httpStatusCode).toBe(200);
    expect(described).toEqual({
      stateMachineArn: arnOf('a'),
      name: 'a',
      status: 'ACTIVE',
      definition: text,
      roleArn: ROLE_ARN,
      type: 'STANDARD',
      creationDate: started,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    });
    const first = await client.send(new ListStateMachinesCommand({ maxResults: 2 }));
    const rest = await client.send(new ListStateMachinesCommand({ maxResults: 2, nextToken: first.nextToken }));
    expect([...first.stateMachines!, ...rest.stateMachines!].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(rest.nextToken).toBeUndefined();
    await client.send(new DeleteStateMachineCommand({ stateMachineArn: arnOf('a') }));
    // Deleting what is not there is no fault (AWS).
    await client.send(new DeleteStateMachineCommand({ stateMachineArn: arnOf('a') }));
    await expect(client.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('a') }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
      message: `State Machine Does Not Exist: '${arnOf('a')}'`,
    });
  });

  it('can be created twice with the same definition, not with another (AWS)', async () => {
    const { client } = openBench();
    const create = (definition: string) =>
      client.send(new CreateStateMachineCommand({ name: 'm', definition, roleArn: ROLE_ARN }));
    const first = await create(text);
    expect((await create(text)).stateMachineArn).toBe(first.stateMachineArn);
    await expect(create(JSON.stringify(pass, null, 1))).rejects.toMatchObject({
      name: 'StateMachineAlreadyExists',
      message: `State Machine Already Exists: '${arnOf('m')}'`,
    });
  });

  it('get a new revision by an update that changes something (AWS)', async () => {
    const { client, createMachine } = openBench();
    const stateMachineArn = await createMachine('m', pass);
    const update = (fields: object) => client.send(new UpdateStateMachineCommand({ stateMachineArn, ...fields }));
    const changed = await update({ definition: JSON.stringify(waiting) });
    expect(changed.revisionId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await update({ definition: JSON.stringify(waiting) })).revisionId).toBe(changed.revisionId);
    expect((await update({ roleArn: `${ROLE_ARN}-2` })).revisionId).not.toBe(changed.revisionId);
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ definition: JSON.stringify(waiting), roleArn: `${ROLE_ARN}-2` });
    await expect(update({})).rejects.toMatchObject({
      name: 'MissingRequiredParameter',
      message:
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    });
  });

  it('that are deleted go away with their last execution', async () => {
    const { client, start, describe: described } = openBench();
    const executionArn = await start(waiting);
    const stateMachineArn = arnOf('machine-1');
    await client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    expect((await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).status).toBe('DELETING');
    await expect(client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineDeleting',
    });
    await client.send(new StopExecutionCommand({ executionArn }));
    await expect(client.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    expect((await described(executionArn)).status).toBe('ABORTED');
  });

  it('with a faulty definition are refused with all problems (AWS wording)', async () => {
    const { client } = openBench();
    const definition = JSON.stringify({ StartAt: 'A' });
    await expect(
      client.send(new CreateStateMachineCommand({ name: 'm', definition, roleArn: ROLE_ARN })),
    ).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'",
    });
    const { $metadata: _1, ...valid } = await client.send(
      new ValidateStateMachineDefinitionCommand({ definition: text }),
    );
    expect(valid).toEqual({ result: 'OK', diagnostics: [], truncated: false });
    const { $metadata: _2, ...faulty } = await client.send(
      new ValidateStateMachineDefinitionCommand({ definition: '{}' }),
    );
    expect(faulty).toEqual({
      result: 'FAIL',
      diagnostics: [
        {
          severity: 'ERROR',
          code: 'SCHEMA_VALIDATION_FAILED',
          message: 'These fields are required: [States, StartAt]',
          location: '/',
        },
      ],
      truncated: false,
    });
  });

  it.each([
    ['EXPRESS machines', { type: 'EXPRESS' as const }, 'StateMachineTypeNotSupported'],
    ['versions', { publish: true }, 'ValidationException'],
    ['logging', { loggingConfiguration: { level: 'ALL' as const } }, 'InvalidLoggingConfiguration'],
    ['tracing', { tracingConfiguration: { enabled: true } }, 'InvalidTracingConfiguration'],
  ])('refuse %s', async (_what, fields, name) => {
    const { client } = openBench();
    const command = new CreateStateMachineCommand({ name: 'm', definition: text, roleArn: ROLE_ARN, ...fields });
    await expect(client.send(command)).rejects.toMatchObject({ name });
  });

  // Each of these was refused as a name by AWS.
  it.each([
    'a name',
    'a<',
    'a>',
    'a{',
    'a[',
    'a?',
    'a*',
    'a"',
    'a#',
    'a%',
    'a\\',
    'a^',
    'a|',
    'a~',
    'a`',
    'a$',
    'a&',
    'a,',
    'a;',
    'a:',
    'a/',
    '\u0000a',
    'a\u001f',
    'a\u007f',
  ])('cannot be called %j', async (name) => {
    const { client } = openBench();
    await expect(
      client.send(new CreateStateMachineCommand({ name, definition: text, roleArn: ROLE_ARN })),
    ).rejects.toMatchObject({
      name: 'InvalidName',
      message: `Invalid Name: '${name}'`,
    });
  });
});

describe('executions', () => {
  it('are described as on AWS', async () => {
    const { client, run } = openBench();
    const { arn } = await run(pass, { a: 1 });
    const { $metadata, ...described } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    expect(described).toEqual({
      executionArn: arn,
      stateMachineArn: arnOf('machine-1'),
      name: arn.split(':').at(-1),
      status: 'SUCCEEDED',
      startDate: started,
      stopDate: started,
      input: '{"a":1}',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect(described.name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
  });

  it('can be started twice while they run, with the same name and input (AWS)', async () => {
    const { client, createMachine } = openBench();
    const stateMachineArn = await createMachine('m', waiting);
    const start = (input: string) => client.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input }));
    const first = await start('{"a":1}');
    expect(first).toMatchObject({
      executionArn: `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:m:one`,
      startDate: started,
    });
    expect((await start('{"a":1}')).executionArn).toBe(first.executionArn);
    const exists = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${first.executionArn}'` };
    await expect(start('{"a":2}')).rejects.toMatchObject(exists);
    await client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('{"a":1}')).rejects.toMatchObject(exists);
  });

  it('take any JSON as input, and nothing else (AWS)', async () => {
    const { client, createMachine } = openBench();
    const stateMachineArn = await createMachine('m', pass);
    const start = (input: string) => client.send(new StartExecutionCommand({ stateMachineArn, input }));
    for (const input of ['2', '"text"', 'null']) expect((await start(input)).executionArn).toBeDefined();
    for (const input of ['', 'not json', "{'not': 1}"]) {
      await expect(start(input)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    }
    await expect(start('')).rejects.toMatchObject({
      message: "Invalid State Machine Execution Input: 'Invalid execution input.'",
    });
    await expect(start(`"${'x'.repeat(262_143)}"`)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });

  it('are stopped once; later stops change nothing', async () => {
    const { client, start, clock, describe: described } = openBench();
    const executionArn = await start(waiting);
    const first = await client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    await clock.advance(5_000);
    const second = await client.send(new StopExecutionCommand({ executionArn, error: 'Other' }));
    expect(second.stopDate).toEqual(first.stopDate);
    expect(await described(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
  });

  it('are listed latest first, by status and in pages (AWS)', async () => {
    const { client, createMachine, clock } = openBench();
    const stateMachineArn = await createMachine('m', waiting);
    for (let n = 0; n < 13; n += 1) {
      await client.send(new StartExecutionCommand({ stateMachineArn, name: `run-${n}` }));
      await clock.advance(1_000);
    }
    await client.send(
      new StopExecutionCommand({ executionArn: `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:m:run-3` }),
    );
    const first = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 10 }));
    expect(first.executions!.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, n) => `run-${12 - n}`));
    const rest = await client.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 10, nextToken: first.nextToken }),
    );
    expect(rest.executions!.map(({ name }) => name)).toEqual(['run-2', 'run-1', 'run-0']);
    expect(rest.nextToken).toBeUndefined();
    const aborted = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'ABORTED' }));
    expect(aborted.executions).toEqual([
      expect.objectContaining({ name: 'run-3', status: 'ABORTED', redriveCount: 0, stateMachineArn }),
    ]);
    await expect(
      client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'ABORTED', nextToken: first.nextToken })),
    ).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('keep the definition that they were started with', async () => {
    const { client, start } = openBench();
    const executionArn = await start(waiting);
    await client.send(new UpdateStateMachineCommand({ stateMachineArn: arnOf('machine-1'), definition: text }));
    const described = await client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(described).toMatchObject({
      name: 'machine-1',
      definition: JSON.stringify(waiting),
      roleArn: ROLE_ARN,
      updateDate: started,
    });
  });
});

describe('histories', () => {
  it('come in pages, forwards and backwards', async () => {
    const { client, run } = openBench();
    const ItemProcessor = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
    const { arn: executionArn, events } = await run(single({ Type: 'Map', ItemProcessor, End: true }), [1, 2, 3]);
    for (const reverseOrder of [false, true]) {
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new GetExecutionHistoryCommand({ executionArn, maxResults: 4, reverseOrder, nextToken }),
        );
        expect(page.events!.length).toBeLessThanOrEqual(4);
        ids.push(...page.events!.map(({ id }) => id!));
        nextToken = page.nextToken;
      } while (nextToken);
      const expected = events.map(({ id }) => id);
      expect(ids).toEqual(reverseOrder ? expected.reverse() : expected);
    }
  });

  it('leave out the payloads when asked', async () => {
    const { client, run } = openBench();
    const { arn: executionArn, events } = await run(pass, { secret: 1 });
    const bare = await client.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }));
    expect(chain(bare.events!)).toEqual(chain(events));
    expect(JSON.stringify(bare.events)).not.toContain('secret');
    expect(bare.events![1]!.stateEnteredEventDetails).toEqual({ name: 'Only' });
  });

  it('have the time of the clock', async () => {
    const { start, clock, history } = openBench();
    const arn = await start(single({ Type: 'Wait', Seconds: 2, End: true }));
    await clock.advance(2_000);
    const times = (await history(arn)).map(({ timestamp }) => timestamp!.getTime() - START_MS);
    expect(times).toEqual([0, 0, 2_000, 2_000]);
  });
});

describe('faults', () => {
  const bench = openBench();
  const missing = `arn:aws:states:${REGION}:${ACCOUNT_ID}:execution:m:none`;
  it.each([
    [
      'InvalidArn',
      "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'",
      new DescribeStateMachineCommand({ stateMachineArn: 'not_a_valid_arn' }),
    ],
    [
      'InvalidArn',
      "Invalid Arn: 'Resource type not valid in this context: execution'",
      new StartExecutionCommand({ stateMachineArn: missing }),
    ],
    [
      'StateMachineDoesNotExist',
      `State Machine Does Not Exist: '${arnOf('none')}'`,
      new StartExecutionCommand({ stateMachineArn: arnOf('none') }),
    ],
    [
      'StateMachineDoesNotExist',
      `State Machine Does Not Exist: '${arnOf('none')}'`,
      new ListExecutionsCommand({ stateMachineArn: arnOf('none') }),
    ],
    [
      'ExecutionDoesNotExist',
      `Execution Does Not Exist: '${missing}'`,
      new DescribeExecutionCommand({ executionArn: missing }),
    ],
    [
      'ExecutionDoesNotExist',
      `Execution Does Not Exist: '${missing}'`,
      new GetExecutionHistoryCommand({ executionArn: missing }),
    ],
    [
      'ExecutionDoesNotExist',
      `Execution Does Not Exist: '${missing}'`,
      new StopExecutionCommand({ executionArn: missing }),
    ],
    [
      'ValidationException',
      "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
      new ListStateMachinesCommand({ maxResults: 1001 }),
    ],
    [
      'ValidationException',
      "The option 'redriveFilter' is not supported",
      new ListExecutionsCommand({ stateMachineArn: arnOf('none'), redriveFilter: 'REDRIVEN' }),
    ],
    ['InvalidToken', "Invalid Token: 'abc'", new ListStateMachinesCommand({ nextToken: 'abc' })],
    [
      'UnknownOperationException',
      "The operation 'AWSStepFunctions.ListActivities' is not known or not supported",
      new ListActivitiesCommand({}),
    ],
  ])('%s: %s', async (name, message, command) => {
    await expect(bench.client.send(command as never)).rejects.toMatchObject({
      name,
      message,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('lists the statuses that there are (AWS)', async () => {
    const { client, createMachine } = openBench();
    const stateMachineArn = await createMachine('m', pass);
    await expect(
      client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'succeeded' as never })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    });
  });

  it('answers nothing after it was closed', async () => {
    const { client, stepFunctions, start } = openBench();
    await start(waiting);
    await stepFunctions.close();
    await stepFunctions.close();
    await settle();
    await expect(client.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 503 },
    });
  });
});
