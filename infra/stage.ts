import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stagePrefix } from '../core/names.ts';
import { readSettings } from './config.ts';
import { StatefulStack } from './stateful-stack.ts';
import { StatelessStack } from './stateless-stack.ts';

/** Which stage is meant when `-c stage=<name>` is not given. */
const DEFAULT_STAGE = 'nocturne';

/** The stacks of one stage, as the context has it. Throws InvalidSettings. */
export function addStage(app: App): { stateful: StatefulStack; stateless: StatelessStack } {
  const settings = readSettings(app.node.tryGetContext('stages'), app.node.tryGetContext('stage') ?? DEFAULT_STAGE);
  const prefix = stagePrefix(settings.name);
  const stateful = new StatefulStack(app, `${prefix}stateful`, settings, {
    description: 'Nocturne: tables and buckets',
  });
  const stateless = new StatelessStack(app, `${prefix}stateless`, settings, {
    description: 'Nocturne: functions, state machines, schedules, alarms',
  });
  stateless.addStackDependency(stateful);
  Tags.of(app).add('nocturne:stage', settings.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { stateful, stateless };
}
