import { XMLParser } from 'fast-xml-parser';
import { ServiceError } from '../../errors.ts';
import type { Service, ServiceResponse } from '../../http.ts';

/** An object of a bucket as an item of a Map state: what Step Functions shows of ListObjectsV2's answer. */
export interface ListedObject {
  Etag: string;
  Key: string;
  /** Seconds since the Unix epoch. */
  LastModified: number;
  Size: number;
  StorageClass: string;
}

/** The objects that readers and writers of a Map state work on. All reject with S3's refusal as ServiceError. */
export interface Objects {
  get(bucket: string, key: string): Promise<Buffer>;
  /** In order of their keys, page by page. */
  list(bucket: string, prefix: string | undefined): AsyncIterable<ListedObject>;
  put(bucket: string, key: string, body: Buffer, contentType: string): Promise<void>;
}

const absent = () => {
  throw new ServiceError('ServiceUnavailable', 'This Step Functions was opened without S3', 503);
};

/** No objects at all: whatever is asked of them is refused. */
export const NO_OBJECTS: Objects = { get: async () => absent(), list: absent, put: async () => absent() };

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, isArray: (name) => name === 'Contents' });

/** Reaches objects over the S3 service of this engine. */
export function objectsOver(s3: Service): Objects {
  async function call(method: string, path: string, request: { query?: object; body?: Buffer; contentType?: string }) {
    const { query = {}, body = Buffer.alloc(0), contentType } = request;
    const response = await s3({
      method,
      path,
      query: new URLSearchParams(Object.entries(query)),
      headers: contentType === undefined ? {} : { 'content-type': contentType, 'content-length': String(body.length) },
      body,
    });
    if (response.status >= 300) throw refusal(response);
    return response;
  }
  const pathOf = (bucket: string, key: string) => `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;

  return {
    async get(bucket, key) {
      const { body } = await call('GET', pathOf(bucket, key), {});
      return Buffer.from(body as Buffer);
    },
    async *list(bucket, prefix) {
      let token: string | undefined;
      do {
        const query = {
          'list-type': '2',
          ...(prefix === undefined ? {} : { prefix }),
          ...(token === undefined ? {} : { 'continuation-token': token }),
        };
        const { body } = await call('GET', `/${bucket}`, { query });
        const { Contents: contents = [], NextContinuationToken: next } = parser.parse(String(body)).ListBucketResult;
        for (const { ETag, Key, LastModified, Size, StorageClass } of contents) {
          yield { Etag: ETag, Key, LastModified: Date.parse(LastModified) / 1000, Size: Number(Size), StorageClass };
        }
        token = next;
      } while (token !== undefined);
    },
    async put(bucket, key, body, contentType) {
      await call('PUT', pathOf(bucket, key), { body, contentType });
    },
  };
}

function refusal({ status, body }: ServiceResponse): ServiceError {
  const { Code: code = 'Unknown', Message: message = '' } = parser.parse(String(body)).Error ?? {};
  return new ServiceError(code, message, status);
}
