import { type ComingNight, comingEvenings, comingNights, type NightTimes } from '../../core/night/schedule.ts';
import { scheduledNightId } from '../../core/records/night.ts';
import { isoOf } from '../../core/time.ts';
import {
  InvalidSchedule,
  nextAfter,
  parseSchedule,
  type Schedule as ScheduleExpression,
} from '../../embedded/events/schedule-expression.ts';
import { EXIT } from '../errors.ts';
import { type LocalClock, localText, offsetText, siteClock, utcText } from '../local-time.ts';
import { type Place, scheduleFiles } from '../schedule-files.ts';
import { readSchedules, type Schedule } from '../schedules.ts';
import { findSchedule, NO_SCHEDULE, refuseNowhere, type ScheduleCommandOptions, withSession } from './schedule.ts';

export interface NextOptions extends ScheduleCommandOptions {
  count: number;
}

/** A night to come; instants in UTC, null where the Sun does not do it, or where the rule has a rate. */
interface NextNight {
  nightId: string;
  dayObs: number;
  kind: NightTimes['kind'];
  /** True when the rule fires for this night once more. */
  firesAgain: boolean;
  at: Record<Moment, number | undefined>;
}

const MOMENTS = ['fires', 'sunset', 'darkFrom', 'darkTo', 'sunrise'] as const;
type Moment = (typeof MOMENTS)[number];
const WORDS: Record<Moment, string> = {
  fires: 'fires',
  sunset: 'sunset',
  darkFrom: 'dark from',
  darkTo: 'dark to',
  sunrise: 'sunrise',
};

/** The nights that a schedule will start, or why they cannot be told. */
interface Outlook {
  schedule: Schedule;
  place?: Place;
  clock?: LocalClock;
  nights: NextNight[];
  notes: string[];
}

/**
 * Shows the next nights of one schedule, or of all: when the rule fires, which night that starts, and its Sun, in UTC and in
 * the site's own time. Throws InputRefused for an unknown name.
 */
