import type { ImageType } from '../core/records/ids.ts';
import {
  EFFECTS,
  type Effect,
  type Observatory,
  observatory as observatorySchema,
} from '../core/records/observatory.ts';
import { parseAll } from '../core/records/primitives.ts';
import type { Target } from '../core/records/programme.ts';
import { dayObs as dayObsAt, dayObsOfDate, eveningOf, InvalidDate, utcMsOf } from '../core/time.ts';
import { bestTimeMs, flatTimeMs } from '../core/visits/best-time.ts';
import type { FlatLight } from '../core/visits/frame.ts';
import { InputRefused } from './errors.ts';
import { readNamed, readNumber } from './input.ts';
import { readTarget } from './targets.ts';

/** Options of `nocturne expose`, as the person wrote them. */
export interface ExposeOptions {
  observatory: string;
  type: ImageType;
  filter?: string;
  exposure?: string;
  level?: string;
  light?: 'dome' | 'dusk' | 'dawn';
  at?: string;
  night?: string;
  seed: string;
  number: string;
  without?: string;
  binning: string;
  window?: string;
  focus: string;
  sequence?: string;
}

/** What one frame is asked to be, checked. */
export interface ExposeRequest {
  observatory: Observatory;
  imageType: ImageType;
  /** Null for a frame that looks at no place of the sky. */
  target: Target | null;
  filter: string;
  /** Undefined: as long as the count level wants. */
  exposureTimeS: number | undefined;
  levelAdu: number | undefined;
  flatLight: FlatLight;
  /** When the shutter opens; undefined: chosen for the type of frame. */
  beginMs: number;
  dayObs: number;
  seed: number;
  seqNum: number;
  binning: number;
  window: Window | undefined;
  /** Distance of the focuser from where the controller would set it, micrometres. */
  focusOffsetUm: number;
  /** Of frames of type focus: take several, about that place. */
  sequence: FocusSequence | undefined;
}

export interface FocusSequence {
  count: number;
  stepUm: number;
}

/** Part of the chip, unbinned pixels from 0. */
export interface Window {
  xPix: number;
  yPix: number;
  widthPix: number;
  heightPix: number;
}

/** Frames that look at a place of the sky, and so have a target. */
const LOOKS_AT_SKY: readonly ImageType[] = ['object', 'focus'];
/** A flat lasts as long as its level wants. */
const USUAL_EXPOSURE_S: Partial<Record<ImageType, number>> = { object: 60, focus: 10, dark: 300, bias: 0 };

/** Reads and checks what a frame is made from; nothing is written. Throws InputRefused with every fault at once. */
export function prepareExposure(targetText: string | undefined, options: ExposeOptions, nowMs: number): ExposeRequest {
  const faults: string[] = [];
  const { type } = options;
  const without = readWithout(options.without, faults);
  const parsed = parseAll(
    observatorySchema,
    readNamed('observatory', 'observatories', options.observatory, faults) ?? {},
    'observatory',
  );
  if (faults.every((fault) => !fault.startsWith('observatory:'))) faults.push(...parsed.faults);
  const observatory = parsed.value && { ...parsed.value, without: [...new Set([...parsed.value.without, ...without])] };

  const target = readTargetFor(type, targetText, faults);
  const seed = readNumber('seed', options.seed, { min: 0, max: 0xffffffff, whole: true }, faults);
  const seqNum = readNumber('number', options.number, { min: 1, max: 999_999, whole: true }, faults);
  const binning = readNumber('binning', options.binning, { min: 1, max: 4, whole: true }, faults);
  const focusOffsetUm = readNumber('focus', options.focus, { min: -10_000, max: 10_000, whole: false }, faults);
  const exposureTimeS =
    options.exposure === undefined
      ? undefined
      : readNumber('exposure', options.exposure, { min: 0, max: 86_400, whole: false }, faults);
  const levelAdu =
    options.level === undefined
      ? undefined
      : readNumber('level', options.level, { min: 1, max: 65_535, whole: false }, faults);
  if (levelAdu !== undefined && (type !== 'flat' || options.exposure !== undefined)) {
    faults.push('option --level: chooses the exposure time of a flat; use it with --type flat and without --exposure');
  }
  refuseIdle(options, observatory, faults);
  const window = options.window === undefined ? undefined : readWindow(options.window, observatory, faults);
  const sequence = readSequence(options, observatory, faults);
  const filter = observatory && readFilter(options.filter, observatory, faults);
  const day = observatory && readDay(options.night, observatory, nowMs, faults);
  const instantMs = readInstant(options, faults);
  if (faults.length > 0 || !observatory || filter === undefined || day === undefined) throw new InputRefused(faults);

  const time = exposureTimeS ?? (levelAdu === undefined ? USUAL_EXPOSURE_S[type] : undefined);
  if (time !== undefined) refuseExposureTime(time, type, observatory);
  const { site } = observatory;
  const flatLight = options.light ?? 'dome';
  const beginMs = instantMs ?? (type === 'flat' ? flatTimeMs(site, day, flatLight) : bestTimeMs(site, day, target));
  return {
    observatory,
    imageType: type,
    target,
    filter,
    exposureTimeS: time,
    levelAdu,
    flatLight,
    beginMs,
    dayObs: dayObsAt(beginMs, observatory.site.longitudeDeg),
    seed: seed as number,
    seqNum: seqNum as number,
    binning: binning as number,
    window,
    focusOffsetUm: focusOffsetUm as number,
    sequence,
  };
}

