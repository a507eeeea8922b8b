import type { Planes } from '../calibration/planes.ts';
import { FramesDisagree } from '../errors.ts';
import { headingCards, realCard, textCards } from '../fits/cards.ts';
import { InvalidFrameHeader } from '../fits/errors.ts';
import { groupCards } from '../fits/frame.ts';
import { writePlans } from '../fits/hdu-write.ts';
import { readHdus } from '../fits/hdus.ts';
import type { FitsHeader } from '../fits/header-read.ts';
import type { CalibrationType, Grade, MasterRecord, Metric } from '../records/calibration.ts';
import type { Combination } from '../records/observatory/calibration-policy.ts';
import { isoOf, mjdUtc, utcMsOf } from '../time.ts';
import {
  MASTER_GROUPS,
  MASTER_IMAGE_TYPES,
  MASTER_NUMBERED_CARDS,
  type MasterHeader,
  type MasterUnit,
  OBSTYPES,
} from './master-table.ts';
import { planesHdus, planesOf } from './planes-file.ts';
import {
  numberedTexts,
  paragraphs,
  printable,
  productFaults,
  productProperties,
  threeDigits,
} from './product-header.ts';

/** A master and everything that its file says of it. */
export interface MasterContent {
  /** The record that will be kept of it, without what is known of the file only when it is written. */
  master: Omit<MasterRecord, 'file' | 'sha256' | 'sizeBytes'>;
  planes: Planes;
  bunit: MasterUnit;
  combination: Combination;
  /** When the file is made, by the clock of the observatory, ms since 1970 UTC. */
  madeMs: number;
  origin: string;
  telescope: string;
  /** Whether its frames are those of the digital twin. */
  simulate: boolean;
  /** Of one of its frames, mean, seconds; 0 for a bias. */
  exposureTimeS: number;
  darkTimeS: number;
  /** Of a flat: the level that it was divided by. */
  normValueAdu?: number | undefined;
  /** As far as it is known when the file is made, TAI. */
  validFrom?: string | undefined;
  validTo?: string | undefined;
  /** What was done, in words, a paragraph each. */
  history?: readonly string[] | undefined;
}

/** A master as its file has it. */
export interface ReadMaster {
  header: MasterHeader;
  masterId: string;
  type: CalibrationType;
  bunit: MasterUnit;
  planes: Planes;
  /** Exposures that are in it. */
  frames: string[];
  rejected: { exposureId: string; reason: string }[];
  metrics: { name: string; value?: number; unit: string; grade: Grade }[];
  /** Lines of HISTORY. */
  history: string[];
}

/** Name of the file of a master. */
const masterFileName = (masterId: string): string => `${masterId}.fits`;
/** Between an exposure and the reason why it was turned down. */
const REASON_MARK = ': ';
const MOST_NUMBERED = 999;

/**
 * The FITS file of a master: its values in the primary image, its uncertainty and its flags as extensions, with CHECKSUM and DATASUM.
 * The same bytes for the same input. Throws InvalidFrameHeader with all faults at once, and FramesDisagree for planes of several sizes.
 */
export function writeMaster(of: MasterContent): { bytes: Uint8Array; header: MasterHeader } {
  const { master, planes, bunit, history = [] } = of;
  const header = masterHeader(of);
  const faults = [
    ...productFaults(MASTER_GROUPS, header),
    ...flatFaults(header),
    ...[master.frames.length, master.rejected.length, master.quality.metrics.length]
      .filter((count) => count > MOST_NUMBERED)
      .map((count) => `${count} frames or metrics; a header numbers ${MOST_NUMBERED} at most`),
  ];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  const cards = [
    ...groupCards(header, undefined, MASTER_GROUPS),
    ...headingCards('Frames and metrics'),
    ...master.frames.flatMap((frame, i) => text('SRCnnn', i, frame)),
    ...master.rejected.flatMap(({ exposureId, reason }, i) =>
      text('REJnnn', i, `${exposureId}${REASON_MARK}${reason}`),
    ),
    ...master.quality.metrics.flatMap(metricCards),
    ...paragraphs([...history, ...master.quality.reasons]),
  ];
  return { bytes: writePlans(planesHdus({ planes, cards, bunit })), header };
}

/**
 * Reads the file of a master. Throws the errors of FITS for a damaged file (ChecksumMismatch not when `verify` is false),
 * InvalidFrameHeader with every fault for a header that is none of a master, FramesDisagree for planes or numbers of cards that do not
 * fit each other.
 */
export function readMaster(bytes: Uint8Array, options: { verify?: boolean } = {}): ReadMaster {
  const hdus = readHdus(bytes, options);
  const [{ header: cards }] = hdus;
  const found = productProperties(MASTER_GROUPS, cards);
  const faults = [...productFaults(MASTER_GROUPS, found), ...flatFaults(found)];
  if (faults.length > 0) throw new InvalidFrameHeader(faults);
  const header = found as MasterHeader;
  const frames = numberedTexts(cards, 'SRC');
  const rejected = numberedTexts(cards, 'REJ').map(rejectedOf);
  const metrics = metricsOf(cards);
  const counts = [
    ['NCOMBINE', header.frameCount, 'SRC', frames.length],
    ['NREJECT', header.rejectedCount, 'REJ', rejected.length],
    ['QCMETRIC', header.metricCount, 'QCnnnNAM', metrics.length],
  ] as const;
  const miscounted = counts
    .filter(([, stated, , there]) => stated !== there)
    .map(([keyword, stated, name, there]) => `${keyword} is ${stated}, and there are ${there} cards ${name}`);
  if (miscounted.length > 0) throw new FramesDisagree(miscounted);
  const [type] = Object.entries(OBSTYPES).find(([, obsType]) => obsType === header.obsType)!;
  return {
    header,
    masterId: header.masterId,
    type: type as CalibrationType,
    bunit: header.bunit,
    planes: planesOf(hdus),
    frames,
    rejected,
    metrics,
    history: cards.history,
  };
}

