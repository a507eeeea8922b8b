/** Wall-clock times of IANA time zones. A wall-clock time is told as the milliseconds since the epoch that it would be in UTC. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const numeric = 'numeric';
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23', era: 'short' },
      ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether a name is one of the time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
  } catch {
    return false;
  }
  // Intl takes offsets such as +01:00 as well.
  return /^[A-Za-z]/.test(name);
}

/** What the clocks of a time zone show at a moment. */
export function wallMsAt(instantMs: number, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)!.value);
  const wholeMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wholeMs + (((instantMs % 1000) + 1000) % 1000);
}

const DAY_MS = 86_400_000;

/** The moment at which clocks show a time; the first of two; undefined where clocks are put forward over it. */
export function instantOf(wallMs: number, timeZone: string): number | undefined {
  // The offsets around the time: a zone changes its own at most once within two days.
  const offsetsMs = [-DAY_MS, DAY_MS].map((apart) => wallMsAt(wallMs + apart, timeZone) - (wallMs + apart));
  const instants = offsetsMs.map((offsetMs) => wallMs - offsetMs);
  const shown = instants.filter((instantMs) => wallMsAt(instantMs, timeZone) === wallMs);
  return shown.length === 0 ? undefined : Math.min(...shown);
}
