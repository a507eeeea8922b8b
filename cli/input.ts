import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EMBEDDED_BUCKET } from '../core/names.ts';
import { checkNight, type Intake } from '../core/night/intake.ts';
import { type NightInput, type NightMode, nightInput } from '../core/records/night.ts';
import { parseAll } from '../core/records/primitives.ts';
import { dayObsOfDate, eveningOf, InvalidDate } from '../core/time.ts';
import { type InputFile, inputFile } from '../functions/shared/inputs.ts';
import { InputRefused } from './errors.ts';
import { readFaults } from './fault-option.ts';
import { readWeatherFile, WEATHER_GAP_S } from './weather-file.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Options of `nocturne night`, as the person wrote them. */
export interface NightOptions {
  observatory: string;
  programme: string;
  night?: string;
  seed: string;
  name?: string;
  campaign?: string;
  speed?: string;
  fault?: string[];
  /** CSV file of measured weather. */
  weather?: string;
}

export interface PreparedNight {
  nightId: string;
  accepted: NonNullable<Intake['accepted']>;
  /** The night's input, and the files that it points at, for an engine that keeps its objects in `bucket`. */
  forBucket(bucket: string): { input: NightInput; files: InputFile[] };
}

/**
 * Reads and checks everything that a night is made from; nothing is written. Throws InputRefused with every fault at once.
 */
export function prepareNight(options: NightOptions, nowMs: number): PreparedNight {
  const faults: string[] = [];
  const observatory = withWeather(
    readNamed('observatory', 'observatories', options.observatory, faults),
    options.weather,
    faults,
  );
  const programme = readNamed('programme', 'programmes', options.programme, faults);
  const seed = readNumber('seed', options.seed, { min: 0, max: 0xffffffff, whole: true }, faults);
  const dayObs = readNight(options.night, longitudeOf(observatory), nowMs, faults);
  const mode = readMode(options.speed, faults);
  const faultShares = readFaults(options.fault ?? [], faults);

  const intake = checkNight({ observatory, programme, dayObs });
  faults.push(...intake.faults);
  const { accepted } = intake;
  const programmeId = (programme as { id?: unknown } | undefined)?.id;
  const nightId = options.name ?? `${typeof programmeId === 'string' ? programmeId : 'night'}-${dayObs}`;
  const filesIn = (bucket: string) => ({
    observatory: inputFile(bucket, nightId, 'observatory', accepted?.observatory ?? {}),
    programme: inputFile(bucket, nightId, 'programme', accepted?.programme ?? {}),
  });
  const { observatory: observatoryFile, programme: programmeFile } = filesIn(EMBEDDED_BUCKET);
  const input = parseAll(
    nightInput,
    {
      nightId,
      dayObs: dayObs ?? 20000101,
      seed: seed ?? 0,
      campaign: options.campaign ?? nightId,
      observatory: observatoryFile.pointer,
      programme: programmeFile.pointer,
      mode,
      faults: faultShares,
    },
    'option',
  );
  faults.push(...input.faults);
  if (faults.length > 0 || !input.value || !accepted) throw new InputRefused(faults);
  const checked = input.value;
  return {
    nightId,
    accepted,
    forBucket(bucket) {
      const files = filesIn(bucket);
      return {
        input: { ...checked, observatory: files.observatory.pointer, programme: files.programme.pointer },
        files: Object.values(files),
      };
    },
  };
}

/** A JSON file by path, or by the name of one that comes with the product. */
export function readNamed(what: string, folder: string, nameOrPath: string, faults: string[]): unknown {
  const shipped = path.join(ROOT, folder, `${nameOrPath}.json`);
  const file = existsSync(nameOrPath) || /[/\\]|\.json$/.test(nameOrPath) ? nameOrPath : shipped;
  if (!existsSync(file)) {
    const known = readdirSync(path.join(ROOT, folder)).map((name) => path.basename(name, '.json'));
    faults.push(
      `${what}: unknown ${what} "${nameOrPath}"; there are ${known.join(', ')}, or give the path of a JSON file`,
    );
    return undefined;
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`${what}: ${nameOrPath} cannot be read as JSON: ${reason}`);
    return undefined;
  }
}

export function readNumber(
  option: string,
  text: string,
  { min, max, whole }: { min: number; max: number; whole: boolean },
  faults: string[],
): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  faults.push(`option --${option}: must be a ${whole ? 'whole ' : ''}number from ${min} to ${max} (got "${text}")`);
  return undefined;
}

/** The observatory with measured weather in it, where a file of it is given. */
function withWeather(observatory: unknown, file: string | undefined, faults: string[]): unknown {
  if (file === undefined) return observatory;
  const replay = readWeatherFile(file, WEATHER_GAP_S, faults);
  return typeof observatory === 'object' && replay ? { ...observatory, weather: { replay } } : observatory;
}

function longitudeOf(observatory: unknown): number {
  const longitude = (observatory as { site?: { longitudeDeg?: unknown } } | undefined)?.site?.longitudeDeg;
  return typeof longitude === 'number' && Number.isFinite(longitude) ? longitude : 0;
}

/** The date of the evening on which the night begins. */
function readNight(
  text: string | undefined,
  longitudeDeg: number,
  nowMs: number,
  faults: string[],
): number | undefined {
  if (text === undefined || text === 'tonight') return eveningOf(nowMs, longitudeDeg);
  try {
    return dayObsOfDate(text);
  } catch (error) {
    if (!(error instanceof InvalidDate)) throw error;
    faults.push(`option --night: ${error.message}`);
    return undefined;
  }
}

export function readMode(speed: string | undefined, faults: string[]): NightMode {
  if (speed === undefined) return { kind: 'simulated' };
  const value = readNumber('speed', speed, { min: 0.01, max: 100_000, whole: false }, faults);
  return { kind: 'paced', speed: value ?? 1 };
}
