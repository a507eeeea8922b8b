import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type KeySchemaElement,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, DescribeEventBusCommand, ResourceNotFoundException } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, HeadBucketCommand, NotFound } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import {
  BUS,
  FUNCTIONS,
  MACHINES,
  type MachineName,
  NUMBER_KEYS,
  substitutionName,
  TABLE_KEYS,
  TABLES,
} from '../core/names.ts';
import type { Clients } from './clients.ts';

const MACHINE_FOLDER = path.resolve(import.meta.dirname, '../statemachines');
const ACCOUNT = '000000000000';

/** The machines of the embedded engine. */
export const EMBEDDED_MACHINE_ARNS = Object.fromEntries(
  MACHINES.map((machine) => [machine, `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${machine}`]),
) as Record<MachineName, string>;

/**
 * Brings tables, bucket, bus and state machines of the embedded engine to what this version has; all that is there stays.
 * infra/ does the same for deployed stages, from the same names and files.
 */
export async function deploy(clients: Clients, bucket: string): Promise<void> {
  await Promise.all([
    deployMachines(clients),
    createTables(clients),
    createBucket(clients, bucket),
    createBus(clients),
  ]);
}

async function createTables({ dynamodb }: Clients): Promise<void> {
  const TableNames = await usableTables(dynamodb);
  const missing = (Object.keys(TABLES) as (keyof typeof TABLES)[]).filter(
    (table) => !TableNames.includes(TABLES[table]),
  );
  await Promise.all(
    missing.map((table) => {
      const { indexes, ...keys } = TABLE_KEYS[table];
      const attributes = new Set(
        [keys, ...Object.values(indexes)].flatMap(({ partition, sort }) => [partition, sort ?? []].flat()),
      );
      return dynamodb.send(
        new CreateTableCommand({
          TableName: TABLES[table],
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keySchema(keys),
          AttributeDefinitions: [...attributes].map(
            (AttributeName): AttributeDefinition => ({
              AttributeName,
              AttributeType: NUMBER_KEYS.includes(AttributeName) ? 'N' : 'S',
            }),
          ),
          ...(Object.keys(indexes).length > 0 && {
            GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, index]) => ({
              IndexName,
              KeySchema: keySchema(index),
              Projection: { ProjectionType: 'ALL' as const },
            })),
          }),
        }),
      );
    }),
  );
}

/**
 * Names of the tables that are there and have their indexes. One of an earlier version that lacks an index goes away when nothing was
 * ever written to it, to be made anew.
 */
async function usableTables(dynamodb: Clients['dynamodb']): Promise<string[]> {
  const { TableNames = [] } = await dynamodb.send(new ListTablesCommand({}));
  const usable: string[] = [];
  for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    const TableName = TABLES[table];
    if (!TableNames.includes(TableName)) continue;
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const has = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
    const isWhole = Object.keys(TABLE_KEYS[table].indexes).every((index) => has.has(index));
    const { Count } = isWhole ? { Count: 1 } : await dynamodb.send(new ScanCommand({ TableName, Limit: 1 }));
    if (isWhole || Count) usable.push(TableName);
    else await dynamodb.send(new DeleteTableCommand({ TableName }));
  }
  return usable;
}

function keySchema({ partition, sort }: { partition: string; sort?: string }): KeySchemaElement[] {
  return [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort ? [{ AttributeName: sort, KeyType: 'RANGE' as const }] : []),
  ];
}

async function createBucket({ s3 }: Clients, bucket: string): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  }
}

async function createBus({ events }: Clients): Promise<void> {
  try {
    await events.send(new DescribeEventBusCommand({ Name: BUS }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await events.send(new CreateEventBusCommand({ Name: BUS }));
  }
}

/** Children before parents, since a parent's definition names its child's ARN. */
async function deployMachines({ sfn }: Clients): Promise<void> {
  const substitutions: Record<string, string> = {};
  for (const name of Object.keys(FUNCTIONS)) {
    substitutions[substitutionName(name, 'Function')] = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`;
  }
  for (const machine of MACHINES) {
    const stateMachineArn = EMBEDDED_MACHINE_ARNS[machine];
    const definition = substitute(
      readFileSync(path.join(MACHINE_FOLDER, `${machine}.asl.json`), 'utf8'),
      substitutions,
    );
    const known = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn })).catch((error: Error) => {
      if (error.name === 'StateMachineDoesNotExist') return undefined;
      throw error;
    });
    if (!known) {
      await sfn.send(
        new CreateStateMachineCommand({ name: machine, definition, roleArn: `arn:aws:iam::${ACCOUNT}:role/embedded` }),
      );
    } else if (known.definition !== definition) {
      await sfn.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
    }
    substitutions[substitutionName(machine, 'StateMachine')] = stateMachineArn;
  }
}

/** Puts a value for each `${Placeholder}`. Throws when one has none: a typing error must not reach a machine. */
export function substitute(definition: string, values: Readonly<Record<string, string>>): string {
  return definition.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`state machine definition: no value for ${placeholder}`);
    return value;
  });
}
