import { NocturneError } from '../errors.ts';
import { DEG_TO_RAD, RAD_TO_DEG } from '../units.ts';

/** The bytes or the JSON of a sky catalogue are not what they should be. */
export class InvalidCatalogue extends NocturneError {
  constructor(message: string) {
    super('InvalidCatalogue', message);
  }
}

/** Stars as columns: star i is entry i of each. In the order of the file: by declination band, then by right ascension. */
export interface StarColumns {
  count: number;
  /** ICRS at the catalogue's epoch, degrees, [0, 360). */
  raDeg: Float64Array;
  decDeg: Float64Array;
  /** Johnson V. */
  vMag: Float32Array;
  /** Johnson B-V; NaN where unknown. */
  bMinusV: Float32Array;
}

export interface StarCatalogue {
  /** Stars in the file. */
  count: number;
  /** Julian year of the positions. */
  epochJulianYear: number;
  /** The faintest V in the file. */
  vFaintest: number;
  /** The stars within `radiusDeg` of a place (ICRS, degrees), V up to `vMax`. Poles and RA 0 are as good as any other place. */
  cone(raDeg: number, decDeg: number, radiusDeg: number, vMax?: number): StarColumns;
}

const MAGIC = 'SKYSTAR1';
const HEADER_BYTES = 64;
const RECORD_BYTES = 8;
/** Right ascensions are stored as 24-bit shares of the circle. */
const RA_STEPS = 2 ** 24;
const COLOUR_UNKNOWN = 255;

/**
 * Opens a star file (data/stars.bin, data/stars-faint.bin; layout in docs/sky.md) without copying or decoding it. The
 * buffer must hold nothing else: of a Node Buffer from a pool, pass a copy.
 * Throws InvalidCatalogue, with what it got, when the magic, version, length or index is wrong.
 */
export function openStars(buffer: ArrayBuffer): StarCatalogue {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new InvalidCatalogue(`not a star file: got ${buffer.byteLength} bytes; the header alone has ${HEADER_BYTES}`);
  }
  const header = new DataView(buffer);
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, MAGIC.length));
  if (magic !== MAGIC)
    throw new InvalidCatalogue(`not a star file: begins with ${JSON.stringify(magic)}; must be "${MAGIC}"`);
  const version = header.getUint32(8, true);
  if (version !== 1) throw new InvalidCatalogue(`star file of version ${version}; this reader knows version 1`);
  const count = header.getUint32(12, true);
  const bands = header.getUint32(16, true);
  const indexAt = header.getUint32(20, true);
  const recordsAt = header.getUint32(24, true);
  const bandHeightDeg = header.getFloat32(28, true);
  const wanted = recordsAt + RECORD_BYTES * count;
  if (buffer.byteLength !== wanted) {
    throw new InvalidCatalogue(`star file of ${buffer.byteLength} bytes; must have ${wanted} for its ${count} stars`);
  }
  if (
    indexAt % 4 !== 0 ||
    recordsAt % 4 !== 0 ||
    indexAt + 4 * (bands + 1) > recordsAt ||
    bands * bandHeightDeg !== 180
  ) {
    throw new InvalidCatalogue(
      `star file with ${bands} bands of ${bandHeightDeg} deg, index at ${indexAt}, records at ${recordsAt}: must be 180 deg of bands, index before records, both at multiples of 4`,
    );
  }
  // Typed arrays read in the machine's byte order; every machine Node runs this on is little-endian, like the file.
  const first = new Uint32Array(buffer, indexAt, bands + 1);
  const words = new Uint32Array(buffer, recordsAt, 2 * count);
  if (first[0] !== 0 || first[bands] !== count || first.some((star, band) => band > 0 && star < first[band - 1])) {
    throw new InvalidCatalogue(
      `star file whose band index does not rise from 0 to its ${count} stars: ends with ${first[bands]}`,
    );
  }
  const bandOf = { first, words, bandHeightDeg };

  return {
    count,
    epochJulianYear: header.getFloat32(32, true),
    vFaintest: header.getFloat32(36, true),
    cone(raDeg, decDeg, radiusDeg, vMax = Number.POSITIVE_INFINITY) {
      const ranges = coneRanges(bandOf, raDeg, decDeg, radiusDeg);
      return starsWithin(bandOf, ranges, { raDeg, decDeg, radiusDeg, vMax });
    },
  };
}

