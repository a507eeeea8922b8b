import { InvalidNight, RecordMissing } from '../../core/errors.ts';
import { checkNight, type Intake } from '../../core/night/intake.ts';
import {
  type NightInput,
  type NightRun,
  nightInput,
  type ScheduledStart,
  scheduledNightId,
  scheduledStart,
} from '../../core/records/night.ts';
import { parseAll } from '../../core/records/primitives.ts';
import { eveningOf } from '../../core/time.ts';
import { bucket } from './environment.ts';
import { inputFile } from './inputs.ts';
import { getJson, putObject } from './objects.ts';

/** How a night is started: with its whole input, or by a rule that fired. */
export interface Start {
  night: NightInput;
  accepted: NonNullable<Intake['accepted']>;
  startedBy?: NonNullable<NightRun['startedBy']>;
}

const isScheduled = (input: unknown): boolean => typeof input === 'object' && input !== null && 'schedule' in input;

/**
 * Reads and judges what a night is started with. For a rule's start the day follows from the time at which it fired, and
 * observatory and programme are stored with the night. Throws InvalidNight with every fault before anything is written.
 */
export async function readStart(input: unknown): Promise<Start> {
  return isScheduled(input) ? readScheduled(parse(scheduledStart, input)) : readWhole(parse(nightInput, input));
}

async function readWhole(night: NightInput): Promise<Start> {
  const [observatory, programme] = await Promise.all([getJson(night.observatory), getJson(night.programme)]);
  return { night, accepted: accept({ observatory, programme, dayObs: night.dayObs }) };
}

async function readScheduled(start: ScheduledStart): Promise<Start> {
  const { schedule, id: eventId, time, seed, campaign = schedule, mode, faults } = start;
  const [observatory, programme] = await Promise.all([getJson(start.observatory), getJson(start.programme)]);
  const dayObs = dayObsOf(start, observatory);
  const accepted = accept({ observatory, programme, dayObs });
  const nightId = scheduledNightId(schedule, dayObs!);
  const files = {
    observatory: inputFile(bucket(), nightId, 'observatory', accepted.observatory),
    programme: inputFile(bucket(), nightId, 'programme', accepted.programme),
  };
  await Promise.all(Object.values(files).map(({ pointer, text }) => putObject(pointer, text, 'application/json')));
  const pointers = { observatory: files.observatory.pointer, programme: files.programme.pointer };
  return {
    night: { nightId, dayObs: dayObs!, seed, campaign, ...pointers, mode, faults },
    accepted,
    startedBy: { schedule, eventId, time },
  };
}

/** Id of the night that was started with an input; undefined for one that names no night, which then cannot have been opened. */
export async function nightIdOf(input: unknown): Promise<string | undefined> {
  if (!isScheduled(input)) return (input as { nightId?: string } | null)?.nightId;
  const { value } = parseAll(scheduledStart, input, 'night');
  if (!value) return undefined;
  try {
    const dayObs = dayObsOf(value, await getJson(value.observatory));
    return dayObs === undefined ? undefined : scheduledNightId(value.schedule, dayObs);
  } catch (error) {
    if (error instanceof RecordMissing) return undefined;
    throw error;
  }
}

/** The evening that a rule's time belongs to, at the observatory's longitude; undefined when the observatory does not tell it. */
function dayObsOf({ time }: ScheduledStart, observatory: unknown): number | undefined {
  const longitudeDeg = (observatory as { site?: { longitudeDeg?: unknown } } | null)?.site?.longitudeDeg;
  return typeof longitudeDeg === 'number' ? eveningOf(Date.parse(time), longitudeDeg) : undefined;
}

function parse<T>(schema: Parameters<typeof parseAll<T>>[0], input: unknown): T {
  const { value, faults } = parseAll(schema, input, 'night');
  if (value === undefined) throw new InvalidNight(faults);
  return value;
}

function accept(material: Parameters<typeof checkNight>[0]): Start['accepted'] {
  const { faults, accepted } = checkNight(material);
  if (!accepted) throw new InvalidNight(faults);
  return accepted;
}
