import { describe, expect, it } from 'vitest';
import { childFailure } from '../../../core/night/failure.ts';

/** A cause as Step Functions gives it for a failed child: DescribeExecution's answer with capitalised keys. */
const child = (error: string, cause: string) =>
  JSON.stringify({
    ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:segment:s0',
    Status: 'FAILED',
    Error: error,
    Cause: cause,
    Input: '{}',
  });
const thrown = JSON.stringify({ errorType: 'OperatorHalt', errorMessage: 'an operator asked', trace: ['at x'] });

describe('childFailure', () => {
  it('digs the error out of two levels of children and a function', () => {
    const nested = child('States.TaskFailed', child('OperatorHalt', thrown));
    expect(childFailure({ error: 'States.TaskFailed', cause: nested })).toEqual({
      error: 'OperatorHalt',
      cause: 'an operator asked',
    });
  });

  it('leaves plain causes alone', () => {
    expect(childFailure({ error: 'States.Timeout', cause: '' })).toEqual({ error: 'States.Timeout', cause: '' });
    expect(childFailure({ error: 'X', cause: 'not {json' })).toEqual({ error: 'X', cause: 'not {json' });
    expect(childFailure({ error: 'X', cause: '"text"' })).toEqual({ error: 'X', cause: '"text"' });
  });

  it('bears a child that was stopped without a word', () => {
    expect(childFailure({ error: 'States.TaskFailed', cause: '{"Status":"ABORTED"}' }).error).toBe('States.TaskFailed');
  });
});