function readTargetFor(type: ImageType, text: string | undefined, faults: string[]): Target | null {
  if (!LOOKS_AT_SKY.includes(type)) {
    if (text !== undefined)
      faults.push(`target: a frame of type ${type} looks at no target (got "${text}"); leave it out`);
    return null;
  }
  if (text === undefined) {
    faults.push(`target: missing; a frame of type ${type} needs one, such as M31 or 10.68,41.27`);
    return null;
  }
  return readTarget(text, faults) ?? null;
}

/** Options that would do nothing for this frame. */
function refuseIdle(
  { type, light, filter, focus }: ExposeOptions,
  observatory: Observatory | undefined,
  faults: string[],
): void {
  if (light !== undefined && type !== 'flat')
    faults.push(`option --light: lights flats only; use it with --type flat (got --type ${type})`);
  if (filter !== undefined && (type === 'bias' || type === 'dark')) {
    faults.push(`option --filter: no light passes it in a frame of type ${type} (got "${filter}"); leave it out`);
  }
  if (Number(focus) === 0) return;
  if (!LOOKS_AT_SKY.includes(type))
    faults.push(`option --focus: is nothing for a frame of type ${type} (got "${focus}"); leave it out`);
  else if (observatory && !observatory.telescope.focus) {
    faults.push(`option --focus: ${observatory.id} has no focuser (telescope.focus) (got "${focus}")`);
  }
}

function readWithout(text: string | undefined, faults: string[]): Effect[] {
  const names = text === undefined ? [] : text.split(',').map((name) => name.trim());
  const known: readonly string[] = EFFECTS;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    faults.push(
      `option --without: unknown effect ${unknown.map((name) => `"${name}"`).join(', ')}; there are ${EFFECTS.join(', ')}`,
    );
  }
  return names.filter((name): name is Effect => known.includes(name));
}

function readFilter(name: string | undefined, { filters, camera }: Observatory, faults: string[]): string {
  const names = filters.map((filter) => filter.name);
  if (name === undefined) return names.includes('r') ? 'r' : names[0];
  if (!names.includes(name))
    faults.push(`option --filter: unknown filter "${name}"; ${camera.id} has ${names.join(', ')}`);
  return name;
}

function readWindow(text: string, observatory: Observatory | undefined, faults: string[]): Window | undefined {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [xPix, yPix, widthPix, heightPix] = numbers;
  const isWhole = numbers.length === 4 && numbers.every((value) => Number.isInteger(value) && value >= 0);
  const { widthPix: chipWidth, heightPix: chipHeight } = observatory?.camera ?? { widthPix: 16_384, heightPix: 16_384 };
  if (isWhole && widthPix > 0 && heightPix > 0 && xPix + widthPix <= chipWidth && yPix + heightPix <= chipHeight) {
    return { xPix, yPix, widthPix, heightPix };
  }
  faults.push(
    `option --window: must be column,row,width,height in pixels from 0, inside of the chip of ${chipWidth} x ${chipHeight} (got "${text}")`,
  );
  return undefined;
}

/** `7,40`: seven frames, 40 micrometres apart. */
function readSequence(
  { sequence, type }: ExposeOptions,
  observatory: Observatory | undefined,
  faults: string[],
): FocusSequence | undefined {
  if (sequence === undefined) return undefined;
  if (type !== 'focus') faults.push(`option --sequence: is for frames of type focus (got --type ${type})`);
  if (observatory && observatory.telescope.focus === undefined) {
    faults.push(`option --sequence: ${observatory.id} has no focuser (telescope.focus)`);
  }
  const [count, stepUm, ...more] = sequence.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (more.length === 0 && Number.isInteger(count) && count >= 4 && count <= 50 && stepUm > 0 && stepUm <= 10_000) {
    return { count, stepUm };
  }
  faults.push(
    `option --sequence: must be the number of frames, 4 to 50, and micrometres between them, such as 7,40 (got "${sequence}")`,
  );
  return undefined;
}

function readDay(
  night: string | undefined,
  { site }: Observatory,
  nowMs: number,
  faults: string[],
): number | undefined {
  if (night === undefined || night === 'tonight') return eveningOf(nowMs, site.longitudeDeg);
  try {
    return dayObsOfDate(night);
  } catch (error) {
    if (!(error instanceof InvalidDate)) throw error;
    faults.push(`option --night: ${error.message}`);
    return undefined;
  }
}

/** The instant of --at; undefined when there is none. */
function readInstant({ at, night }: ExposeOptions, faults: string[]): number | undefined {
  if (at === undefined) return undefined;
  if (night !== undefined) faults.push('option --night: --at names the instant already; leave one of them out');
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(at);
  const utcMs = match ? Date.parse(at) : Number.NaN;
  if (Number.isFinite(utcMs) && utcMs >= FIRST_MS && utcMs < LAST_MS) return utcMs;
  faults.push(`option --at: must be an instant in UTC from 1972 to 2100, such as 2026-11-21T23:30:00Z (got "${at}")`);
  return undefined;
}

const FIRST_MS = utcMsOf('1972-01-02T00:00:00.000Z');
const LAST_MS = utcMsOf('2100-12-31T00:00:00.000Z');

function refuseExposureTime(timeS: number, type: ImageType, { camera }: Observatory): void {
  const { exposureTimeMinS, exposureTimeMaxS, id } = camera;
  const isBias = type === 'bias';
  if (isBias ? timeS === 0 : timeS >= exposureTimeMinS && timeS <= exposureTimeMaxS) return;
  throw new InputRefused([
    `option --exposure: ${timeS} s; ${isBias ? 'a bias takes 0 s' : `${id} takes ${exposureTimeMinS} to ${exposureTimeMaxS} s for a frame of type ${type}`}`,
  ]);
}
