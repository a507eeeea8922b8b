import path from 'node:path';
import { Duration, type Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { localNoonCron } from '../core/night/schedule.ts';
import { longitudeDegOf, ROOT, type SiteSettings } from './config.ts';
import type { StageNames } from './names.ts';

/** EventBridge tries to start a night for this long. A night may begin hours late: it finds its own dusk. */
const START_TRIED_FOR = Duration.hours(6);
const START_RETRIES = 20;

/** The files of one site, as assets of the deployment. */
export interface SiteFiles {
  observatory: Asset;
  programme: Asset;
}

/** Observatory and programme of every site; sites with the same file share its asset. */
export function addSiteFiles(stack: Stack, sites: readonly SiteSettings[]): Record<string, SiteFiles> {
  const asset = (folder: string, name: string): Asset => {
    const id = `${folder}-${name}`;
    return (
      (stack.node.tryFindChild(id) as Asset | undefined) ??
      new Asset(stack, id, { path: path.join(ROOT, folder, `${name}.json`) })
    );
  };
  return Object.fromEntries(
    sites.map(({ name, observatory, programme }) => [
      name,
      { observatory: asset('observatories', observatory), programme: asset('programmes', programme) },
    ]),
  );
}

/** The role by which rules start nights, those that `nocturne schedule add` makes among them: hence its fixed name. */
export function addStartNightRole(stack: Stack, names: StageNames): Role {
  const role = new Role(stack, 'StartNightRole', {
    roleName: names.startNightRole,
    description: 'Rules start nights by it, and can do nothing else',
    assumedBy: new ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });
  // For an alias, too, the ARN that is checked is the machine's.
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [names.machineArn('night')] }));
  return role;
}

/** A rule per site that starts its night at local noon. */
export function addSchedules(of: {
  stack: Stack;
  names: StageNames;
  sites: readonly SiteSettings[];
  files: Readonly<Record<string, SiteFiles>>;
  startNightArn: string;
  role: Role;
  undelivered: Queue;
}): void {
  const { stack, names, sites, files, startNightArn, role, undelivered } = of;
  for (const site of sites) {
    new Rule(stack, `Schedule-${site.name}`, {
      ruleName: names.scheduleRule(site.name),
      description: `Starts the night of ${site.name}. Made by the stack: change it in cdk.json`,
      enabled: site.enabled,
      schedule: Schedule.expression(site.cron ?? localNoonCron(longitudeDegOf(site.observatory))),
      targets: [startNight(site, files[site.name], startNightArn, role, undelivered)],
    });
  }
}

function startNight(site: SiteSettings, files: SiteFiles, arn: string, role: Role, undelivered: Queue): IRuleTarget {
  const { name, seed, campaign, speed } = site;
  const pointer = (file: Asset) => ({ bucket: file.s3BucketName, key: file.s3ObjectKey });
  return {
    bind: () => ({
      arn,
      role: role as IRole,
      // Id and time of the event go along: the id tells one start from another, the time says which night is meant.
      input: RuleTargetInput.fromObject({
        schedule: name,
        id: EventField.eventId,
        time: EventField.time,
        observatory: pointer(files.observatory),
        programme: pointer(files.programme),
        seed,
        ...(campaign && { campaign }),
        ...(speed && { mode: { kind: 'paced', speed } }),
      }),
      deadLetterConfig: { arn: undelivered.queueArn },
      retryPolicy: { maximumRetryAttempts: START_RETRIES, maximumEventAgeInSeconds: START_TRIED_FOR.toSeconds() },
    }),
  };
}
