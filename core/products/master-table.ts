import type { HeaderGroup } from '../fits/header-table.ts';
import { CALIBRATION_TYPES, type CalibrationType, FLAT_TARGETS } from '../records/calibration.ts';
import type { HeaderOf } from './product-header.ts';

/**
 * The header of a master, defined once: writer, reader, validator, the type `MasterHeader` and docs/products.md derive from it.
 */

/** OBSTYPE by type of calibration. */
export const OBSTYPES = { bias: 'MASTER_BIAS', dark: 'MASTER_DARK', flat: 'MASTER_FLAT' } as const satisfies Record<
  CalibrationType,
  string
>;
/** IMAGETYP by type of calibration: other than that of any raw frame, so that a master is never taken for one. */
export const MASTER_IMAGE_TYPES = {
  bias: 'master bias',
  dark: 'master dark',
  flat: 'master flat',
} as const satisfies Record<CalibrationType, string>;
/** Units of masters; a flat has none. */
export const MASTER_UNITS = ['adu', 'adu/s', ''] as const;
export type MasterUnit = (typeof MASTER_UNITS)[number];

/** An instant in TAI: TIMESYS says so for all dates of a master but DATE. */
const TAI = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/;

// biome-ignore format: a table is read by its columns.
export const MASTER_GROUPS = [
  { title: 'Identification', entries: [
    { keyword: 'MASTERID', property: 'masterId', type: 'text', required: 'every', comment: 'name of this master' },
    { keyword: 'FILENAME', property: 'filename', type: 'text', required: 'every', comment: 'name of the file as it was written' },
    { keyword: 'OBSTYPE', property: 'obsType', type: 'text', required: 'every', values: CALIBRATION_TYPES.map((type) => OBSTYPES[type]), comment: 'kind of master' },
    { keyword: 'IMAGETYP', property: 'imageType', type: 'text', required: 'every', values: CALIBRATION_TYPES.map((type) => MASTER_IMAGE_TYPES[type]), comment: 'kind of frame: no raw one' },
    { keyword: 'CALKEY', property: 'calibrationKey', type: 'text', required: 'every', comment: 'which frames it serves' },
    { keyword: 'DAYOBS', property: 'dayObs', type: 'integer', required: 'every', min: 19720101, max: 99991231, comment: 'day of observation from local noon, YYYYMMDD' },
    { keyword: 'NIGHTID', property: 'nightId', type: 'text', required: 'optional', comment: 'night in which it was taken' },
    { keyword: 'REQ_ID', property: 'requestId', type: 'text', required: 'optional', comment: 'request that asked for it' },
    { keyword: 'SIMULATE', property: 'simulate', type: 'logical', required: 'every', comment: 'of frames made by the digital twin' },
  ] },
  { title: 'Observatory', entries: [
    { keyword: 'ORIGIN', property: 'origin', type: 'text', required: 'every', comment: 'organisation that made the file' },
    { keyword: 'OBSERVAT', property: 'observatoryId', type: 'text', required: 'every', comment: 'observatory' },
    { keyword: 'TELESCOP', property: 'telescope', type: 'text', required: 'every', comment: 'telescope' },
    { keyword: 'INSTRUME', property: 'instrument', type: 'text', required: 'every', comment: 'camera' },
  ] },
  { title: 'Time', entries: [
    { keyword: 'TIMESYS', value: 'TAI', comment: 'time scale of all dates but DATE' },
    { keyword: 'DATE', property: 'date', type: 'instant', required: 'every', comment: 'when the file was made, UTC' },
    { keyword: 'DATE-BEG', property: 'takenFrom', type: 'text', required: 'every', pattern: TAI, comment: 'begin of its first frame' },
    { keyword: 'DATE-END', property: 'takenTo', type: 'text', required: 'every', pattern: TAI, comment: 'end of its last frame' },
    { keyword: 'MJD-BEG', property: 'mjdBeg', type: 'real', unit: 'd', required: 'every', min: 0, comment: 'Modified Julian Date of DATE-BEG' },
    { keyword: 'MJD-END', property: 'mjdEnd', type: 'real', unit: 'd', required: 'every', min: 0, comment: 'Modified Julian Date of DATE-END' },
    { keyword: 'VALIDFRM', property: 'validFrom', type: 'text', required: 'optional', pattern: TAI, comment: 'valid from, as first certified' },
    { keyword: 'VALIDTO', property: 'validTo', type: 'text', required: 'optional', pattern: TAI, comment: 'no longer valid from then on' },
    { keyword: 'EXPTIME', property: 'exposureTimeS', type: 'real', unit: 's', required: 'every', min: 0, comment: 'exposure time of one of its frames, mean' },
    { keyword: 'DARKTIME', property: 'darkTimeS', type: 'real', unit: 's', required: 'every', min: 0, comment: 'from clear to readout of one, mean' },
  ] },
  { title: 'Configuration', entries: [
    { keyword: 'FILTER', property: 'filter', type: 'text', required: 'optional', comment: 'filter in the beam, of a flat' },
    { keyword: 'FLATTARG', property: 'target', type: 'text', required: 'optional', values: FLAT_TARGETS, comment: 'what lit a flat' },
    { keyword: 'XBINNING', property: 'xBinning', type: 'integer', required: 'every', min: 1, comment: 'columns added into one' },
    { keyword: 'YBINNING', property: 'yBinning', type: 'integer', required: 'every', min: 1, comment: 'rows added into one' },
    { keyword: 'SET-TEMP', property: 'setTemperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -273.15, max: 100, comment: 'temperature the detector is held at' },
    { keyword: 'CCD-TEMP', property: 'temperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -273.15, max: 100, comment: 'its temperature, mean' },
    { keyword: 'SCALABLE', property: 'isScalable', type: 'logical', required: 'every', comment: 'a dark that serves other times too' },
  ] },
  { title: 'Combination', entries: [
    { keyword: 'BUNIT', property: 'bunit', type: 'text', required: 'every', values: MASTER_UNITS, comment: 'unit of the pixels; a flat has none' },
    { keyword: 'NCOMBINE', property: 'frameCount', type: 'integer', required: 'every', min: 2, comment: 'frames in it: SRC001 and on' },
    { keyword: 'NREJECT', property: 'rejectedCount', type: 'integer', required: 'every', min: 0, comment: 'frames turned down: REJ001 and on' },
    { keyword: 'COMBTYPE', property: 'combinationType', type: 'text', required: 'every', values: ['median', 'mean'], comment: 'how pixels were combined' },
    { keyword: 'REJTYPE', property: 'rejectionType', type: 'text', required: 'every', values: ['none', 'sigclip', 'minmax'], comment: 'which pixels were left out before' },
    { keyword: 'REJLOW', property: 'rejectionLow', type: 'real', required: 'optional', min: 0, comment: 'sigma below, or how many of the lowest' },
    { keyword: 'REJHIGH', property: 'rejectionHigh', type: 'real', required: 'optional', min: 0, comment: 'sigma above, or how many of the highest' },
    { keyword: 'REJDEV', property: 'rejectionDeviation', type: 'text', required: 'optional', values: ['mad', 'std'], comment: 'what one sigma is, about the median' },
    { keyword: 'REJITER', property: 'rejectionIterationsMax', type: 'integer', required: 'optional', min: 1, comment: 'rounds of rejection at most' },
    { keyword: 'NORMVAL', property: 'normValueAdu', type: 'real', unit: 'adu', required: 'optional', comment: 'level that a flat was divided by' },
    { keyword: 'BIASFILE', property: 'biasFile', type: 'text', required: 'optional', comment: 'master bias taken off its frames' },
    { keyword: 'DARKFILE', property: 'darkFile', type: 'text', required: 'optional', comment: 'master dark taken off its frames' },
  ] },
  { title: 'Quality', entries: [
    { keyword: 'QCFLAG', property: 'grade', type: 'text', required: 'every', values: ['GOOD', 'WARN', 'BAD'], comment: 'judgement of the whole' },
    { keyword: 'QCMETRIC', property: 'metricCount', type: 'integer', required: 'every', min: 0, comment: 'metrics: QC001NAM, QC001VAL and on' },
  ] },
  { title: 'Software', entries: [
    { keyword: 'SW_VERS', property: 'softwareVersion', type: 'text', required: 'every', comment: 'software that wrote the file' },
  ] },
] as const satisfies readonly HeaderGroup[];

/** Cards of a master that come in numbers; nnn is 001, 002, … */
// biome-ignore format: a table is read by its columns.
export const MASTER_NUMBERED_CARDS = {
  SRCnnn: { type: 'text', comment: 'exposure in it' },
  REJnnn: { type: 'text', comment: 'exposure turned down: its name and why' },
  QCnnnNAM: { type: 'text', comment: 'name of a metric' },
  QCnnnVAL: { type: 'real', comment: 'its value; not there when it could not be measured' },
  QCnnnUNI: { type: 'text', comment: 'its unit, when it has one' },
  QCnnnGRD: { type: 'text', comment: 'its grade: GOOD, WARN, BAD' },
} as const;

/** The values of a master's header by property name. */
export type MasterHeader = HeaderOf<typeof MASTER_GROUPS>;
