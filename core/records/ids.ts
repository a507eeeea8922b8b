import type { CalibrationType } from './calibration.ts';

/**
 * Every id is derived, so that doing a step twice is doing it once. A night's id is its name; below it:
 * observation `<nightId>-000012` (the 12th decision), exposure `noc1_o_20261121_000177`, request `<campaign>.<id in the programme>`.
 */

const SEQUENCE_DIGITS = 6;

export const sequenceText = (sequence: number): string => String(sequence).padStart(SEQUENCE_DIGITS, '0');

export const observationIdOf = (nightId: string, sequence: number): string => `${nightId}-${sequenceText(sequence)}`;

export const requestIdOf = (campaign: string, programmeRequestId: string): string =>
  `${campaign}.${programmeRequestId}`;

/** Kinds of frames. */
export const IMAGE_TYPES = ['object', 'flat', 'focus', 'dark', 'bias'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

/** The letter that tells the kind of a frame in its name. */
const KIND_LETTER: Record<ImageType, string> = { object: 'o', flat: 'f', focus: 'x', dark: 'd', bias: 'b' };

/** Name of an exposure: instrument, kind, day of observation and number within the day. */
export const exposureIdOf = (cameraId: string, imageType: ImageType, dayObs: number, seqNum: number): string =>
  `${cameraId}_${KIND_LETTER[imageType]}_${dayObs}_${sequenceText(seqNum)}`;

/** File name of an exposure: its id, and the filter when light came through one. */
export const frameFileName = (exposureId: string, filterName?: string): string =>
  `${exposureId}${filterName ? `_${filterName}` : ''}.fits`;

/** Key of a raw frame; its sidecar has the same key with `.json` for `.fits`. */
export const rawFrameKey = (dayObs: number, fileName: string): string => `raw/${dayObs}/${fileName}`;

export const sidecarKey = (frameKey: string): string => frameKey.replace(/\.fits$/, '.json');

/** Two letters that tell a master in its name. */
const MASTER_LETTERS: Record<CalibrationType, string> = { bias: 'mb', dark: 'md', flat: 'mf' };

/** Name of a master: camera, kind, day of observation and number of the first frame of its set. */
export const masterIdOf = (cameraId: string, type: CalibrationType, dayObs: number, firstSeqNum: number): string =>
  `${cameraId}_${MASTER_LETTERS[type]}_${dayObs}_${sequenceText(firstSeqNum)}`;

/** Key of a master; its sidecar has the same key with `.json` for `.fits`. */
export const masterKey = (dayObs: number, masterId: string): string => `calibrations/${dayObs}/${masterId}.fits`;

/** Key of a reduced frame, from that of the raw one: `raw/20261121/x_g.fits` is reduced to `reduced/20261121/x_g_red.fits`. */
export const reducedKey = (rawKey: string): string =>
  rawKey.replace(/^raw\//, 'reduced/').replace(/\.fits$/, '_red.fits');

/** Key of the picture of a master or a reduced frame. */
export const previewKey = (frameKey: string): string => frameKey.replace(/\.fits$/, '.png');

/** Item of a night that holds what became of one of its masters, and of one of its frames when it was reduced. */
export const masterItem = (masterId: string): string => `${MASTER_PREFIX}${masterId}`;
export const MASTER_PREFIX = 'master#';
export const reducedItem = (exposureId: string): string => `${REDUCED_PREFIX}${exposureId}`;
export const REDUCED_PREFIX = 'reduced#';

/** Item of a night under which the frames of a calibration set are settled, for the first time and for each round of replacements. */
export const framesItem = (sequence: number, round: number): string => `frames#${sequenceText(sequence)}#${round}`;
/** Item of a night under which it stands why a frame of a calibration set was lost. */
export const lostItem = (exposureId: string): string => `lost#${exposureId}`;
/** Item of a night under which the calibrations of a part of it are settled. */
export const calibrationsItem = (phase: string): string => `calibrations#${phase}`;

/** Key of a file that belongs to the night as a whole: its input and its report. */
export const nightKey = (nightId: string, fileName: string): string => `nights/${nightId}/${fileName}`;

/** Key of a file that a schedule gives to every night it starts: observatory and programme. */
export const scheduleKey = (schedule: string, fileName: string): string => `schedules/${schedule}/${fileName}`;

/** Item of a night under which its decision of that number is settled. */
export const decisionItem = (sequence: number): string => `decision#${sequenceText(sequence)}`;
