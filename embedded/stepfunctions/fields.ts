import type { Diagnostics, NumberField, PathField, QueryLanguage, ResultPathField } from './definition.ts';
import { type CompiledPath, compilePath } from './paths.ts';
import { compileQueries, compileTypedQuery, isExpression, type Query, type QueryProblem } from './queries.ts';
import { compileTemplate, type Template } from './templates.ts';
import { isObject, type JsonObject } from './values.ts';

/** One object of a definition (a state, a retrier …) while it is being compiled. */
export interface Source {
  json: JsonObject;
  /** Where it stands in the definition. */
  location: string;
  diagnostics: Diagnostics;
  /** The language of the state that the object belongs to. */
  language: QueryLanguage;
  /** Where that state stands: fields are named relative to it in causes of failure. */
  stateLocation: string;
}

/** Reports every member of an object that is not among the allowed ones. */
export function refuseOthers(source: Source, allowed: ReadonlySet<string>): void {
  for (const name of Object.keys(source.json)) {
    if (!allowed.has(name)) source.diagnostics.add(source.location, `Field '${name}' is not supported`);
  }
}

/** A field's name as causes of failure have it, such as `Choices[0]/Condition`. */
function placeOf(source: Source, name: string): string {
  return `${source.location}/${name}`.slice(source.stateLocation.length + 1);
}

function queryProblems(source: Source): QueryProblem {
  return (place, message, code) => source.diagnostics.add(`${source.stateLocation}/${place}`, message, code);
}

/** A field of a JSONata state, with expressions at any depth; undefined when it is absent. */
export function queryField(source: Source, name: string): Query | undefined {
  const value = source.json[name];
  return value === undefined ? undefined : compileQueries(value, placeOf(source, name), queryProblems(source));
}

/** A field of a JSONata state whose value must be of a type; undefined when it is absent. */
export function typedQueryField(
  source: Source,
  name: string,
  expected: string,
  accepts: (value: unknown) => boolean,
): Query | undefined {
  const value = source.json[name];
  if (value === undefined) return undefined;
  if (!isExpression(value) && !Array.isArray(value) && !accepts(value)) {
    const type = `${expected[0]!.toUpperCase()}${expected.slice(1)}`;
    source.diagnostics.add(`${source.location}/${name}`, `Expected value of type ${type} or a JSONata expression`);
  }
  return compileTypedQuery(value, placeOf(source, name), expected, accepts, queryProblems(source));
}

/** A string member; reports anything else that is there. */
export function stringField(source: Source, name: string): string | undefined {
  const value = source.json[name];
  if (value === undefined || typeof value === 'string') return value;
  source.diagnostics.add(`${source.location}/${name}`, 'Expected value of type String');
  return undefined;
}

/** A number member within [minimum, maximum]; reports anything else that is there. */
export function numberField(
  source: Source,
  name: string,
  range: { minimum: number; maximum: number; integer?: boolean },
): number | undefined {
  const value = source.json[name];
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && value >= range.minimum && value <= range.maximum;
  if (fits && (range.integer === false || Number.isInteger(value))) return value;
  const kind = range.integer === false ? 'number' : 'integer';
  source.diagnostics.add(
    `${source.location}/${name}`,
    `Value must be an ${kind} from ${range.minimum} to ${range.maximum}, got ${JSON.stringify(value)}`,
  );
  return undefined;
}

/** A JSONPath member; reports a text that is none. */
export function pathField(source: Source, name: string, rule: { reference?: boolean } = {}): CompiledPath | undefined {
  const text = stringField(source, name);
  if (text === undefined) return undefined;
  try {
    const path = compilePath(text);
    if (!rule.reference || path.reference) return path;
    source.diagnostics.add(
      `${source.location}/${name}`,
      `Value is not a Reference Path: '${text}' can select several nodes`,
    );
  } catch (cause) {
    source.diagnostics.add(
      `${source.location}/${name}`,
      `Value must be a valid JSONPath. (${(cause as Error).message})`,
    );
  }
  return undefined;
}

