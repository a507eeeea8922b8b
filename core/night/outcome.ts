import type { RequestStatus } from '../records/status.ts';

/** Steps of a visit that can fail. */
export const VISIT_STEPS = ['check', 'announce', 'slew', 'configure', 'expose'] as const;
export type VisitStep = (typeof VISIT_STEPS)[number];

/** Time that is lost, in seconds, when a subsystem fails and is brought back: power cycle and homing. */
export const FAULT_RECOVERY_S = 60;

const STATUS_OF_STEP: Record<VisitStep, RequestStatus> = {
  check: 'FAILED_PRECHECK',
  announce: 'FAILED_PRECHECK',
  slew: 'FAILED_SLEW',
  configure: 'FAILED_CONFIG',
  expose: 'FAILED_EXPOSURE',
};

/** Errors that are nobody's fault: what was taken counts, and no time is lost. */
const ENDINGS = new Set(['NightEnded', 'OperatorHalt', 'WeatherUnsafe']);

/**
 * Status of a request after a visit that failed in `step` with the error named `error`, when `taken` frames were good before.
 * The night's end and weather leave a visit that has frames PARTIAL; an operator's halt is ABORTED whatever was taken.
 */
export function statusAfterFailure(step: VisitStep, error: string, taken: number): RequestStatus {
  if (error === 'OperatorHalt') return 'ABORTED';
  if (error === 'SaveFailed') return 'FAILED_SAVE';
  if (step === 'expose' && ENDINGS.has(error)) return taken > 0 ? 'PARTIAL' : 'ABORTED';
  return STATUS_OF_STEP[step];
}

/** Seconds lost to a failure: only a subsystem's own failure costs a recovery. */
export function faultTimeS(step: VisitStep, error: string): number {
  const subsystem = step === 'slew' || step === 'configure' || step === 'expose';
  return subsystem && !ENDINGS.has(error) && error !== 'SaveFailed' ? FAULT_RECOVERY_S : 0;
}
