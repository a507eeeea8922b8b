import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { TargetServices } from '../events/delivery.ts';
import { withRetries } from '../events/retries.ts';
import { targetKind } from '../events/targets.ts';
import type { ScheduleRecord } from './schedule.ts';

export interface InvokerOptions {
  clock: Clock;
  region: string;
  accountId: string;
  services: Pick<TargetServices, 'startExecution' | 'invokeLater'>;
  scheduleArn(name: string): string;
  log(line: string): void;
}

export interface Invoker {
  /**
   * Calls on a schedule's target. Gives the name of the execution, of a state machine; undefined of a function. Rejects with
   * what the last try failed with.
   */
  invoke(schedule: ScheduleRecord, scheduledMs: number): Promise<string | undefined>;
  /** Ends waits for another try. */
  close(): void;
}

export function newInvoker({ clock, region, accountId, services, scheduleArn }: InvokerOptions): Invoker {
  const stopped = new AbortController();

  /** What a target without Input gets. */
  const notification = ({ Name }: ScheduleRecord, id: string, time: string) =>
    JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time,
      region,
      resources: [scheduleArn(Name)],
      detail: '{}',
    });

  return {
    async invoke(schedule, scheduledMs) {
      const { Name, Target } = schedule;
      const id = randomUUID();
      const time = `${new Date(scheduledMs).toISOString().slice(0, -5)}Z`;
      const isMachine = targetKind(Target.Arn, { region, accountId }) === 'stateMachine';
      const options = { clock, policy: Target.RetryPolicy, sinceMs: clock.now(), signal: stopped.signal };
      await withRetries(async (attempt) => {
        const attributes: Record<string, string> = {
          'schedule-arn': scheduleArn(Name),
          'scheduled-time': time,
          'execution-id': id,
          'attempt-number': String(attempt),
        };
        const input =
          Target.Input?.replaceAll(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name) => attributes[name] ?? whole) ??
          notification(schedule, id, time);
        // One name for all tries: an execution that was started all the same is not started again.
        if (isMachine) await services.startExecution({ stateMachineArn: Target.Arn, input, name: id });
        else services.invokeLater(Target.Arn, input);
      }, options);
      return isMachine ? id : undefined;
    },
    close: () => stopped.abort(),
  };
}
