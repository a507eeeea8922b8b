import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { StorageFailed } from '../documents.ts';
import { ServiceError } from '../errors.ts';

export interface BusRecord {
  name: string;
  description: string | null;
  createdMs: number;
  modifiedMs: number;
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export interface RuleRecord {
  bus: string;
  name: string;
  eventPattern: string | null;
  scheduleExpression: string | null;
  state: RuleState;
  description: string | null;
  roleArn: string | null;
  /** When the schedule was made or enabled: a rate counts from here. */
  scheduledFromMs: number;
}

export interface InputTransformer {
  InputPathsMap?: Record<string, string>;
  InputTemplate: string;
}

export interface RetryPolicy {
  MaximumRetryAttempts?: number;
  MaximumEventAgeInSeconds?: number;
}

export interface TargetRecord {
  id: string;
  arn: string;
  roleArn?: string;
  input?: string;
  inputPath?: string;
  inputTransformer?: InputTransformer;
  retryPolicy?: RetryPolicy;
}

/** Names of a page: those that begin with `prefix`, in order, after `afterName`. */
export interface Page {
  prefix: string;
  afterName: string;
  limit: number;
}

export interface EventStore {
  /** Runs changes as one: all are on the disk on return, or none. Throws StorageFailed, or what `work` throws. */
  change<T>(work: () => T): T;
  saveBus(bus: BusRecord): void;
  bus(name: string): BusRecord | undefined;
  buses(page: Page): BusRecord[];
  deleteBus(name: string): void;
  saveRule(rule: RuleRecord): void;
  rule(bus: string, name: string): RuleRecord | undefined;
  rules(bus: string, page: Page): RuleRecord[];
  /** Rules of a bus that look at events: not disabled, with a pattern. */
  patternRules(bus: string): RuleRecord[];
  /** Rules with a schedule that are not disabled. */
  scheduledRules(): RuleRecord[];
  deleteRule(bus: string, name: string): void;
  saveTarget(bus: string, rule: string, target: TargetRecord): void;
  targets(bus: string, rule: string, afterId: string, limit: number): TargetRecord[];
  /** Removes a target; false when there was none. */
  deleteTarget(bus: string, rule: string, id: string): boolean;
  /** Names of a bus's rules that have a target, in order, after the one named. */
  rulesOfTarget(bus: string, targetArn: string, afterName: string, limit: number): string[];
  tags(arn: string): Record<string, string>;
  saveTags(arn: string, tags: Record<string, string>): void;
  close(): void;
}

const SCHEMA = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists buses (
    name text primary key,
    description text,
    createdMs real not null,
    modifiedMs real not null
  ) strict, without rowid;
  create table if not exists rules (
    bus text not null,
    name text not null,
    eventPattern text,
    scheduleExpression text,
    state text not null,
    description text,
    roleArn text,
    scheduledFromMs real not null,
    primary key (bus, name)
  ) strict, without rowid;
  create table if not exists targets (
    bus text not null,
    rule text not null,
    id text not null,
    arn text not null,
    target text not null,
    primary key (bus, rule, id)
  ) strict, without rowid;
  create table if not exists tags (arn text primary key, tags text not null) strict, without rowid;
`;

/** Opens (or creates) `<directory>/events.sqlite`; the folder must exist. Throws SQLite's error when it cannot be used. */
export function openEventStore(directory: string): EventStore {
  const database = new DatabaseSync(join(directory, 'events.sqlite'));
  database.exec(SCHEMA);
  const sql = (text: string) => database.prepare(text);
  const putBus = sql('insert or replace into buses values (?, ?, ?, ?)');
  const oneBus = sql('select * from buses where name = ?');
  const someBuses = sql('select * from buses where name > ? and substr(name, 1, length(?)) = ? order by name limit ?');
  const dropBus = sql('delete from buses where name = ?');
  const putRule = sql('insert or replace into rules values (?, ?, ?, ?, ?, ?, ?, ?)');
  const oneRule = sql('select * from rules where bus = ? and name = ?');
  const someRules = sql(
    'select * from rules where bus = ? and name > ? and substr(name, 1, length(?)) = ? order by name limit ?',
  );
  const withPattern = sql(
    "select * from rules where bus = ? and eventPattern is not null and state <> 'DISABLED' order by name",
  );
  const withSchedule = sql(
    "select * from rules where scheduleExpression is not null and state <> 'DISABLED' order by bus, name",
  );
  const dropRule = sql('delete from rules where bus = ? and name = ?');
  const putTarget = sql('insert or replace into targets values (?, ?, ?, ?, ?)');
  const someTargets = sql('select target from targets where bus = ? and rule = ? and id > ? order by id limit ?');
  const dropTarget = sql('delete from targets where bus = ? and rule = ? and id = ?');
  const someOfTarget = sql(
    'select distinct rule from targets where bus = ? and arn = ? and rule > ? order by rule limit ?',
  );
  const oneTags = sql('select tags from tags where arn = ?');
  const putTags = sql('insert or replace into tags values (?, ?)');
  const dropTags = sql('delete from tags where arn = ?');

  /** Runs what writes; a refusal of the disk becomes StorageFailed. */
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw cause instanceof ServiceError ? cause : new StorageFailed(cause);
    }
  };
  const write = (statement: StatementSync, ...values: SQLInputValue[]) => guarded(() => statement.run(...values));

  return {
    change(work) {
      guarded(() => database.exec('begin immediate'));
      try {
        const result = work();
        guarded(() => database.exec('commit'));
        return result;
      } catch (cause) {
        // A full disk may have ended the transaction already.
        if (database.isTransaction) database.exec('rollback');
        throw cause;
      }
    },
    saveBus: ({ name, description, createdMs, modifiedMs }) =>
      void write(putBus, name, description, createdMs, modifiedMs),
    bus: (name) => oneBus.get(name) as BusRecord | undefined,
    buses: ({ prefix, afterName, limit }) => someBuses.all(afterName, prefix, prefix, limit) as unknown as BusRecord[],
    deleteBus: (name) => void write(dropBus, name),
    saveRule: (rule) =>
      void write(
        putRule,
        rule.bus,
        rule.name,
        rule.eventPattern,
        rule.scheduleExpression,
        rule.state,
        rule.description,
        rule.roleArn,
        rule.scheduledFromMs,
      ),
    rule: (bus, name) => oneRule.get(bus, name) as RuleRecord | undefined,
    rules: (bus, { prefix, afterName, limit }) =>
      someRules.all(bus, afterName, prefix, prefix, limit) as unknown as RuleRecord[],
    patternRules: (bus) => withPattern.all(bus) as unknown as RuleRecord[],
    scheduledRules: () => withSchedule.all() as unknown as RuleRecord[],
    deleteRule: (bus, name) => void write(dropRule, bus, name),
    saveTarget: (bus, rule, target) => void write(putTarget, bus, rule, target.id, target.arn, JSON.stringify(target)),
    targets: (bus, rule, afterId, limit) =>
      someTargets.all(bus, rule, afterId, limit).map(({ target }) => JSON.parse(target as string)),
    deleteTarget: (bus, rule, id) => Number(write(dropTarget, bus, rule, id).changes) > 0,
    rulesOfTarget: (bus, targetArn, afterName, limit) =>
      someOfTarget.all(bus, targetArn, afterName, limit).map(({ rule }) => rule as string),
    tags: (arn) => JSON.parse((oneTags.get(arn)?.tags as string | undefined) ?? '{}'),
    saveTags(arn, tags) {
      if (Object.keys(tags).length > 0) write(putTags, arn, JSON.stringify(tags));
      else write(dropTags, arn);
    },
    close: () => database.close(),
  };
}
