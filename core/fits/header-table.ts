/**
 * The header of our frames, defined once: the writer, the validator, the reader, the type `FrameHeader` and docs/fits.md all
 * derive from these tables.
 */

export const IMAGE_TYPES = ['object', 'flat', 'focus', 'dark', 'bias'] as const;
export type FrameImageType = (typeof IMAGE_TYPES)[number];

/**
 * Which frames must have a card: `every`; those that let `light` in; those that look at a place of the `sky`; or none, when the
 * value may not exist (`optional`). A card that is not required is written when its value is there.
 */
export const REQUIRED_FOR = {
  every: IMAGE_TYPES,
  light: ['object', 'flat', 'focus'],
  sky: ['object', 'focus'],
  optional: [],
} as const satisfies Record<string, readonly FrameImageType[]>;

type PropertyType = 'text' | 'integer' | 'real' | 'logical' | 'instant';

interface Described {
  keyword: string;
  /** Unit as the FITS Standard 4.0, section 4.3, writes it. */
  unit?: string;
  /** Fits on the card beside a value of usual length. */
  comment: string;
}

/** A card whose value the caller gives as a property of `FrameHeader`. */
export interface HeaderProperty extends Described {
  property: string;
  type: PropertyType;
  required: keyof typeof REQUIRED_FOR;
  /** Required only when `simulate` is true. */
  simulatedOnly?: true;
  min?: number;
  max?: number;
  /** Upper bound that the value itself must not reach. */
  below?: number;
  values?: readonly string[];
  pattern?: RegExp;
}

/** A card whose value never changes; with `besides`, it is written when that property has a value. */
export interface HeaderConstant extends Described {
  value: string | number;
  besides?: string;
}

type HeaderEntry = HeaderProperty | HeaderConstant;

export interface HeaderGroup {
  title: string;
  entries: readonly HeaderEntry[];
}

/** A region of the detector, columns then rows, counted from 1: `[1:2048,1:2048]`; a range that runs down is one read backwards. */
export const SECTION = /^\[[1-9]\d*:[1-9]\d*,[1-9]\d*:[1-9]\d*\]$/;

/** Cards that an amplifier of a camera has of its own: they stand in its extension where a frame has several. */
export const AMPLIFIER_GROUP = 'Amplifier';

