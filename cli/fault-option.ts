import { type Faults, faults as faultsSchema, SUBSYSTEMS } from '../core/records/observatory.ts';
import { parseAll } from '../core/records/primitives.ts';

export const FAULT_HELP =
  'let a share fail of the steps slew, configure, expose or of what uses a subsystem (mount=0.1), or a subsystem at a set time ' +
  `(mount@2026-11-21T22:10:00Z/600, shutter@+3600/60: seconds after the begin / for so long); subsystems: ${Object.keys(SUBSYSTEMS).join(', ')}; may be repeated`;

/** `slew=0.1`, `mount@2026-11-21T22:10:00Z/600`, `shutter@+3600` and the like. Every fault is told. */
export function readFaults(texts: readonly string[], faults: string[]): Faults {
  const given: Record<string, unknown> = {};
  const scheduled: unknown[] = [];
  for (const text of texts) {
    const [share, time] = [text.indexOf('='), text.indexOf('@')];
    if (time > 0) scheduled.push(scheduledFault(text.slice(0, time), text.slice(time + 1)));
    else if (share > 0) given[text.slice(0, share)] = Number(text.slice(share + 1));
    else given[text] = Number.NaN;
  }
  const parsed = parseAll(faultsSchema, { ...given, ...(scheduled.length > 0 && { scheduled }) }, 'option --fault');
  faults.push(...parsed.faults);
  return parsed.value ?? {};
}

function scheduledFault(subsystem: string, text: string): Record<string, unknown> {
  const [when, duration] = text.split('/');
  const time = when.startsWith('+')
    ? { afterBeginS: Number(when.slice(1)) }
    : { at: when.replace(/(:\d\d)Z$/, '$1.000Z') };
  return { subsystem, ...time, ...(duration !== undefined && { durationS: Number(duration) }) };
}

/** What `readFaults` reads these faults from. */
export function faultTexts({ scheduled = [], ...shares }: Faults): string[] {
  return [
    ...Object.entries(shares).map(([what, share]) => `${what}=${share}`),
    ...scheduled.map(
      ({ subsystem, at, afterBeginS, durationS }) => `${subsystem}@${at ?? `+${afterBeginS}`}/${durationS}`,
    ),
  ];
}
