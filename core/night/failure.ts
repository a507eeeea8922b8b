/** An error as state machines pass it on: the name that they catch by, and the reason. */
export interface Failure {
  error: string;
  cause: string;
}

/** What Step Functions tells of a failed child execution; JSON text inside or already read. */
interface ChildDescription {
  Error?: string;
  Cause?: string;
}

/**
 * The failure at the bottom: a failed child execution is `States.TaskFailed` with the child's own error inside its cause,
 * perhaps over several levels, and a function's error has its message inside JSON text.
 */
export function childFailure(failure: Failure): Failure {
  const inside = parse(failure.cause);
  if (failure.error === 'States.TaskFailed' && inside && typeof inside.Error === 'string') {
    return childFailure({ error: inside.Error, cause: inside.Cause ?? '' });
  }
  if (inside && typeof inside.errorMessage === 'string') return { error: failure.error, cause: inside.errorMessage };
  return failure;
}

function parse(text: string): (ChildDescription & { errorMessage?: string }) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
