import type { ExecutionRecord, ExecutionStatus, Store } from '../store.ts';
import type { ChildInput } from './inputs.ts';

export type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

/** Where a child stands: not started yet, waiting to be redriven, or what its execution says. */
export type ChildStatus = ExecutionStatus | 'PENDING' | 'PENDING_REDRIVE';

export interface MapRunRecord {
  id: number;
  arn: string;
  /** The execution that the Map state is in. */
  executionId: number;
  executionArn: string;
  /** What its children belong to: the machine's ARN with the label. */
  machineArn: string;
  status: MapRunStatus;
  startMs: number;
  stopMs: number | null;
  maxConcurrency: number;
  /** Null where neither the definition nor UpdateMapRun says. */
  toleratedFailureCount: number | null;
  toleratedFailurePercentage: number | null;
  redriveCount: number;
  redriveMs: number | null;
  /** 1 as soon as all items are stored. */
  filled: number;
  /** 1 as soon as the results are written. */
  resultsWritten: number;
}

export type MapRunLimits = Pick<
  MapRunRecord,
  'maxConcurrency' | 'toleratedFailureCount' | 'toleratedFailurePercentage'
>;

export interface ChildRow {
  idx: number;
  input: string;
  itemCount: number;
  status: ChildStatus;
  /** Row of its execution; null before it is started. */
  executionId: number | null;
  /** 1 as soon as its success is among the results written; a redrive does not write it again. */
  written: number;
}

/** A child with its execution, as a result tells of it. */
export interface ChildResult extends ChildRow {
  execution: ExecutionRecord | undefined;
}

/** How many children, and items of theirs, have a status. */
export interface StatusCount {
  status: ChildStatus;
  executions: number;
  items: number;
}

/** What the engine keeps of Map Runs; all writes join the transaction of the turn. */
export interface MapRuns {
  insert(
    run: Omit<MapRunRecord, 'id' | 'status' | 'stopMs' | 'redriveCount' | 'redriveMs' | 'filled' | 'resultsWritten'>,
  ): number;
  byArn(arn: string): MapRunRecord | undefined;
  /** Map Runs of an execution, latest first, that began before the one with this id. */
  ofExecution(executionId: number, beforeId: number, limit: number): MapRunRecord[];
  /** Changes limits and tells those who watch the run. */
  setLimits(run: MapRunRecord, limits: MapRunLimits): void;
  /** Calls the listener after each change of the run's limits; returns what ends that. */
  watch(id: number, listener: () => void): () => void;
  /** Ends a run; children that were still to be redriven are as they were. */
  end(id: number, status: MapRunStatus, stopMs: number): void;
  /** Makes an ended run run again: what did not succeed waits to be redriven. */
  redrive(id: number, redriveMs: number): void;
  addChild(id: number, index: number, child: ChildInput): void;
  dropChildren(id: number): void;
  setFilled(id: number): void;
  setResultsWritten(id: number): void;
  setChild(id: number, index: number, status: ChildStatus, executionId: number): void;
  /** Children of a status in order. */
  children(id: number, status: ChildStatus, limit: number): ChildRow[];
  /** All children in order, with their executions. */
  results(id: number): Iterable<ChildResult>;
  counts(id: number): StatusCount[];
  /** Executions of a run, latest first, that began before the one with this id. */
  executions(
    id: number,
    status: ExecutionStatus | undefined,
    beforeId: number,
    limit: number,
  ): (ExecutionRecord & { itemCount: number })[];
}

const SCHEMA = `
create table if not exists mapRuns (
  id integer primary key,
  arn text not null unique,
  executionId integer not null,
  executionArn text not null,
  machineArn text not null,
  status text not null,
  startMs real not null,
  stopMs real,
  maxConcurrency integer not null,
  toleratedFailureCount integer,
  toleratedFailurePercentage real,
  redriveCount integer not null default 0,
  redriveMs real,
  filled integer not null default 0,
  resultsWritten integer not null default 0
);
create index if not exists mapRunsByExecution on mapRuns (executionId, id);
create table if not exists mapItems (
  mapRunId integer not null,
  idx integer not null,
  input text not null,
  itemCount integer not null,
  status text not null,
  executionId integer,
  written integer not null default 0,
  primary key (mapRunId, idx)
) without rowid;
create index if not exists mapItemsByStatus on mapItems (mapRunId, status, idx, itemCount);
create index if not exists mapItemsByExecution on mapItems (mapRunId, executionId);
`;

/** Children that are read at once while results are gathered. */
const RESULTS_PAGE = 200;

