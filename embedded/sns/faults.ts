import { ServiceError } from '../errors.ts';

/** SNS's refusals, in its own words where they are known. */
export const faults = {
  invalid: (what: string) => new ServiceError('InvalidParameter', `Invalid parameter: ${what}`),
  /** A value that SNS takes and this engine does not. */
  notServed: (parameter: string, what: string) =>
    new ServiceError(
      'InvalidParameter',
      `Invalid parameter: ${parameter} Reason: ${what} not served by the embedded SNS`,
    ),
  attribute: (message: string) => new ServiceError('ParameterValueInvalid', message),
  noTopic: () => new ServiceError('NotFound', 'Topic does not exist', 404),
  noAction: (action: string, served: string[]) =>
    new ServiceError(
      'InvalidAction',
      `The action ${action} is not served by the embedded SNS; it serves ${served.join(', ')}.`,
    ),
};
