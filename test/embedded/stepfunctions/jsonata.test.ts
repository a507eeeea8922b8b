import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { compileJsonata, JsonataSyntaxError } from '../../../embedded/stepfunctions/jsonata.ts';
import { compileQueries, QueryEvaluationError } from '../../../embedded/stepfunctions/queries.ts';
import { chain, closeAll, LAMBDA_INVOKE, openBench, single } from './helpers.ts';

afterEach(closeAll);

const variables = { values: new Map<string, unknown>([['x', 4]]), outer: undefined };

function problemsOf(value: unknown): string[] {
  const problems: string[] = [];
  compileQueries(value, 'Output', (place, message, code) => problems.push(`${code}: ${message} at ${place}`));
  return problems;
}

function evaluate(expression: string, input: unknown = {}, random = Math.random): unknown {
  const refuse = (place: string, message: string) => expect.fail(`${place}: ${message}`);
  return compileQueries(
    `{% ${expression} %}`,
    'Output',
    refuse,
  )({ input, context: { Execution: {} }, variables, random });
}

describe('expressions', () => {
  it('see $states, variables and the functions that Step Functions adds', () => {
    expect(evaluate('$states.input.a.b + $x', { a: { b: 3 } })).toBe(7);
    expect(evaluate('$states.context')).toEqual({ Execution: {} });
    expect(evaluate('$sum($states.input.n)', { n: [1, 2, 3] })).toBe(6);
    // AWS Step Functions developer guide, "JSONata functions provided by Step Functions".
    expect(evaluate('$partition([1,2,3,4], 2)')).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(evaluate('$range(0, 10, 2)')).toEqual([0, 2, 4, 6, 8, 10]);
    expect(evaluate("$hash('input data', 'SHA-1')")).toBe(createHash('sha1').update('input data').digest('hex'));
    expect(evaluate('$parse(\'{"a":[1]}\')')).toEqual({ a: [1] });
    expect(evaluate('$uuid()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate('$random()', {}, () => 0.25)).toBe(0.25);
    expect(evaluate('$random(7) = $random(7)')).toBe(true);
    expect(evaluate('$random(7) = $random(8)')).toBe(false);
  });

  it('stand between {% and %} with nothing around them', () => {
    const literal = [null, 0.1, ' {% $states.input %} ', '$states.input', { a: '{%' }];
    const scope = { input: 1, context: {}, variables, random: Math.random };
    expect(compileQueries(literal, 'Output', () => expect.fail())(scope)).toEqual(literal);
  });

  it('leave the input as it is', () => {
    const input = Object.freeze({ list: Object.freeze([3, 1, 2]) });
    expect(evaluate('$sort($states.input.list)', input)).toEqual([1, 2, 3]);
    expect(evaluate('$states.input ~> |$|{"list": 0}|', input)).toEqual({ list: 0 });
    expect(input).toEqual({ list: [3, 1, 2] });
  });

  // Measured on AWS: floci-io/floci, issues 2736 and 2737.
  it.each([
    ['$eval("1+1")', '. T1006: Attempted to invoke a non-function'],
    ['$sum(["a"])', '. T0412: Argument 1 of function "sum" must be an array of "numbers"'],
    ['[1..900000] ~> $count()', ': Expression evaluation memory limit exceeded: Check for excessive memory usage'],
    [
      Array(200).fill('1').join('+'),
      ': Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive',
    ],
  ])('%s fails as on AWS', (expression, ending) => {
    const message = `The JSONata expression '${expression}' specified for the field 'Output' threw an error during evaluation${ending}`;
    expect(() => evaluate(expression)).toThrow(new QueryEvaluationError(message, 'Output'));
  });

  it('give the names of the numbers that JSON lacks', () => {
    expect(evaluate('[1/0, -1/0]')).toEqual(['Infinity', '-Infinity']);
    expect(evaluate('$count([1..873782])')).toBe(873_782);
  });

  it('end when they would not: a loop, a pattern that backtracks', () => {
    for (const endless of ['($f := function($n) { $f($n + 1) }; $f(1))', `$match('${'a'.repeat(60)}!', /(a+)+$/)`]) {
      expect(() => evaluate(endless)).toThrow('Expression evaluation timeout: Check for infinite loop');
    }
    expect(evaluate('1 + 1')).toBe(2);
  });

  it('fail on what is nothing, or no JSON', () => {
    const field = "specified for the field 'Output'";
    expect(() => evaluate('$nothing')).toThrow(`'$nothing' ${field} returned nothing (undefined).`);
    expect(() => evaluate('/x/')).toThrow(`${field} returned an unsupported result type.`);
    expect(() => evaluate('{"f": $sum}')).toThrow(`${field} returned an unsupported result type.`);
  });
});

describe('faulty expressions', () => {
  // Measured on AWS: floci-io/floci, issues 2670 and 2745.
  it.each([
    ['a[1,2)', 'INVALID_JSONATA_EXPRESSION: Expected "]", got "," at Output'],
    ['"unterminated', 'INVALID_JSONATA_EXPRESSION: String literal must be terminated by a matching quote at Output'],
    ['1 +', 'INVALID_JSONATA_EXPRESSION: Unexpected end of expression at Output'],
    ['phone', "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at Output"],
  ])('%s', (expression, problem) => {
    expect(problemsOf(`{% ${expression} %}`)).toEqual([problem]);
  });

  it.each([
    '$states.input.list[name = $x].size',
    '$map($states.input.list, function($v) { $v.name })',
    '$states.input.list^(size).{"n": name}',
    '$states.input{ kind: $sum(size) }',
  ])('%s reads names below a path, which is allowed', (expression) => {
    expect(problemsOf(`{% ${expression} %}`)).toEqual([]);
  });

  it.each(['[a]', '-a', '{"k": a}', '$f(a)', 'function($v) { a }', '($x := a; $x)', '$x ? a : 1', '$x ~> $f(a)'])(
    '%s reads a name at the top level',
    (expression) => {
      expect(problemsOf(`{% ${expression} %}`)).toHaveLength(1);
    },
  );

  it('throw JsonataSyntaxError, also when they are nested without end', () => {
    expect(() => compileJsonata('('.repeat(100_000))).toThrow(JsonataSyntaxError);
  });
});

describe('states', () => {
  const machine = (states: object, startAt = Object.keys(states)[0]) => ({
    QueryLanguage: 'JSONata',
    StartAt: startAt,
    States: states,
  });

  // The failures' events and causes are those of LocalStack's recordings of AWS (test_assign_reference_variables.py,
  // test_base_scenarios.py under tests/aws/services/stepfunctions/v2 of localstack/localstack).
  it('write EvaluationFailed behind the event before the state', async () => {
    const { run } = openBench();
    const { events, status, error, cause } = await run(
      machine({
        State0: { Type: 'Pass', Next: 'State2' },
        State2: { Type: 'Pass', Output: { result: '{% $doesNotExist %}' }, End: true },
      }),
    );
    const why =
      "An error occurred while executing the state 'State2' (entered at the event id #4). The JSONata expression " +
      "'$doesNotExist' specified for the field 'Output/result' returned nothing (undefined).";
    expect({ status, error, cause }).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError', cause: why });
    expect(chain(events)).toEqual([
      '1 0 ExecutionStarted',
      '2 0 PassStateEntered',
      '3 2 PassStateExited',
      '4 3 PassStateEntered',
      '5 3 EvaluationFailed',
      '6 5 ExecutionFailed',
    ]);
    expect(events[4]!.evaluationFailedEventDetails).toEqual({
      error: 'States.QueryEvaluationError',
      cause: why,
      location: 'Output/result',
      state: 'State2',
    });
  });

  it('fail a Map state whose Items are no array', async () => {
    const { run } = openBench();
    const processor = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
    const { events, cause } = await run(
      machine({ Each: { Type: 'Map', Items: "{% {'foo': 'bar'} %}", ItemProcessor: processor, End: true } }),
    );
    expect(cause).toContain(
      "The JSONata expression '{'foo': 'bar'}' specified for the field 'Items' returned an unexpected result type. " +
        `Expected 'array', but was 'object' for value: {"foo":"bar"}`,
    );
    expect(chain(events).slice(2)).toEqual(['3 0 EvaluationFailed', '4 3 MapStateFailed', '5 4 ExecutionFailed']);
  });

  it('pass Arguments on, and shape the result by Output and Assign', async () => {
    const { run } = openBench({ add: ({ a, b }: { a: number; b: number }) => ({ sum: a + b }) } as never);
    const { output, events } = await run(
      machine({
        Add: {
          Type: 'Task',
          Resource: LAMBDA_INVOKE,
          Arguments: { FunctionName: 'add', Payload: '{% {"a": $states.input.n, "b": 2} %}' },
          TimeoutSeconds: '{% $states.input.n * 10 %}',
          Assign: { sum: '{% $states.result.Payload.sum %}', before: '{% $states.input %}' },
          Output: { result: '{% $states.result.Payload %}' },
          Next: 'Show',
        },
        Show: {
          Type: 'Pass',
          Output: '{% {"sum": $sum, "result": $states.input.result, "n": $before.n} %}',
          End: true,
        },
      }),
      { n: 3 },
    );
    expect(output).toEqual({ sum: 5, result: { sum: 5 }, n: 3 });
    expect(events[2]!.taskScheduledEventDetails!.timeoutInSeconds).toBe(30);
  });

  it('choose by Condition, with the Output and Assign of the rule that holds', async () => {
    const { run } = openBench();
    const definition = machine({
      Choose: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n > 2 %}', Next: 'Big', Output: 'rule', Assign: { by: 'rule' } }],
        Default: 'Small',
        Output: 'default',
        Assign: { by: 'default' },
      },
      Big: { Type: 'Pass', Output: '{% ["big", $states.input, $by] %}', End: true },
      Small: { Type: 'Pass', Output: '{% ["small", $states.input, $by] %}', End: true },
    });
    expect((await run(definition, { n: 3 })).output).toEqual(['big', 'rule', 'rule']);
    expect((await run(definition, { n: 2 })).output).toEqual(['small', 'default', 'default']);
    expect((await run(definition, { n: [] })).error).toBe('States.QueryEvaluationError');
  });

  it('catch a failed expression, and show it as $states.errorOutput', async () => {
    const { run } = openBench({ echo: (event: unknown) => event } as never);
    const { output } = await run(
      machine({
        Call: {
          Type: 'Task',
          Resource: LAMBDA_INVOKE,
          Arguments: { FunctionName: 'echo', Payload: '{% $missing %}' },
          Catch: [
            { ErrorEquals: ['States.QueryEvaluationError'], Output: '{% $states.errorOutput.Error %}', Next: 'Caught' },
          ],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      }),
    );
    expect(output).toBe('States.QueryEvaluationError');
  });

  it('select items, and wait as long as an expression says', async () => {
    const { run, clock } = openBench();
    const processor = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
    const { output } = await run(
      machine({
        Each: {
          Type: 'Map',
          Items: '{% $states.input.items %}',
          ItemSelector: {
            at: '{% $states.context.Map.Item.Index %}',
            n: '{% $states.context.Map.Item.Value * $states.input.by %}',
          },
          MaxConcurrency: '{% 1 %}',
          ItemProcessor: processor,
          End: true,
        },
      }),
      { items: [1, 2], by: 10 },
    );
    expect(output).toEqual([
      { at: 0, n: 10 },
      { at: 1, n: 20 },
    ]);
    await run(machine({ Rest: { Type: 'Wait', Seconds: '{% $states.input.s %}', End: true } }), { s: 7 });
    expect(clock.slept).toContain(7000);
  });

  it('stand beside JSONPath states in one machine, and share its variables', async () => {
    const { run } = openBench();
    const { output } = await run(
      {
        StartAt: 'Path',
        States: {
          Path: { Type: 'Pass', Assign: { 'n.$': '$.n' }, Next: 'Query' },
          Query: { Type: 'Pass', QueryLanguage: 'JSONata', Output: { m: '{% $n + 1 %}' }, Next: 'Path2' },
          Path2: { Type: 'Pass', Parameters: { 'm.$': '$.m', 'n.$': '$n' }, End: true },
        },
      },
      { n: 1 },
    );
    expect(output).toEqual({ m: 2, n: 1 });
  });

  it('end with the Error and Cause that expressions give', async () => {
    const { run } = openBench();
    const fail = { Type: 'Fail', QueryLanguage: 'JSONata', Error: '{% $states.input.e %}', Cause: "{% 'n = ' & 3 %}" };
    expect(await run(single(fail), { e: 'Clouds' })).toMatchObject({ error: 'Clouds', cause: 'n = 3' });
    expect(await run(single(fail), { e: 5 })).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});
