import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { optionalText, requiredText } from './requests.ts';
import { abortable } from './run.ts';
import type { Store } from './store.ts';
import { exceedsPayloadLimit, type JsonObject, PAYLOAD_LIMIT_BYTES } from './values.ts';

const SCHEMA = `
create table if not exists taskTokens (
  token text primary key,
  executionId integer not null,
  scheduledId integer not null,
  open integer not null,
  beatMs real not null,
  outcome text
) without rowid;
create index if not exists taskTokensByTask on taskTokens (executionId, scheduledId);
`;

/** What came back for a token: an output (JSON text), or a failure. */
export type TaskOutcome = { output: string } | { error: string | undefined; cause: string | undefined };

/** Tokens of tasks that wait to be called back. They, and what came back for them, survive the process. */
export interface TaskTokens {
  /** Keeps the token of a task that has been scheduled. */
  keep(token: string, executionId: number, scheduledId: number): void;
  /** The token of a task that an earlier process scheduled; undefined for a task without one. */
  tokenOf(executionId: number, scheduledId: number): string | undefined;
  /** Resolves with what comes back for a token, at once when it has already come; rejects with BranchAborted. */
  outcome(token: string, signal: AbortSignal): Promise<TaskOutcome>;
  /** When the task gave its last sign of life: its heartbeat, or else its start. */
  beatMs(token: string): number;
  /** Nobody waits for the token any more. */
  close(token: string): void;
  /** SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat. */
  operations: Record<string, (request: JsonObject) => JsonObject>;
}

const TOKEN = /^AQC[A-Za-z0-9+/]{256}$/;

/** A token for a task that is about to be scheduled. */
export function newTaskToken(): string {
  return `AQC${randomBytes(192).toString('base64')}`;
}

const faults = {
  invalidToken: () => new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'"),
  unknown: () => new ServiceError('TaskDoesNotExist', "Task Does Not Exist: 'Provided task does not exist'"),
  closed: () => new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'"),
  invalidOutput: (problem: string) => new ServiceError('InvalidOutput', `Invalid Output: '${problem}'`),
};

/** The task tokens of a store. */
export function openTaskTokens(store: Store, clock: Clock): TaskTokens {
  store.createTables(SCHEMA);
  const add = store.statement(
    'insert into taskTokens (token, executionId, scheduledId, open, beatMs, outcome) values (?, ?, ?, 1, ?, null)',
  );
  const byTask = store.statement('select token from taskTokens where executionId = ? and scheduledId = ?');
  const byToken = store.statement(
    'select t.open, t.beatMs, t.outcome, e.status from taskTokens t join executions e on e.id = t.executionId where t.token = ?',
  );
  const shut = store.statement('update taskTokens set open = 0 where token = ?');
  const beat = store.statement('update taskTokens set beatMs = ? where token = ?');
  const settle = store.statement('update taskTokens set outcome = ? where token = ?');
  /** Tasks of this process that wait, by token. */
  const waiting = new Map<string, (outcome: TaskOutcome) => void>();

  /** A token that somebody still waits for. Throws ServiceError. */
  function openToken(request: JsonObject): string {
    const token = requiredText(request, 'taskToken', { min: 1, max: 2048 });
    if (!TOKEN.test(token)) throw faults.invalidToken();
    const row = byToken.get(token);
    if (!row) throw faults.unknown();
    if (row.open === 0 || row.outcome !== null || row.status !== 'RUNNING') throw faults.closed();
    return token;
  }

  function arrive(token: string, outcome: TaskOutcome): JsonObject {
    settle.run(JSON.stringify(outcome), token);
    waiting.get(token)?.(outcome);
    return {};
  }

  return {
    keep(token, executionId, scheduledId) {
      add.run(token, executionId, scheduledId, clock.now());
    },
    tokenOf: (executionId, scheduledId) => byTask.get(executionId, scheduledId)?.token as string | undefined,
    async outcome(token, signal) {
      const come = byToken.get(token)!.outcome;
      if (come !== null) return JSON.parse(String(come));
      const { promise, resolve } = Promise.withResolvers<TaskOutcome>();
      waiting.set(token, resolve);
      try {
        return await abortable(promise, signal);
      } finally {
        waiting.delete(token);
      }
    },
    beatMs: (token) => Number(byToken.get(token)!.beatMs),
    close(token) {
      shut.run(token);
    },
    operations: {
      SendTaskSuccess(request) {
        const output = requiredText(request, 'output', { max: Number.MAX_SAFE_INTEGER });
        const token = openToken(request);
        if (exceedsPayloadLimit(output)) {
          throw faults.invalidOutput(`The output is larger than ${PAYLOAD_LIMIT_BYTES} bytes`);
        }
        try {
          parseJson(output);
        } catch (cause) {
          throw faults.invalidOutput((cause as Error).message);
        }
        return arrive(token, { output });
      },
      SendTaskFailure(request) {
        const error = optionalText(request, 'error', { max: 256 });
        const cause = optionalText(request, 'cause', { max: 32_768 });
        return arrive(openToken(request), { error, cause });
      },
      SendTaskHeartbeat(request) {
        beat.run(clock.now(), openToken(request));
        return {};
      },
    },
  };
}
