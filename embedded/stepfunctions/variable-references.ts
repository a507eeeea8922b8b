import { isObject, type JsonObject } from './values.ts';

/** `$name` in a path or in the arguments of an intrinsic function; neither `$.x` nor `$$.x`, nor what stands in a text. */
const IN_PATH = /(?<![\p{ID_Continue}$.\]])\$(\p{ID_Start}[\p{ID_Continue}]*)/gu;
/** `$name` in a JSONata expression, without the names of functions that are called. */
const IN_EXPRESSION = /\$(\p{ID_Start}[\p{ID_Continue}]*)(?!\p{ID_Continue}|\s*\()/gu;
const TEXTS = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs;

/** Fields that hold states of their own. */
const FLOWS = new Set(['ItemProcessor', 'Iterator', 'Branches', 'States']);

/**
 * The variables that each state of a definition refers to, in order of name, as DescribeStateMachine tells them; undefined when no
 * state refers to any.
 * @param definition a definition that was found valid, as JSON text
 */
export function variableReferences(definition: string): Record<string, string[]> | undefined {
  const references: Record<string, string[]> = {};
  const visit = (flow: JsonObject, outerLanguage: unknown) => {
    const machineLanguage = flow.QueryLanguage ?? outerLanguage;
    for (const [name, state] of Object.entries(flow.States as Record<string, JsonObject>)) {
      const language = state.QueryLanguage ?? machineLanguage;
      const names = new Set<string>();
      collect(state, language === 'JSONata', names);
      if (names.size > 0) references[name] = [...names].sort();
      const inner = [state.ItemProcessor, state.Iterator, ...(Array.isArray(state.Branches) ? state.Branches : [])];
      for (const each of inner.filter(isObject)) visit(each, language);
    }
  };
  visit(JSON.parse(definition), 'JSONPath');
  return Object.keys(references).length === 0 ? undefined : references;
}

function collect(value: unknown, isJsonata: boolean, names: Set<string>, field = ''): void {
  if (Array.isArray(value)) {
    for (const each of value) collect(each, isJsonata, names);
  } else if (isObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      if (!FLOWS.has(name)) collect(each, isJsonata, names, name);
    }
  } else if (typeof value === 'string') {
    const isExpression = isJsonata && value.startsWith('{%');
    const isPath = !isJsonata && (field.endsWith('.$') || field.endsWith('Path') || field === 'Variable');
    if (!isExpression && !isPath) return;
    const bare = value.replace(TEXTS, '');
    for (const [, name] of bare.matchAll(isExpression ? IN_EXPRESSION : IN_PATH))
      if (name !== 'states') names.add(name!);
  }
}
