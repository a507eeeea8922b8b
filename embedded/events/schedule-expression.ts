import { Cron } from 'croner';

/** When a scheduled rule is due, as PutRule's ScheduleExpression says it. Times are UTC. */
export type Schedule =
  | { kind: 'cron'; text: string; cron: Cron }
  | {
      kind: 'rate';
      text: string;
      periodMs: number;
      /** `5 minutes`, or `hour`: how often it is due, in words. */
      every: string;
    };

/** A text that EventBridge does not take as a schedule; `faults` has all that is wrong with it. */
export class InvalidSchedule extends Error {
  readonly faults: readonly string[];

  constructor(text: string, faults: readonly string[]) {
    const told = faults.map((fault) => `${JSON.stringify(text)}: ${fault}`);
    super(told.join('\n'));
    this.name = 'InvalidSchedule';
    this.faults = told;
  }
}

/**
 * Reads `cron(12 13 * * ? *)` or `rate(5 minutes)` as the EventBridge User Guide has them ("Cron expressions reference",
 * "Rate expressions reference"). Throws InvalidSchedule.
 */
export function parseSchedule(text: string): Schedule {
  const inside = /^cron\((\S.*\S)\)$/.exec(text)?.[1];
  if (inside !== undefined) return { kind: 'cron', text, cron: parseCron(text, inside.toUpperCase().split(/\s+/)) };
  if (text.startsWith('rate(')) return parseRate(text);
  throw new InvalidSchedule(text, ['must be cron(<six fields>) or rate(<number> <unit>)']);
}

/** Last moment that a Date can tell. */
const LAST_MS = 8.64e15;
const LAST_YEAR = 2199;

/**
 * The first moment after `afterMs` at which the schedule is due, in ms since the Unix epoch; undefined when there is none.
 * @param rateStartMs where a rate counts from: when its rule was made or enabled
 */
export function nextAfter(schedule: Schedule, afterMs: number, rateStartMs: number = afterMs): number | undefined {
  if (schedule.kind === 'cron') {
    const next = schedule.cron.nextRun(new Date(afterMs));
    return next === null || next.getUTCFullYear() > LAST_YEAR ? undefined : next.getTime();
  }
  const periods = Math.max(1, Math.floor((afterMs - rateStartMs) / schedule.periodMs) + 1);
  const nextMs = rateStartMs + periods * schedule.periodMs;
  return nextMs > LAST_MS ? undefined : nextMs;
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function parseRate(text: string): Schedule {
  const [, number, unit, plural] = /^rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)$/.exec(text) ?? [];
  if (unit === undefined) {
    throw new InvalidSchedule(text, ['a rate is a whole number from 1, and minutes, hours or days: rate(5 minutes)']);
  }
  if ((number === '1') === (plural === 's')) {
    throw new InvalidSchedule(text, [`EventBridge writes 1 ${unit}, and ${unit}s for any other number`]);
  }
  return {
    kind: 'rate',
    text,
    periodMs: Number(number) * UNIT_MS[unit],
    every: number === '1' ? unit : `${number} ${unit}s`,
  };
}

interface Field {
  name: string;
  first: number;
  last: number;
  /** Words for the values, the first value first. */
  words?: readonly string[];
  /** Forms that must be the whole field. */
  alone?: RegExp;
  allowed: string;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const WEEKDAY = `[1-7]|${WEEKDAYS.join('|')}`;
const DAY_OF_MONTH = 2;
const DAY_OF_WEEK = 4;

const FIELDS: readonly Field[] = [
  { name: 'minutes', first: 0, last: 59, allowed: '0-59 , - * /' },
  { name: 'hours', first: 0, last: 23, allowed: '0-23 , - * /' },
  {
    name: 'day-of-month',
    first: 1,
    last: 31,
    alone: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/,
    allowed: '1-31 , - * ? / L W',
  },
  { name: 'month', first: 1, last: 12, words: MONTHS, allowed: '1-12 or JAN-DEC , - * /' },
  {
    name: 'day-of-week',
    first: 1,
    last: 7,
    words: WEEKDAYS,
    alone: new RegExp(`^(\\?|L|(${WEEKDAY})(L|#[1-5]))$`),
    allowed: '1-7 or SUN-SAT (1 is Sunday) , - * ? / L #',
  },
  { name: 'year', first: 1970, last: LAST_YEAR, allowed: '1970-2199 , - * /' },
];

function parseCron(text: string, fields: readonly string[]): Cron {
  if (fields.length !== FIELDS.length) {
    const names = FIELDS.map(({ name }) => name).join(' ');
    throw new InvalidSchedule(text, [`cron has six fields: ${names} (got ${fields.length})`]);
  }
  const faults: string[] = [];
  const read = FIELDS.map((field, index) => {
    const value = readField(field, fields[index]);
    if (value === undefined) faults.push(`${field.name}: allowed are ${field.allowed} (got "${fields[index]}")`);
    return value ?? '*';
  });
  if ((fields[DAY_OF_MONTH] === '?') === (fields[DAY_OF_WEEK] === '?')) {
    faults.push('exactly one of day-of-month and day-of-week must be ?');
  }
  if (faults.length > 0) throw new InvalidSchedule(text, faults);
  return new Cron(`0 ${read.join(' ')}`, { mode: '7-part', timezone: 'UTC', alternativeWeekdays: true });
}

/** A field as croner takes it: every value written out; undefined when EventBridge would not take it. */
function readField(field: Field, text: string): string | undefined {
  if (field.alone?.test(text)) {
    // croner's own `?` is something else, and it knows no last day of the week, which is Saturday.
    if (text === '?') return '*';
    return text === 'L' && field.name === 'day-of-week' ? String(field.last) : text;
  }
  const items = text.split(',').map((item) => valuesOf(field, item));
  if (items.includes(undefined)) return undefined;
  return items.some((values) => values === '*') ? '*' : [...new Set(items.flat())].join(',');
}

/** `5`, `MON`, `1-5`, `20-2`, `0/15`, `8-17/2`, `*`. */
function valuesOf({ name, first, last, words = [] }: Field, item: string): number[] | '*' | undefined {
  if (item === '*') return '*';
  const [, from, to, step] = /^(\w+|\*)(?:-(\w+))?(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  if (from === undefined || (from === '*' && to !== undefined)) return undefined;
  const numberOf = (word: string) => (words.includes(word) ? words.indexOf(word) + first : Number(word));
  const begin = from === '*' ? first : numberOf(from);
  const end = to !== undefined ? numberOf(to) : step !== undefined ? last : begin;
  const width = step === undefined ? 1 : Number(step);
  const isValue = (value: number) => Number.isInteger(value) && value >= first && value <= last;
  if (!isValue(begin) || !isValue(end) || width < 1 || width > last) return undefined;
  // A range such as 20-2 goes on over midnight; years do not come again.
  if (end < begin && name === 'year') return undefined;
  const size = last - first + 1;
  const length = end < begin ? end + size - begin : end - begin;
  return Array.from(
    { length: Math.floor(length / width) + 1 },
    (_, index) => first + ((begin - first + index * width) % size),
  );
}
