import { S3Fault } from './faults.ts';

const lineEnd = Buffer.from('\r\n');

export interface DecodedBody {
  body: Buffer;
  /** Trailing headers, names in lower case. */
  trailers: Record<string, string>;
}

/** Whether a body travels in chunks of its own (`aws-chunked`), beneath HTTP's. */
export function isAwsChunked(headers: Record<string, string>): boolean {
  return (
    (headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-') ||
    /(^|,)\s*aws-chunked\s*(,|$)/.test(headers['content-encoding'] ?? '')
  );
}

function incomplete(why: string): S3Fault {
  return new S3Fault('IncompleteBody', `The request body terminated unexpectedly: ${why}`);
}

/**
 * Takes an aws-chunked body apart: `<size in hex>[;chunk-signature=…]` CRLF, data, CRLF, repeated until size 0, then
 * the trailers (AWS, "Signature Calculations: Transferring Payload in Multiple Chunks"). Chunk signatures are read
 * over. Throws S3Fault `IncompleteBody` for a body cut short or of another length than `x-amz-decoded-content-length`,
 * and `MalformedTrailerError` when a trailer announced in `x-amz-trailer` is missing.
 */
export function decodeAwsChunked(encoded: Buffer, headers: Record<string, string>): DecodedBody {
  const chunks: Buffer[] = [];
  let at = 0;
  const readLine = (): string => {
    const end = encoded.indexOf(lineEnd, at);
    if (end < 0) throw incomplete('a line without its end');
    const line = encoded.toString('latin1', at, end);
    at = end + 2;
    return line;
  };
  for (;;) {
    const line = readLine();
    const sizeText = line.split(';', 1)[0];
    if (!/^[0-9a-fA-F]{1,10}$/.test(sizeText)) throw incomplete(`a chunk of size ${JSON.stringify(sizeText)}`);
    const size = Number.parseInt(sizeText, 16);
    if (size === 0) break;
    if (at + size + 2 > encoded.length) throw incomplete('a chunk is shorter than its size says');
    if (encoded[at + size] !== 13 || encoded[at + size + 1] !== 10)
      throw incomplete('a chunk is longer than its size says');
    chunks.push(encoded.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  while (at < encoded.length) {
    const line = readLine();
    const colon = line.indexOf(':');
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  checkTrailers(trailers, headers['x-amz-trailer']);
  const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  const expectedLength = headers['x-amz-decoded-content-length'];
  if (expectedLength !== undefined && Number(expectedLength) !== body.length) {
    throw incomplete(`${body.length} bytes arrived, ${expectedLength} were announced`);
  }
  return { body, trailers };
}

function checkTrailers(trailers: Record<string, string>, announced: string | undefined): void {
  for (const name of (announced ?? '').split(',')) {
    const wanted = name.trim().toLowerCase();
    if (wanted !== '' && trailers[wanted] === undefined) {
      throw new S3Fault(
        'MalformedTrailerError',
        `The request contained trailing data that was not well-formed or did not conform to our published schema: ${wanted} is missing`,
      );
    }
  }
}
