import { describe, expect, it } from 'vitest';
import { TransitionNotAllowed } from '../../../core/errors.ts';
import { assertTransition, requestStatus, TRANSITIONS } from '../../../core/records/status.ts';

const statuses = requestStatus.options;

describe('status transitions', () => {
  it('lead from QUEUED to every status that is not a beginning', () => {
    const reached = new Set(['QUEUED']);
    for (let grown = true; grown; ) {
      grown = false;
      for (const from of statuses.filter((status) => reached.has(status))) {
        for (const to of TRANSITIONS[from]) {
          grown ||= !reached.has(to);
          reached.add(to);
        }
      }
    }
    expect([...reached].sort()).toEqual([...statuses].sort());
  });

  it('never leave a final status', () => {
    for (const final of ['COMPLETED', 'EXPIRED', 'CANCELLED'] as const) {
      for (const to of statuses) expect(() => assertTransition('r', final, to)).toThrow(TransitionNotAllowed);
    }
  });

  it('never skip a step: a visit is scheduled, then executing, then complete', () => {
    expect(() => assertTransition('m31', 'QUEUED', 'EXECUTING')).toThrow(TransitionNotAllowed);
    expect(() => assertTransition('m31', 'SCHEDULED', 'COMPLETED')).toThrow(TransitionNotAllowed);
    assertTransition('m31', 'QUEUED', 'SCHEDULED');
    assertTransition('m31', 'SCHEDULED', 'EXECUTING');
    assertTransition('m31', 'EXECUTING', 'COMPLETED');
  });

  it('name the request, both statuses and what is allowed', () => {
    expect(() => assertTransition('a.m31-g', 'QUEUED', 'COMPLETED')).toThrow(
      'request a.m31-g cannot go from QUEUED to COMPLETED; from QUEUED it may go to SCHEDULED, EXPIRED, CANCELLED',
    );
  });
});
