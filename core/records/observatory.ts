import { z } from 'zod';
import { asArray, asciiText, EVEN_WHEN_FAULTY, id, nonNegative, number, positive } from './primitives.ts';

/** How one axis moves: limits of speed, acceleration and jerk (no jerk: the acceleration changes at once). */
const axis = z.strictObject({
  speedDegPerS: positive,
  accelerationDegPerS2: positive,
  jerkDegPerS3: positive.optional(),
});
export type Axis = z.infer<typeof axis>;

const site = z.strictObject({
  name: asciiText(60),
  latitudeDeg: number.min(-90).max(90),
  longitudeDeg: number.min(-180).max(180).describe('east of Greenwich positive'),
  elevationM: number.min(-500).max(9000),
  timeZone: z
    .string()
    .refine((zone) => isTimeZone(zone), 'must be an IANA time zone such as Atlantic/Canary')
    .describe('for showing local times; the night itself is bound by the Sun'),
});
export type Site = z.infer<typeof site>;

const telescope = z.strictObject({
  name: asciiText(60),
  apertureM: positive.describe('clear diameter of the primary'),
  obstructionM: nonNegative.describe('diameter of the central obstruction'),
  focalLengthM: positive,
  systemFwhmArcsec: positive.describe('image width of the telescope alone at zenith: optics, focus, tracking'),
  vignettingAtCorner: number.min(0).max(0.9).describe('share of the light lost in the corners of the field'),
});

const mount = z.strictObject({
  kind: z.enum(['altAz', 'equatorial']),
  /** Azimuth, or hour angle. */
  longitudeAxis: axis,
  /** Altitude, or declination. */
  latitudeAxis: axis,
  settleS: nonNegative,
  altitudeMinDeg: number.min(0).max(89),
  altitudeMaxDeg: number.min(1).max(90),
  park: z.strictObject({ altitudeDeg: number.min(0).max(90), azimuthDeg: number.min(0).lt(360) }),
});

const dome = z.strictObject({ azimuthAxis: axis, settleS: nonNegative, openS: nonNegative, closeS: nonNegative });

const camera = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 lower-case letters and digits: it begins every file name'),
  name: asciiText(60),
  widthPix: z.int().min(16).max(16384),
  heightPix: z.int().min(16).max(16384),
  pixelSizeUm: positive,
  gainEPerAdu: positive,
  readNoiseE: nonNegative,
  darkCurrentEPerS: nonNegative,
  fullWellE: positive,
  biasLevelAdu: nonNegative.max(60000),
  readoutS: nonNegative,
  filterChangeS: nonNegative,
  exposureTimeMinS: nonNegative,
  exposureTimeMaxS: positive,
  positionAngleDeg: number.min(-180).max(180).describe('of the image vertical, from north through east'),
});

/** Named by the band's letter for observers; `physicalFilter` is the piece of glass. */
const filter = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9]{1,8}$/, 'must be 1 to 8 letters and digits'),
  physicalFilter: asciiText(30),
  band: z.enum(['u', 'g', 'r', 'i', 'z', 'y']),
  effectiveWavelengthNm: number.min(300).max(1200),
  zeroPointMag: number.min(0).max(40).describe('AB magnitude that gives one electron a second at airmass 1'),
  extinctionMagPerAirmass: nonNegative.max(3),
  darkSkyMagPerArcsec2: number.min(10).max(26).describe('at zenith, no Moon'),
});
export type Filter = z.infer<typeof filter>;

const climate = z.strictObject({
  clearShare: number.min(0).max(1).describe('share of the time without cloud'),
  cloudTimescaleS: positive.describe('time over which cloud cover keeps its memory'),
  seeingMedianArcsec: positive.describe('FWHM at zenith and 500 nm'),
  seeingSpread: nonNegative.max(1).describe('standard deviation of the natural logarithm of the seeing'),
  seeingTimescaleS: positive,
  windMeanMPerS: nonNegative,
  humidityMeanPercent: number.min(0).max(100),
  temperatureMeanC: number.min(-90).max(50),
});
export type Climate = z.infer<typeof climate>;

const safety = z.strictObject({
  cloudMaxMag: nonNegative.describe('the dome closes when cloud takes more than this many magnitudes'),
  humidityMaxPercent: number.min(0).max(100),
  windMaxMPerS: positive,
  recheckS: positive.describe('how long to wait before looking at the weather again'),
});

/** Share of attempts that fail, per step: how a subsystem's faults are simulated. */
export const faults = z.strictObject({
  slew: number.min(0).max(1).optional(),
  configure: number.min(0).max(1).optional(),
  expose: number.min(0).max(1).optional(),
});
export type Faults = z.infer<typeof faults>;

/** An observatory as data: site, telescope, mount, dome, camera, filters, climate and safety limits. */
export const observatory = z
  .strictObject({
    id,
    name: asciiText(60),
    origin: asciiText(60),
    site,
    telescope,
    mount,
    dome,
    camera,
    filters: z.array(filter).min(1).max(20),
    climate,
    safety,
  })
  .superRefine((value, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { telescope, mount, camera, filters } = value;
    if (telescope?.obstructionM >= telescope?.apertureM) {
      refuse(['telescope', 'obstructionM'], `must be smaller than apertureM, ${telescope.apertureM}`);
    }
    if (mount?.altitudeMinDeg >= mount?.altitudeMaxDeg) {
      refuse(['mount', 'altitudeMinDeg'], `must be below altitudeMaxDeg, ${mount.altitudeMaxDeg}`);
    }
    if (camera?.exposureTimeMinS >= camera?.exposureTimeMaxS) {
      refuse(['camera', 'exposureTimeMinS'], `must be below exposureTimeMaxS, ${camera.exposureTimeMaxS}`);
    }
    const firstAt = new Map<string, number>();
    asArray(filters).forEach((each, index) => {
      const earlier = firstAt.get(each?.name);
      if (earlier === undefined) firstAt.set(each?.name, index);
      else refuse(['filters', index, 'name'], `stands twice: filters[${earlier}] has it too; names must differ`);
    });
  }, EVEN_WHEN_FAULTY);
export type Observatory = z.infer<typeof observatory>;

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Arcseconds on the sky across one pixel: 206265 times pixel size over focal length. */
export function plateScaleArcsecPerPix(from: Pick<Observatory, 'telescope' | 'camera'>): number {
  return (((from.camera.pixelSizeUm * 1e-6) / from.telescope.focalLengthM) * 180 * 3600) / Math.PI;
}

/** The count at which a pixel no longer tells the light: the full well or the converter's end, whichever comes first. */
export function saturationAdu(camera: Observatory['camera']): number {
  return Math.min(65535, Math.floor(camera.biasLevelAdu + camera.fullWellE / camera.gainEPerAdu));
}
