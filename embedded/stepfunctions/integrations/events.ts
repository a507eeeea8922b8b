import { StateFailure } from '../failures.ts';
import type { Branch, Engine } from '../run.ts';
import { isObject, type JsonObject } from '../values.ts';

/**
 * `events:putEvents`: every entry gets the machine and the execution among its resources; an entry that was not taken
 * is a failure of the task.
 */
export async function putEvents(engine: Engine, { run }: Branch, parameters: JsonObject): Promise<JsonObject> {
  const entries = Array.isArray(parameters.Entries) ? parameters.Entries : [];
  const sent = entries.map((entry: unknown) => {
    if (!isObject(entry)) return entry;
    const resources = Array.isArray(entry.Resources) ? entry.Resources : [];
    return { ...entry, Resources: [...resources, run.machineArn, run.arn] };
  });
  const { output } = await engine.callService('eventbridge', 'putEvents', { ...parameters, Entries: sent });
  if (Number(output.FailedEntryCount) > 0) throw new StateFailure('EventBridge.FailedEntry', JSON.stringify(output));
  return output;
}
