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
  cause text
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
  primary key (executionId, id)
) without rowid;
`;
