import { ServiceError } from '../errors.ts';

/** EventBridge's refusals, in its own words where they are known. All are 400, as in the AWS JSON protocol. */
export const faults = {
  validation: (message: string) => new ServiceError('ValidationException', message),
  noBus: (name: string) => new ServiceError('ResourceNotFoundException', `Event bus ${name} does not exist.`),
  busExists: (name: string) => new ServiceError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`),
  noRule: (name: string, bus: string) =>
    new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`),
  invalidPattern: (reason: string) =>
    new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`),
  limitExceeded: () =>
    new ServiceError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
  unknownOperation: (target: string) =>
    new ServiceError('UnknownOperationException', `${target} is not served by the embedded EventBridge.`),
};