/** InputPath or OutputPath: null stands for an empty object. */
export function nullablePath(source: Source, name: string): PathField {
  return source.json[name] === null ? null : pathField(source, name);
}

/** ResultPath: a path into the input along which a value can be written. */
export function resultPathField(source: Source): ResultPathField {
  if (source.json.ResultPath === null) return null;
  const path = pathField(source, 'ResultPath', { reference: true });
  if (path && path.root !== 'input') {
    source.diagnostics.add(`${source.location}/ResultPath`, `'${path.source}' must be a path into the state's input`);
  }
  return path;
}

/** A number that is given as `<name>`, through `<name>Path`, or in a JSONata state as an expression. */
export function numberOrPath(
  source: Source,
  name: string,
  range: { minimum: number; maximum: number; integer?: boolean },
): NumberField {
  if (source.language === 'JSONata' && isExpression(source.json[name])) {
    const query = typedQueryField(source, name, 'number', (value) => typeof value === 'number');
    return { value: undefined, path: undefined, query };
  }
  if (source.json[name] !== undefined && source.json[`${name}Path`] !== undefined) {
    source.diagnostics.add(source.location, `Only one of the fields '${name}' and '${name}Path' can be given`);
  }
  return {
    value: numberField(source, name, range),
    path: pathField(source, `${name}Path`, { reference: true }),
    query: undefined,
  };
}

/** A payload template, in the state's language. */
export function templateField(source: Source, name: string): Template | undefined {
  const value = source.json[name];
  if (value === undefined) return undefined;
  if (source.language === 'JSONata') return queryField(source, name);
  const location = `${source.location}/${name}`;
  if (!isObject(value)) {
    source.diagnostics.add(location, 'Expected value of type Object');
    return undefined;
  }
  return compileTemplate(value, location, (where, message) => source.diagnostics.add(where, message));
}

/** What is passed on to a task, a reader or a writer: `Parameters` in JSONPath, `Arguments` in JSONata. */
export function payloadField(source: Source): Template | undefined {
  return templateField(source, payloadName(source));
}

export function payloadName({ language }: Source): 'Arguments' | 'Parameters' {
  return language === 'JSONata' ? 'Arguments' : 'Parameters';
}

const VARIABLE_NAME = /^\p{ID_Start}\p{ID_Continue}*$/u;

/** An Assign field: a template whose members are variables. */
export function assignField(source: Source): Template | undefined {
  const template = templateField(source, 'Assign');
  const value = source.json.Assign;
  if (!isObject(value)) {
    if (value !== undefined && source.language === 'JSONata')
      source.diagnostics.add(`${source.location}/Assign`, 'Expected value of type Object');
    return template;
  }
  for (const key of Object.keys(value)) {
    const name = variableOf(key, source.language);
    if (!VARIABLE_NAME.test(name) || name.length > 80 || name === 'states') {
      source.diagnostics.add(
        `${source.location}/Assign`,
        `'${name}' is not a valid variable name: 1 to 80 letters, digits and _, not beginning with a digit, and not 'states'`,
      );
    }
  }
  return template;
}

/** The variable that a member of Assign is for. */
export function variableOf(key: string, language: QueryLanguage): string {
  return language === 'JSONPath' && key.endsWith('.$') ? key.slice(0, -2) : key;
}

/** An array of objects, each as a Source; reports anything else. An absent field gives an empty list. */
export function objectList(source: Source, name: string, rule: { nonEmpty?: boolean } = {}): Source[] {
  const value = source.json[name];
  if (value === undefined) return [];
  const location = `${source.location}/${name}`;
  if (!Array.isArray(value)) {
    source.diagnostics.add(location, 'Expected value of type Array');
    return [];
  }
  if (value.length === 0 && rule.nonEmpty) source.diagnostics.add(location, 'Value cannot be empty');
  return value.flatMap((json, index) => {
    const where = `${location}[${index}]`;
    if (isObject(json)) return [{ ...source, json, location: where }];
    source.diagnostics.add(where, 'Expected value of type Object');
    return [];
  });
}
