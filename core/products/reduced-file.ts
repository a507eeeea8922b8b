import type { Planes, RawAmplifier } from '../calibration/planes.ts';
import { FramesDisagree } from '../errors.ts';
import { headingCards, textCards } from '../fits/cards.ts';
import { InvalidFrameHeader } from '../fits/errors.ts';
import { groupCards } from '../fits/frame.ts';
import { writePlans } from '../fits/hdu-write.ts';
import { readHdus } from '../fits/hdus.ts';
import { AMPLIFIER_GROUP, AMPLIFIER_PROPERTIES, HEADER_GROUPS, type SharedHeader } from '../fits/header-table.ts';
import { sharedHeaderFaults } from '../fits/header-validate.ts';
import { wcsOf } from '../fits/wcs.ts';
import type { Wcs } from '../gnomonic.ts';
import type { AnswerSheet, CalibrationType, ReducedRecord, StepOutcome } from '../records/calibration.ts';
import type { ReducedFrame } from '../reduction/reduce.ts';
import type { Source } from '../reduction/sources.ts';
import { isoOf } from '../time.ts';
import { planesHdus, planesOf } from './planes-file.ts';
import {
  numberedTexts,
  paragraphs,
  printable,
  productFaults,
  productProperties,
  threeDigits,
} from './product-header.ts';
import type { ReadRawFrame } from './raw-frame.ts';
import { REDUCED_NUMBERED_CARDS, REDUCTION_GROUPS, type ReductionHeader, STEP_PROPERTIES } from './reduced-table.ts';
import { SOURCES_NAME, sourceExtension, sourcesOf } from './source-table.ts';

/** A reduced frame and everything that its file says of it. */
export interface ReducedContent {
  /** The raw frame as it was read. */
  frame: Pick<ReadRawFrame, 'header' | 'raw'>;
  reduced: ReducedFrame;
  /** Which masters were chosen. */
  sheet: AnswerSheet;
  grade: ReducedRecord['grade'];
  gradeReasons: readonly string[];
  /** Of the file, without its folders. */
  filename: string;
  /** When the file is made, by the clock of the observatory, ms since 1970 UTC. */
  madeMs: number;
  softwareVersion: string;
  /** Reduction block that it belongs to. */
  blockId?: string | undefined;
}

/** The values of a reduced frame's cards by property name: those of the raw frame that are still true, and those of the reduction. */
export type ReducedHeader = SharedHeader & ReductionHeader;

/** A reduced frame as its file has it. */
export interface ReadReduced {
  header: ReducedHeader;
  planes: Planes;
  wcs?: Wcs;
  steps: Pick<StepOutcome, 'step' | 'status'>[];
  sources: Source[];
  /** Exposures that it was made from. */
  frames: string[];
  /** Lines of HISTORY. */
  history: string[];
}

/** Groups of the raw header that go into a reduced one: an amplifier's numbers and sections are no longer true. */
const KEPT_GROUPS = HEADER_GROUPS.filter(({ title }) => title !== AMPLIFIER_GROUP);

/**
 * The FITS file of a reduced frame: the image in electrons in the primary header-data unit, its uncertainty, its flags and its source
 * list as extensions, with CHECKSUM and DATASUM. The same bytes for the same input. Throws InvalidFrameHeader with all faults at
 * once, FramesDisagree for planes of another size than the raw frame's.
 */
