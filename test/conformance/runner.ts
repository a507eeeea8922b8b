import { JSONPath } from 'jsonpath-plus';
import { type Case, changed, type Json, type Step } from './case.ts';
import { type Bindings, compare, type Difference } from './compare.ts';
import { compareHistory } from './history.ts';

/** An engine that cases run on, with the account 111111111111 in us-east-1. */
export interface Target {
  /** Calls `service.Operation`; rejects with the SDK's error. */
  call(operation: string, params: Record<string, unknown>): Promise<unknown>;
  /** Makes a Lambda function with a handler of functions.ts. */
  createFunction(name: string, handler: string): Promise<void>;
  /** Lets time pass. */
  sleep(ms: number): Promise<void>;
  /** Called between two looks at something that is not there yet, the `looks`-th; false when it will never be. */
  pass(looks: number): Promise<boolean>;
  /** Has what the default bus gets of a pattern collected under a name. */
  collect(name: string, pattern: string): Promise<void>;
  collected(name: string): Promise<unknown[]>;
}

const account = 'us-east-1:111111111111';
const roleArn = 'arn:aws:iam::111111111111:role/test-sfn-role';

/** A refusal, as the recordings hold it. */
interface Refusal {
  error: string;
  message: string;
  status: number | undefined;
}

/** Runs a case. Gives what is not as AWS has it; rejects when the case itself cannot be run. */
export async function runCase({ steps }: Pick<Case, 'steps'>, target: Target): Promise<Difference[]> {
  const answers: unknown[] = [];
  const refusals: (Refusal | undefined)[] = [];
  const operations: string[] = [];
  const definitions = new Map<string, Json>();
  const bindings: Bindings = new Map();
  const differences: Difference[] = [];

  const resolve = (value: Json): any => resolved(value, answers, refusals, operations);

  /** Makes a call; a refusal that AWS does not make is a difference. */
  async function call(operation: string, params: Record<string, unknown>, fails = false): Promise<unknown> {
    const index = answers.length;
    operations[index] = operation.split('.')[1]!;
    try {
      const { $metadata: _metadata, ...answer } = (await target.call(operation, params)) as Record<string, unknown>;
      if (fails) differences.push({ path: operation, aws: 'refuses', engine: 'answers' });
      return await readable(answer);
    } catch (thrown) {
      refusals[index] = refusalOf(thrown);
      if (!fails) differences.push({ path: operation, aws: 'answers', engine: refusals[index] });
      return undefined;
    }
  }

  async function ended(execution: string): Promise<Record<string, unknown> | undefined> {
    for (let looks = 1; ; looks += 1) {
      const [machine, name] = execution.split(/:(.*)/s);
      const executionArn = `arn:aws:states:${account}:execution:${machine}:${name}`;
      const answer = (await call('stepfunctions.DescribeExecution', { executionArn })) as
        | Record<string, unknown>
        | undefined;
      if (answer === undefined || answer.status !== 'RUNNING') return answer;
      if (await target.pass(looks)) continue;
      differences.push({ path: execution, aws: 'ends', engine: 'still runs' });
      return answer;
    }
  }

  async function events(execution: string): Promise<any[]> {
    const executionArn = `arn:aws:states:${account}:execution:${execution}`;
    const answer: any = await call('stepfunctions.GetExecutionHistory', { executionArn });
    return answer?.events ?? [];
  }

  /** The token that a task of an execution has sent out. */
  async function token(execution: string, nth: number): Promise<string | undefined> {
    for (let looks = 1; ; looks += 1) {
      const found = await events(execution);
      const submitted = found.filter(({ type }) => type === 'TaskSubmitted').length;
      const tokens = found
        .map(
          ({ taskScheduledEventDetails: details }) => /"TaskToken":\s*"([^"]+)"/.exec(details?.parameters ?? '')?.[1],
        )
        .filter((text) => text !== undefined);
      if (submitted > nth) return tokens[nth];
      if (await target.pass(looks)) continue;
      differences.push({ path: execution, aws: 'submits a task', engine: 'never does' });
      return undefined;
    }
  }

  async function take(step: Step): Promise<unknown> {
    if ('function' in step) return target.createFunction(step.function, step.handler);
    if ('machine' in step) {
      const definition = 'like' in step ? changed(definitions.get(step.like)!, step.with) : resolve(step.definition);
      definitions.set(step.machine, definition);
      const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
      return call('stepfunctions.CreateStateMachine', { name: step.machine, definition: text, roleArn });
    }
    if ('start' in step) {
      const input = step.inputText ?? (step.input === undefined ? undefined : JSON.stringify(resolve(step.input)));
      const stateMachineArn = `arn:aws:states:${account}:stateMachine:${step.start}`;
      return call('stepfunctions.StartExecution', { stateMachineArn, name: step.name, input });
    }
    if ('wait' in step) return ended(step.wait);
    if ('waitFor' in step) {
      for (let looks = 1; ; looks += 1) {
        const types = (await events(step.waitFor)).map(({ type }) => type as string);
        if (hasAll(types, step.types)) return undefined;
        if (await target.pass(looks)) continue;
        differences.push({ path: step.waitFor, aws: step.types, engine: types });
        return undefined;
      }
    }
    if ('token' in step) return token(step.token, step.nth);
    if ('history' in step) {
      if (step.now) await target.sleep(0);
      else await ended(step.history);
      const found = await events(step.history);
      differences.push(...compareHistory(step.events as any[], found, bindings, `${step.key}.events`));
      return found;
    }
    if ('output' in step) {
      const answer = await ended(step.output);
      differences.push(...compare(step.is, answer?.output, bindings, step.output));
      return answer;
    }
    if ('call' in step) return call(step.call, resolve(step.params), step.fails);
    if ('sleepS' in step) return target.sleep(step.sleepS * 1000);
    if ('collect' in step) return target.collect(step.collect, step.pattern);
    if ('collected' in step) return target.collected(step.collected);
    const is: any = step.is;
    const of: any = resolve(step.of);
    if (Array.isArray(is?.events) && Array.isArray(of?.events)) {
      const { events: recorded, ...others } = is;
      const { events: found, ...rest } = of;
      differences.push(...compare(others, rest, bindings, step.expect));
      differences.push(...compareHistory(recorded, found, bindings, `${step.expect}.events`));
    } else {
      differences.push(...compare(is, of, bindings, step.expect));
    }
    return undefined;
  }

  for (const step of steps) {
    const answer = await take(step);
    answers.push(answer);
  }
  return differences;
}

