import { join } from 'node:path';
import { openDocuments } from '../documents.ts';
import { refusalResponse } from '../door/refusals.ts';
import { ServiceError } from '../errors.ts';
import type { JsonObject } from '../events/members.ts';
import { startScheduler } from '../events/scheduler.ts';
import type { EventsOptions } from '../events/service.ts';
import type { Service, ServiceRequest } from '../http.ts';
import { parseJsonBody } from '../json-protocol.ts';
import { newInvoker } from './invocations.ts';
import { type Operation, scheduleOperations } from './operations.ts';
import { faults } from './requests.ts';
import { nextInvocation, type ScheduleRecord } from './schedule.ts';

/** As EventBridge's: `scheduler.sqlite` lives in the directory. */
export type SchedulerServiceOptions = EventsOptions;

export interface SchedulerService {
  service: Service;
  /** Ends what is being tried again, and closes the store. Nothing is invoked afterwards. */
  close(): Promise<void>;
}

const log = (line: string) => void process.stderr.write(`EventBridge Scheduler: ${line}\n`);

/**
 * Opens the embedded EventBridge Scheduler: its REST interface over schedules that are kept in `<directory>/scheduler.sqlite`.
 * What was due while no engine was open is not made up for.
 * Throws what SQLite says when the folder cannot be used.
 */
export function openScheduler(options: SchedulerServiceOptions): SchedulerService {
  const { directory, clock, region, accountId, services, fireSchedules, onScheduleFired } = options;
  const documents = openDocuments(join(directory, 'scheduler.sqlite'));
  const schedules = documents.collection<ScheduleRecord>('schedule');
  const scheduleArn = (name: string) => `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;
  const invoker = newInvoker({ clock, region, accountId, services, scheduleArn, log });
  const underWay = new Set<Promise<void>>();
  let open = true;

  async function run(schedule: ScheduleRecord, scheduledMs: number, isLast: boolean): Promise<void> {
    try {
      const executionName = await invoker.invoke(schedule, scheduledMs);
      onScheduleFired?.({ ruleName: schedule.Name, targetArn: schedule.Target.Arn, executionName });
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      log(`Schedule ${schedule.Name} did not invoke ${schedule.Target.Arn}. ${reason}`);
    }
    if (!isLast || schedule.ActionAfterCompletion !== 'DELETE') return;
    try {
      // A schedule that has been changed in the meantime is another one.
      if (schedules.get(schedule.Name)?.modifiedMs === schedule.modifiedMs) schedules.delete(schedule.Name);
    } catch (cause) {
      log(`Schedule ${schedule.Name} is completed, but not deleted. ${(cause as Error).message}`);
    }
  }

  const scheduler = fireSchedules
    ? startScheduler({
        clock,
        log,
        upcoming: (doneMs) =>
          schedules.list().flatMap((schedule) => {
            const id = `${schedule.Name} ${schedule.activeFromMs}`;
            const next = schedule.State === 'ENABLED' ? nextInvocation(schedule, doneMs(id)) : undefined;
            if (next === undefined) return [];
            const fire = () => {
              const isLast = nextInvocation(schedule, next.dueMs) === undefined;
              const work = run(schedule, next.scheduledMs, isLast).finally(() => underWay.delete(work));
              underWay.add(work);
            };
            return [{ id, dueMs: next.dueMs, fire }];
          }),
      })
    : undefined;

  const changed = () => scheduler?.refresh();
  const operations = scheduleOperations({ schedules, clock, region, accountId, scheduleArn, changed });

  return {
    service: async (request) => {
      try {
        if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
        const { operation, input } = operationOf(operations, request);
        const body = JSON.stringify(operation(input));
        return { status: 200, headers: { 'content-type': 'application/json' }, body };
      } catch (cause) {
        const known = cause instanceof ServiceError;
        const message = cause instanceof Error ? cause.message : String(cause);
        const code = known ? cause.code : 'InternalServerException';
        return refusalResponse('rest-json', { status: known ? cause.status : 500, code, message });
      }
    },
    async close() {
      if (!open) return;
      open = false;
      scheduler?.close();
      invoker.close();
      while (underWay.size > 0) await Promise.all(underWay);
      documents.close();
    },
  };
}

/** The operation of a method and a path, with all that the request says: in its path, its query and its body. */
function operationOf(
  operations: Record<string, Operation>,
  request: ServiceRequest,
): { operation: Operation; input: JsonObject } {
  const { method, path, query } = request;
  const [, resource, name, ...more] = path.split('/');
  const key = `${method} /${resource}${name === undefined || name === '' ? '' : '/{Name}'}`;
  if (more.length > 0 || !Object.hasOwn(operations, key)) throw faults.notServed(`${method} ${path}`);
  const input: JsonObject = method === 'POST' || method === 'PUT' ? parseJsonBody(request) : {};
  // Members of the query are in lower case where those of a body are not: `groupName`, but `ScheduleGroup`.
  for (const [member, value] of query) input[member[0]!.toUpperCase() + member.slice(1)] = value;
  if (input.MaxResults !== undefined) input.MaxResults = Number(input.MaxResults);
  if (name) input.Name = decoded(name);
  return { operation: operations[key]!, input };
}

/** Throws ValidationException for a path that is not percent-encoded as it should be. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw faults.validation(`The name ${segment} in the path is not percent-encoded UTF-8.`);
  }
}
