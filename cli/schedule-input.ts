import { EMBEDDED_BUCKET } from '../core/names.ts';
import { checkFiles } from '../core/night/intake.ts';
import { localNoonCron } from '../core/night/schedule.ts';
import { type ScheduledStart, scheduledStart } from '../core/records/night.ts';
import { parseAll } from '../core/records/primitives.ts';
import { InvalidSchedule, nextAfter, parseSchedule, type Schedule } from '../embedded/events/schedule-expression.ts';
import { type InputFile, scheduleFile } from '../functions/shared/inputs.ts';
import { InputRefused } from './errors.ts';
import { readFaults } from './fault-option.ts';
import { readMode, readNamed, readNumber } from './input.ts';

/** Options of `nocturne schedule add`, as the person wrote them. */
export interface ScheduleOptions {
  observatory?: string;
  programme?: string;
  cron?: string;
  rate?: string;
  seed: string;
  campaign?: string;
  speed?: string;
  fault?: string[];
}

/** What every night of a schedule is started with; only id and time are the event's. */
export type StartTemplate = Omit<ScheduledStart, 'id' | 'time'>;

export interface PreparedSchedule {
  name: string;
  expression: Schedule;
  /** What its nights are started with, and the files that this points at, for an engine that keeps its objects in `bucket`. */
  forBucket(bucket: string): { start: StartTemplate; files: InputFile[] };
}

/** Stands for the event's own id and time where a start is checked before there is an event. */
export const ANY_EVENT = { id: 'event', time: '2000-01-01T00:00:00Z' };

/**
 * Reads and checks everything that a schedule is made from; nothing is written. Throws InputRefused with every fault at once.
 */
export function prepareSchedule(name: string, options: ScheduleOptions, nowMs: number): PreparedSchedule {
  const faults: string[] = [];
  const readFile = (what: 'observatory' | 'programme', folder: string): unknown => {
    const nameOrPath = options[what];
    if (nameOrPath !== undefined) return readNamed(what, folder, nameOrPath, faults);
    faults.push(`option --${what}: is missing; give a name in ${folder}/, or the path of a JSON file`);
    return undefined;
  };
  const intake = checkFiles({
    observatory: readFile('observatory', 'observatories'),
    programme: readFile('programme', 'programmes'),
  });
  faults.push(...intake.faults);
  const { observatory, programme } = intake;
  const expression = readExpression(options, observatory?.site.longitudeDeg ?? 0, nowMs, faults);
  const filesIn = (bucket: string) => ({
    observatory: scheduleFile(bucket, name, 'observatory', observatory ?? {}),
    programme: scheduleFile(bucket, name, 'programme', programme ?? {}),
  });
  const files = filesIn(EMBEDDED_BUCKET);
  const start = parseAll(
    scheduledStart,
    {
      schedule: name,
      ...ANY_EVENT,
      observatory: files.observatory.pointer,
      programme: files.programme.pointer,
      seed: readNumber('seed', options.seed, { min: 0, max: 0xffffffff, whole: true }, faults) ?? 0,
      ...(options.campaign !== undefined && { campaign: options.campaign }),
      mode: readMode(options.speed, faults),
      faults: readFaults(options.fault ?? [], faults),
    },
    'option',
  );
  faults.push(...start.faults.map((fault) => fault.replace(/^option: schedule:/, 'name:')));
  if (faults.length > 0 || !start.value || !expression) throw new InputRefused(faults);
  const { id: _id, time: _time, ...template } = start.value;
  return {
    name,
    expression,
    forBucket(bucket) {
      const stored = filesIn(bucket);
      return {
        start: { ...template, observatory: stored.observatory.pointer, programme: stored.programme.pointer },
        files: Object.values(stored),
      };
    },
  };
}

function readExpression(
  { cron, rate }: ScheduleOptions,
  longitudeDeg: number,
  nowMs: number,
  faults: string[],
): Schedule | undefined {
  if (cron !== undefined && rate !== undefined) {
    faults.push('options --cron and --rate: a rule has one of them; leave one out');
    return undefined;
  }
  const [option, kind, text] =
    rate === undefined ? ['--cron', 'cron', cron ?? localNoonCron(longitudeDeg)] : ['--rate', 'rate', rate];
  try {
    const expression = parseSchedule(text);
    if (expression.kind !== kind) {
      faults.push(`option ${option}: must be ${kind}(...); ${expression.text} belongs to --${expression.kind}`);
    } else if (expression.kind === 'cron' && nextAfter(expression, nowMs) === undefined) {
      faults.push(`option ${option}: ${text} never fires after now; give days and years that are to come`);
    }
    return expression;
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    faults.push(...error.faults.map((fault) => `option ${option}: ${fault}`));
    return undefined;
  }
}
