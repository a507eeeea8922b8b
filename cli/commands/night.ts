import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { childFailure } from '../../core/night/failure.ts';
import type { NightInput, NightRecord } from '../../core/records/night.ts';
import type { Programme } from '../../core/records/programme.ts';
import { createDisplay, type Display } from '../display.ts';
import { EngineUnusable, EXIT } from '../errors.ts';
import { type NightOptions, type PreparedNight, prepareNight } from '../input.ts';
import { readEvents, readNight, readReport, requestHalt } from '../records.ts';
import { type EngineOptions, openSession, type Session } from '../session.ts';
import { printSummary } from '../summary.ts';

/** How often a night that runs is looked at. */
const POLL_MS = 150;

export interface NightCommandOptions extends NightOptions, EngineOptions {
  json?: boolean;
}

/**
 * Observes one night and shows it. Returns the exit status: 0 when the night was observed to its end, 1 when it failed,
 * 130 when it was interrupted. Throws InputRefused before anything is written, EngineUnusable.
 */
export async function runNight(options: NightCommandOptions, nowMs: number): Promise<number> {
  const prepared = prepareNight(options, nowMs);
  const session = await openSession(options);
  const json = options.json ?? false;
  const display = createDisplay(json ? 'json' : process.stdout.isTTY ? 'bar' : 'lines', process.stdout);
  try {
    const { nightId } = prepared;
    const before = await readNight(session, nightId);
    const executionArn = await startNight(session, prepared.forBucket(session.bucket), before);
    const interruption = watchInterrupts(session, nightId, executionArn, display);
    try {
      await follow(session, nightId, executionArn, before, framesAsked(prepared.accepted.programme), display);
    } finally {
      await interruption.end();
    }
    return await conclude(session, nightId, executionArn, options, json);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InsufficientStorage') throw error;
    throw new EngineUnusable(
      `${error.message} Make room, then go on with:\n  ${againCommand(prepared.forBucket(session.bucket).input, options)}`,
    );
  } finally {
    await session.close();
  }
}

async function startNight(
  session: Session,
  { input, files }: ReturnType<PreparedNight['forBucket']>,
  before: NightRecord | undefined,
): Promise<string> {
  for (const { pointer, text } of files) {
    await session.s3.send(
      new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: text, ContentType: 'application/json' }),
    );
  }
  const name = `${input.nightId}-r${(before?.context.run ?? 0) + 1}`;
  // A start that was refused, or killed before the night was opened, has used its name up.
  for (let attempt = 1; ; attempt++) {
    try {
      const { executionArn } = await session.sfn.send(
        new StartExecutionCommand({
          stateMachineArn: session.machineArns.night,
          name: attempt === 1 ? name : `${name}.${attempt}`,
          input: JSON.stringify(input),
        }),
      );
      return executionArn!;
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }
}

const framesAsked = ({ requests, calibrations }: Programme): number =>
  requests.flatMap((request) => request.exposures).reduce((sum, { count }) => sum + count, 0) +
  calibrations.reduce((sum, { count }) => sum + count, 0);

/** Shows the events of a night as they come until its execution ends. */
async function follow(
  session: Session,
  nightId: string,
  executionArn: string,
  before: NightRecord | undefined,
  asked: number,
  display: Display,
): Promise<void> {
  const past = before ? await readEvents(session, nightId) : [];
  display.begin(nightId, asked, past.filter((event) => event.kind === 'exposure').length);
  let last = past.at(-1)?.item;
  for (;;) {
    const { status } = await session.sfn.send(new DescribeExecutionCommand({ executionArn }));
    for (const event of await readEvents(session, nightId, last)) {
      display.event(event);
      last = event.item;
    }
    if (status !== 'RUNNING') break;
    await delay(POLL_MS);
  }
  display.end();
}

