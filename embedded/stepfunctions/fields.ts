import type { Diagnostics, NumberField, PathField, ResultPathField } from './definition.ts';
import { type CompiledPath, compilePath } from './paths.ts';
import { compileTemplate, type Template } from './templates.ts';
import { isObject, type JsonObject } from './values.ts';

/** One object of a definition (a state, a retrier …) while it is being compiled. */
export interface Source {
  json: JsonObject;
  /** Where it stands in the definition. */
  location: string;
  diagnostics: Diagnostics;
}

/** Reports every member of an object that is not among the allowed ones. */
export function refuseOthers(source: Source, allowed: ReadonlySet<string>, what: string): void {
  for (const name of Object.keys(source.json)) {
    if (!allowed.has(name)) source.diagnostics.add(source.location, `The field '${name}' is not supported in ${what}`);
  }
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
export function pathField(source: Source, name: string, rule: { definite?: boolean } = {}): CompiledPath | undefined {
  const text = stringField(source, name);
  if (text === undefined) return undefined;
  try {
    const path = compilePath(text);
    if (!rule.definite || path.definite) return path;
    source.diagnostics.add(
      `${source.location}/${name}`,
      `Value is not a Reference Path: '${text}' can select several nodes`,
    );
  } catch (cause) {
    source.diagnostics.add(`${source.location}/${name}`, (cause as Error).message);
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
  const path = pathField(source, 'ResultPath', { definite: true });
  if (path && path.root !== 'input') {
    source.diagnostics.add(`${source.location}/ResultPath`, `'${path.source}' must be a path into the state's input`);
  }
  return path;
}

/** A number that is given either as `<name>` or through `<name>Path`. */
export function numberOrPath(source: Source, name: string, range: { minimum: number; maximum: number }): NumberField {
  if (source.json[name] !== undefined && source.json[`${name}Path`] !== undefined) {
    source.diagnostics.add(source.location, `Only one of the fields '${name}' and '${name}Path' can be given`);
  }
  return {
    value: numberField(source, name, range),
    path: pathField(source, `${name}Path`, { definite: true }),
  };
}

/** A payload template. */
export function templateField(source: Source, name: string): Template | undefined {
  const value = source.json[name];
  if (value === undefined) return undefined;
  const location = `${source.location}/${name}`;
  if (!isObject(value)) {
    source.diagnostics.add(location, 'Expected value of type Object');
    return undefined;
  }
  return compileTemplate(value, location, (where, message) => source.diagnostics.add(where, message));
}

const VARIABLE_NAME = /^\p{ID_Start}\p{ID_Continue}*$/u;

/** An Assign field: a template whose members are variables. */
export function assignField(source: Source): Template | undefined {
  const template = templateField(source, 'Assign');
  const value = source.json.Assign;
  if (!isObject(value)) return template;
  for (const key of Object.keys(value)) {
    const name = key.endsWith('.$') ? key.slice(0, -2) : key;
    if (!VARIABLE_NAME.test(name) || name.length > 80 || name === 'states') {
      source.diagnostics.add(
        `${source.location}/Assign`,
        `'${name}' is not a valid variable name: 1 to 80 letters, digits and _, not beginning with a digit, and not 'states'`,
      );
    }
  }
  return template;
}

/** A non-empty array of objects, each as a Source; reports anything else. An absent field gives an empty list. */
export function objectList(source: Source, name: string): Source[] {
  const value = source.json[name];
  if (value === undefined) return [];
  const location = `${source.location}/${name}`;
  if (!Array.isArray(value)) {
    source.diagnostics.add(location, 'Expected value of type Array');
    return [];
  }
  return value.flatMap((json, index) => {
    const where = `${location}[${index}]`;
    if (isObject(json)) return [{ json, location: where, diagnostics: source.diagnostics }];
    source.diagnostics.add(where, 'Expected value of type Object');
    return [];
  });
}
