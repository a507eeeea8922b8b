import pc from 'picocolors';
import { type Cost, type CostLine, DAYS_PER_MONTH } from '../core/cost/price.ts';
import { PRICES, type Price } from '../core/cost/prices.ts';
import type { NightCost } from './cost.ts';
import type { EngineName } from './session.ts';

/** The whole account for a person: the night line by line, a visit, a frame, months of such nights, and how sure all that is. */
export function costText(cost: NightCost): string {
  const { nightId, region, usage, stored, night, months, isFree } = cost;
  const each = (count: number, what: string) => (count > 0 ? `, ${usd(night.usd / count)} USD a ${what}` : '');
  return [
    pc.bold(`Night ${nightId} at AWS's public prices in ${region}, USD without tax`),
    '',
    table([
      ['Service', 'What', 'Quantity', 'Price', 'for', 'USD'],
      ...night.lines.map(cells),
      ['', 'the night, and what it left kept for a month', '', '', '', usd(night.usd)],
    ]),
    '',
    `${many(usage.visits, 'visit')}, ${many(stored.frames, 'frame')}${each(usage.visits, 'visit')}${each(stored.frames, 'frame')}`,
    '',
    pc.bold(`A month of ${DAYS_PER_MONTH} such nights${isFree ? ', without what is free for every account' : ''}`),
    '',
    table([
      ['Service', ...months.map(({ month }) => (month === 1 ? 'first month' : `month ${month}`))],
      ...services(months.map((each) => each.cost)),
      ['', ...months.map((each) => usd(each.cost.usd))],
    ]),
    '',
    ...notes(cost),
    '',
  ].join('\n');
}

/** The few lines that stand below a night's report. */
export function costSummary({ nightId, region, usage, stored, night, months }: NightCost): string {
  const largest = [...groups(night.lines)].sort((a, b) => b[1] - a[1])[0];
  const share = largest ? `, ${((100 * largest[1]) / night.usd).toFixed(0)} % of it ${largest[0]}` : '';
  return [
    pc.bold('Cost on AWS'),
    '',
    `${usd(night.usd)} USD in ${region} for ${many(usage.visits, 'visit')} and ${many(stored.frames, 'frame')}${share};`,
    `30 such nights: ${months.map((each) => `${usd(each.cost.usd)} USD in month ${each.month}`).join(', ')}.`,
    `All of it: nocturne cost ${nightId}`,
    '',
  ].join('\n');
}

const cells = ({ service, item, quantity, unit, unitPriceUsd, usd: sum, basis }: CostLine): string[] => [
  service,
  basis === 'estimated' ? `${item} (estimated)` : item,
  count(quantity),
  String(unitPriceUsd),
  unit,
  usd(sum),
];

/** One row for each service: its sum in each of the bills. */
function services(costs: readonly Cost[]): string[][] {
  const sums = costs.map(({ lines }) => groups(lines));
  const names = [...new Set(sums.flatMap((each) => [...each.keys()]))];
  return names.map((name) => [name, ...sums.map((each) => usd(each.get(name) ?? 0))]);
}

function groups(lines: readonly CostLine[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of lines) sums.set(line.service, (sums.get(line.service) ?? 0) + line.usd);
  return sums;
}

function notes({ engine, region, usage }: NightCost): string[] {
  const prices: Price[] = Object.values(PRICES);
  const dates = prices.flatMap(({ asOf }) => asOf[region] ?? []).toSorted();
  return [
    ...(usage.executions === 0
      ? [
          'The engine has no history of this night any more; AWS keeps them for 90 days. Only what is stored is counted.',
        ]
      : [DURATIONS[engine]]),
    ...(usage.unaccounted > 0
      ? [
          `Of ${many(usage.unaccounted, 'invocation')}, failed or under way, the request and the time are counted; what was asked of DynamoDB and S3 is not.`,
        ]
      : []),
    `Prices are of ${dates[0]} to ${dates.at(-1)}, ${prices.length - dates.length} of ${prices.length} without a date. What is counted, what is estimated and what brings it down: docs/cost.md`,
  ];
}

/** What the measured durations are worth, by the engine that they were measured on. */
const DURATIONS: Record<EngineName, string> = {
  embedded:
    'Durations were measured on the embedded engine, with a whole core of this machine and AWS a function call away. Lambda gives ' +
    '1769 MB one core and 256 MB a seventh of one, its requests take milliseconds, and new instances are billed from their start.',
  localstack:
    'Durations were measured on LocalStack, with the cores of that machine and AWS on the same machine. Lambda gives 1769 MB one core ' +
    'and 256 MB a seventh of one, its requests take milliseconds, and new instances are billed from their start.',
  aws: 'Durations are those of the handlers on Lambda; the starts of new instances, which are billed too, are not in them.',
};

/** `12`, `1,234`, `0.0123`: whole numbers whole, others with three digits that count. */
function count(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** `1 visit`, `2 visits`. */
const many = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

/** Cents and more with two digits after the point; less with two that count. */
const usd = (value: number): string => (value === 0 || value >= 1 ? value.toFixed(2) : smallUsd(value));
const smallUsd = (value: number): string => value.toFixed(Math.min(9, Math.max(3, 1 - Math.floor(Math.log10(value)))));

/** Columns side by side: the first two are words, the others numbers and stand to the right, but for a unit. */
function table(rows: readonly string[][]): string {
  const widths = rows[0].map((_cell, column) => Math.max(...rows.map((row) => row[column].length)));
  const isText = (column: number) => column === 0 || rows[0][column] === 'What' || rows[0][column] === 'for';
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
