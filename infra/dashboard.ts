import { Duration, type Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type FunctionName, MACHINES, TABLES } from '../core/names.ts';
import type { DeployedFunction } from './functions.ts';
import type { DeployedMachines } from './machines.ts';
import type { StageNames } from './names.ts';
import type { Notices } from './notices.ts';

const PERIOD = Duration.minutes(5);
const STORAGE_PERIOD = Duration.days(1);
const WIDTH = 24;
const HEIGHT = 6;

/** One page that shows how the nights go, from the machines down to the tables. */
export function addDashboard(of: {
  stack: Stack;
  names: StageNames;
  functions: Readonly<Record<FunctionName, DeployedFunction>>;
  machines: DeployedMachines['machines'];
  notices: Notices;
}): void {
  const { stack, names, functions, machines, notices } = of;
  const row = (...graphs: { title: string; left: IMetric[]; right?: IMetric[] }[]) =>
    graphs.map((graph) => new GraphWidget({ width: WIDTH / graphs.length, height: HEIGHT, period: PERIOD, ...graph }));
  const each = Object.entries(functions);

  new Dashboard(stack, 'Dashboard', {
    dashboardName: `${names.prefix}nights`,
    defaultInterval: Duration.days(1),
    widgets: [
      [
        new TextWidget({
          width: WIDTH,
          height: 1,
          markdown: `**${names.machine('night')}**: a failed *observation* is part of a night's life, a failed *segment* ends the night, a failed *night* needs a person.`,
        }),
      ],
      row(...MACHINES.toReversed().map((name) => ({ title: `${name}: executions`, left: statuses(machines[name]) }))),
      row(
        ...MACHINES.toReversed().map((name) => ({
          title: `${name}: time an execution takes`,
          left: ['p50', 'p99'].map((statistic) => machines[name].metricTime({ statistic, label: statistic })),
        })),
      ),
      row(
        {
          title: 'Functions: median duration',
          left: each.map(([label, { function: fn }]) => fn.metricDuration({ statistic: 'p50', label })),
        },
        {
          title: 'Functions: 99th percentile of the duration',
          left: each.map(([label, { function: fn }]) => fn.metricDuration({ statistic: 'p99', label })),
        },
      ),
      row(
        {
          title: 'Functions: errors (faults, weather and the end of a night among them)',
          left: each.map(([label, { function: fn }]) => fn.metricErrors({ label })),
        },
        {
          title: 'Held back: functions, machines',
          left: each.map(([label, { function: fn }]) => fn.metricThrottles({ label })),
          right: MACHINES.map((name) => machines[name].metricThrottled({ label: name })),
        },
      ),
      row(
        { title: 'DynamoDB: read units', left: tableMetrics(names, 'ConsumedReadCapacityUnits') },
        { title: 'DynamoDB: write units', left: tableMetrics(names, 'ConsumedWriteCapacityUnits') },
      ),
      row(
        {
          title: 'Bucket: bytes, objects',
          left: ['StandardStorage', 'StandardIAStorage', 'GlacierInstantRetrievalStorage'].map((type) =>
            storage(names, 'BucketSizeBytes', type),
          ),
          right: [storage(names, 'NumberOfObjects', 'AllStorageTypes')],
        },
        {
          title: 'Undelivered: nights not started, notices not sent',
          left: [notices.undelivered.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })],
        },
      ),
    ],
  });
}

const statuses = (machine: StateMachine): IMetric[] => [
  machine.metricStarted({ label: 'started' }),
  machine.metricSucceeded({ label: 'succeeded' }),
  machine.metricFailed({ label: 'failed' }),
  machine.metricAborted({ label: 'aborted' }),
  machine.metricTimedOut({ label: 'timed out' }),
];

const tableMetrics = (names: StageNames, metricName: string): IMetric[] =>
  (Object.keys(TABLES) as (keyof typeof TABLES)[]).map(
    (table) =>
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName,
        dimensionsMap: { TableName: names.table(table) },
        statistic: 'Sum',
        label: TABLES[table],
      }),
  );

const storage = (names: StageNames, metricName: string, StorageType: string): IMetric =>
  new Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: { BucketName: names.bucket, StorageType },
    statistic: 'Average',
    period: STORAGE_PERIOD,
    label: `${metricName} ${StorageType}`,
  });
