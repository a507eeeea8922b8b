import { NotFits, UnsupportedFits } from './errors.ts';
import { type Hdu, readHdus } from './hdus.ts';
import { type FitsHeader, integerOf, numberOf } from './header-read.ts';
import type { TableColumn } from './table.ts';

export interface ReadTable {
  header: FitsHeader;
  /** EXTNAME; an empty text where there is none. */
  name: string;
  rows: number;
  columns: TableColumn[];
}

const FORM = /^(\d*)([LBIJKEDA])$/;
const WIDTH_BYTES = { L: 1, B: 1, I: 2, J: 4, K: 8, E: 4, D: 8, A: 1 } as const;
type Letter = keyof typeof WIDTH_BYTES;

/**
 * Reads a binary table of a file: the one of a name, or the first. Columns have one value a row, or a text; integers with the TZERO
 * of unsigned ones come back unsigned, other scaled ones, and those with TNULL, as Float64Array, where NaN is a missing value.
 * Blanks at the end of texts are off. Throws NotFits, TruncatedFits, UnsupportedFits for arrays, bits and complex numbers in
 * columns and where there is no such table, and, unless `verify` is false, ChecksumMismatch.
 */
export function readTable(bytes: Uint8Array, name?: string, options: { verify?: boolean } = {}): ReadTable {
  const tables = readHdus(bytes, options).filter(({ kind }) => kind === 'BINTABLE');
  const found = name === undefined ? tables[0] : tables.find((table) => table.name === name);
  if (!found) {
    throw new UnsupportedFits(
      'binary table',
      name,
      `the file has ${tables.map((table) => table.name).join(', ') || 'none'}`,
    );
  }
  return tableOf(found);
}

/** The table of a header-data unit of `readHdus`. Throws as `readTable` does. */
export function tableOf({ name, kind, header, dataBytes }: Hdu): ReadTable {
  if (kind !== 'BINTABLE') throw new UnsupportedFits('XTENSION', kind, 'a binary table is needed');
  const rowBytes = integerOf(header, 'NAXIS1');
  const rows = integerOf(header, 'NAXIS2');
  const count = integerOf(header, 'TFIELDS');
  if (count < 1 || count > 999) throw new NotFits(`TFIELDS is ${count}`);
  const forms = Array.from({ length: count }, (_, i) => formOf(header, i + 1));
  const widths = forms.reduce((sum, { widthBytes }) => sum + widthBytes, 0);
  if (widths !== rowBytes) throw new NotFits(`columns of ${widths} bytes in rows of ${rowBytes}`);
  if (rows * rowBytes > dataBytes.length) throw new NotFits(`${rows} rows of ${rowBytes} bytes`);
  const view = new DataView(dataBytes.buffer, dataBytes.byteOffset, rows * rowBytes);
  let offset = 0;
  const columns = forms.map((form, i) => {
    const values = valuesOf(header, i + 1, form, rows, { view, offset, rowBytes });
    offset += form.widthBytes;
    return {
      name: textOf(header, `TTYPE${i + 1}`) ?? `column${i + 1}`,
      values,
      ...optional('unit', textOf(header, `TUNIT${i + 1}`)),
      ...optional('description', textOf(header, `TCOMM${i + 1}`)),
    };
  });
  return { header, name, rows, columns };
}

interface Form {
  letter: Letter;
  repeat: number;
  widthBytes: number;
}

/** Where the values of a column lie. */
interface Place {
  view: DataView;
  offset: number;
  rowBytes: number;
}

function formOf(header: FitsHeader, number: number): Form {
  const keyword = `TFORM${number}`;
  const text = textOf(header, keyword);
  if (text === undefined) throw new NotFits(`${keyword} is missing`);
  const match = FORM.exec(text.trim());
  const repeat = Number(match?.[1] || 1);
  const letter = match?.[2] as Letter | undefined;
  if (!letter || repeat < 1 || (repeat > 1 && letter !== 'A')) {
    throw new UnsupportedFits(keyword, text, 'must be one of L, B, I, J, K, E, D, or A with a width');
  }
  return { letter, repeat, widthBytes: repeat * WIDTH_BYTES[letter] };
}

function valuesOf(header: FitsHeader, number: number, form: Form, rows: number, place: Place): TableColumn['values'] {
  const { view, offset, rowBytes } = place;
  const at = (row: number) => row * rowBytes + offset;
  const from = { length: rows };
  switch (form.letter) {
    case 'L':
      return Array.from(from, (_, row) => logicalOf(view.getUint8(at(row)), number, row));
    case 'A':
      return Array.from(from, (_, row) => characters(view, at(row), form.repeat));
    case 'E':
      return unscaled(
        header,
        number,
        Float32Array.from(from, (_, row) => view.getFloat32(at(row))),
      );
    case 'D':
      return unscaled(
        header,
        number,
        Float64Array.from(from, (_, row) => view.getFloat64(at(row))),
      );
    case 'K':
      if (isScaled(header, number)) throw new UnsupportedFits(`TZERO${number}`, 'a scale', 'not with 64-bit integers');
      return BigInt64Array.from({ length: rows }, (_, row) => view.getBigInt64(at(row)));
    case 'B':
      return scaled(
        header,
        number,
        Uint8Array.from(from, (_, row) => view.getUint8(at(row))),
      );
    case 'I':
      return scaled(
        header,
        number,
        Int16Array.from(from, (_, row) => view.getInt16(at(row))),
      );
    case 'J':
      return scaled(
        header,
        number,
        Int32Array.from(from, (_, row) => view.getInt32(at(row))),
      );
  }
}

function isScaled({ values }: FitsHeader, number: number): boolean {
  return ['TSCAL', 'TZERO', 'TNULL'].some((name) => values.has(`${name}${number}`));
}

function unscaled<T>(header: FitsHeader, number: number, values: T): T {
  if (isScaled(header, number)) throw new UnsupportedFits(`TSCAL${number}`, 'a scale', 'not with floating numbers');
  return values;
}

function scaled(
  header: FitsHeader,
  number: number,
  stored: Uint8Array | Int16Array | Int32Array,
): TableColumn['values'] {
  if (!isScaled(header, number)) return stored;
  const scale = numberOf(header, `TSCAL${number}`, 1);
  const zero = numberOf(header, `TZERO${number}`, 0);
  const missing = header.values.get(`TNULL${number}`);
  const plain = scale === 1 && missing === undefined;
  if (plain && zero === 2 ** 15 && stored instanceof Int16Array)
    return Uint16Array.from(stored, (value) => value + zero);
  if (plain && zero === 2 ** 31 && stored instanceof Int32Array)
    return Uint32Array.from(stored, (value) => value + zero);
  return Float64Array.from(stored, (value) => (value === missing ? Number.NaN : value * scale + zero));
}

function logicalOf(code: number, number: number, row: number): boolean {
  if (code === 0x54) return true;
  if (code === 0x46) return false;
  throw new UnsupportedFits(`column ${number}, row ${row + 1}`, code, 'a logical value must be T or F');
}

/** A text up to its first zero byte, without the blanks at its end. */
function characters(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const code = view.getUint8(at + i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text.replace(/ +$/, '');
}

function textOf({ values }: FitsHeader, keyword: string): string | undefined {
  const value = values.get(keyword);
  if (value === undefined || typeof value === 'string') return value;
  throw new NotFits(`${keyword} is ${String(value)} and must be a text`);
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: string };
}
