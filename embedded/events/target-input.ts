import type { BusEvent } from './event.ts';
import type { TargetRecord } from './store.ts';

/** A text that is no path, no template, or no JSON where one is needed; or an event that a template does not fit. */
export class InputFault extends Error {
  override name = 'InputFault';
}

type Step = string | number | '*';

/** Reads a path of EventBridge: `$`, then `.name`, `['name']`, `[0]`, `[*]` or `.*`. Throws InputFault. */
export function parsePath(path: string): Step[] {
  if (!path.startsWith('$')) throw new InputFault(`the path ${JSON.stringify(path)} does not begin with $`);
  const steps: Step[] = [];
  const step = /\.(\*|[^.[\]'"\s]+)|\[(\d+)\]|\[(\*)\]|\['([^']+)'\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const at = step.lastIndex;
    const found = step.exec(path);
    if (!found) {
      throw new InputFault(
        `the path ${JSON.stringify(path)} cannot be read from character ${at} on; allowed are .name, ['name'], [0] and *`,
      );
    }
    steps.push(found[2] === undefined ? (found[1] ?? found[3] ?? found[4]!) : Number(found[2]));
  }
  return steps;
}

/** What a path selects: a value, with wildcards the list of all values; undefined when there is none. */
function select(value: unknown, steps: Step[], at = 0): unknown {
  const step = steps[at];
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (step === '*') {
    const found = Object.values(value).flatMap((member) => {
      const selected = select(member, steps, at + 1);
      return selected === undefined ? [] : [selected];
    });
    return found.length === 0 ? undefined : found;
  }
  return Object.hasOwn(value, step)
    ? select((value as Record<string | number, unknown>)[step], steps, at + 1)
    : undefined;
}

/** A name between angle brackets. */
const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/;

/** What a template may name beside the keys of its InputPathsMap. */
const PREDEFINED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
];

/** The rule that an event comes through, and when the bus got the event. */
export interface Passage {
  ruleArn: string;
  ruleName: string;
  ingestionMs: number;
}

/** Placeholders of a template that are neither keys of the map nor predefined. */
export function unknownPlaceholders(template: string, keys: string[]): string[] {
  const names = [...template.matchAll(new RegExp(PLACEHOLDER, 'g'))].map((found) => found[1]!);
  return names.filter((name) => !keys.includes(name) && !PREDEFINED.includes(name));
}

/** Checks that a template which looks like JSON is JSON, whatever its placeholders stand for. Throws InputFault. */
export function checkTemplate(template: string): void {
  if (/^\s*\{/.test(template))
    parseJson(
      fill(template, () => ''),
      'the template',
    );
}

/** The JSON text that a target gets for an event. Throws InputFault when its path or template gives none. */
export function targetInput(target: TargetRecord, event: BusEvent, passage: Passage): string {
  if (target.input !== undefined) return target.input;
  if (target.inputPath !== undefined) {
    const selected = select(event, parsePath(target.inputPath));
    if (selected === undefined) throw new InputFault(`the event has nothing at InputPath ${target.inputPath}`);
    return JSON.stringify(selected);
  }
  if (target.inputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.inputTransformer;
  const text = fill(InputTemplate, (name) =>
    Object.hasOwn(InputPathsMap, name)
      ? (select(event, parsePath(InputPathsMap[name]!)) ?? '')
      : predefined(name, event, passage),
  );
  parseJson(text, 'what the InputTransformer makes of the event');
  return text;
}

function predefined(name: string, event: BusEvent, { ruleArn, ruleName, ingestionMs }: Passage): unknown {
  const { detail: _detail, 'detail-type': detailType, ...others } = event;
  const values: Record<string, unknown> = {
    'aws.events.rule-arn': ruleArn,
    'aws.events.rule-name': ruleName,
    'aws.events.event.ingestion-time': new Date(ingestionMs).toISOString(),
    // Here, and only here, EventBridge calls the field detailType.
    'aws.events.event': { ...others, detailType },
    'aws.events.event.json': event,
  };
  return values[name];
}

/**
 * Puts values in the place of placeholders. Outside quotes a value is put as JSON, inside them as the text that it is; an
 * object or list in a template that is one string loses its quotation marks, as with EventBridge.
 */
function fill(template: string, valueFor: (name: string) => unknown): string {
  const isText = /^\s*"/.test(template);
  const placeholder = new RegExp(PLACEHOLDER, 'y');
  let quoted = false;
  let filled = '';
  for (let at = 0; at < template.length; at += 1) {
    const char = template[at]!;
    placeholder.lastIndex = at;
    const found = placeholder.exec(template);
    if (found) {
      filled += quoted ? inQuotes(valueFor(found[1]!), isText) : JSON.stringify(valueFor(found[1]!));
      at += found[0].length - 1;
      continue;
    }
    if (char === '\\' && quoted) {
      at += 1;
      filled += char + (template[at] ?? '');
      continue;
    }
    if (char === '"') quoted = !quoted;
    filled += char;
  }
  return filled;
}

function inQuotes(value: unknown, isText: boolean): string {
  const json = JSON.stringify(value);
  if (typeof value === 'string') return json.slice(1, -1);
  return isText ? json.replaceAll('"', '') : json;
}

function parseJson(text: string, what: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new InputFault(`${what} is not JSON: ${(cause as Error).message}`);
  }
}
