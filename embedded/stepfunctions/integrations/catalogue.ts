import type { TaskPattern } from '../definition.ts';

/** What Step Functions knows about one operation of a service that it is integrated with. */
export interface Integration {
  patterns: TaskPattern[];
  required: string[];
  /** Names of all parameters; any other is refused. */
  parameters: string[];
}

const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues', 'ConditionExpression'];
const RETURNS = [
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
];
const LEGACY = ['ConditionalOperator', 'Expected'];

/**
 * The optimized integrations of this engine (AWS developer guide, "Integrating optimized services"). Of the parameters only
 * those that the service behind it serves.
 */
export const OPTIMISED: Record<string, Integration> = {
  'lambda:invoke': {
    patterns: ['answer', 'waitForTaskToken'],
    required: ['FunctionName'],
    parameters: ['FunctionName', 'Payload', 'Qualifier', 'InvocationType', 'LogType'],
  },
  'states:startExecution': {
    patterns: ['answer', 'sync', 'sync:2', 'waitForTaskToken'],
    required: ['StateMachineArn'],
    parameters: ['StateMachineArn', 'Input', 'Name'],
  },
  'dynamodb:getItem': {
    patterns: ['answer'],
    required: ['Key', 'TableName'],
    parameters: [
      ...['Key', 'TableName', 'AttributesToGet', 'ConsistentRead', 'ExpressionAttributeNames', 'ProjectionExpression'],
      'ReturnConsumedCapacity',
    ],
  },
  'dynamodb:putItem': {
    patterns: ['answer'],
    required: ['Item', 'TableName'],
    parameters: ['Item', 'TableName', ...EXPRESSION, ...LEGACY, ...RETURNS],
  },
  'dynamodb:updateItem': {
    patterns: ['answer'],
    required: ['Key', 'TableName'],
    parameters: ['Key', 'TableName', 'AttributeUpdates', 'UpdateExpression', ...EXPRESSION, ...LEGACY, ...RETURNS],
  },
  'dynamodb:deleteItem': {
    patterns: ['answer'],
    required: ['Key', 'TableName'],
    parameters: ['Key', 'TableName', ...EXPRESSION, ...LEGACY, ...RETURNS],
  },
  'events:putEvents': { patterns: ['answer', 'waitForTaskToken'], required: ['Entries'], parameters: ['Entries'] },
  'sns:publish': {
    patterns: ['answer', 'waitForTaskToken'],
    required: ['Message'],
    parameters: ['Message', 'MessageAttributes', 'MessageStructure', 'Subject', 'TargetArn', 'TopicArn'],
  },
};

/** Operations that `aws-sdk:<service>:<operation>` reaches, by service, as Step Functions spells them. */
export const AWS_SDK: Record<string, ReadonlySet<string>> = {
  s3: new Set([
    ...['listBuckets', 'createBucket', 'headBucket', 'deleteBucket', 'getBucketLocation'],
    ...['listObjects', 'listObjectsV2', 'getObject', 'headObject', 'putObject', 'copyObject', 'deleteObject'],
    ...['deleteObjects', 'createMultipartUpload', 'uploadPart', 'uploadPartCopy', 'completeMultipartUpload'],
    ...['abortMultipartUpload', 'listParts', 'listMultipartUploads'],
  ]),
  dynamodb: new Set([
    ...['getItem', 'putItem', 'updateItem', 'deleteItem', 'query', 'scan', 'batchGetItem', 'batchWriteItem'],
    ...['transactGetItems', 'transactWriteItems'],
    ...['createTable', 'describeTable', 'listTables', 'updateTable', 'deleteTable'],
  ]),
  sfn: new Set([
    ...['startExecution', 'stopExecution', 'redriveExecution', 'describeExecution', 'listExecutions'],
    ...['getExecutionHistory', 'describeStateMachine', 'listStateMachines', 'describeStateMachineForExecution'],
    ...['describeMapRun', 'listMapRuns', 'sendTaskSuccess', 'sendTaskFailure', 'sendTaskHeartbeat'],
  ]),
  lambda: new Set(['invoke', 'getFunction', 'getFunctionConfiguration', 'listFunctions']),
  eventbridge: new Set([
    ...['putEvents', 'putRule', 'describeRule', 'listRules', 'enableRule', 'disableRule', 'deleteRule'],
    ...['putTargets', 'removeTargets', 'listTargetsByRule', 'listRuleNamesByTarget', 'testEventPattern'],
    ...['describeEventBus', 'listEventBuses'],
  ]),
};
