import { Cron } from 'croner';

/** When a scheduled rule is due, as PutRule's ScheduleExpression says it. Times are UTC. */
export type Schedule = { kind: 'rate'; periodMs: number } | { kind: 'cron'; cron: Cron };

/** A text that is no schedule expression of EventBridge. */
export class InvalidSchedule extends Error {
  readonly expression: string;

  constructor(expression: string, reason: string) {
    super(`The schedule ${JSON.stringify(expression)} is not valid: ${reason}.`);
    this.name = 'InvalidSchedule';
    this.expression = expression;
  }
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
type Unit = keyof typeof UNIT_MS;

/** Last moment that a Date can tell. */
const LAST_MS = 8.64e15;
const LAST_YEAR = 2199;

const MONTH = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const WEEKDAY = 'SUN|MON|TUE|WED|THU|FRI|SAT';

/** One field of a cron expression: what may stand in it, beside lists, ranges and steps of its values. */
interface Field {
  name: string;
  range: [number, number];
  /** Names that stand for values. */
  names?: string;
  /** Forms of its own, each the whole field. */
  forms?: RegExp;
  allowed: string;
}

const FIELDS: Field[] = [
  { name: 'minutes', range: [0, 59], allowed: '0-59 and , - * /' },
  { name: 'hours', range: [0, 23], allowed: '0-23 and , - * /' },
  {
    name: 'day-of-month',
    range: [1, 31],
    forms: /^(\?|LW?|([1-9]|[12]\d|3[01])W)$/,
    allowed: '1-31 and , - * ? / L W',
  },
  { name: 'month', range: [1, 12], names: MONTH, allowed: '1-12 or JAN-DEC and , - * /' },
  {
    name: 'day-of-week',
    range: [1, 7],
    names: WEEKDAY,
    forms: new RegExp(`^(\\?|L|([1-7]|${WEEKDAY})(L|#[1-5]))$`),
    allowed: '1-7 or SUN-SAT and , - * ? / L #',
  },
  { name: 'year', range: [1970, LAST_YEAR], allowed: '1970-2199 and , - * /' },
];

/**
 * Reads `rate(5 minutes)` or `cron(0 18 ? * MON-FRI *)` (EventBridge User Guide, "Cron expressions reference").
 * Throws InvalidSchedule.
 */
export function parseSchedule(text: string): Schedule {
  if (text.startsWith('rate(')) return parseRate(text);
  const inside = /^cron\((\S.*\S)\)$/.exec(text)?.[1];
  if (inside === undefined) {
    throw new InvalidSchedule(text, 'it must be rate(<number> <unit>) or cron(<six fields>)');
  }
  return { kind: 'cron', cron: parseCron(text, inside.toUpperCase().split(/\s+/)) };
}

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

function parseRate(text: string): Schedule {
  const found = /^rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)$/.exec(text);
  if (!found) throw new InvalidSchedule(text, 'a rate is a positive whole number and minutes, hours or days');
  const value = Number(found[1]);
  if ((value === 1) === (found[3] === 's')) {
    throw new InvalidSchedule(text, `the unit of 1 is ${found[2]}, that of any other number ${found[2]}s`);
  }
  return { kind: 'rate', periodMs: value * UNIT_MS[found[2] as Unit] };
}

function parseCron(text: string, fields: string[]): Cron {
  if (fields.length !== FIELDS.length) {
    throw new InvalidSchedule(text, `cron takes ${FIELDS.length} fields, got ${fields.length}`);
  }
  const read = FIELDS.map((field, index) => readField(text, fields[index]!, field));
  const anyDays = read.filter((value) => value === '?').length;
  if (anyDays !== 1) {
    throw new InvalidSchedule(
      text,
      `one of day-of-month and day-of-week must be ?, and only one; got ${anyDays} of them`,
    );
  }
  // The library takes `?` for the current day, and has seconds in front.
  const pattern = ['0', ...read.map((value) => (value === '?' ? '*' : value))].join(' ');
  return new Cron(pattern, { mode: '7-part', timezone: 'UTC', alternativeWeekdays: true });
}

/** A field as the library knows it: `*`, a form of its own, or the list of its values. */
function readField(text: string, value: string, { name, range, names = '', forms, allowed }: Field): string {
  const fault = new InvalidSchedule(text, `${JSON.stringify(value)} is no ${name}; allowed are ${allowed}`);
  if (value === '*') return value;
  if (forms?.test(value)) return name === 'day-of-week' && value === 'L' ? 'SAT' : value;
  const [first, last] = range;
  const words = names.split('|');
  const numberOf = (word: string): number => {
    const number = words.indexOf(word) >= 0 ? words.indexOf(word) + first : /^\d{1,4}$/.test(word) ? Number(word) : -1;
    if (number < first || number > last) throw fault;
    return number;
  };
  const values = new Set<number>();
  for (const item of value.split(',')) {
    const parts = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,4}))?$/.exec(item);
    if (!parts || (parts[1] === '*' && parts[2] !== undefined)) throw fault;
    const [, start, end, increment] = parts as unknown as [string, string, string?, string?];
    const step = Number(increment ?? 1);
    if (step < 1 || step > last) throw fault;
    const from = start === '*' ? first : numberOf(start);
    const single = end === undefined && increment === undefined && start !== '*';
    const to = end !== undefined ? numberOf(end) : single ? from : last;
    if (from > to && name === 'year') throw fault;
    // 20-2 in the hours goes over midnight.
    const span = last - first + 1;
    for (let at = from; at <= (from > to ? to + span : to); at += step) values.add(at > last ? at - span : at);
  }
  return [...values].sort((a, b) => a - b).join(',');
}
