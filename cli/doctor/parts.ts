import { DescribeTableCommand, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { DescribeEventBusCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetBucketVersioningCommand, GetPublicAccessBlockCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import {
  BUS,
  ENVIRONMENT,
  FUNCTIONS,
  type FunctionName,
  MACHINES,
  type MachineName,
  scheduleRuleName,
  TABLE_KEYS,
  TABLES,
} from '../../core/names.ts';
import { SOFTWARE_VERSION } from '../../core/version.ts';
import type { Clients } from '../clients.ts';
import { absent, DEPLOY_AGAIN, type Finding, looked, ok, warning, wrong } from './finding.ts';

/** What stands behind a prefix, or should. */
export interface Place {
  clients: Clients;
  prefix: string;
  isDeployed: boolean;
}

/** One finding for all when nothing is amiss, else one for each that is. */
const summed = (what: string, faults: Finding[], words: string): Finding[] =>
  faults.length > 0 ? faults : [ok(what, words)];

export function checkMachines({ prefix }: Place, missing: readonly MachineName[]): Finding[] {
  const faults = missing.map((name) => wrong('machines', `no state machine "${prefix}${name}"`, DEPLOY_AGAIN));
  return summed('machines', faults, MACHINES.map((name) => `${prefix}${name}`).join(', '));
}

/** Functions: there, active, of this version, with their memory and time limit. Gives also the bucket that they name. */
export async function checkFunctions({ clients, prefix }: Place): Promise<{ findings: Finding[]; bucket?: string }> {
  let bucket: string | undefined;
  const checkOne = async (name: FunctionName): Promise<Finding[]> => {
    const called = `${prefix}${name}`;
    const answer = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: called }));
    const { State, StateReason, LastUpdateStatus, LastUpdateStatusReason, MemorySize, Timeout, Environment } = answer;
    const variables = Environment?.Variables ?? {};
    bucket ??= variables[ENVIRONMENT.bucket];
    const { memoryMb, timeoutS } = FUNCTIONS[name];
    const version = variables[ENVIRONMENT.version];
    const fault = (words: string) => wrong('functions', `${called}: ${words}`, DEPLOY_AGAIN);
    return [
      // An inactive function wakes at its next call.
      ...(State === 'Active' || State === 'Inactive'
        ? []
        : [fault(`is ${State} (${StateReason ?? 'no reason given'})`)]),
      ...(LastUpdateStatus === 'Successful' || LastUpdateStatus === undefined
        ? []
        : [fault(`its last update is ${LastUpdateStatus} (${LastUpdateStatusReason ?? 'no reason given'})`)]),
      ...(version === SOFTWARE_VERSION
        ? []
        : [fault(`version is ${version ?? 'not said'}, this command line is ${SOFTWARE_VERSION}`)]),
      ...(MemorySize === memoryMb ? [] : [fault(`memory is ${MemorySize} MB, should be ${memoryMb} MB`)]),
      ...(Timeout === timeoutS ? [] : [fault(`time limit is ${Timeout} s, should be ${timeoutS} s`)]),
    ];
  };
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const found = await Promise.all(names.map((name) => looked('functions', `${prefix}${name}`, () => checkOne(name))));
  const all = found.flat();
  const findings = all.length > 0 && all.every(({ verdict }) => verdict === 'absent') ? all.slice(0, 1) : all;
  const words = `${names.length} of ${names.length} active, version ${SOFTWARE_VERSION}`;
  return { findings: summed('functions', findings, words), ...(bucket !== undefined && { bucket }) };
}

const keysText = (keys: readonly KeySchemaElement[] = []): string =>
  ['HASH', 'RANGE'].flatMap((type) => keys.find(({ KeyType }) => KeyType === type)?.AttributeName ?? []).join(' + ');