export function writeReduced(of: ReducedContent): { bytes: Uint8Array; header: ReducedHeader } {
  const { frame, reduced, gradeReasons } = of;
  const { planes, wcs, steps, sources } = reduced;
  const { widthPix, heightPix, exposureId } = frame.raw;
  if (planes.widthPix !== widthPix || planes.heightPix !== heightPix) {
    const got = `${planes.widthPix} x ${planes.heightPix}`;
    throw new FramesDisagree([`${exposureId} has ${widthPix} x ${heightPix} pixels, and reduced ${got}`]);
  }
  const kept = keptHeader(of);
  const own = reductionHeader(of);
  const faults = [...stepFaults(steps), ...sharedHeaderFaults(kept), ...productFaults(REDUCTION_GROUPS, own)];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  const history = [
    ...steps.map(({ step, status, detail }) => `${step} ${status}: ${detail}`),
    ...gradeReasons.map((reason) => `grade: ${reason}`),
  ];
  const cards = [
    ...groupCards(kept, wcs, KEPT_GROUPS),
    ...groupCards(own, undefined, REDUCTION_GROUPS),
    ...headingCards('Source'),
    ...textCards(`SRC${threeDigits(0)}`, printable(exposureId), REDUCED_NUMBERED_CARDS.SRCnnn.comment),
    ...paragraphs(history),
  ];
  const hdus = planesHdus({ planes, cards, bunit: own.bunit, wcs, more: 1 });
  return { bytes: writePlans([...hdus, sourceExtension(sources)]), header: { ...kept, ...own } };
}

/**
 * Reads the file of a reduced frame. Throws the errors of FITS for a damaged file (ChecksumMismatch not when `verify` is false),
 * InvalidFrameHeader with every fault for a header that is none of a reduced frame, FramesDisagree for planes that do not fit each other
 * or no list of sources.
 */
export function readReduced(bytes: Uint8Array, options: { verify?: boolean } = {}): ReadReduced {
  const hdus = readHdus(bytes, options);
  const [{ header: cards }] = hdus;
  const kept = productProperties(KEPT_GROUPS, cards);
  const own = productProperties(REDUCTION_GROUPS, cards);
  const faults = [...sharedHeaderFaults(kept), ...productFaults(REDUCTION_GROUPS, own)];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  const table = hdus.find(({ index, name }) => index > 0 && name === SOURCES_NAME);
  if (!table) throw new FramesDisagree([`extension ${SOURCES_NAME}: missing`]);
  const header = { ...kept, ...own } as ReducedHeader;
  const sources = sourcesOf(table);
  if (sources.length !== header.sourceCount) {
    throw new FramesDisagree([`NSOURCES is ${header.sourceCount}, and ${SOURCES_NAME} has ${sources.length} rows`]);
  }
  const wcs = wcsOf(cards);
  return {
    header,
    planes: planesOf(hdus),
    ...(wcs && { wcs }),
    steps: stepsOf(header),
    sources,
    frames: numberedTexts(cards, 'SRC'),
    history: cards.history,
  };
}

/** What of the raw frame's header is still true. */
function keptHeader({ frame, reduced, sheet, filename, madeMs, softwareVersion }: ReducedContent): SharedHeader {
  const shared = Object.entries(frame.header).filter(([property]) => !AMPLIFIER_PROPERTIES.has(property));
  const files = (['bias', 'dark', 'flat'] as const).flatMap((type) => {
    const file = masterFile(type, reduced, sheet);
    return file === undefined ? [] : [[CAL_PROPERTY[type], file] as const];
  });
  return {
    ...(Object.fromEntries(shared) as SharedHeader),
    filename,
    date: isoOf(madeMs),
    calStatus: reduced.status,
    ...Object.fromEntries(files),
    softwareVersion,
  };
}

const CAL_PROPERTY = { bias: 'calBias', dark: 'calDark', flat: 'calFlat' } as const;

/** File name of the master that a step used; undefined when it used none. */
function masterFile(type: CalibrationType, { steps }: ReducedFrame, { choices }: AnswerSheet): string | undefined {
  const isUsed = steps.some(({ step, status }) => step === type && status === 'COMPLETE');
  const choice = choices.find((each) => each.type === type);
  if (!isUsed || choice?.masterId === undefined) return undefined;
  return choice.file ? choice.file.key.slice(choice.file.key.lastIndexOf('/') + 1) : `${choice.masterId}.fits`;
}

