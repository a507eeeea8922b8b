import { mjdUtc, utcMsOf } from '../time.ts';
import {
  AMPLIFIER_PROPERTIES,
  HEADER_PROPERTIES,
  type HeaderProperty,
  IMAGE_TYPES,
  isRequired,
  type SharedHeader,
} from './header-table.ts';

/** A millisecond of the dates' texts, in days: how far a Modified Julian Date may be from its text. */
const MJD_TOLERANCE_D = 1e-8;

/**
 * Every fault of a frame header against the header table, one text each; none when it is right: properties that are missing,
 * unknown, of the wrong type or out of range, dates out of order, a Modified Julian Date that is not that of its text.
 * @param header a `FrameHeader`, or what claims to be one
 */
export function frameHeaderFaults(header: Readonly<Record<string, unknown>>): string[] {
  return [...entryFaults(HEADER_PROPERTIES, header), ...dateFaults(header)];
}

/** As `frameHeaderFaults`, of what the extensions of a frame share: without what an amplifier has of its own. */
export function sharedHeaderFaults(header: Readonly<Record<string, unknown>>): string[] {
  const entries = HEADER_PROPERTIES.filter(({ property }) => !AMPLIFIER_PROPERTIES.has(property));
  return [...entryFaults(entries, header), ...dateFaults(header)];
}

/** Every fault of what an amplifier has of its own, in a frame with that shared header. */
export function amplifierFaults(
  header: Readonly<Record<string, unknown>>,
  { imageType, simulate }: Pick<SharedHeader, 'imageType' | 'simulate'>,
): string[] {
  const entries = HEADER_PROPERTIES.filter(({ property }) => AMPLIFIER_PROPERTIES.has(property));
  return entryFaults(entries, header, { imageType, simulate });
}

/** Faults of properties against entries; the frame's type and whether it is simulated decide what is required. */
function entryFaults(
  entries: readonly HeaderProperty[],
  header: Readonly<Record<string, unknown>>,
  frame: Readonly<Record<string, unknown>> = header,
): string[] {
  const known = new Set(entries.map(({ property }) => property));
  const unknown = Object.keys(header).filter((property) => !known.has(property));
  return [
    ...unknown.map((property) => `${property}: not in the header table; its properties are listed in docs/fits.md`),
    ...entries.flatMap((entry) => propertyFaults(entry, header[entry.property], frame)),
  ];
}

function propertyFaults(entry: HeaderProperty, value: unknown, frame: Readonly<Record<string, unknown>>): string[] {
  const name = `${entry.property} (${entry.keyword})`;
  if (value === undefined) {
    const imageType = IMAGE_TYPES.find((type) => type === frame.imageType);
    const missing = imageType && isRequired(entry, imageType, frame.simulate === true);
    if (missing) return [`${name}: missing; a frame of type ${imageType} must have it`];
    return imageType || entry.property !== 'imageType'
      ? []
      : [`${name}: missing; must be one of ${IMAGE_TYPES.join(', ')}`];
  }
  return valueFaults(entry, value);
}

/** The fault of a property's value against its entry, if it has one; it must be there. */
export function valueFaults(entry: HeaderProperty, value: unknown): string[] {
  const allowed = typeFault(entry, value) ?? rangeFault(entry, value);
  const got = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return allowed ? [`${entry.property} (${entry.keyword}): got ${got}; must be ${allowed}`] : [];
}

/** What the value must be, when it is of another type. */
function typeFault({ type }: HeaderProperty, value: unknown): string | undefined {
  switch (type) {
    case 'logical':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'an integer within +-(2^53 - 1)';
    case 'real':
      return Number.isFinite(value) ? undefined : 'a finite number';
    case 'text':
      return typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) ? undefined : 'a text of printable ASCII';
    case 'instant':
      return isInstant(value) ? undefined : 'an instant in UTC with milliseconds, such as 2026-11-21T19:42:10.123Z';
  }
}

/** What the value must be, when it is outside of what the table allows. */
function rangeFault({ min, max, below, values, pattern }: HeaderProperty, value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (min !== undefined && value < min) return `at least ${min}`;
    if (max !== undefined && value > max) return `at most ${max}`;
    if (below !== undefined && value >= below) return `below ${below}`;
  }
  if (typeof value === 'string') {
    if (values && !values.includes(value)) return `one of ${values.join(', ')}`;
    if (pattern && !pattern.test(value)) return `like ${pattern.source}`;
  }
  return undefined;
}

function dateFaults(header: Readonly<Record<string, unknown>>): string[] {
  const { dateObs, dateBeg, dateAvg, dateEnd } = header;
  const faults: string[] = [];
  if (isInstant(dateObs) && isInstant(dateBeg) && dateObs !== dateBeg) {
    faults.push(`dateObs (DATE-OBS): got ${dateObs}; must be dateBeg, ${dateBeg}`);
  }
  if (isInstant(dateBeg) && isInstant(dateAvg) && isInstant(dateEnd) && !(dateBeg <= dateAvg && dateAvg <= dateEnd)) {
    faults.push(`dateAvg (DATE-AVG): got ${dateAvg}; must lie between dateBeg, ${dateBeg}, and dateEnd, ${dateEnd}`);
  }
  for (const which of ['Obs', 'Beg', 'End']) {
    const date = header[`date${which}`];
    const mjd = header[`mjd${which}`];
    if (!isInstant(date) || typeof mjd !== 'number') continue;
    const expected = mjdUtc(utcMsOf(date));
    if (Math.abs(mjd - expected) > MJD_TOLERANCE_D) {
      faults.push(`mjd${which} (MJD-${which.toUpperCase()}): got ${mjd}; must be that of date${which}, ${expected}`);
    }
  }
  return faults;
}

function isInstant(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    utcMsOf(value);
    return true;
  } catch {
    return false;
  }
}
