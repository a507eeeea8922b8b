import { integerCard, textCards } from './cards.ts';
import { sumBytes } from './checksum.ts';
import { InvalidTable } from './errors.ts';
import { concatBytes, type HduPlan, planHdu, structureCards, writePlans } from './hdu-write.ts';
import { emptyPrimary } from './image.ts';

/** Values of a column, one for each row. In floating numbers NaN is a missing value. */
export type ColumnValues =
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[]
  | readonly boolean[];

export interface TableColumn {
  /** Letters, digits and underscores: so that every reader can name it. Other for every column, whatever the case. */
  name: string;
  values: ColumnValues;
  /** As the FITS Standard 4.0, section 4.3, writes it. */
  unit?: string;
  description?: string;
}

export interface Table {
  /** EXTNAME. */
  name: string;
  columns: readonly TableColumn[];
  /** Further cards of the extension. */
  cards?: readonly string[];
}

/** How the values of a column are stored. */
interface Storage {
  form: string;
  widthBytes: number;
  /** TZERO: unsigned integers are stored as signed ones with an offset. */
  zero?: number;
  put: (view: DataView, at: number, row: number) => void;
}

const MOST_COLUMNS = 999;

/**
 * A FITS file of one binary table after an empty primary header, with CHECKSUM and DATASUM: the same bytes for the same input.
 * Throws InvalidTable with all faults at once, and InvalidCard for texts that no card can hold.
 */
export function writeTable(table: Table): Uint8Array {
  return concatBytes([emptyPrimary(1, []), tableExtension(table)]);
}

/** A binary table as an extension of a file. Throws InvalidTable, InvalidCard. */
export function tableExtension(table: Table): Uint8Array {
  return writePlans([planTable(table)]);
}

/** A binary table as an extension of a file, to be written later. Throws InvalidTable, InvalidCard. */
export function planTable({ name, columns, cards = [] }: Table): HduPlan {
  const faults = tableFaults(columns);
  if (faults.length > 0) throw new InvalidTable(faults);
  const rows = columns[0].values.length;
  const storages = columns.map(({ values }) => storageOf(values));
  const rowBytes = storages.reduce((sum, { widthBytes }) => sum + widthBytes, 0);
  const structure = structureCards({
    XTENSION: 'BINTABLE',
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: rowBytes,
    NAXIS2: rows,
    PCOUNT: 0,
    GCOUNT: 1,
    TFIELDS: columns.length,
    EXTNAME: name,
  });
  const described = columns.flatMap((column, i) => columnCards(column, storages[i], i + 1));
  return planHdu([...structure, ...described, ...cards], rowBytes * rows, (data) => {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let offset = 0;
    for (const { widthBytes, put } of storages) {
      for (let row = 0; row < rows; row++) put(view, row * rowBytes + offset, row);
      offset += widthBytes;
    }
    return sumBytes(data);
  });
}

function columnCards({ name, unit, description }: TableColumn, { form, zero }: Storage, number: number): string[] {
  return [
    ...textCards(`TTYPE${number}`, name, 'name of the column'),
    ...textCards(`TFORM${number}`, form, 'how its values are stored'),
    ...(unit === undefined ? [] : textCards(`TUNIT${number}`, unit, 'unit')),
    ...(zero === undefined ? [] : [integerCard(`TZERO${number}`, zero, 'makes unsigned numbers of signed ones')]),
    ...(description === undefined ? [] : textCards(`TCOMM${number}`, description)),
  ];
}

function tableFaults(columns: readonly TableColumn[]): string[] {
  if (columns.length === 0 || columns.length > MOST_COLUMNS) {
    return [`columns: got ${columns.length}; must be 1 to ${MOST_COLUMNS}`];
  }
  const rows = columns[0].values.length;
  const names = columns.map(({ name }) => name.toLowerCase());
  return columns.flatMap(({ name, values }, i) => [
    ...(/^\w{1,68}$/.test(name)
      ? []
      : [`column ${i + 1}: got name ${JSON.stringify(name)}; must be 1 to 68 of A-Z a-z 0-9 _`]),
    ...(names.indexOf(names[i]) < i ? [`column ${name}: stands twice; names must differ by more than case`] : []),
    ...(values.length === rows
      ? []
      : [`column ${name}: got ${values.length} values; must be ${rows}, as the first column has`]),
    ...valueFaults(name, values),
  ]);
}

function valueFaults(name: string, values: ColumnValues): string[] {
  if (!Array.isArray(values)) return [];
  const type = typeof values[0];
  const row = values.findIndex(
    (value) =>
      typeof value !== type || (typeof value === 'string' ? !/^[\x20-\x7e]*$/.test(value) : type !== 'boolean'),
  );
  if (row < 0) return [];
  const got = JSON.stringify(values[row]);
  return [
    `column ${name}: got ${got} in row ${row + 1}; must be texts of printable ASCII, or true and false throughout`,
  ];
}

function storageOf(values: ColumnValues): Storage {
  if (values instanceof Uint8Array) {
    return { form: 'B', widthBytes: 1, put: (view, at, row) => view.setUint8(at, values[row]) };
  }
  if (values instanceof Int16Array) {
    return { form: 'I', widthBytes: 2, put: (view, at, row) => view.setInt16(at, values[row]) };
  }
  if (values instanceof Uint16Array) {
    return {
      form: 'I',
      widthBytes: 2,
      zero: 2 ** 15,
      put: (view, at, row) => view.setInt16(at, values[row] - 2 ** 15),
    };
  }
  if (values instanceof Int32Array) {
    return { form: 'J', widthBytes: 4, put: (view, at, row) => view.setInt32(at, values[row]) };
  }
  if (values instanceof Uint32Array) {
    return {
      form: 'J',
      widthBytes: 4,
      zero: 2 ** 31,
      put: (view, at, row) => view.setInt32(at, values[row] - 2 ** 31),
    };
  }
  if (values instanceof BigInt64Array) {
    return { form: 'K', widthBytes: 8, put: (view, at, row) => view.setBigInt64(at, values[row]) };
  }
  if (values instanceof Float32Array) {
    return { form: 'E', widthBytes: 4, put: (view, at, row) => view.setFloat32(at, values[row]) };
  }
  if (values instanceof Float64Array) {
    return { form: 'D', widthBytes: 8, put: (view, at, row) => view.setFloat64(at, values[row]) };
  }
  if (typeof values[0] === 'boolean') {
    return { form: 'L', widthBytes: 1, put: (view, at, row) => view.setUint8(at, values[row] ? 0x54 : 0x46) };
  }
  const texts = values as readonly string[];
  const widthBytes = texts.reduce((most, text) => Math.max(most, text.length), 1);
  return {
    form: `${widthBytes}A`,
    widthBytes,
    put: (view, at, row) => {
      const text = texts[row].padEnd(widthBytes);
      for (let i = 0; i < widthBytes; i++) view.setUint8(at + i, text.charCodeAt(i));
    },
  };
}