function hasAll(types: string[], wanted: string[]): boolean {
  const left = [...types];
  return wanted.every((type) => {
    const index = left.indexOf(type);
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

function refusalOf(thrown: unknown): Refusal {
  const error = thrown as Error & { $metadata?: { httpStatusCode?: number } };
  const members = Object.entries(error).filter(
    ([name]) => !['name', '$fault', '$metadata', '$service', 'message', '__type', 'Message'].includes(name),
  );
  return {
    error: error.name,
    message: error.message,
    status: error.$metadata?.httpStatusCode,
    ...Object.fromEntries(members),
  };
}

/** An answer whose streams are read. */
async function readable(answer: Record<string, unknown>): Promise<Record<string, unknown>> {
  const body = answer.Body as { transformToString?: () => Promise<string> } | undefined;
  return body?.transformToString ? { ...answer, Body: await body.transformToString() } : answer;
}

/** A value with what stands for earlier answers replaced by them. */
function resolved(value: Json, answers: unknown[], refusals: (Refusal | undefined)[], operations: string[]): unknown {
  const again = (member: Json) => resolved(member, answers, refusals, operations);
  if (typeof value === 'string') {
    return value.replace(/«(\d+)([^»]*)»/g, (_whole, step, path) => String(at(Number(step), path)));
  }
  if (Array.isArray(value)) return value.map(again);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$bytes === 'string') return Buffer.from(value.$bytes, 'latin1');
  if (typeof value.$error === 'number') return refusals[value.$error];
  if (typeof value.$ref === 'string') {
    const [, step, path] = /^(\d+)(.*)$/s.exec(value.$ref)!;
    return at(Number(step), path!);
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, again(member)]));

  function at(step: number, path: string): unknown {
    const refusal = refusals[step];
    if (path === '!code') return refusal?.error;
    if (path === '!text') {
      return `An error occurred (${refusal?.error}) when calling the ${operations[step]} operation: ${refusal?.message}`;
    }
    const answer = answers[step] as any;
    if (path === '') return answer;
    return JSONPath({
      path: path.startsWith('#') ? path.slice(1) : `$${path}`,
      json: answer,
      wrap: path.startsWith('#'),
    });
  }
}
