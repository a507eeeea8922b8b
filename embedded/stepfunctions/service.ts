import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { Service } from '../http.ts';
import { type JsonProtocol, jsonAnswer, jsonFault, operationName, parseJsonBody } from '../json-protocol.ts';
import type { FunctionInvoker } from '../lambda/types.ts';
import { endAbandoned, newExecutions } from './executions.ts';
import { faults } from './faults.ts';
import { newOperations } from './operations.ts';
import { type ExecutionRecord, openStore } from './store.ts';

export interface StepFunctionsOptions {
  /** Where `stepfunctions.sqlite` lives; made when missing. One engine at a time may use it. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits. */
  accountId: string;
  invokeFunction: FunctionInvoker;
  /** Uniform in [0, 1), for retry jitter and States.MathRandom; Math.random when absent. */
  random?: () => number;
  /** Told of an execution that has started or ended, also of those that are ended by this open. Must not throw. */
  onStatusChange?: (execution: ExecutionRecord) => void;
}

export interface StepFunctions {
  service: Service;
  /** Stops all executions where they are and closes the store. They stay RUNNING until the next open, which ends them as ABORTED. */
  close(): Promise<void>;
}

const PROTOCOL: JsonProtocol = { target: 'AWSStepFunctions.', version: '1.0', internalError: 'InternalFailure' };

/**
 * Opens the embedded Step Functions: the AWS JSON 1.0 API over state machines, executions and histories that are kept in
 * `<directory>/stepfunctions.sqlite`. Executions that were running when the directory was last used are ended as ABORTED.
 */
export function openStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { clock, region, accountId, invokeFunction, random = Math.random, onStatusChange = () => {} } = options;
  // A disk that takes no more stops every execution where it is: the next open finds what was committed.
  let abandon = async () => {};
  const store = openStore(options.directory, () => void abandon());
  endAbandoned(store, clock, onStatusChange);
  const executions = newExecutions({ store, clock, region, accountId, invokeFunction, random, onStatusChange });
  abandon = executions.abandon;
  const operations = newOperations({ store, executions, now: () => clock.now(), region, accountId });
  let open = true;

  const service: Service = async (request) => {
    try {
      if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
      store.assertSound();
      const name = operationName(PROTOCOL, request);
      if (!Object.hasOwn(operations, name)) throw faults.unknownOperation(request.headers['x-amz-target'] ?? '');
      const answer = operations[name]!(parseJsonBody(request));
      // What was answered must survive the process.
      store.commit();
      return jsonAnswer(PROTOCOL, answer);
    } catch (cause) {
      return jsonFault(PROTOCOL, cause);
    }
  };

  return {
    service,
    async close() {
      if (!open) return;
      open = false;
      await executions.abandon();
      store.close();
    },
  };
}
