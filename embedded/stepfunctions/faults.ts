import { ServiceError } from '../errors.ts';

/** Faults of the Step Functions API, with AWS's names and messages. */
export const faults = {
  validation: (problem: string) => new ServiceError('ValidationException', `1 validation error detected: ${problem}`),
  unsupported: (what: string) => new ServiceError('ValidationException', `${what} is not supported`),
  unknownOperation: (target: string) =>
    new ServiceError('UnknownOperationException', `The operation '${target}' is not known or not supported`),
  invalidArn: (problem: string) => new ServiceError('InvalidArn', `Invalid Arn: '${problem}'`),
  invalidName: (name: string) => new ServiceError('InvalidName', `Invalid Name: '${name}'`),
  invalidToken: (token: string) => new ServiceError('InvalidToken', `Invalid Token: '${token}'`),
  invalidDefinition: (problem: string) =>
    new ServiceError('InvalidDefinition', `Invalid State Machine Definition: '${problem}'`),
  invalidInput: (problem: string) =>
    new ServiceError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${problem}'`),
  noMachine: (arn: string) => new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`),
  machineExists: (arn: string) =>
    new ServiceError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`),
  machineDeleting: (arn: string) => new ServiceError('StateMachineDeleting', `State Machine is deleting: '${arn}'`),
  typeNotSupported: (type: string) =>
    new ServiceError(
      'StateMachineTypeNotSupported',
      `State machines of type '${type}' are not supported. Supported: STANDARD`,
    ),
  noResource: (arn: string) => new ServiceError('ResourceNotFound', `Resource not found: '${arn}'`),
  noExecution: (arn: string) => new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`),
  executionExists: (arn: string) => new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`),
  notRedrivable: (reason: string) =>
    new ServiceError('ExecutionNotRedrivable', `Execution not redrivable: '${reason}'`),
  tooManyExecutions: (limit: number) =>
    new ServiceError('ExecutionLimitExceeded', `The maximum number of running executions (${limit}) has been reached`),
  missingParameter: (problem: string) => new ServiceError('MissingRequiredParameter', problem),
};
