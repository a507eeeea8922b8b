import type { Clock } from '../clock.ts';
import { ServiceError } from '../errors.ts';
import type { Service } from '../http.ts';
import { operations } from './operations.ts';
import { readParameters } from './parameters.ts';
import { answer, refusal } from './query.ts';
import { openRoleStore } from './store.ts';

const VERSION = '2010-05-08';

export interface IamOptions {
  directory: string;
  clock: Clock;
  /** Twelve digits. */
  accountId: string;
}

/**
 * IAM as far as roles go, kept in `<directory>/iam.sqlite`. They are only remembered: nothing that anybody does is allowed or
 * denied by them. Throws SQLite's error when the folder cannot be used.
 */
export function openIam({ directory, clock, accountId }: IamOptions): { service: Service; close(): void } {
  const store = openRoleStore(directory);
  const context = { store, clock, accountId };
  const service: Service = async ({ body }) => {
    const form = new URLSearchParams(body.toString());
    const action = form.get('Action') ?? '';
    try {
      if (!Object.hasOwn(operations, action) || form.get('Version') !== VERSION)
        throw unknown(action, form.get('Version'));
      return answer(action, operations[action]!(context, readParameters(form)));
    } catch (error) {
      if (error instanceof ServiceError) return refusal(error);
      return refusal(new ServiceError('ServiceFailure', error instanceof Error ? error.message : String(error), 500));
    }
  };
  return { service, close: store.close };
}

function unknown(action: string, version: string | null): ServiceError {
  const served = Object.keys(operations).join(', ');
  return new ServiceError(
    'InvalidAction',
    `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}; the embedded IAM serves ${served} of ${VERSION}.`,
  );
}
