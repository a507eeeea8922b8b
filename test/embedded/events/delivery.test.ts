import { CreateEventBusCommand, DisableRuleCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, expect, it, vi } from 'vitest';
import { settle } from '../stepfunctions/helpers.ts';
import { busArn, discardAll, functionArn, machineArn, openBench, RoleArn } from './bench.ts';

afterEach(async () => {
  await discardAll();
  vi.restoreAllMocks();
});

const EventPattern = '{"source":["nocturne"],"detail":{"status":["COMPLETED"]}}';
const record = { Arn: functionArn('record') };

/** What the engine says on stderr from now on. */
function listen(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  return lines;
}

it('hands a function the event that its rule wants, and no other', async () => {
  const bench = await openBench();
  await bench.rule({ Name: 'closed', EventPattern }, record);
  await bench.put({ status: 'COMPLETED', nightId: 'n1' }, { Resources: ['arn:x'], Time: new Date(1_700_000_000_000) });
  await bench.put({ status: 'ABORTED' });
  expect(bench.recorded).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Night Closed',
      source: 'nocturne',
      account: '000000000000',
      time: '2023-11-14T22:13:20Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { status: 'COMPLETED', nightId: 'n1' },
    },
  ]);
});

it('starts an execution with what the input transformer makes', async () => {
  const bench = await openBench();
  const Arn = await bench.machine('follow');
  const InputTransformer = {
    InputPathsMap: { night: '$.detail.nightId', id: '$.id' },
    InputTemplate: '{"night": <night>, "id": <id>, "rule": "<aws.events.rule-name>"}',
  };
  await bench.rule({ Name: 'closed', EventPattern }, { Arn, RoleArn, InputTransformer });
  await bench.put({ status: 'COMPLETED', nightId: 'n1' });
  const [execution, ...more] = await bench.executions('follow');
  expect(more).toEqual([]);
  expect(execution!.input).toEqual({ night: 'n1', id: expect.any(String), rule: 'closed' });
  expect(execution!.name.startsWith(`${execution!.input.id}_`)).toBe(true);
});

it('takes changes of rules at once', async () => {
  const bench = await openBench();
  await bench.rule({ Name: 'closed', EventPattern }, record);
  await bench.put({ status: 'COMPLETED' });
  await bench.events.send(new DisableRuleCommand({ Name: 'closed' }));
  await bench.put({ status: 'COMPLETED' });
  await bench.rule({ Name: 'closed', EventPattern: '{"source":["nocturne"]}' }, { ...record, Input: '"all"' });
  await bench.put({ status: 'ABORTED' });
  await bench.events.send(new RemoveTargetsCommand({ Rule: 'closed', Ids: ['t'] }));
  await bench.put({ status: 'ABORTED' });
  expect(bench.recorded).toEqual([expect.objectContaining({ source: 'nocturne' }), 'all']);
});

it('passes events from bus to bus, and ends a circle', async () => {
  const lines = listen();
  const bench = await openBench();
  await bench.events.send(new CreateEventBusCommand({ Name: 'observatory' }));
  const all = '{"source":["nocturne"]}';
  await bench.rule({ Name: 'on', EventPattern: all, EventBusName: 'observatory' }, { Arn: busArn('default') });
  await bench.rule({ Name: 'seen', EventPattern: all }, record);
  await bench.put({ a: 1 }, { EventBusName: busArn('observatory') });
  expect(bench.recorded).toEqual([expect.objectContaining({ source: 'nocturne', detail: { a: 1 } })]);
  await bench.rule({ Name: 'back', EventPattern: all }, { Arn: busArn('observatory') });
  await bench.put({ a: 2 });
  await settle();
  expect(lines).toEqual([expect.stringMatching(/^EventBridge: Rule (on|back) did not deliver .* 5 buses/)]);
});

it('tells what cannot be delivered, and goes on', async () => {
  const lines = listen();
  const bench = await openBench();
  await bench.rule({ Name: 'nowhere', EventPattern }, { Arn: machineArn('nowhere'), RoleArn });
  await bench.rule({ Name: 'no-path', EventPattern }, { ...record, InputPath: '$.detail.absent' });
  await bench.rule({ Name: 'here', EventPattern }, record);
  await bench.put({ status: 'COMPLETED' });
  expect(lines.sort()).toEqual([
    expect.stringMatching(/^EventBridge: Rule no-path did not deliver .*\$\.detail\.absent\n$/),
    expect.stringMatching(/^EventBridge: Rule nowhere did not deliver event .* StateMachineDoesNotExist: /),
  ]);
  expect(bench.recorded).toHaveLength(1);
});

