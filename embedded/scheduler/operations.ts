import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { Collection } from '../documents.ts';
import { type JsonObject, page, pageStart } from '../events/members.ts';
import { CLIENT_TOKEN, check, faults, GROUP_NAME, requireGroup, SCHEDULE_NAME, STATE, scheduleOf } from './requests.ts';
import type { ScheduleRecord } from './schedule.ts';

/** One operation of the API: request to answer, both as JSON. Throws ServiceError. */
export type Operation = (request: JsonObject) => JsonObject;

export interface OperationOptions {
  schedules: Collection<ScheduleRecord>;
  clock: Clock;
  region: string;
  accountId: string;
  scheduleArn(name: string): string;
  /** Called when a schedule may have changed. */
  changed(): void;
}

/** What decides when a schedule is due: where none of it changes, a rate goes on as it was. */
const timing = ({
  ScheduleExpression,
  ScheduleExpressionTimezone,
  StartDate,
  State,
}: Pick<ScheduleRecord, 'ScheduleExpression' | 'ScheduleExpressionTimezone' | 'StartDate' | 'State'>) => [
  ...[ScheduleExpression, ScheduleExpressionTimezone, StartDate, State],
];

/** Operations on schedules, by method and path. */
export function scheduleOperations(options: OperationOptions): Record<string, Operation> {
  const { schedules, clock, scheduleArn, changed } = options;

  function scheduleAt(request: JsonObject): ScheduleRecord {
    requireGroup(request.GroupName);
    const schedule = schedules.get(request.Name as string);
    if (schedule === undefined) throw faults.noSchedule(request.Name as string);
    return schedule;
  }

  const dates = ({ createdMs, modifiedMs }: ScheduleRecord) => ({
    CreationDate: createdMs / 1000,
    LastModificationDate: modifiedMs / 1000,
  });

  return {
    'POST /schedules/{Name}'(request) {
      const said = scheduleOf(request, options);
      const nowMs = clock.now();
      // API reference, CreateSchedule: a request that is sent again with its token makes no second schedule.
      const known = schedules.get(said.Name);
      if (known !== undefined) {
        const { createdMs: _, modifiedMs: __, activeFromMs: ___, ...before } = known;
        if (said.clientToken === undefined || !isDeepStrictEqual(before, said)) throw faults.exists(said.Name);
        return { ScheduleArn: scheduleArn(said.Name) };
      }
      if (said.StartDate !== undefined && said.StartDate * 1000 < nowMs - 5 * 60_000) {
        throw faults.validation('The StartDate you specify cannot be earlier than 5 minutes ago.');
      }
      schedules.put(said.Name, { ...said, createdMs: nowMs, modifiedMs: nowMs, activeFromMs: nowMs });
      changed();
      return { ScheduleArn: scheduleArn(said.Name) };
    },

    'PUT /schedules/{Name}'(request) {
      const said = scheduleOf(request, options);
      const before = scheduleAt(request);
      const nowMs = clock.now();
      const activeFromMs = isDeepStrictEqual(timing(before), timing(said)) ? before.activeFromMs : nowMs;
      schedules.put(said.Name, { ...said, createdMs: before.createdMs, modifiedMs: nowMs, activeFromMs });
      changed();
      return { ScheduleArn: scheduleArn(said.Name) };
    },

    'GET /schedules/{Name}'(request) {
      check(request, { Name: SCHEDULE_NAME, GroupName: GROUP_NAME });
      const schedule = scheduleAt(request);
      const { createdMs: _, modifiedMs: __, activeFromMs: ___, clientToken: ____, ...said } = schedule;
      return { ...said, Arn: scheduleArn(said.Name), ...dates(schedule) };
    },

    'DELETE /schedules/{Name}'(request) {
      check(request, { Name: SCHEDULE_NAME, GroupName: GROUP_NAME, ClientToken: CLIENT_TOKEN });
      schedules.delete(scheduleAt(request).Name);
      changed();
      return {};
    },

    'GET /schedules'(request) {
      check(request, {
        ScheduleGroup: GROUP_NAME,
        NamePrefix: GROUP_NAME,
        State: STATE,
        MaxResults: { type: 'integer', min: 1, max: 100 },
        NextToken: { type: 'string', min: 1, max: 2048 },
      });
      requireGroup(request.ScheduleGroup);
      const limit = (request.MaxResults as number | undefined) ?? 100;
      const prefix = (request.NamePrefix as string | undefined) ?? '';
      const listing = `schedules ${prefix} ${request.State ?? ''}`;
      const all = schedules.list({ prefix, afterKey: pageStart(request, listing) });
      const found = all.filter(({ State }) => request.State === undefined || State === request.State);
      const { items, ...token } = page(found, limit, listing, ({ Name }) => Name);
      const Schedules = items.map((schedule) => ({
        Arn: scheduleArn(schedule.Name),
        Name: schedule.Name,
        GroupName: schedule.GroupName,
        State: schedule.State,
        ...dates(schedule),
        Target: { Arn: schedule.Target.Arn },
      }));
      return { Schedules, ...token };
    },
  };
}
