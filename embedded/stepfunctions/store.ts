import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../errors.ts';
import { MIGRATIONS, SCHEMA } from './store-schema.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface MachineRecord {
  arn: string;
  name: string;
  status: 'ACTIVE' | 'DELETING';
  createdMs: number;
  /** The current definition's row. */
  definitionId: number;
}

export interface DefinitionRecord {
  id: number;
  machineArn: string;
  definition: string;
  roleArn: string;
  /** Null for the definition that a machine was created with. */
  revisionId: string | null;
  createdMs: number;
}

export interface ExecutionRecord {
  id: number;
  arn: string;
  machineArn: string;
  definitionId: number;
  name: string;
  status: ExecutionStatus;
  startMs: number;
  stopMs: number | null;
  input: string;
  output: string | null;
  error: string | null;
  cause: string | null;
  /** How often it was redriven, and when last. */
  redriveCount: number;
  redriveMs: number | null;
  /** Of a Map Run's child: the run, the Map state whose processor it runs, and `$$.Map` as JSON. Null for all others. */
  mapRunArn: string | null;
  mapState: string | null;
  mapContext: string | null;
}

export interface EventRecord {
  id: number;
  previousId: number;
  type: string;
  timeMs: number;
  /** JSON text of the details, or null. */
  details: string | null;
  /**
   * Where the event belongs, which AWS does not tell and a recovery needs: the StateEntered event of the stay in a state, or
   * for an iteration the MapStateStarted event; 0 for none.
   */
  scopeId: number;
  /** The state entered, the state that follows one left (empty for none), the index of an iteration; null for other events. */
  mark: string | null;
}

/** An event without its details. */
export type EventHead = Omit<EventRecord, 'details'>;

/** What Retry has counted in a stay in a state, and when the next attempt is due. */
export interface RetryRecord {
  /** How often each retrier was used. */
  attempts: number[];
  retryCount: number;
  dueMs: number;
  /** The event that the next attempt follows. */
  lastEventId: number;
}

/** A statement of a module that keeps tables of its own in the store's file; `run` joins the transaction of the turn. */
export interface OwnStatement {
  run(...values: SQLInputValue[]): number;
  get(...values: SQLInputValue[]): Record<string, SQLOutputValue> | undefined;
  all(...values: SQLInputValue[]): Record<string, SQLOutputValue>[];
}

/** An execution at its start. */
export type NewExecution = Omit<
  ExecutionRecord,
  'id' | 'stopMs' | 'output' | 'error' | 'cause' | 'redriveCount' | 'redriveMs'
>;

/** How an execution ended. */
export interface Ending {
  status: Exclude<ExecutionStatus, 'RUNNING'>;
  stopMs: number;
  output?: string;
  error?: string | undefined;
  cause?: string | undefined;
}

/** The disk took no more (full, read-only, broken); what was committed before stays. */
export class StoreFailed extends ServiceError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    // 507: SDK clients do not try again what a full disk has refused.
    super('InsufficientStorage', `The engine cannot write its records: ${reason}. What was stored stays.`, 507);
  }
}

/** What the engine keeps: machines, executions and histories. */
export interface Store {
  insertDefinition(record: Omit<DefinitionRecord, 'id'>): number;
  definition(id: number): DefinitionRecord;
  saveMachine(record: MachineRecord): void;
  machine(arn: string): MachineRecord | undefined;
  /** Machines in order of name, after the one named. */
  machines(afterName: string, limit: number): MachineRecord[];
  deleteMachine(arn: string): void;
  insertExecution(record: NewExecution): number;
  endExecution(id: number, ending: Ending): void;
  /** An execution that had ended runs again. */
  redriveExecution(id: number, redriveMs: number): void;
  execution(arn: string): ExecutionRecord | undefined;
  /** Executions of a machine, latest first, that began before the one with this id. */
  executions(
    machineArn: string,
    status: ExecutionStatus | undefined,
    beforeId: number,
    limit: number,
  ): ExecutionRecord[];
  runningExecutions(): ExecutionRecord[];
  appendEvent(executionId: number, event: EventRecord): void;
  /** Events in order of id (or the reverse), beginning behind the given one. */
  events(executionId: number, afterId: number, limit: number, reverse: boolean): EventRecord[];
  /** One event. */
  event(executionId: number, id: number): EventRecord;
  /** The events that carry a mark, in order of id. */
  markedEvents(executionId: number): EventHead[];
  /** The events that belong to a stay in a state, behind one event. */
  eventsOfVisit(executionId: number, enteredId: number, afterId: number): EventRecord[];
  /** The latest event of a type. */
  latestEvent(executionId: number, type: string): EventRecord | undefined;
  /** Id of the last event, 0 when there is none. */
  lastEventId(executionId: number): number;
  saveRetry(executionId: number, enteredId: number, retry: RetryRecord): void;
  retry(executionId: number, enteredId: number): RetryRecord | undefined;
  dropRetries(executionId: number): void;
  /** Makes tables of a module's own, once per open. */
  createTables(schema: string): void;
  statement(text: string): OwnStatement;
  /** Resolves when everything written so far survives the process and a power cut. Rejects with StoreFailed. */
  committed(): Promise<void>;
  /** Throws StoreFailed when the disk has refused a write: what could be read would be out of date. */
  assertSound(): void;
  close(): void;
}

