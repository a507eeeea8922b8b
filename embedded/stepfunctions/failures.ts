export const STATES_ALL = 'States.ALL';
export const STATES_TASK_FAILED = 'States.TaskFailed';
export const STATES_TIMEOUT = 'States.Timeout';
export const STATES_HEARTBEAT_TIMEOUT = 'States.HeartbeatTimeout';
export const STATES_RUNTIME = 'States.Runtime';
export const STATES_DATA_LIMIT_EXCEEDED = 'States.DataLimitExceeded';
export const STATES_INTRINSIC_FAILURE = 'States.IntrinsicFailure';
export const STATES_RESULT_PATH_MATCH_FAILURE = 'States.ResultPathMatchFailure';

/** Most characters of an error name and of a cause that AWS keeps (API reference, ExecutionFailedEventDetails). */
const ERROR_LENGTH = 256;
const CAUSE_LENGTH = 32_768;

/** An error of a state in the sense of the Amazon States Language: what Retry and Catch match against. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  readonly failureCause: string | undefined;

  /**
   * @param error the error name, as in ErrorEquals; a Fail state may leave it out
   * @param failureCause the text shown as `cause`; what is too long is cut off, as on AWS
   */
  constructor(error: string | undefined, failureCause: string | undefined) {
    super(failureCause ?? '');
    this.name = 'StateFailure';
    this.error = error?.slice(0, ERROR_LENGTH);
    this.failureCause = failureCause?.slice(0, CAUSE_LENGTH);
  }
}

/** A task took longer than its TimeoutSeconds, or was silent for longer than its HeartbeatSeconds. */
export class TaskTimedOut extends StateFailure {
  readonly limit: 'timeout' | 'heartbeat';

  constructor(limit: 'timeout' | 'heartbeat') {
    // Histories tell both limits by the same name (as recorded from AWS); Retry and Catch know them apart.
    super(STATES_TIMEOUT, undefined);
    this.limit = limit;
  }
}

/** A problem found while a state's fields were evaluated. As `States.Runtime`, the default, nothing catches it. */
export class EvaluationError extends Error {
  readonly error: string;

  constructor(message: string, error: string = STATES_RUNTIME) {
    super(message);
    this.name = 'EvaluationError';
    this.error = error;
  }
}

/** The execution reached its largest number of history events; nothing catches it. */
export class HistoryLimitReached extends Error {
  constructor(limit: number) {
    super(`The execution reached the maximum number of history events (${limit}).`);
    this.name = 'HistoryLimitReached';
  }
}

/** The branch that a piece of work belongs to was aborted: whoever aborted it writes the history. */
export class BranchAborted extends Error {
  constructor() {
    super('The branch was aborted.');
    this.name = 'BranchAborted';
  }
}

/** The failure of a state, task or function whose result is larger than 256 KiB. */
export function dataLimitExceeded(what: string): StateFailure {
  return new StateFailure(
    STATES_DATA_LIMIT_EXCEEDED,
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
