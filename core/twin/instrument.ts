import { ConfigureFailed } from '../errors.ts';
import { type Filter, mountedFilters, type Observatory } from '../records/observatory.ts';
import { MS_PER_S } from '../units.ts';

/** The instants of one exposure, `utcMs`, and how long charge gathered. */
export interface ExposureTimeline {
  /** Shutter opens. */
  beginMs: number;
  /** Halfway between begin and end. */
  midMs: number;
  /** Shutter closes, reading out begins. */
  endMs: number;
  /** Read out: the camera is free. */
  readyMs: number;
  /** From the last clear to the readout. */
  darkTimeS: number;
}

/** The filter of that name. Throws ConfigureFailed for a name that the observatory does not have. */
export function filterNamed(observatory: Observatory, name: string): Filter {
  const filter = observatory.filters.find((each) => each.name === name);
  if (filter === undefined) {
    const names = observatory.filters.map((each) => each.name).join(', ');
    throw new ConfigureFailed(`there is no filter ${JSON.stringify(name)}; ${observatory.id} has ${names}`);
  }
  return filter;
}

/**
 * Seconds to bring a filter into the beam; 0 when it is there. Throws ConfigureFailed when `toFilter` does not exist, or is not
 * among those in the changer.
 */
export function configureTimeS(observatory: Observatory, fromFilter: string, toFilter: string): number {
  const { name } = filterNamed(observatory, toFilter);
  const mounted = mountedFilters(observatory);
  if (!mounted.includes(name)) {
    throw new ConfigureFailed(`filter ${name} is not mounted; in the changer are ${mounted.join(', ')}`);
  }
  return name === fromFilter ? 0 : observatory.camera.filterChangeS;
}

/**
 * The course of one exposure that begins at `beginMs`. The chip is cleared as the shutter opens and read when it has closed, so
 * the dark time is the exposure time. Times are kept to the millisecond.
 * @param exposureTimeS 0 for a bias frame, else within the camera's limits
 * Throws ConfigureFailed for another exposure time.
 */
export function exposureTimeline(
  camera: Observatory['camera'],
  beginMs: number,
  exposureTimeS: number,
): ExposureTimeline {
  const { exposureTimeMinS, exposureTimeMaxS, readoutS } = camera;
  if (exposureTimeS !== 0 && !(exposureTimeS >= exposureTimeMinS && exposureTimeS <= exposureTimeMaxS)) {
    throw new ConfigureFailed(
      `an exposure of ${exposureTimeS} s; ${camera.id} takes 0 s (bias) or ${exposureTimeMinS} to ${exposureTimeMaxS} s`,
    );
  }
  const endMs = beginMs + Math.round(exposureTimeS * MS_PER_S);
  const readyMs = endMs + Math.round(readoutS * MS_PER_S);
  return { beginMs, midMs: (beginMs + endMs) / 2, endMs, readyMs, darkTimeS: exposureTimeS };
}
