import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { Service } from '../http.ts';
import { type JsonProtocol, jsonAnswer, jsonFault, operationName, parseJsonBody } from '../json-protocol.ts';
import type { FunctionInvoker } from '../lambda/types.ts';
import { type CallService, NO_SERVICES } from '../service-calls/types.ts';
import { NO_OBJECTS, type Objects } from './distributed-map/objects.ts';
import { openMapRuns } from './distributed-map/tables.ts';
import { newExecutions } from './executions.ts';
import { faults } from './faults.ts';
import { newOperations } from './operations.ts';
import { type ExecutionRecord, openStore } from './store.ts';
import { openTaskTokens } from './task-tokens.ts';

export interface StepFunctionsOptions {
  /** Where `stepfunctions.sqlite` lives; made when missing. One engine at a time may use it. */
  directory: string;
  clock: Clock;
  region: string;
  /** Twelve digits. */
  accountId: string;
  invokeFunction: FunctionInvoker;
  /** How tasks reach the other services; they reach none when absent. */
  callService?: CallService;
  /** Where Map states read items and write results; none when absent. */
  objects?: Objects;
  /** Uniform in [0, 1), for retry jitter and States.MathRandom; Math.random when absent. */
  random?: () => number;
  /** Told of an execution that has started, ended or been redriven. Must not throw. */
  onStatusChange?: (execution: ExecutionRecord) => void;
  /** Whether to go on with the executions that an earlier process left RUNNING; true when absent. Otherwise they rest as they are. */
  resume?: boolean;
}

export interface StepFunctions {
  service: Service;
  /** How many machines there are, and how many of all executions run. */
  counts(): { stateMachines: number; runningExecutions: number };
  /** Stops all executions where they are and closes the store. They stay RUNNING, and the next open goes on with them. */
  close(): Promise<void>;
}

const PROTOCOL: JsonProtocol = { target: 'AWSStepFunctions.', version: '1.0', internalError: 'InternalFailure' };

/**
 * Opens the embedded Step Functions: the AWS JSON 1.0 API over state machines, executions and histories that are kept in
 * `<directory>/stepfunctions.sqlite`. Executions that were running when the directory was last used, however that ended, go on from
 * their last completed step; a step that was under way is made again.
 */
export function openStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { clock, region, accountId, invokeFunction, random = Math.random, onStatusChange = () => {} } = options;
  // A disk that takes no more stops every execution where it is: the next open finds what was committed.
  let abandon = async () => {};
  const store = openStore(options.directory, () => void abandon());
  const mapRuns = openMapRuns(store);
  const tokens = openTaskTokens(store, clock);
  const objects = options.objects ?? NO_OBJECTS;
  const executions = newExecutions({
    store,
    clock,
    region,
    accountId,
    invokeFunction,
    callService: options.callService ?? NO_SERVICES,
    tokens,
    random,
    mapRuns,
    objects,
    onStatusChange,
  });
  abandon = executions.abandon;
  const operations = {
    ...newOperations({ store, mapRuns, executions, now: () => clock.now(), region, accountId }),
    ...tokens.operations,
  };
  let open = true;
  if (options.resume ?? true) executions.resume();

  const service: Service = async (request) => {
    try {
      if (!open) throw new ServiceError('ServiceUnavailable', 'The engine has been closed', 503);
      store.assertSound();
      const name = operationName(PROTOCOL, request);
      if (!Object.hasOwn(operations, name)) throw faults.unknownOperation(request.headers['x-amz-target'] ?? '');
      const answer = operations[name]!(parseJsonBody(request));
      // What was answered must survive the process.
      await store.committed();
      return jsonAnswer(PROTOCOL, answer);
    } catch (cause) {
      return jsonFault(PROTOCOL, cause);
    }
  };

  const machineCount = store.statement('select count(*) as count from machines');
  const runningCount = store.statement("select count(*) as count from executions where status = 'RUNNING'");

  return {
    service,
    counts: () => ({
      stateMachines: Number(machineCount.get()?.count),
      runningExecutions: Number(runningCount.get()?.count),
    }),
    async close() {
      if (!open) return;
      open = false;
      // At the turn of the event loop no execution is between two events that belong together.
      await nextTurn();
      await executions.abandon();
      store.close();
    },
  };
}
