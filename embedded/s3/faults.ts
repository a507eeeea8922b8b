import { ServiceError } from '../errors.ts';

/** An S3 error; `fields` are the extra elements of its XML, in order, and `headers` go out beside it. */
export class S3Fault extends ServiceError {
  readonly fields: Record<string, string | number>;
  readonly headers: Record<string, string>;

  constructor(
    code: string,
    message: string,
    status = 400,
    extras: { fields?: Record<string, string | number>; headers?: Record<string, string> } = {},
  ) {
    super(code, message, status);
    this.fields = extras.fields ?? {};
    this.headers = extras.headers ?? {};
  }
}

export function noSuchBucket(bucket: string): S3Fault {
  return new S3Fault('NoSuchBucket', 'The specified bucket does not exist', 404, { fields: { BucketName: bucket } });
}

export function noSuchKey(key: string): S3Fault {
  return new S3Fault('NoSuchKey', 'The specified key does not exist.', 404, { fields: { Key: key } });
}

export function noSuchUpload(uploadId: string): S3Fault {
  return new S3Fault(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
    { fields: { UploadId: uploadId } },
  );
}

/** The refusal of an argument, in AWS's form. */
export function invalidArgument(message: string, name: string, value?: string): S3Fault {
  return new S3Fault('InvalidArgument', message, 400, {
    fields: { ArgumentName: name, ...(value === undefined ? {} : { ArgumentValue: value }) },
  });
}

export function malformedXml(): S3Fault {
  return new S3Fault(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

export function preconditionFailed(condition: string): S3Fault {
  return new S3Fault('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
    fields: { Condition: condition },
  });
}

/** AWS's own refusal of a header that S3 knows but does not act on for this request. */
export function unimplementedHeader(header: string, why?: string): S3Fault {
  return new S3Fault('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, {
    fields: { Header: header, ...(why === undefined ? {} : { additionalMessage: why }) },
  });
}

/** The refusal of what AWS serves and the embedded S3 does not. */
export function notImplemented(what: string): S3Fault {
  return new S3Fault('NotImplemented', `${what} is not served by the embedded S3.`, 501);
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that stand for the state of the disk. */
const sqliteReadOnly = 8;
const sqliteFull = 13;

/**
 * What the disk refused, as an S3 error; undefined when `error` says something else. The statuses are 4xx although
 * the fault is on this side: SDK clients retry 5xx, and neither a full nor a read-only disk heals within a retry.
 */
export function storageFault(error: unknown): S3Fault | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  const said = `what was stored before is unharmed (${error.message})`;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG' || errcode === sqliteFull) {
    return new S3Fault('InsufficientStorage', `The disk has no room for this object; ${said}`, 400);
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM' || errcode === sqliteReadOnly) {
    return new S3Fault('AccessDenied', `The data directory cannot be written; ${said}`, 403);
  }
  return undefined;
}
