import { S3Fault } from './faults.ts';

/** The bytes [start, end) of an object. */
export interface ByteRange {
  start: number;
  end: number;
}

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