function masterHeader(of: MasterContent): MasterHeader {
  const { master, bunit, combination, origin, telescope, simulate, exposureTimeS, darkTimeS } = of;
  const { set } = master;
  const { binning, setTemperatureC } = set.configuration;
  const header: { [P in keyof MasterHeader]: MasterHeader[P] | undefined } = {
    masterId: master.masterId,
    filename: masterFileName(master.masterId),
    obsType: OBSTYPES[set.type],
    imageType: MASTER_IMAGE_TYPES[set.type],
    calibrationKey: master.calibrationKey,
    dayObs: master.dayObs,
    nightId: master.nightId,
    requestId: master.requestId,
    simulate,
    origin,
    observatoryId: master.observatoryId,
    telescope,
    instrument: master.instrument,
    date: isoOf(of.madeMs),
    takenFrom: master.takenFrom,
    takenTo: master.takenTo,
    mjdBeg: mjdOf(master.takenFrom),
    mjdEnd: mjdOf(master.takenTo),
    validFrom: of.validFrom,
    validTo: of.validTo,
    exposureTimeS,
    darkTimeS,
    filter: set.filter,
    target: set.target,
    xBinning: binning,
    yBinning: binning,
    setTemperatureC,
    temperatureC: master.temperatureC,
    isScalable: master.isScalable,
    bunit,
    frameCount: master.frames.length,
    rejectedCount: master.rejected.length,
    ...combinationProperties(combination),
    normValueAdu: of.normValueAdu,
    biasFile: master.biasId && masterFileName(master.biasId),
    darkFile: master.darkId && masterFileName(master.darkId),
    grade: master.quality.grade,
    metricCount: master.quality.metrics.length,
    softwareVersion: master.softwareVersion,
  };
  return Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined)) as MasterHeader;
}

function combinationProperties(
  combination: Combination,
): Pick<MasterHeader, 'combinationType' | 'rejectionType'> & Partial<MasterHeader> {
  switch (combination.method) {
    case 'median':
    case 'mean':
      return { combinationType: combination.method, rejectionType: 'none' };
    case 'clippedMean':
      return {
        combinationType: 'mean',
        rejectionType: 'sigclip',
        rejectionLow: combination.sigmaLow,
        rejectionHigh: combination.sigmaHigh,
        rejectionDeviation: combination.deviation,
        rejectionIterationsMax: combination.iterationsMax,
      };
    case 'minMax':
      return {
        combinationType: 'mean',
        rejectionType: 'minmax',
        rejectionLow: combination.rejectLow,
        rejectionHigh: combination.rejectHigh,
      };
  }
}

/** A flat says of which filter it is and by what it was divided; it has no unit, and the others have one. */
function flatFaults(header: Readonly<Record<string, unknown>>): string[] {
  const isFlat = header.obsType === OBSTYPES.flat;
  const missing = ['filter', 'normValueAdu'].filter((name) => isFlat && header[name] === undefined);
  return [
    ...missing.map((name) => `${name}: missing; a master flat must have it`),
    ...(isFlat === (header.bunit === '')
      ? []
      : [`bunit (BUNIT): got ${JSON.stringify(header.bunit)} in a ${header.obsType}; only a flat has none`]),
  ];
}

function metricCards({ name, value, unit, meaning, grade }: Metric, index: number): string[] {
  const keyword = (part: string) => `QC${threeDigits(index)}${part}`;
  const comment = printable(unit === '' ? meaning : `[${unit}] ${meaning}`);
  return [
    ...textCards(keyword('NAM'), name, MASTER_NUMBERED_CARDS.QCnnnNAM.comment),
    ...(value === undefined ? [] : [realCard(keyword('VAL'), value, comment)]),
    ...(unit === '' ? [] : textCards(keyword('UNI'), printable(unit), 'its unit')),
    ...textCards(keyword('GRD'), grade, 'its grade'),
  ];
}

function metricsOf(cards: FitsHeader): ReadMaster['metrics'] {
  const metrics: ReadMaster['metrics'] = [];
  for (let i = 0; ; i++) {
    const value = (part: string) => cards.values.get(`QC${threeDigits(i)}${part}`);
    const name = value('NAM');
    if (name === undefined) return metrics;
    const number = value('VAL');
    metrics.push({
      name: String(name),
      ...(typeof number === 'number' && { value: number }),
      unit: String(value('UNI') ?? ''),
      grade: String(value('GRD')) as Grade,
    });
  }
}

function rejectedOf(line: string): { exposureId: string; reason: string } {
  const at = line.indexOf(REASON_MARK);
  return at < 0
    ? { exposureId: line, reason: '' }
    : { exposureId: line.slice(0, at), reason: line.slice(at + REASON_MARK.length) };
}

function text(form: 'SRCnnn' | 'REJnnn', index: number, value: string): string[] {
  return textCards(form.replace('nnn', threeDigits(index)), printable(value), MASTER_NUMBERED_CARDS[form].comment);
}

/** Modified Julian Date of an instant, in the time scale of its text. */
const mjdOf = (instant: string): number => mjdUtc(utcMsOf(`${instant}Z`));
