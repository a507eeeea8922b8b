import { BLOCK_LENGTH } from './cards.ts';
import { addWords, sumBytes } from './checksum.ts';
import { ChecksumMismatch, MissingExtensions, NotFits, TruncatedFits, UnsupportedFits } from './errors.ts';
import { type FitsHeader, integerOf, readHeader } from './header-read.ts';

/** A header with its data unit: the primary one, which begins a file, or an extension. */
export interface Hdu {
  /** 0 for the primary one. */
  index: number;
  /** EXTNAME; PRIMARY or an empty text where there is none. */
  name: string;
  kind: 'PRIMARY' | 'IMAGE' | 'BINTABLE' | 'TABLE';
  header: FitsHeader;
  /** Header and data unit with what fills their blocks. */
  bytes: Uint8Array;
  /** The data unit without what fills its last block. */
  dataBytes: Uint8Array;
}

/** Of a sum that the file states: it agrees with the bytes, or not, or the file has none. */
export type SumVerdict = 'right' | 'wrong' | 'absent';

/** Axes that an image of ours has at most; a table always has two. */
const MOST_AXES = 9;
const KINDS = ['IMAGE', 'BINTABLE', 'TABLE'] as const;

/**
 * The header-data units of a file, in order; their bytes are views of the file's. Throws NotFits, TruncatedFits, UnsupportedFits,
 * and, unless `verify` is false, ChecksumMismatch for the first whose CHECKSUM or DATASUM does not agree with its bytes, and
 * MissingExtensions for a file that ends before the last extension that its NEXTEND counts.
 */
export function readHdus(bytes: Uint8Array, { verify = true }: { verify?: boolean } = {}): Hdu[] {
  const hdus: Hdu[] = [];
  for (let start = 0; start < bytes.length || start === 0; ) {
    const hdu = hduAt(bytes, start, hdus.length);
    if (verify) refuseWrongSums(hdu);
    hdus.push(hdu);
    start += hdu.bytes.length;
  }
  const stated = hdus[0].header.values.get('NEXTEND');
  if (verify && typeof stated === 'number' && stated >= hdus.length)
    throw new MissingExtensions(stated, hdus.length - 1);
  return hdus;
}

/** Compares CHECKSUM and DATASUM with the bytes. */
export function verifyHdu({ header, bytes }: Hdu): { hdu: SumVerdict; data: SumVerdict } {
  const headerSum = sumBytes(bytes.subarray(0, header.lengthBytes));
  return verifySums(header, headerSum, sumBytes(bytes.subarray(header.lengthBytes)));
}

/** Compares CHECKSUM and DATASUM with the sums of a header and of its data unit, each 0 to 2^32 - 1. */
export function verifySums(
  header: FitsHeader,
  headerSum: number,
  dataSum: number,
): { hdu: SumVerdict; data: SumVerdict } {
  const stated = header.values.get('DATASUM');
  const hduSum = addWords(headerSum, dataSum);
  // Both zeros of ones-complement count as zero: an HDU is right when its sum is one of them.
  const isZero = (sum: number) => sum === 0 || sum === 0xffffffff;
  // Some writers put blanks before the digits.
  const statedSum = typeof stated === 'string' && /^ *\d+$/.test(stated) ? Number(stated) : Number.NaN;
  const isSameSum = statedSum === dataSum || (isZero(statedSum) && isZero(dataSum));
  return {
    hdu: header.values.has('CHECKSUM') ? (isZero(hduSum) ? 'right' : 'wrong') : 'absent',
    data: stated === undefined ? 'absent' : isSameSum ? 'right' : 'wrong',
  };
}

function refuseWrongSums(hdu: Hdu): void {
  refuseWrongVerdict(hdu, verifyHdu(hdu));
}

/** Throws ChecksumMismatch, which names the header-data unit, when one of its sums is wrong. */
export function refuseWrongVerdict(hdu: Pick<Hdu, 'index' | 'name'>, verdict: ReturnType<typeof verifyHdu>): void {
  const where = `${hdu.index}${hdu.name === '' ? '' : ` (${hdu.name})`}`;
  if (verdict.data === 'wrong') throw new ChecksumMismatch(where, 'DATASUM');
  if (verdict.hdu === 'wrong') throw new ChecksumMismatch(where, 'CHECKSUM');
}

function hduAt(bytes: Uint8Array, start: number, index: number): Hdu {
  const header = readHeader(bytes, start);
  const kind = kindOf(header, index);
  const dataStart = start + header.lengthBytes;
  const lengthBytes = dataLength(header);
  const end = dataStart + Math.ceil(lengthBytes / BLOCK_LENGTH) * BLOCK_LENGTH;
  if (!Number.isSafeInteger(end)) throw new NotFits(`a data unit of ${lengthBytes} bytes`);
  if (bytes.length < end) throw new TruncatedFits('data', end, bytes.length);
  const name = header.values.get('EXTNAME') ?? (index === 0 ? 'PRIMARY' : '');
  return {
    index,
    name: String(name),
    kind,
    header,
    bytes: bytes.subarray(start, end),
    dataBytes: bytes.subarray(dataStart, dataStart + lengthBytes),
  };
}

function kindOf(header: FitsHeader, index: number): Hdu['kind'] {
  if (index === 0) return 'PRIMARY';
  const stated = header.values.get('XTENSION');
  const kind = KINDS.find((known) => known === stated);
  if (!kind) throw new UnsupportedFits('XTENSION', stated, `must be one of ${KINDS.join(', ')}`);
  return kind;
}

/** Bytes of a data unit: standard 4.0, section 4.4.1.2, equation 2. */
export function dataLength(header: FitsHeader): number {
  const bitpix = integerOf(header, 'BITPIX');
  if (![8, 16, 32, 64, -32, -64].includes(bitpix)) throw new NotFits(`BITPIX is ${bitpix}`);
  const axes = integerOf(header, 'NAXIS');
  if (axes < 0 || axes > MOST_AXES) throw new UnsupportedFits('NAXIS', axes, `must be 0 to ${MOST_AXES}`);
  if (header.values.has('GROUPS')) throw new UnsupportedFits('GROUPS', header.values.get('GROUPS'), 'must be absent');
  if (axes === 0) return 0;
  const lengths = Array.from({ length: axes }, (_, i) => integerOf(header, `NAXIS${i + 1}`));
  const isExtension = header.values.has('XTENSION');
  const after = isExtension ? integerOf(header, 'PCOUNT') : 0;
  const groups = isExtension ? integerOf(header, 'GCOUNT') : 1;
  if (lengths.some((length) => length < 0) || after < 0 || groups < 0) {
    throw new NotFits(`axes of ${lengths.join(', ')} with PCOUNT ${after} and GCOUNT ${groups}`);
  }
  return (Math.abs(bitpix) / 8) * groups * (after + lengths.reduce((product, length) => product * length, 1));
}
