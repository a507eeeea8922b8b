import { PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import { ListStateMachineAliasesCommand } from '@aws-sdk/client-sfn';
import { LIVE_ALIAS, START_NIGHT_ROLE } from '../core/names.ts';
import type { ScheduledStart } from '../core/records/night.ts';
import { EngineUnusable } from './errors.ts';
import type { StartTemplate } from './schedule-input.ts';
import { inputTransformer, MADE_HERE, type Schedule } from './schedules.ts';
import type { Session } from './session.ts';

const TARGET_ID = 'night';
/** EventBridge tries to start a night for six hours, as for the stack's own rules: a night may begin late. */
const RETRY_POLICY = { MaximumRetryAttempts: 20, MaximumEventAgeInSeconds: 6 * 3600 };

/** A rule as it is asked for. */
export interface WantedRule {
  expression: string;
  state: 'ENABLED' | 'DISABLED';
  start: StartTemplate;
  target: Target;
}

/** What is not as it is wanted: `seed was 1 and is now 7`. */
export function differences(known: Schedule, { expression, state, start, target }: WantedRule): string[] {
  const was: Record<string, unknown> = {
    expression: known.expression,
    state: known.isEnabled ? 'ENABLED' : 'DISABLED',
    ...startFields(known.start),
    ...targetFields(known.targets[0]),
    targets: known.targets.length,
  };
  const is: Record<string, unknown> = {
    expression,
    state,
    ...startFields(start),
    ...targetFields(target),
    targets: 1,
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  return Object.keys(is)
    .filter((key) => text(was[key]) !== text(is[key]))
    .map((key) => `${key} was ${text(was[key])} and is now ${text(is[key])}`);
}

const startFields = (start: ScheduledStart | StartTemplate | undefined) => ({
  observatory: start?.observatory.key,
  programme: start?.programme.key,
  seed: start?.seed,
  campaign: start?.campaign,
  mode: start?.mode && (start.mode.kind === 'paced' ? `paced, speed ${start.mode.speed}` : start.mode.kind),
  faults: start && Object.entries(start.faults).sort(),
});

const targetFields = (target: Target | undefined) => ({
  target: target?.Arn,
  role: target?.RoleArn,
  retries: target?.RetryPolicy?.MaximumRetryAttempts,
  triedForS: target?.RetryPolicy?.MaximumEventAgeInSeconds,
});

/** The target that starts nights: the night machine, with the input that each of its nights gets. */
export async function targetOf(session: Session, start: StartTemplate): Promise<Target> {
  const [, partition, , , account] = session.machineArns.night.split(':');
  return {
    Id: TARGET_ID,
    Arn: await nightArn(session),
    RoleArn: `arn:${partition}:iam::${account}:role/${session.prefix}${START_NIGHT_ROLE}`,
    InputTransformer: inputTransformer(start),
    RetryPolicy: RETRY_POLICY,
  };
}

/** What rules start: the alias that follows deployments where there is one, else the machine itself. */
async function nightArn({ sfn, machineArns }: Session): Promise<string> {
  try {
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(
        new ListStateMachineAliasesCommand({ stateMachineArn: machineArns.night, nextToken }),
      );
      const live = page.stateMachineAliases?.find(({ stateMachineAliasArn }) =>
        stateMachineAliasArn?.endsWith(`:${LIVE_ALIAS}`),
      );
      if (live) return live.stateMachineAliasArn!;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  } catch (error) {
    if (!isUnknownOperation(error)) throw error;
  }
  return machineArns.night;
}

/** Engines without versions do not know the operation. */
function isUnknownOperation(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return name === 'UnknownOperationException' || $metadata?.httpStatusCode === 501;
}

/** Makes the rule or brings it to what is asked for. Throws EngineUnusable when EventBridge does not take its target. */
export async function putRule(
  session: Session,
  ruleName: string,
  { expression, state, target }: Omit<WantedRule, 'start'>,
  known: Schedule | undefined,
): Promise<void> {
  await session.events.send(
    new PutRuleCommand({
      Name: ruleName,
      Description: `Starts the nights of a schedule. ${MADE_HERE}`,
      ScheduleExpression: expression,
      State: state,
    }),
  );
  const others = known?.targets.filter(({ Id }) => Id !== TARGET_ID) ?? [];
  if (others.length > 0) await removeTargets(session, ruleName, others);
  refuseFailures(ruleName, await session.events.send(new PutTargetsCommand({ Rule: ruleName, Targets: [target] })));
}

/** Takes targets from a rule, which cannot be deleted before. Throws EngineUnusable when EventBridge keeps one. */
export async function removeTargets({ events }: Session, ruleName: string, targets: readonly Target[]): Promise<void> {
  const Ids = targets.map(({ Id }) => Id!);
  refuseFailures(ruleName, await events.send(new RemoveTargetsCommand({ Rule: ruleName, Ids })));
}

/** What EventBridge answers about targets. */
interface Outcome {
  FailedEntryCount?: number | undefined;
  FailedEntries?: { ErrorCode?: string | undefined; ErrorMessage?: string | undefined }[] | undefined;
}

function refuseFailures(ruleName: string, { FailedEntryCount = 0, FailedEntries = [] }: Outcome): void {
  if (FailedEntryCount === 0) return;
  const [{ ErrorCode, ErrorMessage } = {}] = FailedEntries;
  throw new EngineUnusable(
    `EventBridge did not take the target of rule ${ruleName}: ${ErrorCode}: ${ErrorMessage}; the same command again goes on where it stopped`,
  );
}
