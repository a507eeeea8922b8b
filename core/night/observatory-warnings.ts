import type { Observatory } from '../records/observatory.ts';
import { converterTopAdu, type FilterFigures, type ObservatoryFigures } from './observatory-figures.ts';

/** Pixels across a star's width below which its shape is lost (Nyquist's two). */
const FEWEST_PIXELS = 2;
/** Smallest field, degrees, in which there are stars enough to recognise it anywhere in the sky. Our choice. */
const SMALLEST_FIELD_DEG = 0.1;
/** A band half as wide again as the usual one, without any loss, gives no more than this. */
const HIGHEST_EFFICIENCY = 1.5;
const LOWEST_EFFICIENCY = 0.02;

/** What of an observatory that its schema allows is hardly meant so, in words: the value, and what would be usual. */
export function observatoryWarnings(observatory: Observatory, figures: ObservatoryFigures): string[] {
  const { camera, climate, safety, mount, site } = observatory;
  const warnings: string[] = [];
  const warn = (where: string, message: string) => warnings.push(`${where}: ${message}`);
  const { focalRatio, fieldDeg, plateScaleArcsecPerPix: scale } = figures;
  if (focalRatio < 1 || focalRatio > 30) {
    warn('telescope.focalLengthM', `the focal ratio is ${focalRatio.toFixed(1)}; usual are 1 to 30`);
  }
  const smaller = Math.min(fieldDeg.width, fieldDeg.height);
  if (smaller < SMALLEST_FIELD_DEG) {
    warn(
      'camera',
      `the field is ${smaller.toFixed(3)} deg wide; below ${SMALLEST_FIELD_DEG} deg plate solving finds too few stars`,
    );
  }
  const sharpest = figures.filters.toSorted((one, other) => one.sampling - other.sampling)[0];
  if (sharpest.sampling < FEWEST_PIXELS) {
    warn(
      'camera.pixelSizeUm',
      `stars are ${sharpest.sampling.toFixed(2)} pixels wide in ${sharpest.name} (${scale.toFixed(2)} arcsec per pixel); below ${FEWEST_PIXELS} they are undersampled`,
    );
  }
  const topE = (converterTopAdu(camera) - camera.biasLevelAdu) * camera.gainEPerAdu;
  if (camera.fullWellE > topE) {
    warn(
      'camera.fullWellE',
      `${camera.fullWellE} e- is beyond the converter's end at ${Math.round(topE)} e-; raise gainEPerAdu to use it`,
    );
  }
  if (camera.gainEPerAdu > 2 * camera.readNoiseE) {
    warn(
      'camera.gainEPerAdu',
      `${camera.gainEPerAdu} e- a count is more than twice the read noise, ${camera.readNoiseE} e-: counts are too coarse to measure it`,
    );
  }
  if (camera.readNoiseE > 30) warn('camera.readNoiseE', `${camera.readNoiseE} e-; usual are 1 to 15`);
  if (camera.darkCurrentEPerS > 1)
    warn('camera.darkCurrentEPerS', `${camera.darkCurrentEPerS} e-/s; usual are 0.0001 to 0.5`);
  warnings.push(...figures.filters.flatMap(filterWarnings));
  if (climate.seeingMedianArcsec < 0.4 || climate.seeingMedianArcsec > 5) {
    warn('climate.seeingMedianArcsec', `${climate.seeingMedianArcsec} arcsec; usual are 0.5 to 4`);
  }
  for (const [where, mean, limit] of [
    ['climate.humidityMeanPercent', climate.humidityMeanPercent, safety.humidityMaxPercent],
    ['climate.windMeanMPerS', climate.windMeanMPerS, safety.windMaxMPerS],
  ] as const) {
    if (mean >= limit)
      warn(where, `${mean} is not below the limit of safety, ${limit}: the dome is closed most of the time`);
  }
  if (mount.park.altitudeDeg > mount.altitudeMaxDeg) {
    warn('mount.park.altitudeDeg', `${mount.park.altitudeDeg} deg is above altitudeMaxDeg, ${mount.altitudeMaxDeg}`);
  }
  if (mount.kind === 'equatorial' && Math.abs(site.latitudeDeg) > 85) {
    warn('mount.kind', `equatorial, at a latitude of ${site.latitudeDeg} deg: there its polar axis stands upright`);
  }
  return warnings;
}

function filterWarnings({ name, efficiency, saturationMag, limitMag }: FilterFigures, index: number): string[] {
  const where = `filters[${index}].zeroPointMag`;
  const warnings: string[] = [];
  if (efficiency > HIGHEST_EFFICIENCY) {
    warnings.push(
      `${where}: ${name} counts ${(100 * efficiency).toFixed(0)} % of the photons that reach the aperture; it cannot collect more than there are`,
    );
  } else if (efficiency < LOWEST_EFFICIENCY) {
    warnings.push(
      `${where}: ${name} counts ${(100 * efficiency).toFixed(2)} % of the photons that reach the aperture; usual are 5 to 60`,
    );
  }
  if (saturationMag >= limitMag.in30S) {
    warnings.push(
      `${where}: in ${name} a star of mag ${saturationMag.toFixed(1)} saturates in 30 s, and fainter than ${limitMag.in30S.toFixed(1)} none is seen`,
    );
  }
  return warnings;
}