function reductionHeader(of: ReducedContent): ReductionHeader {
  const { frame, reduced, sheet, grade, blockId } = of;
  const { amplifiers } = frame.raw;
  const squares = amplifiers.reduce((sum, { readNoiseE }) => sum + readNoiseE ** 2, 0);
  const scale = sheet.choices.find(({ type }) => type === 'dark')?.scale;
  const usesDark = masterFile('dark', reduced, sheet) !== undefined;
  const header: { [P in keyof ReductionHeader]: ReductionHeader[P] | undefined } = {
    rawFile: frame.header.filename,
    rawSoftwareVersion: frame.header.softwareVersion,
    reductionBlockId: blockId,
    calMissing: reduced.missing.length > 0 ? reduced.missing.join(',') : undefined,
    darkScale: usesDark ? scale : undefined,
    bunit: 'electron',
    gain: 1,
    readNoiseE: Math.sqrt(squares / amplifiers.length),
    saturationE: Math.min(...amplifiers.map(saturationE)),
    ...stepProperties(reduced.steps),
    grade,
    zeroPointMag: reduced.zeroPointMag,
    zeroPointErrorMag: reduced.zeroPointErrorMag,
    zeroPointAtAirmass1Mag: reduced.zeroPointAtAirmass1Mag,
    matchedCount: reduced.matchedCount,
    offsetXPix: reduced.offsetPix?.dxPix,
    offsetYPix: reduced.offsetPix?.dyPix,
    sourceCount: reduced.sources.length,
    measuredSeeingArcsec: reduced.seeingArcsec,
    ellipticity: reduced.ellipticity,
    skyElectronsPerPix: reduced.skyElectronsPerPix,
    skyRmsE: reduced.background.rmsE,
    measuredSkyMagPerArcsec2: reduced.skyMagPerArcsec2,
    cosmicRayPixels: reduced.cosmicRayPixels,
    saturatedPixels: reduced.saturatedPixels,
    maskedPixels: reduced.maskedPixels,
  };
  // What could not be measured has no card.
  const known = Object.entries(header).filter(([, value]) => value !== undefined && !Number.isNaN(value));
  return Object.fromEntries(known) as ReductionHeader;
}

/** Electrons above the overscan level at which an amplifier loses light. */
function saturationE({ widthPix, pixels, overscan, saturationAdu, gainEPerAdu }: RawAmplifier): number {
  if (!overscan) return saturationAdu * gainEPerAdu;
  const { x0, y0, x1, y1 } = overscan;
  const counts = new Uint16Array((x1 - x0) * (y1 - y0));
  for (let y = y0; y < y1; y++) {
    counts.set(pixels.subarray(y * widthPix + x0, y * widthPix + x1), (y - y0) * (x1 - x0));
  }
  counts.sort();
  return Math.max(0, saturationAdu - counts[Math.floor(counts.length / 2)]) * gainEPerAdu;
}

/** What became of each step, by property; steps of other names are left out. */
function stepProperties(steps: readonly StepOutcome[]): Partial<ReductionHeader> {
  return Object.fromEntries(
    Object.entries(STEP_PROPERTIES).flatMap(([step, property]) => {
      const outcome = steps.find((each) => each.step === step);
      return outcome ? [[property, outcome.status]] : [];
    }),
  );
}

function stepFaults(steps: readonly StepOutcome[]): string[] {
  const known = Object.keys(STEP_PROPERTIES);
  return steps
    .filter(({ step }) => !known.includes(step))
    .map(({ step }) => `steps: got ${JSON.stringify(step)}; must be one of ${known.join(', ')}`);
}

function stepsOf(header: ReductionHeader): ReadReduced['steps'] {
  return Object.entries(STEP_PROPERTIES).flatMap(([step, property]) => {
    const status = header[property];
    return status === undefined ? [] : [{ step, status }];
  });
}