/** The first Ctrl-C asks the night to stop at its next safe point; the second stops the executions and closes the night. */
function watchInterrupts(
  session: Session,
  nightId: string,
  executionArn: string,
  display: Display,
): { end(): Promise<void> } {
  let asked = false;
  let stopped: Promise<void> | undefined;
  const interrupt = () => {
    if (!asked) {
      asked = true;
      display.note('Stopping: the telescope will be parked after this frame. Ctrl-C again stops at once.');
      requestHalt(session, nightId).catch((error: Error) => display.note(`could not ask for a halt: ${error.message}`));
      return;
    }
    stopped ??= stopAtOnce(session, nightId, executionArn).catch((error: Error) =>
      display.note(`could not stop: ${error.message}`),
    );
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    async end() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      await stopped;
    },
  };
}

async function stopAtOnce(session: Session, nightId: string, executionArn: string): Promise<void> {
  const failure = { error: 'OperatorHalt', cause: 'stopped at once by an operator' };
  await session.sfn.send(new StopExecutionCommand({ executionArn, ...failure }));
  // Not every engine stops the children of an execution that is stopped.
  for (const machine of ['segment', 'observation'] as const) {
    const running = { stateMachineArn: session.machineArns[machine], statusFilter: 'RUNNING' as const };
    const { executions = [] } = await session.sfn.send(new ListExecutionsCommand(running));
    for (const child of executions.filter(({ name }) => name?.startsWith(`${nightId}-`))) {
      await session.sfn.send(new StopExecutionCommand({ executionArn: child.executionArn, ...failure }));
    }
  }
  await session.settle();
  await session.lambda.send(
    new InvokeCommand({ FunctionName: session.functionName('close-night'), Payload: JSON.stringify({ input: { nightId }, executionArn, failure }) }),
  );
  await session.lambda.send(
    new InvokeCommand({ FunctionName: session.functionName('report-night'), Payload: JSON.stringify({ input: { nightId }, executionArn }) }),
  );
}

/** Says how the night ended and gives the exit status. */
async function conclude(
  session: Session,
  nightId: string,
  executionArn: string,
  options: NightCommandOptions,
  json: boolean,
): Promise<number> {
  const execution = await session.sfn.send(new DescribeExecutionCommand({ executionArn }));
  const [night, report] = await Promise.all([readNight(session, nightId), readReport(session, nightId)]);
  const { error, cause } = childFailure({ error: execution.error ?? '', cause: execution.cause ?? '' });
  const succeeded = execution.status === 'SUCCEEDED';
  const halted = error === 'OperatorHalt';
  if (json) {
    const ending = { type: 'end', status: execution.status, night: night?.status, ...(!succeeded && { error, cause }) };
    process.stdout.write(`${JSON.stringify({ ...ending, report })}\n`);
  } else {
    if (report) printSummary(process.stdout, report, session.locate);
    if (!succeeded) process.stderr.write(`\nNight ${nightId} ended with ${error}: ${cause}\n`);
    if (night?.status === 'ABORTED' || night?.status === 'FAILED') {
      process.stderr.write(
        `The telescope is parked and the dome closed. What is stored stays; go on with:\n  ${againCommand(night.input, options)}\n`,
      );
    }
  }
  if (succeeded) return EXIT.done;
  return halted ? EXIT.interrupted : EXIT.failed;
}

/** The command that continues a night: its own input, whatever was asked for this time. */
function againCommand(input: NightInput, { observatory, programme, engine, out, stage }: NightCommandOptions): string {
  const { nightId, seed, campaign, mode, faults } = input;
  const again = [
    `--name ${nightId}`,
    `--observatory ${quoted(observatory)}`,
    `--programme ${quoted(programme)}`,
    `--night ${String(input.dayObs).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')}`,
    `--seed ${seed}`,
    ...(campaign === nightId ? [] : [`--campaign ${campaign}`]),
    ...(mode.kind === 'paced' ? [`--speed ${mode.speed}`] : []),
    ...Object.entries(faults).map(([step, share]) => `--fault ${step}=${share}`),
    ...(engine === 'embedded' ? [`--out ${quoted(out)}`] : [`--engine ${engine}`, ...(stage ? [`--stage ${stage}`] : [])]),
  ];
  return `npm run night -- ${again.join(' ')}`;
}

/** A word as a shell takes it. */
const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
