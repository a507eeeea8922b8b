/** Expected items: AWS's answers recorded by localstack/localstack, tests/aws/services/stepfunctions/v2/scenarios/test_base_scenarios. */
import { expect, test } from 'vitest';
import type { ObjectFormat } from '../../../../embedded/stepfunctions/distributed-map/definition.ts';
import { itemsIn } from '../../../../embedded/stepfunctions/distributed-map/readers.ts';
import { collect } from './bench.ts';

async function read(text: string, format: ObjectFormat, limit = Number.POSITIVE_INFINITY): Promise<unknown[]> {
  return collect(itemsIn(Buffer.from(text), format, limit));
}

const csv = (headers?: string[], delimiter = ','): ObjectFormat => ({ inputType: 'CSV', headers, delimiter });
const JSON_FORMAT: ObjectFormat = { inputType: 'JSON', itemsPointer: undefined };
const ROWS = "Value4,Value5,Value6\n,,,\ntrue,1,'HelloWorld'\nNull,None,\n   \n";

test('the first row of a CSV object names the columns; short rows are filled up', async () => {
  expect(await read(`Col1,Col2,Col3\nValue1,Value2,Value3\n${ROWS}`, csv())).toEqual([
    { Col1: 'Value1', Col2: 'Value2', Col3: 'Value3' },
    { Col1: 'Value4', Col2: 'Value5', Col3: 'Value6' },
    { Col1: '', Col2: '', Col3: '' },
    { Col1: 'true', Col2: '1', Col3: "'HelloWorld'" },
    { Col1: 'Null', Col2: 'None', Col3: '' },
    { Col1: '   ', Col2: '', Col3: '' },
  ]);
});

test('columns of a CSV object without a header are left out, and a header can be empty', async () => {
  expect(await read(`Value1,Value2,Value3\n${ROWS}`, csv(['H1']))).toEqual(
    ['Value1', 'Value4', '', 'true', 'Null', '   '].map((H1) => ({ H1 })),
  );
  expect(await read(`H1,\n${ROWS}`, csv())).toEqual([
    { '': 'Value5', H1: 'Value4' },
    { '': '', H1: '' },
    { '': '1', H1: 'true' },
    { '': 'None', H1: 'Null' },
    { '': '', H1: '   ' },
  ]);
  expect((await read(`0,True,{}\n${ROWS}`, csv()))[0]).toEqual({ 0: 'Value4', '{}': 'Value6', True: 'Value5' });
});

test('headers cannot be the same', async () => {
  const failure = { error: 'States.ItemReaderFailed', failureCause: 'CSV headers cannot contain duplicates.' };
  await expect(read(ROWS, csv(['H1', 'H1', 'H3']))).rejects.toMatchObject(failure);
  await expect(read('a,a\n1,2\n', csv())).rejects.toMatchObject(failure);
});

// As radkawar/stackd, testdata/aws/stepfunctions/distributed_map.json, has recorded for inputs/data.csv.
test('quoted fields of a CSV object hold delimiters, quotes and line ends', async () => {
  const text = 'id|text|blank\n1|"one|pipe"|\n2|"two ""quoted"""|x\n3|"three\nnewline"|y\n4|four\n';
  expect(await read(text, csv(undefined, '|'))).toEqual([
    { blank: '', id: '1', text: 'one|pipe' },
    { blank: 'x', id: '2', text: 'two "quoted"' },
    { blank: 'y', id: '3', text: 'three\nnewline' },
    { blank: '', id: '4', text: 'four' },
  ]);
});

// AWS Step Functions Developer Guide, "How Step Functions parses input CSV files".
test('quotation marks can be doubled anywhere; backslashes escape backslashes, quotation marks and the delimiter', async () => {
  const example =
    'abc,123,"This string contains commas, a double quotation marks (""), and a newline (\n)",{""MyKey"":""MyValue""},"[1,2,3]"';
  expect(await read(example, csv(['a', 'b', 'c', 'd', 'e']))).toEqual([
    {
      a: 'abc',
      b: '123',
      c: 'This string contains commas, a double quotation marks ("), and a newline (\n)',
      d: '{"MyKey":"MyValue"}',
      e: '[1,2,3]',
    },
  ]);
  expect(await read('path,size\nC:\\\\Program Files\\\\MyApp.exe,6534512\n', csv())).toEqual([
    { path: 'C:\\Program Files\\MyApp.exe', size: '6534512' },
  ]);
  expect(await read('a\\|b|c\\zd|"e\\"f"\n', csv(['x', 'y', 'z'], '|'))).toEqual([{ x: 'a|b', y: 'czd', z: 'e"f' }]);
});

test('no more items are read than wanted', async () => {
  expect(await read('Col1,Col2\nValue1,Value2\nValue3,Value4\nValue5,Value6\n', csv(), 2)).toEqual([
    { Col1: 'Value1', Col2: 'Value2' },
    { Col1: 'Value3', Col2: 'Value4' },
  ]);
  expect(await read('[1,2,3]', JSON_FORMAT, 1)).toEqual([1]);
});

test('a JSON object must be an array, or hold one where the pointer says (RFC 6901)', async () => {
  const failure = { error: 'States.ItemReaderFailed', failureCause: 'Attempting to map over non-iterable node.' };
  await expect(read('{"Hello":"world"}', JSON_FORMAT)).rejects.toMatchObject(failure);
  const nested = JSON.stringify({ data: { 'a/b': { 'm~n': [{ n: 0 }, { n: 1 }] }, rows: [[5, 6]] } });
  const at = (itemsPointer: string) => read(nested, { inputType: 'JSON', itemsPointer });
  expect(await at('/data/a~1b/m~0n')).toEqual([{ n: 0 }, { n: 1 }]);
  expect(await at('/data/rows/0')).toEqual([5, 6]);
  await expect(at('/data/rows/00')).rejects.toMatchObject({ error: 'States.ItemReaderFailed' });
  await expect(at('/data/none')).rejects.toThrow("The ItemsPointer '/data/none' points to nothing in the object.");
  await expect(read('[1,', JSON_FORMAT)).rejects.toMatchObject({ error: 'States.ItemReaderFailed' });
});

test('each line of a JSONL object is an item', async () => {
  expect(await read('{"a":1}\r\n\n"ü"\n[2]', { inputType: 'JSONL' })).toEqual([{ a: 1 }, 'ü', [2]]);
  await expect(read('1\n2\n{\n', { inputType: 'JSONL' })).rejects.toThrow('Line 3 of the object is not JSON');
});
