import { DeleteRuleCommand, DisableRuleCommand, EnableRuleCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { scheduleRuleName } from '../../core/names.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { isNowhere } from '../records.ts';
import { scheduleFiles } from '../schedule-files.ts';
import { ANY_EVENT, prepareSchedule, type ScheduleOptions } from '../schedule-input.ts';
import { differences, putRule, removeTargets, targetOf } from '../schedule-rule.ts';
import { describe, sayAdded, sayListed, serveNote } from '../schedule-view.ts';
import { isOfDeployment, readSchedule, readSchedules, type Schedule } from '../schedules.ts';
import { type EngineOptions, openSession, type Session } from '../session.ts';

export interface ScheduleCommandOptions extends EngineOptions {
  json?: boolean;
}

export interface AddOptions extends ScheduleOptions, ScheduleCommandOptions {
  replace?: boolean;
  disabled?: boolean;
}

const RULE_NAME_LENGTH = 64;

/**
 * Makes the rule that starts a site's nights by themselves; the same once more changes nothing. Throws InputRefused before
 * anything is written, EngineUnusable.
 */
export async function addSchedule(name: string, options: AddOptions, nowMs: number): Promise<number> {
  const prepared = prepareSchedule(name, options, nowMs);
  const session = await openSession(options, { startsNights: true });
  try {
    const ruleName = scheduleRuleName(session.prefix, name);
    if (ruleName.length > RULE_NAME_LENGTH) {
      const most = RULE_NAME_LENGTH - scheduleRuleName(session.prefix, '').length;
      throw new InputRefused([
        `name: rule ${ruleName} would have ${ruleName.length} characters, EventBridge takes ${RULE_NAME_LENGTH}; give a name of at most ${most}`,
      ]);
    }
    const { start, files } = prepared.forBucket(session.bucket);
    const expression = prepared.expression.text;
    const state = options.disabled ? ('DISABLED' as const) : ('ENABLED' as const);
    const target = await targetOf(session, start);
    const known = await readSchedule(session, name);
    const changed = known ? differences(known, { expression, state, start, target }) : [];
    if (known) refuseOthersRule(known, changed, options.replace ?? false);
    // A file that was lost comes back, whether the rule is new or not.
    for (const { pointer, text } of files) {
      await session.s3.send(
        new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: text, ContentType: 'application/json' }),
      );
    }
    if (!known || changed.length > 0) await putRule(session, ruleName, { expression, state, target }, known);
    const change = !known ? 'made' : changed.length > 0 ? 'replaced' : 'unchanged';
    const made: Schedule = {
      name,
      ruleName,
      expression,
      madeBy: 'command',
      isEnabled: state === 'ENABLED',
      targets: [target],
      start: { ...ANY_EVENT, ...start },
    };
    const shown = await describe(scheduleFiles(session), made, nowMs);
    if (options.json) process.stdout.write(`${JSON.stringify({ change, ...shown })}\n`);
    else process.stdout.write(sayAdded(change, shown, session, options.out));
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** Lists every rule that starts nights, those of the stack too. */
export async function listSchedules(options: ScheduleCommandOptions, nowMs: number): Promise<number> {
  const schedules = await withSession(
    options,
    async (session) => {
      const files = scheduleFiles(session);
      return Promise.all((await readSchedules(session)).map((schedule) => describe(files, schedule, nowMs)));
    },
    () => [],
  );
  if (options.json) process.stdout.write(`${JSON.stringify(schedules)}\n`);
  else if (schedules.length === 0) process.stdout.write(NO_SCHEDULE);
  else for (const schedule of schedules) process.stdout.write(sayListed(schedule));
  return EXIT.done;
}

/** Removes a rule that `schedule add` has made. Throws InputRefused for an unknown one, and for one of the stack. */
export async function removeSchedule(name: string, options: ScheduleCommandOptions): Promise<number> {
  await withSession(
    options,
    async (session) => {
      const { madeBy, ruleName, targets } = await findSchedule(session, name);
      if (madeBy === 'stack') {
        throw new InputRefused([
          `schedule ${name} is the stack's own: set "enabled": false for it in cdk.json, or take it out there, and deploy again (docs/deploy.md); \`nocturne schedule disable ${name}\` holds it until then`,
        ]);
      }
      if (madeBy === 'other') throw new InputRefused([notOurs(ruleName)]);
      if (targets.length > 0) await removeTargets(session, ruleName, targets);
      await session.events.send(new DeleteRuleCommand({ Name: ruleName }));
    },
    refuseNowhere(name, options),
  );
  if (options.json) process.stdout.write(`${JSON.stringify({ change: 'removed', name })}\n`);
  else {
    process.stdout.write(
      `schedule ${name} is removed: no more nights start by it. Its nights and its files under schedules/${name}/ stay.\n`,
    );
  }
  return EXIT.done;
}

/** Lets a rule start nights, or holds it. Throws InputRefused for an unknown one. */
export async function switchSchedule(name: string, isOn: boolean, options: ScheduleCommandOptions): Promise<number> {
  const state = isOn ? 'enabled' : 'disabled';
  await withSession(
    options,
    async (session) => {
      const { ruleName, madeBy } = await findSchedule(session, name);
      await session.events.send(
        isOn ? new EnableRuleCommand({ Name: ruleName }) : new DisableRuleCommand({ Name: ruleName }),
      );
      if (options.json) process.stdout.write(`${JSON.stringify({ change: state, name })}\n`);
      else {
        process.stdout.write(`schedule ${name} is ${state}${isOn ? '' : '; a night that has begun goes on'}\n`);
        if (isOn) process.stdout.write(serveNote(session.engine, options.out));
      }
      if (madeBy === 'stack') {
        process.stderr.write(
          `warning: the rule is the stack's own; a later deployment may set it back to what cdk.json says ("enabled")\n`,
        );
      }
    },
    refuseNowhere(name, options),
  );
  return EXIT.done;
}

/** Does something with an engine. Looking at a folder that does not exist must not make a world of it: then `ifNowhere` answers. */
export async function withSession<T>(
  options: ScheduleCommandOptions,
  work: (session: Session) => Promise<T>,
  ifNowhere: () => T,
): Promise<T> {
  if (isNowhere(options)) return ifNowhere();
  const session = await openSession(options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** For a command that names a schedule: throws InputRefused. */
export const refuseNowhere =
  (name: string, { out }: ScheduleCommandOptions): (() => never) =>
  () => {
    throw new InputRefused([`schedule: unknown schedule "${name}"; there is no folder ${out}`]);
  };

export const NO_SCHEDULE = 'No nights start by themselves here yet: nocturne schedule add\n';

/** The schedule of a name. Throws InputRefused, with the names that there are. */
export async function findSchedule(session: Session, name: string): Promise<Schedule> {
  const schedule = await readSchedule(session, name);
  if (schedule && isOfDeployment(session, schedule)) return schedule;
  const names = (await readSchedules(session)).map((each) => each.name);
  throw new InputRefused([`schedule: unknown schedule "${name}"; there are ${names.join(', ') || 'none'}`]);
}

const notOurs = (ruleName: string): string =>
  `rule ${ruleName} was not made by nocturne schedule add, nor is it the stack's; change it where it was made, or choose another name`;

/** Rules of others are not touched; one's own only where it is meant. */
function refuseOthersRule(
  { madeBy, ruleName, name, targets }: Schedule,
  changed: readonly string[],
  replace: boolean,
): void {
  if (madeBy === 'stack') {
    throw new InputRefused([`schedule ${name} is the stack's own: change it in cdk.json, or choose another name`]);
  }
  if (madeBy === 'other') throw new InputRefused([notOurs(ruleName)]);
  // A rule without a target is one that was interrupted while it was made: it is finished.
  if (changed.length > 0 && targets.length > 0 && !replace) {
    throw new InputRefused([
      `schedule ${name} exists with other content: ${changed.join('; ')}; replace it with --replace, or choose another name`,
    ]);
  }
}
