import { ServiceError } from '../errors.ts';
import { checkMembers, type JsonObject, type Members } from '../events/members.ts';
import { InvalidSchedule } from '../events/schedule-expression.ts';
import { targetKind } from '../events/targets.ts';
import { parseJson } from '../json.ts';
import { parseExpression } from './expressions.ts';
import type { ScheduleRecord, ScheduleTarget } from './schedule.ts';
import { isTimeZone } from './time-zones.ts';

export const DEFAULT_GROUP = 'default';

/** Scheduler's refusals, in its own words where they are known. */
export const faults = {
  validation: (message: string) => new ServiceError('ValidationException', message, 400),
  noSchedule: (name: string) => new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404),
  noGroup: (name: string) =>
    new ServiceError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404),
  exists: (name: string) => new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409),
  notServed: (what: string) =>
    new ServiceError('UnknownOperationException', `${what} is not served by the embedded EventBridge Scheduler.`, 404),
};

const NAME = '[0-9a-zA-Z-_.]+';
export const SCHEDULE_NAME = { type: 'string', required: true, min: 1, max: 64, pattern: NAME } as const;
export const GROUP_NAME = { type: 'string', min: 1, max: 64, pattern: NAME } as const;
export const STATE = { type: 'string', values: ['ENABLED', 'DISABLED'] } as const;
export const CLIENT_TOKEN = { type: 'string', min: 1, max: 64, pattern: '[a-zA-Z0-9-_]+' } as const;

/** Members of CreateSchedule and UpdateSchedule (API reference). */
const SCHEDULE: Members = {
  Name: SCHEDULE_NAME,
  GroupName: GROUP_NAME,
  ScheduleExpression: { type: 'string', required: true, min: 1, max: 256 },
  StartDate: { type: 'number' },
  EndDate: { type: 'number' },
  Description: { type: 'string', max: 512 },
  ScheduleExpressionTimezone: { type: 'string', min: 1, max: 50 },
  State: STATE,
  Target: {
    type: 'structure',
    required: true,
    members: {
      Arn: { type: 'string', required: true, min: 1, max: 1600 },
      RoleArn: {
        type: 'string',
        required: true,
        min: 1,
        max: 1600,
        pattern: 'arn:aws(-[a-z]+)?:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+',
      },
      Input: { type: 'string', min: 1 },
      RetryPolicy: {
        type: 'structure',
        members: {
          MaximumEventAgeInSeconds: { type: 'integer', min: 60, max: 86_400 },
          MaximumRetryAttempts: { type: 'integer', min: 0, max: 185 },
        },
      },
    },
  },
  FlexibleTimeWindow: {
    type: 'structure',
    required: true,
    members: {
      Mode: { type: 'string', required: true, values: ['OFF', 'FLEXIBLE'] },
      MaximumWindowInMinutes: { type: 'integer', min: 1, max: 1440 },
    },
  },
  ClientToken: CLIENT_TOKEN,
  ActionAfterCompletion: { type: 'string', values: ['NONE', 'DELETE'] },
};

/** Checks a request's members. Throws ValidationException. */
export function check(request: JsonObject, members: Members): void {
  checkMembers(request, members, 'EventBridge Scheduler');
}

/** Throws ResourceNotFoundException for a group other than the one that there is. */
export function requireGroup(name: unknown): void {
  if (name != null && name !== DEFAULT_GROUP) throw faults.noGroup(name as string);
}

/** What a CreateSchedule or an UpdateSchedule says, with its defaults. Throws ServiceError. */
export function scheduleOf(
  request: JsonObject,
  own: { region: string; accountId: string },
): Omit<ScheduleRecord, 'createdMs' | 'modifiedMs' | 'activeFromMs'> {
  check(request, SCHEDULE);
  requireGroup(request.GroupName);
  const said = request as unknown as ScheduleRecord & { ClientToken?: string };
  checkExpression(said.ScheduleExpression);
  const timeZone = said.ScheduleExpressionTimezone ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    throw faults.validation(`Invalid time zone ${timeZone}. A name of the IANA time zone database is needed.`);
  }
  checkWindow(said.FlexibleTimeWindow);
  if (said.StartDate != null && said.EndDate != null && said.EndDate <= said.StartDate) {
    throw faults.validation('The EndDate must be later than the StartDate.');
  }
  return {
    Name: said.Name,
    GroupName: DEFAULT_GROUP,
    ScheduleExpression: said.ScheduleExpression,
    ScheduleExpressionTimezone: timeZone,
    ...(said.StartDate != null && { StartDate: said.StartDate }),
    ...(said.EndDate != null && { EndDate: said.EndDate }),
    ...(said.Description != null && { Description: said.Description }),
    State: said.State ?? 'ENABLED',
    Target: targetOf(said.Target, own),
    FlexibleTimeWindow: said.FlexibleTimeWindow,
    ActionAfterCompletion: said.ActionAfterCompletion ?? 'NONE',
    ...(said.ClientToken != null && { clientToken: said.ClientToken }),
  };
}

function checkExpression(text: string): void {
  try {
    parseExpression(text);
  } catch (cause) {
    if (!(cause instanceof InvalidSchedule)) throw cause;
    throw faults.validation(`Invalid Schedule Expression ${text}.`);
  }
}

function checkWindow({ Mode, MaximumWindowInMinutes }: ScheduleRecord['FlexibleTimeWindow']): void {
  if (Mode === 'FLEXIBLE' && MaximumWindowInMinutes == null) {
    throw faults.validation('MaximumWindowInMinutes must be set for a FlexibleTimeWindow of Mode FLEXIBLE.');
  }
  if (Mode === 'OFF' && MaximumWindowInMinutes != null) {
    throw faults.validation('MaximumWindowInMinutes must not be set for a FlexibleTimeWindow of Mode OFF.');
  }
}

function targetOf(target: ScheduleTarget, own: { region: string; accountId: string }): ScheduleTarget {
  const kind = targetKind(target.Arn, own);
  if (kind !== 'stateMachine' && kind !== 'function') {
    throw faults.validation(
      `The target ${target.Arn} is not served: the embedded EventBridge Scheduler starts state machines and invokes functions of account ${own.accountId} in ${own.region}.`,
    );
  }
  if (target.Input != null) {
    try {
      // The attributes may stand where JSON has no quotes.
      parseJson(target.Input.replaceAll(/<aws\.scheduler\.[a-z-]+>/g, '0'));
    } catch (cause) {
      throw faults.validation(`The Input of the target is not well-formed JSON: ${(cause as Error).message}`);
    }
  }
  const RetryPolicy = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185, ...target.RetryPolicy };
  const { Arn, RoleArn, Input } = target;
  return { Arn, RoleArn, ...(Input != null && { Input }), RetryPolicy };
}
