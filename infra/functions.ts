import path from 'node:path';
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ENVIRONMENT, FUNCTIONS, type FunctionName } from '../core/names.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import { acknowledge } from './checks.ts';
import { ROOT, type StageSettings } from './config.ts';
import type { StageNames } from './names.ts';
import { PERMISSIONS } from './permissions.ts';
import type { SiteFiles } from './schedules.ts';

/** Files of the catalogue that travel with the functions that look at the sky: `data/` beside their bundles. */
const SKY_FILES = ['stars.bin', 'stars-faint.bin', 'galaxies.json'];

const SEES_SKY: readonly FunctionName[] = ['expose-frame', 'take-calibration', 'reduce-frame'];

/** A function, and what a definition calls it by: a version of it where the stage has versions. */
export interface DeployedFunction {
  function: NodejsFunction;
  invokedArn: string;
}

/** The functions of the observatory, each with a role and a log group of its own. */
export function addFunctions(
  stack: Stack,
  names: StageNames,
  settings: StageSettings,
  siteFiles: readonly SiteFiles[],
): Record<FunctionName, DeployedFunction> {
  const entries = (Object.keys(FUNCTIONS) as FunctionName[]).map((name) => [
    name,
    addFunction(stack, names, settings, siteFiles, name),
  ]);
  return Object.fromEntries(entries) as Record<FunctionName, DeployedFunction>;
}

function addFunction(
  stack: Stack,
  names: StageNames,
  settings: StageSettings,
  siteFiles: readonly SiteFiles[],
  name: FunctionName,
): DeployedFunction {
  const id = name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  const logGroup = new LogGroup(stack, `${id}Log`, {
    logGroupName: `/aws/lambda/${names.function(name)}`,
    retention: settings.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(stack, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  for (const statement of statementsOf(name, names, siteFiles)) role.addToPolicy(statement);
  acknowledge(role, reasonsOf(name, settings));

  const { memoryMb, timeoutS } = FUNCTIONS[name];
  const deployed = new NodejsFunction(stack, id, {
    functionName: names.function(name),
    entry: path.join(ROOT, 'functions', name, 'handler.ts'),
    handler: 'handler',
    projectRoot: ROOT,
    depsLockFilePath: path.join(ROOT, 'package-lock.json'),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memoryMb,
    timeout: Duration.seconds(timeoutS),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel[settings.logLevel],
    systemLogLevelV2: SystemLogLevel.WARN,
    tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    environment: {
      [ENVIRONMENT.bucket]: names.bucket,
      [ENVIRONMENT.prefix]: names.prefix,
      [ENVIRONMENT.bus]: names.bus,
      [ENVIRONMENT.version]: SOFTWARE_VERSION,
      NODE_OPTIONS: '--enable-source-maps',
      // Lambda tells the logger its level too; engines that run the functions without Lambda's log controls need this one.
      POWERTOOLS_LOG_LEVEL: settings.logLevel,
    },
    awsSdkConnectionReuse: false,
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    bundling: bundlingOf(name),
  });
  return { function: deployed, invokedArn: (settings.versions ? deployed.currentVersion : deployed).functionArn };
}

function statementsOf(name: FunctionName, names: StageNames, siteFiles: readonly SiteFiles[]): PolicyStatement[] {
  const {
    tables,
    indexes = [],
    reads,
    writes,
    readsSiteFiles,
    seesMissingObjects,
    describesNights,
    publishes,
  } = PERMISSIONS[name];
  const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  return [
    ...(Object.keys(tables) as (keyof typeof tables)[]).map((table) =>
      allow(
        tables[table]!.map((action) => `dynamodb:${action}`),
        [names.tableArn(table)],
      ),
    ),
    ...indexes.map(({ table, index }) => allow(['dynamodb:Query'], [`${names.tableArn(table)}/index/${index}`])),
    ...(reads ? [allow(['s3:GetObject'], reads.map(names.objectArn))] : []),
    ...(writes ? [allow(['s3:PutObject'], writes.map(names.objectArn))] : []),
    ...(readsSiteFiles && siteFiles.length > 0
      ? [allow(['s3:GetObject'], siteFileArns(siteFiles, readsSiteFiles))]
      : []),
    ...(seesMissingObjects ? [allow(['s3:ListBucket'], [names.bucketArn()])] : []),
    ...(describesNights ? [allow(['states:DescribeExecution'], [names.executionsArn('night')])] : []),
    ...(publishes ? [allow(['events:PutEvents'], [names.busArn()])] : []),
  ];
}

const siteFileArns = (siteFiles: readonly SiteFiles[], kinds: readonly (keyof SiteFiles)[]): string[] => [
  ...new Set(
    siteFiles.flatMap((files) => kinds.map((kind) => files[kind].bucket.arnForObjects(files[kind].s3ObjectKey))),
  ),
];

/** Why a star stands in a function's policy. */
function reasonsOf(name: FunctionName, settings: StageSettings): Record<string, string> {
  const { reads = [], writes = [], describesNights } = PERMISSIONS[name];
  return {
    ...Object.fromEntries(
      [...reads, ...writes].map((pattern) => [
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::${settings.name}-<AWS::AccountId>-<AWS::Region>/${pattern}]`,
        'Keys hold the night, the day or the schedule, which are not known when the stack is made.',
      ]),
    ),
    ...(describesNights && {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${settings.name}-night:*]`]:
        'Executions get their names when they start.',
    }),
    ...(settings.tracing && {
      'AwsSolutions-IAM5[Resource::*]': 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
    }),
  };
}

function bundlingOf(name: FunctionName): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    sourceMap: true,
    sourcesContent: false,
    logLevel: LogLevel.WARNING,
    // The SDK travels along: the same code on every engine and on every day, whatever the runtime brings.
    bundleAwsSDK: true,
    // Some packages inside the SDK are CommonJS and ask for Node's modules by `require`, which an ES module does not have.
    banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    ...(SEES_SKY.includes(name) && {
      commandHooks: {
        beforeBundling: () => [],
        beforeInstall: () => [],
        afterBundling: (from: string, to: string) => [
          `mkdir -p "${to}/data"`,
          `cp ${SKY_FILES.map((file) => `"${from}/data/${file}"`).join(' ')} "${to}/data/"`,
        ],
      },
    }),
  };
}
