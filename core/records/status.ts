import * as z from 'zod';
import { TransitionNotAllowed } from '../errors.ts';
import { instant } from './primitives.ts';

/** Where a request stands. FAILED_PRECHECK to FAILED_SAVE name the step that failed. */
export const requestStatus = z.enum([
  'QUEUED',
  'SCHEDULED',
  'EXECUTING',
  'COMPLETED',
  'PARTIAL',
  'FAILED_PRECHECK',
  'FAILED_SLEW',
  'FAILED_CONFIG',
  'FAILED_EXPOSURE',
  'FAILED_SAVE',
  'ABORTED',
  'EXPIRED',
  'CANCELLED',
]);
export type RequestStatus = z.infer<typeof requestStatus>;

/** A request leaves these by being chosen again; each is a place where it may rest between visits. */
const RESTING: readonly RequestStatus[] = ['SCHEDULED', 'EXPIRED', 'CANCELLED'];

/** The allowed transitions, and the only ones: from, to. */
export const TRANSITIONS: Readonly<Record<RequestStatus, readonly RequestStatus[]>> = {
  QUEUED: RESTING,
  SCHEDULED: ['EXECUTING', 'FAILED_PRECHECK', 'ABORTED', 'PARTIAL', 'CANCELLED'],
  EXECUTING: [
    'COMPLETED',
    'PARTIAL',
    'FAILED_PRECHECK',
    'FAILED_SLEW',
    'FAILED_CONFIG',
    'FAILED_EXPOSURE',
    'FAILED_SAVE',
    'ABORTED',
  ],
  COMPLETED: [],
  PARTIAL: RESTING,
  FAILED_PRECHECK: RESTING,
  FAILED_SLEW: RESTING,
  FAILED_CONFIG: RESTING,
  FAILED_EXPOSURE: RESTING,
  FAILED_SAVE: RESTING,
  ABORTED: RESTING,
  EXPIRED: [],
  CANCELLED: [],
};

/** One change of status: when in observatory time, why, and by which observation of which night. */
export const statusChange = z.strictObject({
  status: requestStatus,
  at: instant,
  cause: z.string(),
  nightId: z.string(),
  observationId: z.string().optional(),
});
export type StatusChange = z.infer<typeof statusChange>;

/** The one guard of the table. Throws TransitionNotAllowed. */
export function assertTransition(requestId: string, from: RequestStatus, to: RequestStatus): void {
  const allowed = TRANSITIONS[from];
  if (!allowed.includes(to)) {
    throw new TransitionNotAllowed(
      `request ${requestId} cannot go from ${from} to ${to}; from ${from} it may go to ${allowed.join(', ') || 'nothing: it is final'}`,
    );
  }
}
