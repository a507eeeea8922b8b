import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetCommand, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { INDEXES, scheduleRuleName, TABLES } from '../../core/names.ts';
import { type Finding, isDenied, ok, warning, wordsOf, wrong } from './finding.ts';
import type { Place } from './parts.ts';

/** A name that nothing has: what is tried on it changes nothing. */
const NOBODY = 'nocturne-doctor-tries-this';

interface Trial {
  action: string;
  /** What the caller cannot do without it. */
  neededFor: string;
  /** Without it nights can be begun and read all the same. */
  isExtra?: true;
  attempt(): Promise<unknown>;
}

/**
 * Tries every action that the commands need on things that do not exist, so that nothing changes: whoever may do it is told
 * that the thing is not there, whoever may not is told that.
 */
export async function checkPermissions(place: Place, bucket: string, nightMachineArn: string): Promise<Finding[]> {
  const trials = trialsOf(place, bucket, nightMachineArn);
  const findings: Finding[] = [];
  for (const { action, neededFor, isExtra, attempt } of trials) {
    try {
      await attempt();
    } catch (error) {
      if (!isDenied(error)) continue;
      const words = `${action} is refused, so you cannot ${neededFor}: ${wordsOf(error)}`;
      const remedy = `let somebody allow ${action} (docs/deploy.md), or use other credentials`;
      findings.push(isExtra ? warning('permissions', words, remedy) : wrong('permissions', words, remedy));
    }
  }
  if (findings.length > 0) return findings;
  return [
    ok(
      'permissions',
      `${trials.length} actions tried, none refused; iam:PassRole, for \`schedule add\`, cannot be tried`,
    ),
  ];
}

function trialsOf({ clients, prefix }: Place, bucket: string, nightMachineArn: string): Trial[] {
  const { sfn, documents, s3, lambda, events } = clients;
  const executionArn = `${nightMachineArn.replace(':stateMachine:', ':execution:')}:${NOBODY}`;
  const nights = `${prefix}${TABLES.nights}`;
  const Key = { nightId: NOBODY, item: 'night' };
  const Rule = scheduleRuleName(prefix, NOBODY);
  const object = { Bucket: bucket, Key: `nights/${NOBODY}/nothing` };
  const night = 'begin a night';
  const reading = 'read nights';
  const stopping = 'stop a night';
  const schedule = 'keep schedules';
  const ofNight = { ':night': NOBODY };
  const keyed = { KeyConditionExpression: 'nightId = :night', ExpressionAttributeValues: ofNight, Limit: 1 };
  return [
    // An input that is no JSON is refused.
    {
      action: 'states:StartExecution',
      neededFor: night,
      attempt: () =>
        sfn.send(new StartExecutionCommand({ stateMachineArn: nightMachineArn, name: NOBODY, input: 'no JSON' })),
    },
    // Written only over an object that is there, with a mark that none has.
    {
      action: 's3:PutObject',
      neededFor: night,
      attempt: () => s3.send(new PutObjectCommand({ ...object, Body: 'x', IfMatch: '"none"' })),
    },
    {
      action: 'states:DescribeExecution',
      neededFor: reading,
      attempt: () => sfn.send(new DescribeExecutionCommand({ executionArn })),
    },
    {
      action: 'states:GetExecutionHistory',
      neededFor: 'watch nights and see their histories',
      attempt: () => sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1 })),
    },
    {
      action: 'states:ListExecutions',
      neededFor: 'watch nights and see their histories',
      attempt: () => sfn.send(new ListExecutionsCommand({ stateMachineArn: nightMachineArn, maxResults: 1 })),
    },
    {
      action: 'dynamodb:GetItem',
      neededFor: reading,
      attempt: () => documents.send(new GetCommand({ TableName: nights, Key })),
    },
    {
      action: 'dynamodb:Query',
      neededFor: reading,
      attempt: () => documents.send(new QueryCommand({ TableName: nights, ...keyed })),
    },
    {
      action: 'dynamodb:Scan',
      neededFor: 'list nights',
      attempt: () => documents.send(new ScanCommand({ TableName: nights, Limit: 1 })),
    },
    {
      action: `dynamodb:Query on the index ${INDEXES.exposuresByNight}`,
      neededFor: 'list the files of a night',
      attempt: () =>
        documents.send(
          new QueryCommand({
            TableName: `${prefix}${TABLES.exposures}`,
            IndexName: INDEXES.exposuresByNight,
            ...keyed,
          }),
        ),
    },
    {
      action: 's3:ListBucket',
      neededFor: 'list the files of a night',
      attempt: () => s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: object.Key, MaxKeys: 1 })),
    },
    {
      action: 's3:GetObject',
      neededFor: 'fetch reports and frames',
      attempt: () => s3.send(new GetObjectCommand(object)),
    },
    {
      action: 'dynamodb:UpdateItem',
      neededFor: stopping,
      attempt: () =>
        documents.send(
          new UpdateCommand({
            TableName: nights,
            Key,
            UpdateExpression: 'SET haltRequested = :true',
            ConditionExpression: 'attribute_exists(nightId)',
            ExpressionAttributeValues: { ':true': true },
          }),
        ),
    },
    {
      action: 'states:StopExecution',
      neededFor: `${stopping} at once`,
      attempt: () => sfn.send(new StopExecutionCommand({ executionArn })),
    },
    ...(['close-night', 'report-night'] as const).map((name) => ({
      action: `lambda:InvokeFunction on ${prefix}${name}`,
      neededFor: `${stopping} at once`,
      attempt: () => lambda.send(new InvokeCommand({ FunctionName: `${prefix}${name}`, InvocationType: 'DryRun' })),
    })),
    ...Object.entries({
      // An expression that is none is refused.
      'events:PutRule': () => events.send(new PutRuleCommand({ Name: Rule, ScheduleExpression: 'never' })),
      'events:DescribeRule': () => events.send(new DescribeRuleCommand({ Name: Rule })),
      'events:ListTargetsByRule': () => events.send(new ListTargetsByRuleCommand({ Rule })),
      'events:PutTargets': () =>
        events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: NOBODY, Arn: nightMachineArn }] })),
      'events:EnableRule': () => events.send(new EnableRuleCommand({ Name: Rule })),
      'events:DisableRule': () => events.send(new DisableRuleCommand({ Name: Rule })),
      'events:RemoveTargets': () => events.send(new RemoveTargetsCommand({ Rule, Ids: [NOBODY] })),
      'events:DeleteRule': () => events.send(new DeleteRuleCommand({ Name: Rule })),
    }).map(([action, attempt]) => ({ action, neededFor: schedule, isExtra: true as const, attempt })),
  ];
}
