/** One HTTP request as every emulated service sees it, whether it came over a socket or from an SDK client in this process. */
export interface ServiceRequest {
  method: string;
  /** Path as sent, still percent-encoded, with its leading slash and without the query. */
  path: string;
  query: URLSearchParams;
  /** Header names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

export interface ServiceResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
}

/** An emulated AWS service: a function from request to response. It never throws; faults become AWS-shaped responses. */
export type Service = (request: ServiceRequest) => Promise<ServiceResponse>;