// biome-ignore format: a table is read by its columns.
export const HEADER_GROUPS = [
  { title: 'Identification', entries: [
    { keyword: 'OBSID', property: 'obsId', type: 'text', required: 'every', comment: 'name of this exposure' },
    { keyword: 'FILENAME', property: 'filename', type: 'text', required: 'every', comment: 'name of the file as it was written' },
    { keyword: 'IMAGETYP', property: 'imageType', type: 'text', required: 'every', values: IMAGE_TYPES, comment: 'kind of frame' },
    { keyword: 'OBJECT', property: 'object', type: 'text', required: 'every', comment: 'name of the pointing' },
    { keyword: 'TARGETID', property: 'targetId', type: 'text', required: 'optional', comment: 'id of the target in its catalogue' },
    { keyword: 'DAYOBS', property: 'dayObs', type: 'integer', required: 'every', min: 19720101, max: 99991231, comment: 'day of observation from local noon, YYYYMMDD' },
    { keyword: 'SEQNUM', property: 'seqNum', type: 'integer', required: 'every', min: 0, comment: 'number of the exposure in its day' },
    { keyword: 'GROUPID', property: 'groupId', type: 'text', required: 'every', comment: 'exposures to be processed together' },
    { keyword: 'REQ_ID', property: 'requestId', type: 'text', required: 'every', comment: 'request that asked for it' },
    { keyword: 'BLOCKID', property: 'blockId', type: 'text', required: 'every', comment: 'observation block: what was run together' },
    { keyword: 'PROGRAM', property: 'program', type: 'text', required: 'every', comment: 'programme of the request' },
    { keyword: 'REASON', property: 'reason', type: 'text', required: 'every', comment: 'why it was taken' },
    { keyword: 'OBSANNOT', property: 'obsAnnotation', type: 'text', required: 'optional', comment: 'remark of the observer' },
  ] },
  { title: 'Observatory', entries: [
    { keyword: 'ORIGIN', property: 'origin', type: 'text', required: 'every', comment: 'organisation that made the file' },
    { keyword: 'TELESCOP', property: 'telescope', type: 'text', required: 'every', comment: 'telescope' },
    { keyword: 'INSTRUME', property: 'instrument', type: 'text', required: 'every', comment: 'camera' },
    { keyword: 'OBSERVER', property: 'observer', type: 'text', required: 'every', comment: 'who observed' },
    { keyword: 'OBSGEO-X', property: 'obsGeoXM', type: 'real', unit: 'm', required: 'every', min: -7e6, max: 7e6, comment: 'geocentric place of the telescope, X' },
    { keyword: 'OBSGEO-Y', property: 'obsGeoYM', type: 'real', unit: 'm', required: 'every', min: -7e6, max: 7e6, comment: 'towards 90 degrees east' },
    { keyword: 'OBSGEO-Z', property: 'obsGeoZM', type: 'real', unit: 'm', required: 'every', min: -7e6, max: 7e6, comment: 'towards the north pole' },
  ] },
  { title: 'Time', entries: [
    { keyword: 'TIMESYS', value: 'UTC', comment: 'time scale of all dates' },
    { keyword: 'DATE', property: 'date', type: 'instant', required: 'every', comment: 'when the file was made' },
    { keyword: 'DATE-OBS', property: 'dateObs', type: 'instant', required: 'every', comment: 'begin of the exposure' },
    { keyword: 'DATE-BEG', property: 'dateBeg', type: 'instant', required: 'every', comment: 'begin of the exposure' },
    { keyword: 'DATE-AVG', property: 'dateAvg', type: 'instant', required: 'every', comment: 'middle of the exposure' },
    { keyword: 'DATE-END', property: 'dateEnd', type: 'instant', required: 'every', comment: 'end of the exposure' },
    { keyword: 'MJD-OBS', property: 'mjdObs', type: 'real', unit: 'd', required: 'every', min: 0, comment: 'Modified Julian Date of DATE-OBS' },
    { keyword: 'MJD-BEG', property: 'mjdBeg', type: 'real', unit: 'd', required: 'every', min: 0, comment: 'Modified Julian Date of DATE-BEG' },
    { keyword: 'MJD-END', property: 'mjdEnd', type: 'real', unit: 'd', required: 'every', min: 0, comment: 'Modified Julian Date of DATE-END' },
    { keyword: 'EXPTIME', property: 'exposureTimeS', type: 'real', unit: 's', required: 'every', min: 0, comment: 'effective exposure time' },
    { keyword: 'XPOSURE', property: 'shutterTimeS', type: 'real', unit: 's', required: 'every', min: 0, comment: 'shutter open time' },
    { keyword: 'DARKTIME', property: 'darkTimeS', type: 'real', unit: 's', required: 'every', min: 0, comment: 'from the last clear to the readout' },
  ] },
  { title: 'Camera', entries: [
    { keyword: 'FILTER', property: 'filter', type: 'text', required: 'light', comment: 'filter in the beam' },
    { keyword: 'CCD-TEMP', property: 'ccdTemperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -273.15, max: 100, comment: 'temperature of the detector' },
    { keyword: 'SET-TEMP', property: 'ccdSetTemperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -273.15, max: 100, comment: 'temperature it is held at' },
    { keyword: 'XBINNING', property: 'xBinning', type: 'integer', required: 'optional', min: 1, comment: 'columns added into one' },
    { keyword: 'YBINNING', property: 'yBinning', type: 'integer', required: 'optional', min: 1, comment: 'rows added into one' },
    { keyword: 'WINDOW', property: 'window', type: 'text', required: 'optional', pattern: SECTION, comment: 'subframe, in unbinned pixels' },
    { keyword: 'CHIPS', property: 'chipCount', type: 'integer', required: 'optional', min: 1, comment: 'detectors of the camera' },
  ] },
  { title: AMPLIFIER_GROUP, entries: [
    { keyword: 'GAIN', property: 'gainEPerAdu', type: 'real', unit: 'electron/adu', required: 'every', min: 0, comment: 'gain' },
    { keyword: 'RDNOISE', property: 'readNoiseE', type: 'real', unit: 'electron', required: 'every', min: 0, comment: 'read noise, rms of a pixel' },
    { keyword: 'SATURATE', property: 'saturationAdu', type: 'real', unit: 'adu', required: 'every', min: 0, comment: 'count above which light is lost' },
    { keyword: 'BIASSEC', property: 'biasSection', type: 'text', required: 'optional', pattern: SECTION, comment: 'pixels without light: overscan' },
    { keyword: 'TRIMSEC', property: 'trimSection', type: 'text', required: 'every', pattern: SECTION, comment: 'pixels that see the sky' },
    { keyword: 'DATASEC', property: 'dataSection', type: 'text', required: 'optional', pattern: SECTION, comment: 'pixels of the detector in this image' },
    { keyword: 'CCDSEC', property: 'ccdSection', type: 'text', required: 'optional', pattern: SECTION, comment: 'where DATASEC lies on its detector' },
    { keyword: 'AMPSEC', property: 'ampSection', type: 'text', required: 'optional', pattern: SECTION, comment: 'where it lies in the order of reading' },
    { keyword: 'DETSEC', property: 'detectorSection', type: 'text', required: 'optional', pattern: SECTION, comment: 'where it lies in the whole camera' },
    { keyword: 'SIM_GAIN', property: 'simGainEPerAdu', type: 'real', unit: 'electron/adu', required: 'every', simulatedOnly: true, min: 0, comment: 'true gain' },
    { keyword: 'SIM_RNSE', property: 'simReadNoiseE', type: 'real', unit: 'electron', required: 'every', simulatedOnly: true, min: 0, comment: 'true read noise' },
  ] },
  { title: 'Telescope', entries: [
    { keyword: 'FOCUSPOS', property: 'focusPositionMm', type: 'real', unit: 'mm', required: 'optional', comment: 'position of the focuser' },
    { keyword: 'FOCTEMP', property: 'focusTemperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -100, max: 100, comment: 'temperature of the tube' },
    { keyword: 'ROTPA', property: 'rotatorAngleDeg', type: 'real', unit: 'deg', required: 'optional', min: 0, below: 360, comment: 'position angle of the rotator' },
    { keyword: 'DOMEAZ', property: 'domeAzimuthDeg', type: 'real', unit: 'deg', required: 'optional', min: 0, below: 360, comment: 'azimuth of the slit of the dome' },
    { keyword: 'DOMEOPEN', property: 'domeOpen', type: 'logical', required: 'optional', comment: 'the dome let light in' },
    { keyword: 'PIERSIDE', property: 'pierSide', type: 'text', required: 'optional', values: ['east', 'west'], comment: 'side of the pier of a German mount' },
    { keyword: 'GUIDERMS', property: 'guideRmsArcsec', type: 'real', unit: 'arcsec', required: 'optional', min: 0, comment: 'motion of the guide star, rms' },
  ] },
  { title: 'Pointing and sky, at the middle of the exposure', entries: [
    { keyword: 'RADESYS', value: 'ICRS', besides: 'raDeg', comment: 'reference frame of RA, DEC and the WCS' },
    { keyword: 'EQUINOX', value: 2000, unit: 'yr', besides: 'raDeg', comment: 'of the axes, for older software' },
    { keyword: 'RA', property: 'raDeg', type: 'real', unit: 'deg', required: 'sky', min: 0, below: 360, comment: 'right ascension of the pointing' },
    { keyword: 'DEC', property: 'decDeg', type: 'real', unit: 'deg', required: 'sky', min: -90, max: 90, comment: 'declination of the pointing' },
    { keyword: 'ALT', property: 'altitudeDeg', type: 'real', unit: 'deg', required: 'sky', min: -90, max: 90, comment: 'altitude, refracted' },
    { keyword: 'AZ', property: 'azimuthDeg', type: 'real', unit: 'deg', required: 'sky', min: 0, below: 360, comment: 'azimuth from north through east' },
    { keyword: 'HA', property: 'hourAngleHours', type: 'real', unit: 'h', required: 'sky', min: -12, max: 12, comment: 'hour angle, west positive' },
    { keyword: 'AIRMASS', property: 'airmass', type: 'real', required: 'sky', min: 1, max: 40, comment: 'airmass, Kasten & Young 1989' },
    { keyword: 'SEEING', property: 'seeingArcsec', type: 'real', unit: 'arcsec', required: 'sky', min: 0, comment: 'FWHM of a star as delivered' },
    { keyword: 'SKYBRT', property: 'skyMagPerArcsec2', type: 'real', unit: 'mag/arcsec2', required: 'sky', min: -30, max: 30, comment: 'sky brightness, AB' },
    { keyword: 'MOONSEP', property: 'moonSeparationDeg', type: 'real', unit: 'deg', required: 'sky', min: 0, max: 180, comment: 'distance to the Moon' },
    { keyword: 'MOONILL', property: 'moonIllumination', type: 'real', required: 'sky', min: 0, max: 1, comment: 'lit share of the Moon, 0 to 1' },
    { keyword: 'MOONALT', property: 'moonAltitudeDeg', type: 'real', unit: 'deg', required: 'optional', min: -90, max: 90, comment: 'altitude of the Moon' },
    { keyword: 'SUNALT', property: 'sunAltitudeDeg', type: 'real', unit: 'deg', required: 'optional', min: -90, max: 90, comment: 'altitude of the Sun' },
    { keyword: 'AMSTART', property: 'airmassBegin', type: 'real', required: 'optional', min: 1, max: 40, comment: 'airmass at DATE-BEG' },
    { keyword: 'AMEND', property: 'airmassEnd', type: 'real', required: 'optional', min: 1, max: 40, comment: 'airmass at DATE-END' },
  ] },
  { title: 'Weather', entries: [
    { keyword: 'AMB-TEMP', property: 'ambientTemperatureC', type: 'real', unit: 'deg_C', required: 'optional', min: -100, max: 70, comment: 'temperature of the air' },
    { keyword: 'HUMIDITY', property: 'humidityPercent', type: 'real', unit: '%', required: 'optional', min: 0, max: 100, comment: 'relative humidity' },
    { keyword: 'PRESSURE', property: 'pressureHPa', type: 'real', unit: 'hPa', required: 'optional', min: 0, max: 1100, comment: 'pressure of the air' },
    { keyword: 'WINDSPD', property: 'windSpeedMPerS', type: 'real', unit: 'm/s', required: 'optional', min: 0, max: 150, comment: 'speed of the wind' },
    { keyword: 'WINDDIR', property: 'windDirectionDeg', type: 'real', unit: 'deg', required: 'optional', min: 0, below: 360, comment: 'where it comes from, north through east' },
    { keyword: 'CLOUDMAG', property: 'cloudExtinctionMag', type: 'real', unit: 'mag', required: 'optional', min: 0, comment: 'extinction by clouds, as measured' },
  ] },
  { title: 'Calibration', entries: [
    { keyword: 'CAL_STAT', property: 'calStatus', type: 'text', required: 'every', comment: 'what calibration was done; RAW: none' },
    { keyword: 'CAL_BIAS', property: 'calBias', type: 'text', required: 'optional', comment: 'master bias that was used' },
    { keyword: 'CAL_DARK', property: 'calDark', type: 'text', required: 'optional', comment: 'master dark that was used' },
    { keyword: 'CAL_FLAT', property: 'calFlat', type: 'text', required: 'optional', comment: 'master flat that was used' },
  ] },
  { title: 'Simulation', entries: [
    { keyword: 'SIMULATE', property: 'simulate', type: 'logical', required: 'every', comment: 'made by the digital twin' },
    { keyword: 'SIM_SEED', property: 'simSeed', type: 'integer', required: 'every', simulatedOnly: true, min: 0, comment: 'seed of the night' },
    { keyword: 'SIM_PRMS', property: 'simParams', type: 'text', required: 'every', simulatedOnly: true, comment: 'hash or id of the parameters' },
    { keyword: 'SIM_PSFF', property: 'simPsfFunction', type: 'text', required: 'sky', simulatedOnly: true, comment: 'function of the PSF' },
    { keyword: 'SIM_ROT', property: 'simRotationDeg', type: 'real', unit: 'deg', required: 'optional', comment: 'turn of the camera by the mount' },
    { keyword: 'SIM_LAMP', property: 'simFlatLight', type: 'text', required: 'optional', values: ['dome', 'dusk', 'dawn'], comment: 'what lit a flat' },
    { keyword: 'SIM_FLT', property: 'simFaults', type: 'text', required: 'optional', comment: 'what was out of order, with commas' },
    { keyword: 'SIM_WARM', property: 'simChipWarmingC', type: 'real', unit: 'deg_C', required: 'optional', min: 0, comment: 'detector above its temperature' },
    { keyword: 'SIM_OFF', property: 'simOff', type: 'text', required: 'optional', comment: 'effects switched off, with commas' },
    { keyword: 'SIM_DRKR', property: 'simDarkRateEPerS', type: 'real', unit: 'electron/s', required: 'every', simulatedOnly: true, min: 0, comment: 'true dark current of a pixel' },
    { keyword: 'SIM_SKYB', property: 'simSkyBackgroundE', type: 'real', unit: 'electron', required: 'sky', simulatedOnly: true, min: 0, comment: 'true sky in a pixel' },
    { keyword: 'SIM_RA', property: 'simRaDeg', type: 'real', unit: 'deg', required: 'optional', min: 0, below: 360, comment: 'true right ascension of the axis' },
    { keyword: 'SIM_DEC', property: 'simDecDeg', type: 'real', unit: 'deg', required: 'optional', min: -90, max: 90, comment: 'true declination of the axis' },
    { keyword: 'SIM_FWHM', property: 'simPsfFwhmArcsec', type: 'real', unit: 'arcsec', required: 'optional', min: 0, comment: 'true FWHM of the PSF' },
    { keyword: 'SIM_SEE', property: 'simSeeingArcsec', type: 'real', unit: 'arcsec', required: 'optional', min: 0, comment: 'true seeing, 500 nm at the zenith' },
    { keyword: 'SIM_CLD', property: 'simCloudMag', type: 'real', unit: 'mag', required: 'optional', min: 0, comment: 'true extinction by clouds' },
  ] },
  { title: 'Software', entries: [
    { keyword: 'SW_VERS', property: 'softwareVersion', type: 'text', required: 'every', comment: 'software that wrote the file' },
  ] },
] as const satisfies readonly HeaderGroup[];

/** Cards that describe the data unit; `image.ts` gives their values. */
// biome-ignore format: a table is read by its columns.
export const STRUCTURE_CARDS = {
  SIMPLE: { type: 'logical', comment: 'conforms to the FITS Standard 4.0' },
  XTENSION: { type: 'text', comment: 'kind of extension' },
  BITPIX: { type: 'integer', comment: 'bits of a stored pixel; negative: floating' },
  NAXIS: { type: 'integer', comment: 'number of axes' },
  NAXIS1: { type: 'integer', comment: 'columns' },
  NAXIS2: { type: 'integer', comment: 'rows; the first is the bottom one' },
  BSCALE: { type: 'integer', comment: 'pixel = stored * BSCALE + BZERO' },
  BZERO: { type: 'integer', comment: 'makes unsigned numbers of signed ones' },
  PCOUNT: { type: 'integer', comment: 'bytes after the table; 0 for an image' },
  GCOUNT: { type: 'integer', comment: 'always 1' },
  EXTEND: { type: 'logical', comment: 'extensions follow' },
  NEXTEND: { type: 'integer', comment: 'number of extensions' },
  EXTNAME: { type: 'text', comment: 'name of the extension' },
  INHERIT: { type: 'logical', comment: 'cards of the primary header hold here too' },
  TFIELDS: { type: 'integer', comment: 'columns of the table' },
  LONGSTRN: { type: 'text', comment: 'long texts go on in CONTINUE cards' },
  CHECKSUM: { type: 'text', comment: 'of the whole HDU' },
  DATASUM: { type: 'text', comment: 'of the data unit' },
} as const;

/** Cards of the world coordinate system; `wcs.ts` gives their values. Frames of type object and focus must have one. */
// biome-ignore format: a table is read by its columns.
export const WCS_CARDS = {
  WCSAXES: { type: 'integer', comment: 'number of world axes' },
  CTYPE1: { type: 'text', comment: 'right ascension, gnomonic projection' },
  CTYPE2: { type: 'text', comment: 'declination, gnomonic projection' },
  CUNIT1: { type: 'text', comment: 'unit of CRVAL1 and CD1' },
  CUNIT2: { type: 'text', comment: 'unit of CRVAL2 and CD2' },
  CRVAL1: { type: 'real', unit: 'deg', comment: 'right ascension at CRPIX' },
  CRVAL2: { type: 'real', unit: 'deg', comment: 'declination at CRPIX' },
  CRPIX1: { type: 'real', comment: 'column of the tangent point, first is 1' },
  CRPIX2: { type: 'real', comment: 'row of the tangent point, first is 1' },
  CD1_1: { type: 'real', unit: 'deg', comment: 'eastward per column' },
  CD1_2: { type: 'real', unit: 'deg', comment: 'eastward per row' },
  CD2_1: { type: 'real', unit: 'deg', comment: 'northward per column' },
  CD2_2: { type: 'real', unit: 'deg', comment: 'northward per row' },
  LONPOLE: { type: 'real', unit: 'deg', comment: 'native longitude of the celestial pole' },
} as const;

/** Cards of a distortion (SIP, Shupe et al. 2005), between the projection and the pixels; only in frames that have one. */
// biome-ignore format: a table is read by its columns.
export const SIP_CARDS = {
  A_ORDER: { type: 'integer', comment: 'order of the distortion along columns' },
  A_p_q: { type: 'real', comment: 'term u^p v^q, along columns' },
  B_ORDER: { type: 'integer', comment: 'order of the distortion along rows' },
  B_p_q: { type: 'real', comment: 'term u^p v^q, along rows' },
  AP_ORDER: { type: 'integer', comment: 'order of its inverse along columns' },
  AP_p_q: { type: 'real', comment: 'term U^p V^q of the inverse, columns' },
  BP_ORDER: { type: 'integer', comment: 'order of its inverse along rows' },
  BP_p_q: { type: 'real', comment: 'term U^p V^q of the inverse, rows' },
} as const;

type Entry = (typeof HEADER_GROUPS)[number]['entries'][number];
type Property = Extract<Entry, { property: string }>;
type RequiredProperty = Exclude<Extract<Property, { required: 'every' }>, { simulatedOnly: true }>;
type OptionalProperty = Exclude<Property, RequiredProperty>;

type AmplifierProperty = Extract<(typeof HEADER_GROUPS)[number], { title: typeof AMPLIFIER_GROUP }>['entries'][number];

type ValueOf<P extends Property> = P extends { values: readonly (infer V)[] }
  ? V
  : { text: string; instant: string; integer: number; real: number; logical: boolean }[P['type']];

/**
 * The values of a frame's header by property name. Optional ones are left out where the value does not exist (a bias has no
 * airmass); instants are UTC texts like 2026-11-21T19:42:10.123Z, and cards have them without the Z, as FITS asks.
 */
export type FrameHeader = { [P in RequiredProperty as P['property']]: ValueOf<P> } & {
  [P in OptionalProperty as P['property']]?: ValueOf<P>;
};

/** The values of the cards that an amplifier has of its own. */
export type AmplifierHeader = Pick<FrameHeader, AmplifierProperty['property']>;
/** What the extensions of a frame share: the header without that of an amplifier. */
export type SharedHeader = Omit<FrameHeader, AmplifierProperty['property']>;

/** Every entry whose value the caller gives, in the order of the header. */
export const HEADER_PROPERTIES: readonly HeaderProperty[] = (HEADER_GROUPS as readonly HeaderGroup[]).flatMap(
  ({ entries }) => entries.filter((entry) => 'property' in entry),
);

/** Names of the properties of `AmplifierHeader`. */
export const AMPLIFIER_PROPERTIES: ReadonlySet<string> = new Set(
  (HEADER_GROUPS as readonly HeaderGroup[])
    .filter(({ title }) => title === AMPLIFIER_GROUP)
    .flatMap(({ entries }) => entries.flatMap((entry) => ('property' in entry ? [entry.property] : []))),
);

/** Text behind the slash of a card: the unit in brackets, then the comment. */
export function cardComment({ unit, comment }: { unit?: string; comment: string }): string {
  return unit ? `[${unit}] ${comment}` : comment;
}

/** Whether a frame of this type must have the property. */
export function isRequired(entry: HeaderProperty, imageType: FrameImageType, simulate: boolean): boolean {
  const types: readonly FrameImageType[] = REQUIRED_FOR[entry.required];
  return types.includes(imageType) && (simulate || !entry.simulatedOnly);
}
