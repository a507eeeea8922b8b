import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerCard } from '../../../core/fits/cards.ts';
import { InvalidTable, NotFits, UnsupportedFits } from '../../../core/fits/errors.ts';
import { readHdus, verifyHdu } from '../../../core/fits/hdus.ts';
import { type TableColumn, writeTable } from '../../../core/fits/table.ts';
import { readTable } from '../../../core/fits/table-read.ts';
import { replacedBytes } from './example-files.ts';

const COLUMNS: TableColumn[] = [
  {
    name: 'time',
    values: Float64Array.of(61365.5, 61365.6, Number.NaN),
    unit: 'd',
    description: 'when it was measured',
  },
  { name: 'status', values: ['open', '', 'closed '] },
  { name: 'safe', values: [true, false, true] },
  { name: 'u8', values: Uint8Array.of(0, 128, 255) },
  { name: 'i16', values: Int16Array.of(-32768, 0, 32767), unit: 'm/s' },
  { name: 'u16', values: Uint16Array.of(0, 32768, 65535) },
  { name: 'i32', values: Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1) },
  { name: 'u32', values: Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1) },
  { name: 'i64', values: BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n) },
  { name: 'f32', values: Float32Array.of(-1.5, Number.POSITIVE_INFINITY, 3.4028234663852886e38) },
];

describe('a binary table', () => {
  const bytes = writeTable({ name: 'TELEMETRY', columns: COLUMNS, cards: [integerCard('SEQNUM', 7)] });

  it('comes back with its names, units, descriptions and values; blanks at the end of texts do not count', () => {
    const { name, rows, columns, header } = readTable(bytes);
    expect({ name, rows, seqNum: header.values.get('SEQNUM') }).toEqual({ name: 'TELEMETRY', rows: 3, seqNum: 7 });
    const expected = COLUMNS.map((column) =>
      column.name === 'status' ? { ...column, values: ['open', '', 'closed'] } : column,
    );
    expect(columns).toEqual(expected);
    expect(readTable(bytes, 'TELEMETRY').columns).toEqual(expected);
  });

  it('is stored as the standard says: rows of big-endian values, unsigned ones with an offset', () => {
    const { header, dataBytes } = readHdus(bytes)[1];
    const forms = COLUMNS.map((_, i) => header.values.get(`TFORM${i + 1}`));
    expect(forms).toEqual(['D', '7A', 'L', 'B', 'I', 'I', 'J', 'J', 'K', 'E']);
    expect([header.values.get('TZERO6'), header.values.get('TZERO8')]).toEqual([32768, 2147483648]);
    expect(header.values.get('NAXIS1')).toBe(8 + 7 + 1 + 1 + 2 + 2 + 4 + 4 + 8 + 4);
    // First row: 61365.5 is 2^15 * 1.872726... (IEEE: 40edf6b000000000), 'open', T, 0, -32768, 0 - 32768.
    expect([...dataBytes.subarray(0, 21)]).toEqual([
      ...[0x40, 0xed, 0xf6, 0xb0, 0, 0, 0, 0],
      ...[0x6f, 0x70, 0x65, 0x6e, 0x20, 0x20, 0x20],
      ...[0x54, 0x00, 0x80, 0x00, 0x80, 0x00],
    ]);
  });

  it('has right checksums and whole blocks', () => {
    expect(bytes.length % 2880).toBe(0);
    for (const hdu of readHdus(bytes)) expect(verifyHdu(hdu)).toEqual({ hdu: 'right', data: 'right' });
  });

  it('comes back whatever it holds', () => {
    const rows = fc.integer({ min: 0, max: 40 });
    const of = (count: number) =>
      fc.record({
        d: fc.float64Array({ minLength: count, maxLength: count }),
        u: fc.uint16Array({ minLength: count, maxLength: count }),
        k: fc.bigInt64Array({ minLength: count, maxLength: count }),
        b: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      });
    fc.assert(
      fc.property(rows.chain(of), (values) => {
        const columns = Object.entries(values).map(([name, column]) => ({ name, values: column }));
        const read = readTable(writeTable({ name: 'T', columns })).columns;
        // Without rows nothing tells truth values from texts.
        if (values.b.length > 0) expect(read).toEqual(columns);
        else expect(read.map((column) => column.values.length)).toEqual([0, 0, 0, 0]);
      }),
    );
  });

  it('is refused with every fault at once', () => {
    const columns = [
      { name: 'a', values: Uint8Array.of(1, 2) },
      { name: 'A', values: Uint8Array.of(1) },
      { name: 'with blank', values: ['x', 'y'] },
      { name: 'c', values: ['x', 'no \n line'] },
      { name: 'd', values: [true, 'x'] as unknown as string[] },
    ];
    expect(() => writeTable({ name: 'T', columns: [] })).toThrow(InvalidTable);
    try {
      writeTable({ name: 'T', columns });
      expect.unreachable();
    } catch (error) {
      expect((error as InvalidTable).faults).toHaveLength(5);
    }
  });

  it('is not read where it is of a kind that is not known here, or none', () => {
    const loose = { verify: false };
    expect(() => readTable(bytes, 'OTHER')).toThrow(UnsupportedFits);
    expect(() => readTable(replacedBytes(bytes, "'D       '", "'2D      '"), undefined, loose)).toThrow(
      UnsupportedFits,
    );
    expect(() => readTable(replacedBytes(bytes, "'D       '", "'1PE(3)  '"), undefined, loose)).toThrow(
      UnsupportedFits,
    );
    expect(() => readTable(replacedBytes(bytes, "'D       '", "'E       '"), undefined, loose)).toThrow(NotFits);
  });

  it('gives scaled and missing values of others as floating numbers', () => {
    const scaled = writeTable({
      name: 'T',
      columns: [{ name: 'i', values: Int16Array.of(1, -5, 20) }],
      cards: [integerCard('TSCAL1', 2), integerCard('TZERO1', 10), integerCard('TNULL1', -5)],
    });
    expect(readTable(scaled).columns[0].values).toEqual(Float64Array.of(12, Number.NaN, 50));
  });
});
