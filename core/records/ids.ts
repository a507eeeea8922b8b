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

/** Key of a file that belongs to the night as a whole: its input and its report. */
export const nightKey = (nightId: string, fileName: string): string => `nights/${nightId}/${fileName}`;

/** Key of a file that a schedule gives to every night it starts: observatory and programme. */
export const scheduleKey = (schedule: string, fileName: string): string => `schedules/${schedule}/${fileName}`;

/** Item of a night under which its decision of that number is settled. */
export const decisionItem = (sequence: number): string => `decision#${sequenceText(sequence)}`;
