import type { ObjectRecord } from './database.ts';
import { invalidArgument, S3Fault } from './faults.ts';

/** The bytes [start, end) of an object. */
export interface ByteRange {
  start: number;
  end: number;
}

/** S3's limit on the parts of one object. */
const mostParts = 10_000;

/**
 * The part of an object that a Range header asks for; undefined means the whole: no header, another unit than bytes,
 * or several ranges, which S3 does not serve (RFC 9110, 14.2, lets a server ignore what it does not understand).
 * Throws S3Fault `InvalidRange` (416) when no byte of the range exists.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const range =
    match[1] === ''
      ? { start: Math.max(0, sizeBytes - Number(match[2])), end: sizeBytes }
      : { start: Number(match[1]), end: match[2] === '' ? sizeBytes : Math.min(Number(match[2]) + 1, sizeBytes) };
  if (match[2] !== '' && match[1] !== '' && Number(match[2]) < Number(match[1])) return undefined;
  if (range.start >= range.end) {
    throw new S3Fault('InvalidRange', 'The requested range is not satisfiable', 416, {
      fields: { RangeRequested: header ?? '', ActualObjectSize: sizeBytes },
      headers: { 'content-range': `bytes */${sizeBytes}` },
    });
  }
  return range;
}

/**
 * The bytes of an UploadPartCopy's source that `x-amz-copy-source-range` names; all of them when it is absent. Throws
 * S3Fault `InvalidArgument` or `InvalidRequest`: unlike Range, it must have both ends, within the source.
 */
export function parseCopyRange(header: string | undefined, sizeBytes: number): ByteRange {
  if (header === undefined) return { start: 0, end: sizeBytes };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  const name = 'x-amz-copy-source-range';
  if (!match || last < first) {
    throw invalidArgument(
      `The ${name} value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy`,
      name,
      header,
    );
  }
  if (first >= sizeBytes) {
    throw new S3Fault('InvalidRequest', 'The specified copy range is invalid for the source object size');
  }
  if (last >= sizeBytes) {
    throw invalidArgument(`Range specified is not valid for source object of size: ${sizeBytes}`, name, header);
  }
  return { start: first, end: last + 1 };
}

/** The number of a part, 1 to 10000. Throws S3Fault `InvalidArgument`. */
export function parsePartNumber(text: string | null): number {
  const value = text ?? '';
  if (/^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= mostParts) return Number(value);
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', value);
}

/** The bytes of an object's n-th part; an object put in one piece is its own first part. Throws S3Fault `InvalidPartNumber`. */
export function partRange({ sizeBytes, parts }: ObjectRecord, partNumber: number): ByteRange {
  const sizes = parts?.map((part) => part.sizeBytes) ?? [sizeBytes];
  if (partNumber > sizes.length) {
    throw new S3Fault('InvalidPartNumber', 'The requested partnumber is not satisfiable', 416, {
      fields: { PartNumberRequested: partNumber, ActualPartCount: sizes.length },
    });
  }
  const start = sizes.slice(0, partNumber - 1).reduce((total, size) => total + size, 0);
  return { start, end: start + sizes[partNumber - 1] };
}
