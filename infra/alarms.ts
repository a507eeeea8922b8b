import { Duration, type Stack } from 'aws-cdk-lib';
import { Alarm, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type FunctionName, type MachineName, TABLES } from '../core/names.ts';
import type { DeployedFunction } from './functions.ts';
import type { DeployedMachines } from './machines.ts';
import type { StageNames } from './names.ts';
import type { Notices } from './notices.ts';
import { PERMISSIONS } from './permissions.ts';

const PERIOD = { period: Duration.minutes(5) };

/** Which operations the functions ask of a table; a throttle of any is worth knowing of. */
export function operationsOn(table: keyof typeof TABLES): Operation[] {
  const actions = new Set(Object.values(PERMISSIONS).flatMap(({ tables }) => tables[table] ?? []));
  const byName: Record<string, Operation> = {
    GetItem: Operation.GET_ITEM,
    BatchGetItem: Operation.BATCH_GET_ITEM,
    Query: Operation.QUERY,
    PutItem: Operation.PUT_ITEM,
    BatchWriteItem: Operation.BATCH_WRITE_ITEM,
    // Nothing is deleted but in a transaction.
    DeleteItem: Operation.TRANSACT_WRITE_ITEMS,
  };
  return [...actions].sort().map((action) => byName[action]);
}

/**
 * Alarms for what a night cannot live with. Errors of functions are none: a slew that fails, or weather that closes the dome,
 * is an error that the machine catches. What it cannot catch fails the night.
 */
export function addAlarms(of: {
  stack: Stack;
  names: StageNames;
  functions: Readonly<Record<FunctionName, DeployedFunction>>;
  machines: DeployedMachines['machines'];
  notices: Notices;
}): void {
  const { stack, names, functions, machines, notices } = of;
  const action = new SnsAction(notices.topic as ITopic);
  const alarm = (name: string, metric: IMetric, alarmDescription: string): void => {
    new Alarm(stack, `Alarm-${name}`, {
      alarmName: `${names.prefix}${name}`,
      alarmDescription,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(action);
  };

  const { night } = machines;
  alarm(
    'night-failed',
    night.metricFailed(PERIOD),
    'A night failed. Its report says why: nocturne nights, nocturne report NIGHT',
  );
  alarm('night-timed-out', night.metricTimedOut(PERIOD), 'A night ran into its time limit; the telescope may be open');
  alarm('night-aborted', night.metricAborted(PERIOD), 'A night was stopped from outside; the telescope may be open');
  for (const name of Object.keys(machines) as MachineName[]) {
    alarm(
      `${name}-machine-throttled`,
      machines[name].metricThrottled(PERIOD),
      `Step Functions held back steps of ${names.machine(name)}: see the quotas in docs/deploy.md`,
    );
  }
  for (const name of Object.keys(functions) as FunctionName[]) {
    alarm(
      `${name}-throttled`,
      functions[name].function.metricThrottles(PERIOD),
      `Lambda held back ${names.function(name)}: the account's concurrency is used up, see the quotas in docs/deploy.md`,
    );
  }
  for (const table of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
    const operations = operationsOn(table);
    if (operations.length === 0) continue;
    alarm(
      `${table}-table-throttled`,
      Table.fromTableName(stack, `Throttled-${table}`, names.table(table)).metricThrottledRequestsForOperations({
        operations,
        ...PERIOD,
      }),
      `DynamoDB held back requests to ${names.table(table)}`,
    );
  }
  alarm(
    'undelivered',
    notices.undelivered.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: 'Maximum' }),
    'EventBridge could not start a night or send a notice; the messages in the queue say which',
  );
}