/** Tables and their indexes: there, active, with their keys. */
export async function checkTables({ clients, prefix }: Place): Promise<Finding[]> {
  const checkOne = async (table: keyof typeof TABLES): Promise<Finding[]> => {
    const TableName = `${prefix}${TABLES[table]}`;
    const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName }));
    const { partition, sort, indexes } = TABLE_KEYS[table];
    const fault = (words: string) => wrong('tables', `${TableName}: ${words}`, DEPLOY_AGAIN);
    const keyFault = (where: string, got: string, keys: { partition: string; sort?: string }) => {
      const wanted = [keys.partition, keys.sort].filter(Boolean).join(' + ');
      return got === wanted ? [] : [fault(`${where}the key is ${got}, should be ${wanted}`)];
    };
    return [
      ...(Table?.TableStatus === 'ACTIVE' ? [] : [fault(`is ${Table?.TableStatus}`)]),
      ...keyFault('', keysText(Table?.KeySchema), { partition, ...(sort !== undefined && { sort }) }),
      ...Object.entries(indexes).flatMap(([name, keys]) => {
        const index = Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
        if (!index) return [fault(`has no index ${name}`)];
        return [
          ...(index.IndexStatus === 'ACTIVE' ? [] : [fault(`index ${name} is ${index.IndexStatus}`)]),
          ...keyFault(`index ${name}: `, keysText(index.KeySchema), keys),
        ];
      }),
    ];
  };
  const tables = Object.keys(TABLES) as (keyof typeof TABLES)[];
  const found = await Promise.all(
    tables.map((table) => looked('tables', `${prefix}${TABLES[table]}`, () => checkOne(table))),
  );
  return summed('tables', found.flat(), `${tables.length} of ${tables.length} active, with their keys and indexes`);
}

/** The bucket: there; where it is deployed also versioned and closed to the public. */
export async function checkBucket({ clients, isDeployed }: Place, bucket: string): Promise<Finding[]> {
  const { s3 } = clients;
  const reached = await looked('bucket', bucket, async () => {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return [ok('bucket', bucket)];
  });
  if (reached.some(({ verdict }) => verdict !== 'ok')) return reached;
  if (!isDeployed)
    return [...reached, absent('bucket', 'neither versions nor public access: its objects are files of this machine')];
  const versioned = await looked('bucket', bucket, async () => {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    return Status === 'Enabled'
      ? []
      : [warning('bucket', `versioning is ${Status ?? 'off'}: what is overwritten is lost`, DEPLOY_AGAIN)];
  });
  const closed = await looked('bucket', bucket, () => checkPublicAccess(clients, bucket));
  return [...reached, ...versioned, ...closed];
}

async function checkPublicAccess({ s3 }: Clients, bucket: string): Promise<Finding[]> {
  const open = (words: string) => [wrong('bucket', words, `block all public access to it, or ${DEPLOY_AGAIN}`)];
  try {
    const { PublicAccessBlockConfiguration: block } = await s3.send(
      new GetPublicAccessBlockCommand({ Bucket: bucket }),
    );
    const missing = (
      ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const
    ).filter((setting) => !block?.[setting]);
    return missing.length > 0 ? open(`public access is not blocked: ${missing.join(', ')} off`) : [];
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchPublicAccessBlockConfiguration') {
      return open('public access is not blocked');
    }
    throw error;
  }
}

/** The event bus, on which nobody depends for a night. */
export async function checkBus({ clients, prefix }: Place): Promise<Finding[]> {
  const name = `${prefix}${BUS}`;
  const findings = await looked('bus', name, async () => {
    await clients.events.send(new DescribeEventBusCommand({ Name: name }));
    return [ok('bus', name)];
  });
  const nobodyTold = (words: string) => `${words}: nobody is told of nights that open and close`;
  return findings.map((each) =>
    each.verdict === 'wrong' ? warning('bus', nobodyTold(each.words), DEPLOY_AGAIN) : each,
  );
}

/** The schedules and whether they are on. */
export async function checkSchedules({ clients, prefix }: Place): Promise<Finding[]> {
  return looked('schedules', scheduleRuleName(prefix, ''), async () => {
    const NamePrefix = scheduleRuleName(prefix, '');
    const { Rules = [] } = await clients.events.send(new ListRulesCommand({ NamePrefix }));
    const texts = Rules.map(
      ({ Name = '', State, ScheduleExpression }) =>
        `${Name.slice(NamePrefix.length)} ${State === 'ENABLED' ? 'on' : 'off'} ${ScheduleExpression ?? ''}`,
    );
    return [ok('schedules', texts.join('; ') || 'none; nights begin when somebody begins them')];
  });
}
