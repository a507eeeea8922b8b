/** Tables of the embedded Step Functions; times are milliseconds since the Unix epoch. */
export const SCHEMA = `
create table if not exists definitions (
  id integer primary key,
  machineArn text not null,
  definition text not null,
  roleArn text not null,
  revisionId text,
  createdMs real not null
);
create table if not exists machines (
  arn text primary key,
  name text not null,
  status text not null,
  createdMs real not null,
  definitionId integer not null references definitions (id)
) without rowid;
create table if not exists executions (
  id integer primary key,
  arn text not null unique,
  machineArn text not null,
  definitionId integer not null references definitions (id),
  name text not null,
  status text not null,
  startMs real not null,
  stopMs real,
  input text not null,
  output text,
  error text,
  cause text,
  redriveCount integer not null default 0,
  redriveMs real,
  mapRunArn text,
  mapState text,
  mapContext text
);
create index if not exists executionsByMachine on executions (machineArn, id);
create index if not exists executionsByStatus on executions (status, machineArn, id);
create table if not exists events (
  executionId integer not null,
  id integer not null,
  previousId integer not null,
  type text not null,
  timeMs real not null,
  details text,
  scopeId integer not null,
  mark text,
  primary key (executionId, id)
) without rowid;
create table if not exists retries (
  executionId integer not null,
  enteredId integer not null,
  attempts text not null,
  retryCount integer not null,
  dueMs real not null,
  lastEventId integer not null,
  primary key (executionId, enteredId)
) without rowid;
`;

/**
 * What a folder of an earlier version lacks, by version. Executions that were running then cannot be gone on with: their
 * events do not tell where they belong.
 */
export const MIGRATIONS: string[] = [
  `
alter table executions add column redriveCount integer not null default 0;
alter table executions add column redriveMs real;
alter table executions add column mapRunArn text;
alter table executions add column mapState text;
alter table executions add column mapContext text;
alter table events add column scopeId integer not null default 0;
alter table events add column mark text;
update executions set status = 'ABORTED', stopMs = startMs,
  cause = 'An earlier version of the engine began this execution; this one cannot go on with it.' where status = 'RUNNING';
`,
];
