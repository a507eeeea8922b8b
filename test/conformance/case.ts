import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** JSON as the case files hold it. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * One step of a case. Executions are named `machine:execution`. A text `«2.Message.MessageId»` in any of them stands for that member of the
 * answer to step 2. Expected values hold placeholders: `<name>` stands for one text throughout a case, `<*name>` for any.
 */
export type Step =
  /** A Lambda function, with the handler of that name in functions.ts. */
  | { function: string; handler: string }
  /** A state machine; with `like`, the one of that name, other at the JSON pointers of `with`. */
  | { machine: string; definition: Json }
  | { machine: string; like: string; with: Record<string, Json> }
  /** Starts an execution, with `inputText` where the input's own spelling matters. */
  | { start: string; name: string; input?: Json; inputText?: string }
  /** Waits for an execution's end. */
  | { wait: string }
  /** Waits until an execution's history has events of these types, so many of each. */
  | { waitFor: string; types: string[] }
  /** Gives the token of the `nth` task that waits for one, from 0: AWS shows it in the history, with the task's parameters. */
  | { token: string; nth: number }
  /** Waits for an execution's end, unless it is asked about `now`, and compares its history. */
  | { history: string; key: string; now?: boolean; events: Json[] }
  /** Waits for an execution's end and compares its output. */
  | { output: string; is: Json }
  /** Any call, named `service.Operation`; `fails` when AWS refused it. */
  | { call: string; params: Json; fails?: boolean }
  /** Lets time pass. */
  | { sleepS: number }
  /** From now on, collects what the default bus gets of a pattern. */
  | { collect: string; pattern: string }
  /** Gives what was collected, in order. */
  | { collected: string }
  /** Compares answers: `of` holds `{"$ref": "2.executions[0]"}` for those of earlier steps, and `{"$error": 2}` for refusals. */
  | { expect: string; of: Json; is: Json };

/** A recording of AWS: what was done, and what AWS answered. */
export interface Case {
  /** `area/name`. */
  id: string;
  /** The day on which AWS gave these answers, as `2024-11-13`; documentation has none. */
  recorded?: string;
  /** Where the recording or the example is published. */
  source: string;
  steps: Step[];
}

const folder = join(import.meta.dirname, 'cases');

/** All cases, by file. */
export function readCases(): { file: string; cases: Case[] }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      file: name.replace(/\.json$/, ''),
      cases: expand(JSON.parse(readFileSync(join(folder, name), 'utf8'))) as unknown as Case[],
    }));
}

/** Writes long repetitions out: `{"$repeat": "a", "times": 3}` is `aaa`. */
function expand(value: Json): Json {
  if (Array.isArray(value)) return value.map(expand);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$repeat === 'string') {
    return `${value.before ?? ''}${value.$repeat.repeat(value.times as number)}${value.after ?? ''}`;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expand(member)]));
}

/** A copy of a definition with the values at some JSON pointers replaced. */
export function changed(definition: Json, changes: Record<string, Json>): Json {
  const copy = structuredClone(definition);
  for (const [pointer, value] of Object.entries(changes)) {
    const names = pointer
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop()!;
    let at: any = copy;
    for (const name of names) at = at[name];
    at[last] = value;
  }
  return copy;
}
