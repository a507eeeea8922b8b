import { engineTrouble } from '../trouble.ts';

/** `absent`: this engine does not have it, and needs it not. */
export type Verdict = 'ok' | 'absent' | 'warning' | 'wrong';

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, such as `tables`. */
  what: string;
  verdict: Verdict;
  /** What was found: the value got and the value wanted. */
  words: string;
  /** What a person can do about it. */
  remedy?: string;
}

export const ok = (what: string, words: string): Finding => ({ what, verdict: 'ok', words });
export const absent = (what: string, words: string): Finding => ({ what, verdict: 'absent', words });
export const warning = (what: string, words: string, remedy: string): Finding => ({
  what,
  verdict: 'warning',
  words,
  remedy,
});
export const wrong = (what: string, words: string, remedy: string): Finding => ({
  what,
  verdict: 'wrong',
  words,
  remedy,
});

export const DEPLOY_AGAIN = 'deploy it again (docs/deploy.md)';

/** What an engine that lacks an operation answers. */
const NOT_SERVED = ['NotImplemented', 'UnknownOperationException'];
const NOT_IMPLEMENTED = 501;
export function isNotServed(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return NOT_SERVED.includes(error.name) || $metadata?.httpStatusCode === NOT_IMPLEMENTED;
}

export const isDenied = (error: unknown): boolean =>
  error instanceof Error && ['AccessDeniedException', 'AccessDenied', 'Forbidden', '403'].includes(error.name);

/** Whether an error means that the thing looked at is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && ['ResourceNotFoundException', 'NoSuchBucket', 'NotFound'].includes(error.name);

/** An error in words, whatever it is. */
export function wordsOf(error: unknown): string {
  const trouble = engineTrouble(error);
  if (trouble !== undefined) return trouble;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/**
 * What a look gives; where the thing is missing or the engine refuses to be looked at, that.
 * @param thing the name of what is looked at
 */
export async function looked(what: string, thing: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (isNotServed(error)) return [absent(what, 'this engine does not tell')];
    if (isMissing(error)) return [wrong(what, `${thing} is not there`, DEPLOY_AGAIN)];
    if (isDenied(error)) {
      return [warning(what, `${thing}: ${wordsOf(error)}`, 'allow the action, or look in the console')];
    }
    return [wrong(what, `${thing}: ${wordsOf(error)}`, DEPLOY_AGAIN)];
  }
}