interface Bands {
  first: Uint32Array;
  words: Uint32Array;
  bandHeightDeg: number;
}

interface Range {
  band: number;
  begin: number;
  end: number;
}

/** The runs of records, one or two per declination band, that hold every star of the cone. */
function coneRanges({ first, words, bandHeightDeg }: Bands, raDeg: number, decDeg: number, radiusDeg: number): Range[] {
  const sine = Math.abs(decDeg) + radiusDeg < 90 ? Math.sin(radiusDeg * DEG_TO_RAD) / Math.cos(decDeg * DEG_TO_RAD) : 1;
  // The widest right ascension that the cone reaches; the whole circle when it holds a pole.
  const halfDeg = sine < 1 ? Math.asin(sine) * RAD_TO_DEG + 1e-4 : 180;
  const spans =
    halfDeg >= 180
      ? [[0, 360]]
      : [-360, 0, 360]
          .map((turn) => [raDeg - halfDeg + turn, raDeg + halfDeg + turn])
          .filter(([low, high]) => high > 0 && low < 360);
  const bands = first.length - 1;
  const lowest = Math.max(0, Math.floor((decDeg - radiusDeg + 90) / bandHeightDeg));
  const highest = Math.min(bands - 1, Math.floor((decDeg + radiusDeg + 90) / bandHeightDeg));

  const ranges: Range[] = [];
  for (let band = lowest; band <= highest; band++) {
    for (const [low, high] of spans) {
      const begin = firstAtOrAfter(words, first[band], first[band + 1], low);
      const end = firstAtOrAfter(words, begin, first[band + 1], high);
      if (begin < end) ranges.push({ band, begin, end });
    }
  }
  return ranges;
}

/** First record in [begin, end) whose right ascension is not below `raDeg` (bisection). */
function firstAtOrAfter(words: Uint32Array, begin: number, end: number, raDeg: number): number {
  const step = Math.ceil((Math.min(360, Math.max(0, raDeg)) / 360) * RA_STEPS);
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (words[2 * middle] >>> 8 < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

function starsWithin(
  { words, bandHeightDeg }: Bands,
  ranges: readonly Range[],
  { raDeg, decDeg, radiusDeg, vMax }: { raDeg: number; decDeg: number; radiusDeg: number; vMax: number },
): StarColumns {
  const room = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const ra = new Float64Array(room);
  const dec = new Float64Array(room);
  const vMag = new Float32Array(room);
  const bMinusV = new Float32Array(room);
  const sinDec = Math.sin(decDeg * DEG_TO_RAD);
  const cosDec = Math.cos(decDeg * DEG_TO_RAD);
  const cosRadius = Math.cos(radiusDeg * DEG_TO_RAD);
  let count = 0;
  for (const { band, begin, end } of ranges) {
    for (let star = begin; star < end; star++) {
      const a = words[2 * star];
      const c = words[2 * star + 1];
      const v = (c & 0x3fff) / 1000 - 2;
      if (v > vMax) continue;
      const starRa = ((a >>> 8) * 360) / RA_STEPS;
      const starDec = bandHeightDeg * (band + ((c >>> 16) + 0.5) / 65536) - 90;
      const cosSeparation =
        Math.sin(starDec * DEG_TO_RAD) * sinDec +
        Math.cos(starDec * DEG_TO_RAD) * cosDec * Math.cos((starRa - raDeg) * DEG_TO_RAD);
      if (cosSeparation < cosRadius) continue;
      ra[count] = starRa;
      dec[count] = starDec;
      vMag[count] = v;
      bMinusV[count] = (a & 255) === COLOUR_UNKNOWN ? Number.NaN : (a & 255) * 0.02 - 0.8;
      count++;
    }
  }
  return {
    count,
    raDeg: ra.subarray(0, count),
    decDeg: dec.subarray(0, count),
    vMag: vMag.subarray(0, count),
    bMinusV: bMinusV.subarray(0, count),
  };
}
