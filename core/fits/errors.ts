import { NocturneError } from '../errors.ts';

/** A keyword or a value that no FITS card can hold. */
export class InvalidCard extends NocturneError {
  readonly keyword: string;
  readonly value: unknown;

  constructor(keyword: string, value: unknown, allowed: string) {
    super('InvalidCard', `card ${keyword}: got ${shown(value)}; ${allowed}`);
    this.keyword = keyword;
    this.value = value;
  }
}

/** A frame header that does not fit the header table; `faults` holds every problem found, one line each. */
export class InvalidFrameHeader extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidFrameHeader', faults.join('\n'));
    this.faults = faults;
  }
}

/** A world coordinate system that maps no pixel to a place; `faults` holds every problem found. */
export class InvalidWcs extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidWcs', faults.join('\n'));
    this.faults = faults;
  }
}

/** Columns that no binary table can hold; `faults` holds every problem found, one line each. */
export class InvalidTable extends NocturneError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super('InvalidTable', faults.join('\n'));
    this.faults = faults;
  }
}

/** Width, height and number of pixels of an image do not belong together. */
export class InvalidImageSize extends NocturneError {
  constructor(widthPix: number, heightPix: number, pixelCount: number) {
    super(
      'InvalidImageSize',
      `image of ${widthPix} x ${heightPix} with ${pixelCount} pixels; width and height must be positive integers and their product the number of pixels`,
    );
  }
}

/** Bytes that are not a FITS file as the standard has it: `reason` says where it departs. */
export class NotFits extends NocturneError {
  readonly reason: string;

  constructor(reason: string) {
    super('NotFits', `not a FITS file: ${reason}`);
    this.reason = reason;
  }
}

/** A FITS file that ends before its header or its data do. */
export class TruncatedFits extends NocturneError {
  readonly expectedBytes: number;
  readonly gotBytes: number;

  constructor(part: string, expectedBytes: number, gotBytes: number) {
    super('TruncatedFits', `the file ends within its ${part}: got ${gotBytes} bytes, at least ${expectedBytes} needed`);
    this.expectedBytes = expectedBytes;
    this.gotBytes = gotBytes;
  }
}

/** Bytes that are not those that were written: a sum in the header does not agree with them. */
export class ChecksumMismatch extends NocturneError {
  /** Index of the header-data unit in its file, and its name. */
  readonly hdu: string;
  readonly keyword: 'CHECKSUM' | 'DATASUM';

  constructor(hdu: string, keyword: 'CHECKSUM' | 'DATASUM') {
    super(
      'ChecksumMismatch',
      `${keyword} of HDU ${hdu} does not agree with its bytes: the file is damaged; read it with verify: false to see it all the same`,
    );
    this.hdu = hdu;
    this.keyword = keyword;
  }
}

/** A FITS file that ends, between two of its parts, before the last extension that its primary header counts. */
export class MissingExtensions extends NocturneError {
  constructor(stated: number, found: number) {
    super(
      'MissingExtensions',
      `NEXTEND says ${stated} extensions, the file has ${found}: it was cut short; verify: false reads what is there`,
    );
  }
}

/** A proper FITS file of a kind that is not read here; `what` says which part. */
export class UnsupportedFits extends NocturneError {
  readonly what: string;

  constructor(what: string, got: unknown, allowed: string) {
    super('UnsupportedFits', `${what}: got ${shown(got)}; ${allowed}`);
    this.what = what;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
