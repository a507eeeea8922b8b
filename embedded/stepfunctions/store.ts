import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ServiceError } from '../errors.ts';
import { SCHEMA } from './store-schema.ts';

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
}

export interface EventRecord {
  id: number;
  previousId: number;
  type: string;
  timeMs: number;
  /** JSON text of the details, or null. */
  details: string | null;
}

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
  insertExecution(record: Omit<ExecutionRecord, 'id' | 'stopMs' | 'output' | 'error' | 'cause'>): number;
  endExecution(id: number, ending: Ending): void;
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
  /** Id of the last event, 0 when there is none. */
  lastEventId(executionId: number): number;
  /** Makes everything written so far survive the process. Throws StoreFailed. */
  commit(): void;
  /** Throws StoreFailed when the disk has refused a write: what could be read would be out of date. */
  assertSound(): void;
  close(): void;
}

/**
 * Opens (or creates) `<directory>/stepfunctions.sqlite`. Writes go into one transaction that is committed at the next turn
 * of the event loop, so that many transitions share a commit; readers of this store see them at once. When the disk refuses
 * a write, `onFailure` is told once, what was not committed is gone, and every later write throws StoreFailed.
 */
export function openStore(directory: string, onFailure: (failure: StoreFailed) => void): Store {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
  // In WAL mode with synchronous = normal a commit survives the process; only a crash of the machine may lose the last ones.
  database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
  database.exec(SCHEMA);

  let inTransaction = false;
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
  const commitLater = () => {
    try {
      commit();
    } catch {
      // onFailure has been told.
    }
  };
  const write = (statement: StatementSync, ...values: SQLInputValue[]) =>
    guarded(() => {
      if (!inTransaction) {
        database.exec('begin immediate');
        inTransaction = true;
        setImmediate(commitLater);
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
    'insert into executions (arn, machineArn, definitionId, name, status, startMs, input) values (?, ?, ?, ?, ?, ?, ?)',
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
    'insert into events (executionId, id, previousId, type, timeMs, details) values (?, ?, ?, ?, ?, ?)',
  );
  const eventsUp = sql('select * from events where executionId = ? and id > ? order by id limit ?');
  const eventsDown = sql('select * from events where executionId = ? and id < ? order by id desc limit ?');
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
    insertExecution: ({ arn, machineArn, definitionId, name, status, startMs, input }) =>
      write(addExecution, arn, machineArn, definitionId, name, status, startMs, input),
    endExecution(id, { status, stopMs, output, error, cause }) {
      write(finishExecution, status, stopMs, output ?? null, error ?? null, cause ?? null, id);
    },
    execution: (arn) => oneExecution.get(arn) as unknown as ExecutionRecord | undefined,
    executions(machineArn, status, beforeId, limit) {
      const rows = status
        ? someOfStatus.all(status, machineArn, beforeId, limit)
        : someExecutions.all(machineArn, beforeId, limit);
      return rows as unknown as ExecutionRecord[];
    },
    runningExecutions: () => running.all() as unknown as ExecutionRecord[],
    appendEvent(executionId, { id, previousId, type, timeMs, details }) {
      write(addEvent, executionId, id, previousId, type, timeMs, details);
    },
    events: (executionId, afterId, limit, reverse) =>
      (reverse ? eventsDown : eventsUp).all(executionId, afterId, limit) as unknown as EventRecord[],
    lastEventId: (executionId) => Number(lastEvent.get(executionId)?.id ?? 0),
    commit,
    assertSound() {
      if (failure) throw failure;
    },
    close() {
      commitLater();
      database.close();
    },
  };
}
