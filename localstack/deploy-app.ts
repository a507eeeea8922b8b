import { spawn } from 'node:child_process';
import path from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { bucketName, stagePrefix } from '../core/names.ts';
import { LocalstackUnusable, type Place, ROOT, STATE_FOLDER } from './place.ts';

/** LocalStack's one account, and the region of every stack there. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** Stage of cdk.json that is deployed there, and the name that its settings give it. */
const STAGE = 'localstack';
export const STAGE_NAME = 'nocturne';
export const PREFIX = stagePrefix(STAGE_NAME);
export const BUCKET = bucketName(STAGE_NAME, ACCOUNT, REGION);

const S = 1000;

/** What clients and tools need to talk to LocalStack, over what the environment says of AWS. */
export const awsEnvironment = ({ endpoint }: Place): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  // cdk publishes assets through this one.
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
});

export const clientOptions = ({ endpoint }: Place) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** What a deployment has made, and how long it took. */
export interface Deployed {
  machines: string[];
  functions: string[];
  tables: string[];
  bootstrapS: number;
  deployS: number;
}

/**
 * Deploys the CDK app to a LocalStack that runs, or brings it up to date there. What cdk says goes to `output`. Throws
 * LocalstackUnusable when cdk fails.
 * @param app the command that synthesizes it, cdk.json's own by default
 */
export async function deployApp(
  place: Place,
  output: 'inherit' | number,
  signal: AbortSignal,
  app = 'node infra/app.ts',
): Promise<Deployed> {
  // Of its own, since cdk holds a lock on it: several deployments may go on in one checkout.
  const common = [
    '--app',
    app,
    '--context',
    `stage=${STAGE}`,
    '--output',
    path.join(STATE_FOLDER, `cdk.out-${place.port}`),
  ];
  const run = (...args: string[]) => cdk(place, [...args, ...common], output, signal);
  const bootstrapS = await run('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  const deployS = await run('deploy', '--all', '--require-approval', 'never');
  return { ...(await listDeployed(place)), bootstrapS, deployS };
}

/** Runs cdklocal and gives the seconds it took. */
async function cdk(place: Place, args: string[], output: 'inherit' | number, signal: AbortSignal): Promise<number> {
  const beganMs = Date.now();
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, ...environment } = process.env;
  const child = spawn(path.join(ROOT, 'node_modules/.bin/cdklocal'), [...args, '--no-notices'], {
    cwd: ROOT,
    stdio: ['ignore', output, output],
    env: {
      ...environment,
      PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`,
      ...awsEnvironment(place),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
    signal,
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new LocalstackUnusable(`cdklocal ${args[0]} ended with exit status ${status}`);
  return (Date.now() - beganMs) / S;
}

async function listDeployed(place: Place): Promise<Pick<Deployed, 'machines' | 'functions' | 'tables'>> {
  const options = clientOptions(place);
  const machines: string[] = [];
  const functions: string[] = [];
  for await (const page of paginateListStateMachines({ client: new SFNClient(options) }, {})) {
    machines.push(...page.stateMachines!.map(({ name }) => name!));
  }
  for await (const page of paginateListFunctions({ client: new LambdaClient(options) }, {})) {
    functions.push(...page.Functions!.map(({ FunctionName }) => FunctionName!));
  }
  const { TableNames } = await new DynamoDBClient(options).send(new ListTablesCommand({}));
  const ours = (names: string[]) => names.filter((name) => name.startsWith(PREFIX)).sort();
  return { machines: ours(machines), functions: ours(functions), tables: ours(TableNames!) };
}