/**
 * Opens (or creates) `<directory>/stepfunctions.sqlite`. Writes go into one transaction that is committed at the next turn
 * of the event loop, so that many transitions share a commit; readers of this store see them at once. Commits happen at turns
 * alone, when no microtask is left: what one turn writes, say a task's result and the exit of its state, stands or falls together.
 * When the disk refuses a write, `onFailure` is told once, what was not committed is gone, and every later write throws StoreFailed.
 */
export function openStore(directory: string, onFailure: (failure: StoreFailed) => void): Store {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
  // With synchronous = full a commit survives a power cut too.
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;');
  migrate(database);

  let inTransaction = false;
  /** Those who wait for the turn's commit. */
  let settleTurn: PromiseWithResolvers<void> | undefined;
  let failure: StoreFailed | undefined;
  /** Runs what writes to the disk; the first time that the disk refuses is the last time that this store writes. */
  const guarded = <T>(work: () => T): T => {
    if (failure) throw failure;
    try {
      return work();
    } catch (cause) {
      failure = new StoreFailed(cause);
      inTransaction = false;
      if (database.isTransaction) database.exec('rollback');
      onFailure(failure);
      throw failure;
    }
  };
  const commit = () => {
    if (!inTransaction) return;
    guarded(() => database.exec('commit'));
    inTransaction = false;
  };
  const endTurn = () => {
    try {
      commit();
      if (failure) throw failure;
      settleTurn?.resolve();
    } catch (cause) {
      // onFailure has been told.
      settleTurn?.reject(cause);
    }
    settleTurn = undefined;
  };
  const write = (statement: StatementSync, ...values: SQLInputValue[]) =>
    guarded(() => {
      if (!inTransaction) {
        database.exec('begin immediate');
        inTransaction = true;
        setImmediate(endTurn);
      }
      return Number(statement.run(...values).lastInsertRowid);
    });
  const sql = (text: string) => database.prepare(text);

  const addDefinition = sql(
    'insert into definitions (machineArn, definition, roleArn, revisionId, createdMs) values (?, ?, ?, ?, ?)',
  );
  const oneDefinition = sql('select * from definitions where id = ?');
  const putMachine = sql(
    'insert or replace into machines (arn, name, status, createdMs, definitionId) values (?, ?, ?, ?, ?)',
  );
  const oneMachine = sql('select * from machines where arn = ?');
  const someMachines = sql('select * from machines where name > ? order by name limit ?');
  const dropMachine = sql('delete from machines where arn = ?');
  const addExecution = sql(
    'insert into executions (arn, machineArn, definitionId, name, status, startMs, input, mapRunArn, mapState, mapContext) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const restartExecution = sql(
    "update executions set status = 'RUNNING', stopMs = null, output = null, error = null, cause = null, redriveCount = redriveCount + 1, redriveMs = ? where id = ?",
  );
  const finishExecution = sql(
    "update executions set status = ?, stopMs = ?, output = ?, error = ?, cause = ? where id = ? and status = 'RUNNING'",
  );
  const oneExecution = sql('select * from executions where arn = ?');
  const someExecutions = sql('select * from executions where machineArn = ? and id < ? order by id desc limit ?');
  const someOfStatus = sql(
    'select * from executions where status = ? and machineArn = ? and id < ? order by id desc limit ?',
  );
  const running = sql("select * from executions where status = 'RUNNING' order by id");
  const addEvent = sql(
    'insert into events (executionId, id, previousId, type, timeMs, details, scopeId, mark) values (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const eventsUp = sql('select * from events where executionId = ? and id > ? order by id limit ?');
  const eventsDown = sql('select * from events where executionId = ? and id < ? order by id desc limit ?');
  const oneEvent = sql('select * from events where executionId = ? and id = ?');
  const marked = sql(
    'select id, previousId, type, timeMs, scopeId, mark from events where executionId = ? and mark is not null order by id',
  );
  const ofVisit = sql('select * from events where executionId = ? and id > ? and scopeId = ? order by id');
  const latestOfType = sql('select * from events where executionId = ? and type = ? order by id desc limit 1');
  const putRetry = sql(
    'insert or replace into retries (executionId, enteredId, attempts, retryCount, dueMs, lastEventId) values (?, ?, ?, ?, ?, ?)',
  );
  const oneRetry = sql('select * from retries where executionId = ? and enteredId = ?');
  const clearRetries = sql('delete from retries where executionId = ?');
  const lastEvent = sql('select max(id) as id from events where executionId = ?');

  return {
    insertDefinition: ({ machineArn, definition, roleArn, revisionId, createdMs }) =>
      write(addDefinition, machineArn, definition, roleArn, revisionId, createdMs),
    definition: (id) => oneDefinition.get(id) as unknown as DefinitionRecord,
    saveMachine({ arn, name, status, createdMs, definitionId }) {
      write(putMachine, arn, name, status, createdMs, definitionId);
    },
    machine: (arn) => oneMachine.get(arn) as unknown as MachineRecord | undefined,
    machines: (afterName, limit) => someMachines.all(afterName, limit) as unknown as MachineRecord[],
    deleteMachine(arn) {
      write(dropMachine, arn);
    },
    insertExecution: ({
      arn,
      machineArn,
      definitionId,
      name,
      status,
      startMs,
      input,
      mapRunArn,
      mapState,
      mapContext,
    }) =>
      write(addExecution, arn, machineArn, definitionId, name, status, startMs, input, mapRunArn, mapState, mapContext),
    endExecution(id, { status, stopMs, output, error, cause }) {
      write(finishExecution, status, stopMs, output ?? null, error ?? null, cause ?? null, id);
    },
    redriveExecution(id, redriveMs) {
      write(restartExecution, redriveMs, id);
    },
    execution: (arn) => oneExecution.get(arn) as unknown as ExecutionRecord | undefined,
    executions(machineArn, status, beforeId, limit) {
      const rows = status
        ? someOfStatus.all(status, machineArn, beforeId, limit)
        : someExecutions.all(machineArn, beforeId, limit);
      return rows as unknown as ExecutionRecord[];
    },
    runningExecutions: () => running.all() as unknown as ExecutionRecord[],
    appendEvent(executionId, { id, previousId, type, timeMs, details, scopeId, mark }) {
      write(addEvent, executionId, id, previousId, type, timeMs, details, scopeId, mark);
    },
    event: (executionId, id) => oneEvent.get(executionId, id) as unknown as EventRecord,
    markedEvents: (executionId) => marked.all(executionId) as unknown as EventHead[],
    eventsOfVisit: (executionId, enteredId, afterId) =>
      ofVisit.all(executionId, afterId, enteredId) as unknown as EventRecord[],
    latestEvent: (executionId, type) => latestOfType.get(executionId, type) as unknown as EventRecord | undefined,
    saveRetry(executionId, enteredId, { attempts, retryCount, dueMs, lastEventId }) {
      write(putRetry, executionId, enteredId, JSON.stringify(attempts), retryCount, dueMs, lastEventId);
    },
    retry(executionId, enteredId) {
      const row = oneRetry.get(executionId, enteredId);
      return row && ({ ...row, attempts: JSON.parse(String(row.attempts)) } as unknown as RetryRecord);
    },
    dropRetries(executionId) {
      write(clearRetries, executionId);
    },
    createTables: (schema) => database.exec(schema),
    statement(text) {
      const prepared = sql(text);
      return {
        run: (...values) => write(prepared, ...values),
        get: (...values) => prepared.get(...values),
        all: (...values) => prepared.all(...values),
      };
    },
    events: (executionId, afterId, limit, reverse) =>
      (reverse ? eventsDown : eventsUp).all(executionId, afterId, limit) as unknown as EventRecord[],
    lastEventId: (executionId) => Number(lastEvent.get(executionId)?.id ?? 0),
    async committed() {
      if (!inTransaction) return;
      settleTurn ??= Promise.withResolvers();
      await settleTurn.promise;
    },
    assertSound() {
      if (failure) throw failure;
    },
    close() {
      endTurn();
      database.close();
    },
  };
}

/** Makes the tables of a new file, or adds what one of an earlier version lacks. */
function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('pragma user_version').get()?.user_version);
  const isNew = database.prepare("select 1 from sqlite_master where name = 'events'").get() === undefined;
  if (version === MIGRATIONS.length) return;
  database.exec('begin immediate');
  for (const migration of isNew ? [] : MIGRATIONS.slice(version)) database.exec(migration);
  database.exec(SCHEMA);
  database.exec(`pragma user_version = ${MIGRATIONS.length}; commit`);
}
