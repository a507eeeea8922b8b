import { GetFunctionConfigurationCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { paginateListStateMachines, type SFNClient } from '@aws-sdk/client-sfn';
import { ENVIRONMENT, MACHINES, type MachineName, stagePrefix } from '../core/names.ts';
import { SOFTWARE_VERSION } from '../core/version.ts';
import type { Clients } from './clients.ts';
import { EngineUnusable } from './errors.ts';

/** What a deployment is called, and which version of the software it is. */
export interface Deployment {
  /** In front of the names of tables, functions, machines and rules. */
  prefix: string;
  bucket: string;
  version: string;
  /** Machines by their plain name; all of MACHINES. */
  machineArns: Readonly<Record<MachineName, string>>;
}

/** How long the first answer of an engine may take, with all repetitions: throttling is waited out, silence is not. */
const FIRST_ANSWER_MS = 45_000;

/**
 * The deployment of a stage, or the only one that there is. Throws EngineUnusable when it is not there, or only in part, or
 * when there are several to choose from; errors of the clients as they are.
 * @param firstAnswerMs how long the first answer may take before the engine counts as silent
 */
export async function findDeployment(
  { sfn, lambda }: Pick<Clients, 'sfn' | 'lambda'>,
  stage: string | undefined,
  firstAnswerMs = FIRST_ANSWER_MS,
): Promise<Deployment> {
  const machines = await listMachines(sfn, AbortSignal.timeout(firstAnswerMs));
  const prefix = choosePrefix([...machines.keys()], stage, await placeOf(sfn));
  const { Environment } = await lambda
    .send(new GetFunctionConfigurationCommand({ FunctionName: `${prefix}open-night` }))
    .catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      throw new EngineUnusable(
        `Nocturne is deployed only in part: no function "${prefix}open-night"; deploy it again (docs/deploy.md)`,
      );
    });
  const { [ENVIRONMENT.bucket]: bucket, [ENVIRONMENT.version]: version } = Environment?.Variables ?? {};
  if (!bucket || !version) {
    throw new EngineUnusable(
      `function ${prefix}open-night does not say its bucket and version: it is of another version; deploy Nocturne ${SOFTWARE_VERSION} again (docs/deploy.md)`,
    );
  }
  const machineArns = Object.fromEntries(
    MACHINES.map((machine) => [machine, machines.get(`${prefix}${machine}`)!]),
  ) as Record<MachineName, string>;
  return { prefix, bucket, version, machineArns };
}

/** Prefixes with which our machines occur among others' names, and the machines that each lacks. */
export function stagesAmong(machineNames: readonly string[]): Map<string, MachineName[]> {
  const ours = new RegExp(`^(.*-)?(?:${MACHINES.join('|')})$`);
  const prefixes = machineNames.flatMap((name) => {
    const match = ours.exec(name);
    return match ? [match[1] ?? ''] : [];
  });
  return new Map(
    [...new Set(prefixes)]
      .sort()
      .map((prefix) => [prefix, MACHINES.filter((machine) => !machineNames.includes(`${prefix}${machine}`))]),
  );
}

function choosePrefix(machineNames: readonly string[], stage: string | undefined, place: string): string {
  const stages = stagesAmong(machineNames);
  const whole = [...stages].filter(([, missing]) => missing.length === 0).map(([prefix]) => prefix);
  const known = whole.map((prefix) => prefix.slice(0, -1) || '(without a name)').join(', ') || 'none';
  if (stage === undefined && whole.length > 1) {
    throw new EngineUnusable(`several stages are deployed ${place}: ${known}; choose one by --stage`);
  }
  // One machine of a name such as ours may be anybody's; two are ours.
  const partial = [...stages].find(([, missing]) => missing.length < MACHINES.length - 1)?.[0];
  const prefix = stage === undefined ? (whole[0] ?? partial) : stagePrefix(stage);
  const missing = prefix === undefined ? undefined : stages.get(prefix);
  if (prefix === undefined || missing === undefined) {
    throw new EngineUnusable(
      stage === undefined
        ? `Nocturne is not deployed ${place}; name another region by AWS_REGION, or deploy it first (docs/deploy.md)`
        : `stage "${stage}" is not deployed ${place}; stages there: ${known}; name another region by AWS_REGION, or deploy it first (docs/deploy.md)`,
    );
  }
  if (missing.length > 0) {
    throw new EngineUnusable(
      `Nocturne is deployed only in part: no state machine ${missing.map((name) => `"${prefix}${name}"`).join(', ')}; deploy it again (docs/deploy.md)`,
    );
  }
  return prefix;
}

/** `in region eu-west-1`, and on which endpoint when it is not AWS. */
async function placeOf(sfn: SFNClient): Promise<string> {
  const region = `in region ${await sfn.config.region()}`;
  return process.env.AWS_ENDPOINT_URL ? `${region} of ${process.env.AWS_ENDPOINT_URL}` : region;
}

/** ARNs of all machines of the account and region by name. */
export async function listMachines(sfn: SFNClient, abortSignal?: AbortSignal): Promise<Map<string, string>> {
  const machines = new Map<string, string>();
  for await (const { stateMachines = [] } of paginateListStateMachines({ client: sfn }, {}, { abortSignal })) {
    for (const { name, stateMachineArn } of stateMachines) machines.set(name!, stateMachineArn!);
  }
  return machines;
}

/** How the deployed version stands to this command line's: `older`, `newer`, or undefined when they are the same. */
export function versionDifference(deployed: string): 'older' | 'newer' | undefined {
  if (deployed === SOFTWARE_VERSION) return undefined;
  return deployed.localeCompare(SOFTWARE_VERSION, 'en', { numeric: true }) < 0 ? 'older' : 'newer';
}
