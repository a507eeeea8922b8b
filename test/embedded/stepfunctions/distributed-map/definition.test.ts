import { expect, test } from 'vitest';
import { compileDefinition } from '../../../../embedded/stepfunctions/compile.ts';
import type { MapState } from '../../../../embedded/stepfunctions/definition.ts';
import { mapMachine, PASS_PROCESSOR } from './bench.ts';

function problems(fields: object, processor?: object): string[] {
  return compileDefinition(JSON.stringify(mapMachine(fields, processor))).diagnostics.map(
    ({ location, message }) => `${location}: ${message}`,
  );
}

const BUCKET = { Bucket: 'b', 'Key.$': '$.key' };
const reader = (ReaderConfig: object) => ({
  ItemReader: { Resource: 'arn:aws:states:::s3:getObject', Parameters: BUCKET, ReaderConfig },
});
const WRITER = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'b', Prefix: 'p' } };

test.each([
  [{ Label: 'TestMap', MaxConcurrency: 0, ToleratedFailureCount: 10 }],
  [{ ToleratedFailurePercentage: 12.5 }],
  [{ ToleratedFailurePercentagePath: '$.p', ToleratedFailureCountPath: '$.c' }],
  [reader({ InputType: 'JSON', ItemsPointer: '/data/items', MaxItems: 4 })],
  [reader({ InputType: 'JSONL', MaxItemsPath: '$.most' })],
  [reader({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', CSVDelimiter: 'PIPE' })],
  [reader({ InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['a', 'b'] })],
  [{ ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: 'b', Prefix: 'p' } } }],
  [{ ItemBatcher: { MaxItemsPerBatch: 10, MaxInputBytesPerBatchPath: '$.bytes', BatchInput: { 'at.$': '$.at' } } }],
  [{ ResultWriter: WRITER }],
  [{ ResultWriter: { ...WRITER, WriterConfig: { Transformation: 'FLATTEN', OutputType: 'JSONL' } } }],
  [{ ResultWriter: { WriterConfig: { Transformation: 'NONE', OutputType: 'JSON' } } }],
])('%j is a state of mode DISTRIBUTED', (fields) => {
  expect(problems(fields)).toEqual([]);
});

// Rules: AWS Step Functions Developer Guide, "Using Map state in Distributed mode", "ItemReader (Map)", "ResultWriter (Map)".
test.each([
  [{ Label: '' }, '/States/MapState/Label: Label cannot be empty'],
  [{ Label: 'x'.repeat(41) }, '/States/MapState/Label: Label cannot exceed 40 characters, got 41'],
  [{ Label: 'a b' }, '/States/MapState/Label: Label contains invalid character: " "'],
  [{ Label: 'a\u009f' }, '/States/MapState/Label: Label contains invalid character: "\u009f"'],
  [{ ToleratedFailurePercentage: 101 }, 'Value must be an number from 0 to 100, got 101'],
  [{ ToleratedFailureCount: -1 }, 'Value must be an integer from 0'],
  [reader({}), '/ItemReader/ReaderConfig: These fields are required: [InputType]'],
  [reader({ InputType: 'PARQUET' }), 'The value "PARQUET" is not supported. Supported: [CSV, JSON, JSONL]'],
  [reader({ InputType: 'CSV' }), 'These fields are required: [CSVHeaderLocation]'],
  [reader({ InputType: 'CSV', CSVHeaderLocation: 'GIVEN' }), 'CSVHeaders: Value must be a non-empty array'],
  [reader({ InputType: 'JSON', MaxItems: 100_000_001 }), 'Value must be an integer from 0 to 100000000'],
  [reader({ InputType: 'JSON', ItemsPointer: 'data' }), "Value is not a JSON Pointer (RFC 6901): 'data'"],
  [reader({ InputType: 'JSONL', CSVDelimiter: 'TAB' }), "Field 'CSVDelimiter' is not supported"],
  [{ ItemReader: { Resource: 'arn:aws:states:::s3:getObject' } }, 'These fields are required: [Parameters]'],
  [
    { ItemReader: { Resource: 'arn:aws:states:::dynamodb:scan', Parameters: {} } },
    'The resource arn:aws:states:::dynamodb:scan is not supported here. Supported: arn:aws:states:::s3:getObject',
  ],
  [{ ItemBatcher: {} }, 'At least one of these fields is required: [MaxItemsPerBatch'],
  [{ ItemBatcher: { MaxInputBytesPerBatch: 262_145 } }, 'Value must be an integer from 1 to 262144'],
  [{ ResultWriter: {} }, "A ResultWriter needs 'WriterConfig', or 'Resource' and 'Parameters'"],
  [{ ResultWriter: { WriterConfig: { OutputType: 'JSONL' } } }, "JSONL is supported only with 'Resource'"],
  [{ ResultWriter: { ...WRITER, Parameters: { Prefix: 'p' } } }, "The field 'Bucket' is required but was missing"],
  [
    { ResultWriter: { ...WRITER, Parameters: { Bucket: 'b', ACL: 'x' } } },
    "The field 'ACL' is not supported. Supported: [Bucket, Prefix]",
  ],
])('%j is refused', (fields, problem) => {
  expect(problems(fields).join('\n')).toContain(problem);
});

test('express children are refused, and fields of the mode DISTRIBUTED in the mode INLINE', () => {
  const config = (ProcessorConfig: object) => ({ ...PASS_PROCESSOR, ProcessorConfig });
  expect(problems({}, config({ Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }))).toEqual([
    '/States/MapState/ItemProcessor/ProcessorConfig/ExecutionType: The value "EXPRESS" is not supported. Supported: [STANDARD]',
  ]);
  expect(problems({}, config({ Mode: 'DISTRIBUTED' })).join()).toContain('These fields are required: [ExecutionType]');
  expect(problems({ Label: 'x' }, config({ Mode: 'INLINE' }))).toEqual([
    "/States/MapState: The field 'Label' is supported only in a Map state of mode DISTRIBUTED",
  ]);
});

test('fields of a JSONata state are Arguments and expressions', () => {
  const state = {
    QueryLanguage: 'JSONata',
    Items: '{% $states.input.rows %}',
    ToleratedFailurePercentage: '{% 10 %}',
    ItemBatcher: { MaxItemsPerBatch: '{% $states.input.size %}', BatchInput: { at: '{% $now() %}' } },
    ResultWriter: { Resource: WRITER.Resource, Arguments: { Bucket: 'b', Prefix: '{% $states.input.p %}' } },
  };
  expect(problems(state)).toEqual([]);
  expect(problems({ ...state, ItemBatcher: { MaxItemsPerBatchPath: '$.size' } }).join()).toContain(
    "Field 'MaxItemsPerBatchPath' is not supported",
  );
});

test('a state of mode INLINE has no distribution', () => {
  const inline = { StartAt: PASS_PROCESSOR.StartAt, States: PASS_PROCESSOR.States };
  const compiled = compileDefinition(JSON.stringify(mapMachine({}, inline)));
  expect((compiled.definition!.flow.states.get('MapState') as MapState).distribution).toBeUndefined();
});