export async function showNext(name: string | undefined, options: NextOptions, nowMs: number): Promise<number> {
  const outlooks = await withSession<Outlook[]>(
    options,
    async (session) => {
      const files = scheduleFiles(session);
      const schedules = name === undefined ? await readSchedules(session) : [await findSchedule(session, name)];
      return Promise.all(
        schedules.map(async (schedule) => {
          const { start } = schedule;
          const read = start && (await files.observatory(start.observatory));
          return outlook(schedule, read?.value, read?.trouble, nowMs, options.count);
        }),
      );
    },
    name === undefined ? () => [] : refuseNowhere(name, options),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(outlooks.map(forMachines))}\n`);
  else if (outlooks.length > 0) process.stdout.write(outlooks.map(forPeople).join('\n'));
  else process.stdout.write(NO_SCHEDULE);
  return EXIT.done;
}

function outlook(
  schedule: Schedule,
  place: Place | undefined,
  trouble: string | undefined,
  nowMs: number,
  count: number,
): Outlook {
  const untold = (note: string): Outlook => ({ schedule, ...(place && { place }), nights: [], notes: [note] });
  if (!place) return untold(trouble ?? 'it has no target with an input that this version reads; it may start nothing');
  let expression: ScheduleExpression;
  try {
    expression = parseSchedule(schedule.expression ?? '');
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    return untold(`when it fires is not known: ${error.message}`);
  }
  const notes = schedule.isEnabled
    ? []
    : ['it is disabled and starts nothing; these are the nights that it would start'];
  const clock = siteClock(place.site);
  if (expression.kind === 'cron') {
    const coming = comingNights(place.site, (utcMs) => nextAfter(expression, utcMs), nowMs, count);
    if (coming.length === 0) notes.push('it never fires again');
    return { schedule, place, clock, nights: coming.map((night) => nextNight(schedule.name, night)), notes };
  }
  const { every } = expression;
  if (expression.periodMs > LONGEST_RATE_MS) {
    return untold(`it fires every ${every}, counted from when the rule was made, which EventBridge does not tell`);
  }
  const nights = comingEvenings(place.site, nowMs, count).map((times) => nextNight(schedule.name, { times }));
  return {
    schedule,
    place,
    clock,
    nights,
    notes: [...notes, `it fires every ${every}; the first in an evening counts`],
  };
}

/** A rate that is not slower than this fires for every night. */
const LONGEST_RATE_MS = 86_400_000;

function nextNight(
  name: string,
  { times, firesAtMs, firesAgain = false }: Partial<ComingNight> & Pick<ComingNight, 'times'>,
): NextNight {
  const { dayObs, kind, sunsetMs, sunriseMs, astronomical } = times;
  return {
    nightId: scheduledNightId(name, dayObs),
    dayObs,
    kind,
    firesAgain,
    at: {
      fires: firesAtMs,
      sunset: sunsetMs,
      darkFrom: astronomical.eveningMs,
      darkTo: astronomical.morningMs,
      sunrise: sunriseMs,
    },
  };
}

const KINDS: Record<NightTimes['kind'], string> = {
  night: '',
  polarDay: 'polar day: the Sun does not set, the start is refused (InvalidNight) and nothing is observed',
  polarNight: 'polar night: the Sun does not rise, the night is from local mean noon to noon',
};

function forMachines({ schedule, place, clock, nights, notes }: Outlook): object {
  const local = (utcMs: number | undefined) =>
    utcMs === undefined || !clock
      ? null
      : `${isoOf(utcMs + clock.offsetMs(utcMs)).slice(0, 19)}${offsetText(clock.offsetMs(utcMs))}`;
  return {
    name: schedule.name,
    state: schedule.isEnabled ? 'ENABLED' : 'DISABLED',
    expression: schedule.expression ?? null,
    site: place?.site ?? null,
    clock: clock?.name ?? null,
    notes,
    nights: nights.map(({ at, ...night }, index) => ({
      ...night,
      ...Object.fromEntries(
        MOMENTS.flatMap((moment) => [
          [`${moment}At`, at[moment] === undefined ? null : isoOf(at[moment])],
          [`${moment}AtLocal`, local(at[moment])],
        ]),
      ),
      clockChange: (clock && index > 0 && clockChange(clock, nights[index - 1], nights[index])) || null,
    })),
  };
}

function forPeople({ schedule, place, clock, nights, notes }: Outlook): string {
  const { name, expression, isEnabled } = schedule;
  const lines = [
    `${name}: ${expression ?? '(waits for events)'}, ${isEnabled ? 'enabled' : 'disabled'}${place ? `; ${place.site.name}` : ''}${clock ? `, ${clock.name}` : ''}`,
    ...notes.map((note) => `  note: ${note}`),
  ];
  nights.forEach((night, index) => {
    const change = clock && index > 0 && clockChange(clock, nights[index - 1], night);
    if (change) lines.push(`  warning: ${change}`);
    lines.push(`  night ${night.nightId}`);
    if (KINDS[night.kind]) lines.push(`    ${KINDS[night.kind]}`);
    for (const moment of MOMENTS) {
      const utcMs = night.at[moment];
      if (utcMs === undefined) continue;
      const again = moment === 'fires' && night.firesAgain ? '   and again before the next night' : '';
      lines.push(`    ${WORDS[moment].padEnd(10)}${utcText(utcMs)} UTC   ${localText(utcMs, clock!)}${again}`);
    }
    if (night.kind === 'night' && night.at.darkFrom === undefined && night.at.darkTo === undefined) {
      lines.push('    the Sun does not sink below -18 deg');
    }
  });
  return `${lines.join('\n')}\n`;
}

/** Says how the clocks of the site are changed between two nights; undefined when they are not. */
function clockChange(clock: LocalClock, before: NextNight, after: NextNight): string | undefined {
  const [was, is] = [before, after].map(({ at }) => at.fires ?? at.sunset ?? at.sunrise);
  if (was === undefined || is === undefined) return undefined;
  const [from, to] = [clock.offsetMs(was), clock.offsetMs(is)];
  if (from === to) return undefined;
  return `the clocks of ${clock.name} change from ${offsetText(from)} to ${offsetText(to)}: by local time, ${after.nightId} starts at another hour; by UTC and the Sun nothing changes`;
}