/** Makes the tables of Map Runs in the store's file, once per open. */
export function openMapRuns(store: Store): MapRuns {
  store.createTables(SCHEMA);
  const sql = store.statement;
  const insert = sql(
    `insert into mapRuns (arn, executionId, executionArn, machineArn, status, startMs, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage)
     values (?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?)`,
  );
  const byArn = sql('select * from mapRuns where arn = ?');
  const ofExecution = sql('select * from mapRuns where executionId = ? and id < ? order by id desc limit ?');
  const setLimits = sql(
    'update mapRuns set maxConcurrency = ?, toleratedFailureCount = ?, toleratedFailurePercentage = ? where id = ?',
  );
  const dropRedrives = sql(
    `update mapItems set status = (select status from executions where id = mapItems.executionId)
     where mapRunId = ? and status = 'PENDING_REDRIVE'`,
  );
  const end = sql('update mapRuns set status = ?, stopMs = ? where id = ?');
  const restart = sql(
    "update mapRuns set status = 'RUNNING', stopMs = null, resultsWritten = 0, redriveCount = redriveCount + 1, redriveMs = ? where id = ?",
  );
  const queueRedrive = sql(
    "update mapItems set status = 'PENDING_REDRIVE' where mapRunId = ? and status in ('FAILED', 'TIMED_OUT', 'ABORTED')",
  );
  const addChild = sql("insert into mapItems (mapRunId, idx, input, itemCount, status) values (?, ?, ?, ?, 'PENDING')");
  const dropChildren = sql('delete from mapItems where mapRunId = ?');
  const setFilled = sql('update mapRuns set filled = 1 where id = ?');
  const setResultsWritten = sql('update mapRuns set resultsWritten = 1 where id = ?');
  const setSuccessesWritten = sql("update mapItems set written = 1 where mapRunId = ? and status = 'SUCCEEDED'");
  const setChild = sql('update mapItems set status = ?, executionId = ? where mapRunId = ? and idx = ?');
  const children = sql('select * from mapItems where mapRunId = ? and status = ? order by idx limit ?');
  const page = sql('select * from mapItems where mapRunId = ? and idx > ? order by idx limit ?');
  const counts = sql(
    'select status, count(*) as executions, sum(itemCount) as items from mapItems where mapRunId = ? group by status',
  );
  const oneExecution = sql('select * from executions where id = ?');
  const fromItems = `from mapItems i join executions e on e.id = i.executionId where i.mapRunId = ? and i.executionId < ?`;
  const latest = 'order by i.executionId desc limit ?';
  const executions = sql(`select e.*, i.itemCount ${fromItems} ${latest}`);
  const executionsOfStatus = sql(`select e.*, i.itemCount ${fromItems} and i.status = ? ${latest}`);
  const watchers = new Map<number, () => void>();

  return {
    insert: (run) =>
      insert.run(
        run.arn,
        run.executionId,
        run.executionArn,
        run.machineArn,
        run.startMs,
        run.maxConcurrency,
        run.toleratedFailureCount,
        run.toleratedFailurePercentage,
      ),
    byArn: (arn) => byArn.get(arn) as MapRunRecord | undefined,
    ofExecution: (executionId, beforeId, limit) =>
      ofExecution.all(executionId, beforeId, limit) as unknown as MapRunRecord[],
    setLimits({ id }, { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage }) {
      setLimits.run(maxConcurrency, toleratedFailureCount, toleratedFailurePercentage, id);
      watchers.get(id)?.();
    },
    watch(id, listener) {
      watchers.set(id, listener);
      return () => watchers.delete(id);
    },
    end(id, status, stopMs) {
      end.run(status, stopMs, id);
      dropRedrives.run(id);
    },
    redrive(id, redriveMs) {
      restart.run(redriveMs, id);
      queueRedrive.run(id);
    },
    addChild(id, index, { input, itemCount }) {
      addChild.run(id, index, input, itemCount);
    },
    dropChildren(id) {
      dropChildren.run(id);
    },
    setFilled(id) {
      setFilled.run(id);
    },
    setResultsWritten(id) {
      setResultsWritten.run(id);
      setSuccessesWritten.run(id);
    },
    setChild(id, index, status, executionId) {
      setChild.run(status, executionId, id, index);
    },
    children: (id, status, limit) => children.all(id, status, limit) as unknown as ChildRow[],
    *results(id) {
      for (let after = -1; ; ) {
        const rows = page.all(id, after, RESULTS_PAGE) as unknown as ChildRow[];
        for (const row of rows) {
          const execution = row.executionId === null ? undefined : oneExecution.get(row.executionId);
          yield { ...row, execution: execution as ExecutionRecord | undefined };
        }
        if (rows.length < RESULTS_PAGE) return;
        after = rows.at(-1)!.idx;
      }
    },
    counts: (id) => counts.all(id) as unknown as StatusCount[],
    executions: (id, status, beforeId, limit) =>
      (status ? executionsOfStatus.all(id, beforeId, status, limit) : executions.all(id, beforeId, limit)) as never,
  };
}
