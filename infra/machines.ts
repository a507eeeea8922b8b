import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type CfnElement, Lazy, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import {
  FUNCTIONS,
  type FunctionName,
  LIVE_ALIAS,
  MACHINES,
  type MachineName,
  substitutionName,
} from '../core/names.ts';
import { acknowledge } from './checks.ts';
import { ROOT, type StageSettings } from './config.ts';
import type { DeployedFunction } from './functions.ts';
import type { StageNames } from './names.ts';

/** A machine, and the ARN by which it is started: a version of it where the stage has versions. */
interface DeployedMachine {
  machine: StateMachine;
  startedArn: string;
}

export interface DeployedMachines {
  machines: Record<MachineName, StateMachine>;
  /** What rules start: the alias of the night machine where the stage has versions. */
  startNightArn: string;
}

/** The state machines, children before parents, since a parent's definition names its child's ARN. */
export function addMachines(
  stack: Stack,
  names: StageNames,
  settings: StageSettings,
  functions: Readonly<Record<FunctionName, DeployedFunction>>,
): DeployedMachines {
  const deployed: Partial<Record<MachineName, DeployedMachine>> = {};
  for (const name of MACHINES) deployed[name] = addMachine(stack, names, settings, functions, deployed, name);
  const all = deployed as Record<MachineName, DeployedMachine>;
  const { night } = all;
  return {
    machines: Object.fromEntries(MACHINES.map((name) => [name, all[name].machine])) as Record<
      MachineName,
      StateMachine
    >,
    startNightArn: settings.versions ? addAlias(stack, night.startedArn) : night.startedArn,
  };
}

function addAlias(stack: Stack, stateMachineVersionArn: string): string {
  return new CfnStateMachineAlias(stack, 'NightAlias', {
    name: LIVE_ALIAS,
    description: 'The version that nights are started with',
    routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
  }).attrArn;
}

function addMachine(
  stack: Stack,
  names: StageNames,
  settings: StageSettings,
  functions: Readonly<Record<FunctionName, DeployedFunction>>,
  children: Readonly<Partial<Record<MachineName, DeployedMachine>>>,
  name: MachineName,
): DeployedMachine {
  const id = `${name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase())}Machine`;
  const definition = readFileSync(path.join(ROOT, 'statemachines', `${name}.asl.json`), 'utf8');
  const called = (Object.keys(FUNCTIONS) as FunctionName[]).filter((each) =>
    definition.includes(`\${${substitutionName(each, 'Function')}}`),
  );
  const started = MACHINES.filter((each) => definition.includes(`\${${substitutionName(each, 'StateMachine')}}`));
  const substitutions = {
    ...Object.fromEntries(called.map((each) => [substitutionName(each, 'Function'), functions[each].invokedArn])),
    ...Object.fromEntries(started.map((each) => [substitutionName(each, 'StateMachine'), children[each]!.startedArn])),
  };

  const role = new Role(stack, `${id}Role`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  for (const statement of statementsOf(stack, names, settings, functions, called, started)) role.addToPolicy(statement);
  acknowledge(role, reasonsOf(stack, settings, functions, called, started));

  const machine = new StateMachine(stack, id, {
    stateMachineName: names.machine(name),
    definitionBody: DefinitionBody.fromString(definition),
    definitionSubstitutions: substitutions,
    role,
    tracingEnabled: settings.tracing,
    ...(settings.machineLogs && {
      logs: {
        destination: new LogGroup(stack, `${id}Log`, {
          // Under this prefix CloudWatch Logs keeps the resource policy, of which there are only ten, short.
          logGroupName: `/aws/vendedlogs/states/${names.machine(name)}`,
          retention: settings.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: true,
      },
    }),
  });
  acknowledge(machine, {
    ...(!settings.machineLogs && {
      'AwsSolutions-SF1': 'The stage has machineLogs off; Step Functions keeps every history for 90 days all the same.',
    }),
    ...(!settings.tracing && { 'AwsSolutions-SF2': 'The stage has tracing off.' }),
  });
  return { machine, startedArn: settings.versions ? addVersion(stack, id, machine) : machine.stateMachineArn };
}

/**
 * A version of the machine as it is in this deployment. Its logical id changes with the content, so each content makes a
 * version, and those before it stay: a night that runs goes on with the ones that it began with.
 */
function addVersion(stack: Stack, id: string, machine: StateMachine): string {
  const content = machine.node.defaultChild as CfnStateMachine;
  const version = new CfnStateMachineVersion(stack, `${id}Version`, {
    stateMachineArn: machine.stateMachineArn,
    stateMachineRevisionId: content.attrStateMachineRevisionId,
  });
  version.applyRemovalPolicy(RemovalPolicy.RETAIN);
  version.overrideLogicalId(
    Lazy.uncachedString({
      // As late as this because the substitutions hold the ids of the functions' versions, which are found in the same way.
      produce: () => {
        const { definitionString, definitionSubstitutions, loggingConfiguration, tracingConfiguration } = content;
        const resolved = stack.resolve([
          definitionString,
          definitionSubstitutions,
          loggingConfiguration,
          tracingConfiguration,
        ]);
        return `${id}Version${createHash('sha256').update(JSON.stringify(resolved)).digest('hex').slice(0, 16)}`;
      },
    }),
  );
  return version.attrArn;
}

function statementsOf(
  stack: Stack,
  names: StageNames,
  settings: StageSettings,
  functions: Readonly<Record<FunctionName, DeployedFunction>>,
  called: readonly FunctionName[],
  started: readonly MachineName[],
): PolicyStatement[] {
  const allow = (actions: string[], resources: string[]) => new PolicyStatement({ actions, resources });
  const functionArns = called.map((each) => functions[each].function.functionArn);
  return [
    allow(
      ['lambda:InvokeFunction'],
      settings.versions ? functionArns.flatMap((arn) => [arn, `${arn}:*`]) : functionArns,
    ),
    ...(started.length > 0
      ? [
          // For a version, too, the ARN that is checked is the machine's.
          allow(['states:StartExecution'], started.map(names.machineArn)),
          allow(['states:DescribeExecution', 'states:StopExecution'], started.map(names.executionsArn)),
          // By this rule, which Step Functions makes itself, it hears of the end of a child.
          allow(
            ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
            [
              stack.formatArn({
                service: 'events',
                resource: 'rule',
                resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
              }),
            ],
          ),
        ]
      : []),
  ];
}

/** Why a star stands in a machine's policy. */
function reasonsOf(
  stack: Stack,
  settings: StageSettings,
  functions: Readonly<Record<FunctionName, DeployedFunction>>,
  called: readonly FunctionName[],
  started: readonly MachineName[],
): Record<string, string> {
  const logicalId = (each: FunctionName) =>
    stack.getLogicalId(functions[each].function.node.defaultChild as CfnElement);
  return {
    ...(settings.versions &&
      Object.fromEntries(
        called.map((each) => [
          `AwsSolutions-IAM5[Resource::<${logicalId(each)}.Arn>:*]`,
          'A definition names a version of the function, and versions of the definition that still run name earlier ones.',
        ]),
      )),
    ...Object.fromEntries(
      started.map((each) => [
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${settings.name}-${each}:*]`,
        'Executions get their names when they start.',
      ]),
    ),
    ...((settings.tracing || settings.machineLogs) && {
      'AwsSolutions-IAM5[Resource::*]': 'Log delivery and X-Ray know no resources in these actions.',
    }),
  };
}