it('tries a function that fails three times, over three minutes', async () => {
  const lines = listen();
  let tries = 0;
  const handler = async () => {
    tries += 1;
    throw new Error('drive stalled');
  };
  const bench = await openBench({ functions: [{ name: 'record', handler, timeoutS: 3, memoryMb: 128 }] });
  await bench.rule({ Name: 'closed', EventPattern }, record);
  await bench.put({ status: 'COMPLETED' });
  const seen = [tries];
  for (const ms of [59_000, 1_000, 119_000, 1_000, 600_000]) {
    await bench.clock.advance(ms);
    await settle();
    seen.push(tries);
  }
  expect(seen).toEqual([1, 1, 2, 2, 3, 3]);
  expect(lines).toEqual([
    expect.stringContaining('record failed. {"errorType":"Error","errorMessage":"drive stalled"'),
  ]);
});

it('tells of executions on the default bus', async () => {
  const bench = await openBench();
  await bench.rule({ Name: 'status', EventPattern: '{"source":["aws.states"]}' }, record);
  const definition = (state: object) => JSON.stringify({ StartAt: 'S', States: { S: state } });
  const start = async (name: string, state: object) => {
    const machine = { name, definition: definition(state), roleArn: RoleArn };
    const { stateMachineArn } = await bench.sfn.send(new CreateStateMachineCommand(machine));
    const started = await bench.sfn.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{"a":1}' }));
    await settle();
    return started.executionArn!;
  };
  const executionArn = await start('passes', { Type: 'Pass', Result: { b: 2 }, End: true });
  const startDate = bench.clock.now();
  const started = {
    executionArn,
    stateMachineArn: machineArn('passes'),
    name: 'one',
    status: 'RUNNING',
    startDate,
    stopDate: null,
    input: '{"a":1}',
    output: null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: 0,
    redriveDate: null,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    inputDetails: { included: true },
    outputDetails: null,
    error: null,
    cause: null,
  };
  // As AWS has it for an execution that passes (recorded there on 2024-02-07).
  expect(bench.recorded.map(({ id: _id, ...event }) => event)).toEqual(
    [
      started,
      {
        ...started,
        status: 'SUCCEEDED',
        stopDate: startDate,
        output: '{"b":2}',
        outputDetails: { included: true },
        redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      },
    ].map((detail) => ({
      version: '0',
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      time: '2026-11-21T18:00:00Z',
      region: 'us-east-1',
      resources: [executionArn],
      detail,
    })),
  );
  bench.recorded.length = 0;
  await start('fails', { Type: 'Fail', Error: 'Broken', Cause: 'because' });
  const waiting = await start('waits', { Type: 'Wait', Seconds: 60, End: true });
  await bench.sfn.send(new StopExecutionCommand({ executionArn: waiting }));
  await settle();
  expect(bench.recorded.map(({ detail }) => [detail.status, detail.error, detail.cause])).toEqual([
    ['RUNNING', null, null],
    ['FAILED', 'Broken', 'because'],
    ['RUNNING', null, null],
    ['ABORTED', null, null],
  ]);
});

it('leaves out input and output that are too large', async () => {
  const bench = await openBench();
  await bench.rule({ Name: 'status', EventPattern: '{"source":["aws.states"]}' }, record);
  const stateMachineArn = await bench.machine('echo');
  const input = JSON.stringify('x'.repeat(130 * 1024));
  await bench.sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
  await settle();
  const [started, ended] = bench.recorded.map(({ detail }) => detail);
  expect(started).toMatchObject({ input, inputDetails: { included: true } });
  // 130 KiB each are more than 248 KiB together.
  expect(ended).toMatchObject({ input: null, inputDetails: { included: false }, outputDetails: { included: true } });
  expect(ended.output).toBe(input);
});

it('tells of executions that go on after an earlier process left them', async () => {
  const before = await openBench();
  await before.rule({ Name: 'status', EventPattern: '{"detail":{"status":["SUCCEEDED"]}}' }, record);
  const definition = JSON.stringify({ StartAt: 'S', States: { S: { Type: 'Wait', Seconds: 60, End: true } } });
  const machine = { name: 'waits', definition, roleArn: RoleArn };
  const { stateMachineArn } = await before.sfn.send(new CreateStateMachineCommand(machine));
  const { executionArn } = await before.sfn.send(new StartExecutionCommand({ stateMachineArn }));
  await before.engine.close();
  const after = await openBench({ directory: before.directory });
  await after.clock.advance(60_000);
  await settle();
  expect(after.recorded.map(({ resources }) => resources)).toEqual([[executionArn]]);
});
