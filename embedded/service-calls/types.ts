export type JsonObject = { [member: string]: unknown };

/** A service's answer, in the shape that Step Functions shows: members begin with a capital letter, times are texts. */
export interface ServiceAnswer {
  output: JsonObject;
  requestId: string;
  /** Of the HTTP answer, names in lower case. */
  headers: Record<string, string>;
}

/** What a service says about a call that it refuses. */
export interface ServiceFault {
  /** The error's name as the service gives it, such as `NoSuchKey`. */
  code: string;
  message: string;
  /** The error's name in the service's model; undefined for one that the model lacks: SDKs name that after the service. */
  modelName: string | undefined;
  status: number;
  requestId: string;
  /** Of S3 alone. */
  extendedRequestId?: string | undefined;
}

/** A service refused a call. */
export class ServiceCallFailed extends Error {
  readonly fault: ServiceFault;

  constructor(fault: ServiceFault) {
    super(fault.message);
    this.name = 'ServiceCallFailed';
    this.fault = fault;
  }
}

/** A call has a parameter that the operation does not have. */
export class UnknownMember extends Error {
  constructor(member: string) {
    super(`The field "${member}" is not supported by Step Functions`);
    this.name = 'UnknownMember';
  }
}

/**
 * Calls an operation of a service.
 * @param service `s3`, `dynamodb`, `sfn`, `lambda`, `eventbridge` or `sns`
 * @param operation such as `getObject`
 * Rejects with ServiceCallFailed, or with UnknownMember.
 */
export type CallService = (service: string, operation: string, parameters: JsonObject) => Promise<ServiceAnswer>;

/** For an engine without other services. */
export const NO_SERVICES: CallService = async (service, operation) => {
  const message = `${operation} of ${service} is not served by this engine.`;
  throw new ServiceCallFailed({ code: 'NotImplemented', message, modelName: undefined, status: 501, requestId: '' });
};
