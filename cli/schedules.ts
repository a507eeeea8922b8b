import {
  DescribeRuleCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  ResourceNotFoundException,
  type Rule,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { scheduleRuleName } from '../core/names.ts';
import { scheduleKey } from '../core/records/ids.ts';
import { type ScheduledStart, scheduledStart } from '../core/records/night.ts';
import { ANY_EVENT, type StartTemplate } from './schedule-input.ts';
import type { Session } from './session.ts';

/** Whose rule it is: this command's, the CDK stack's, or somebody else's. */
export type Maker = 'command' | 'stack' | 'other';

/** A rule that starts nights. */
export interface Schedule {
  name: string;
  ruleName: string;
  isEnabled: boolean;
  /** `cron(...)` or `rate(...)`; undefined for a rule that waits for events instead. */
  expression?: string;
  madeBy: Maker;
  /** What its nights are started with; undefined where the rule starts none, or with something this version does not read. */
  start?: ScheduledStart;
  targets: Target[];
}

/** How rules are known that `nocturne schedule add` has made. */
export const MADE_HERE = 'Made by nocturne schedule add';
/** How infra/schedules.ts ends the description of the stack's own rules. */
const MADE_BY_STACK = /\bmade by the stack\b/i;

/** Every rule of the deployment that starts nights, by name. */
export async function readSchedules(session: Session): Promise<Schedule[]> {
  const schedules: Schedule[] = [];
  let NextToken: string | undefined;
  do {
    const page = await session.events.send(
      new ListRulesCommand({ NamePrefix: scheduleRuleName(session.prefix, ''), NextToken }),
    );
    for (const rule of page.Rules ?? []) schedules.push(await scheduleOf(session, rule));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return schedules.filter((schedule) => isOfDeployment(session, schedule)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The rule of a schedule's name, whoever made it; undefined when there is none. */
export async function readSchedule(session: Session, name: string): Promise<Schedule | undefined> {
  try {
    return await scheduleOf(
      session,
      await session.events.send(new DescribeRuleCommand({ Name: scheduleRuleName(session.prefix, name) })),
    );
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function scheduleOf(session: Session, rule: Rule): Promise<Schedule> {
  const { Targets: targets = [] } = await session.events.send(new ListTargetsByRuleCommand({ Rule: rule.Name! }));
  const name = rule.Name!.slice(scheduleRuleName(session.prefix, '').length);
  const start = targets.map(startOf).find((each) => each !== undefined);
  return {
    name,
    ruleName: rule.Name!,
    isEnabled: rule.State !== 'DISABLED',
    ...(rule.ScheduleExpression && { expression: rule.ScheduleExpression }),
    madeBy: makerOf(session, name, rule, start),
    ...(start && { start }),
    targets,
  };
}

/**
 * Whether a rule starts nights of this deployment, or was about to. A stage whose name begins as this one's has rules that look
 * alike; theirs start other machines.
 */
export function isOfDeployment({ machineArns }: Session, { madeBy, targets }: Schedule): boolean {
  if (targets.length === 0) return madeBy === 'command';
  return targets.some(({ Arn = '' }) => Arn === machineArns.night || Arn.startsWith(`${machineArns.night}:`));
}

function makerOf({ bucket }: Session, name: string, rule: Rule, start: ScheduledStart | undefined): Maker {
  const isStored = start?.observatory.bucket === bucket && start.observatory.key.startsWith(scheduleKey(name, ''));
  if (isStored || (!start && rule.Description?.includes(MADE_HERE))) return 'command';
  const isAsset = start !== undefined && /(^|\/)[0-9a-f]{64}\.json$/.test(start.observatory.key);
  return isAsset || MADE_BY_STACK.test(rule.Description ?? '') ? 'stack' : 'other';
}

const PATHS = { id: '$.id', time: '$.time' };

/** Makes the input of a night out of the event that a rule fires. */
export function inputTransformer({ schedule, ...fixed }: StartTemplate) {
  const template = JSON.stringify({ schedule, id: '<id>', time: '<time>', ...fixed });
  return {
    InputPathsMap: PATHS,
    // EventBridge puts quotation marks around a text itself.
    InputTemplate: template.replace('"<id>"', '<id>').replace('"<time>"', '<time>'),
  };
}

/** What a target starts nights with; undefined when it starts none, or with something else. */
function startOf({ InputTransformer }: Target): ScheduledStart | undefined {
  const text = InputTransformer?.InputTemplate?.replace(/:\s*<([\w.-]+)>/g, (_, name: string) => {
    return `:${JSON.stringify(name in ANY_EVENT ? ANY_EVENT[name as keyof typeof ANY_EVENT] : name)}`;
  });
  try {
    return scheduledStart.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}
