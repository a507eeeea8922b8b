import * as z from 'zod';
import { checkCalibration } from './observatory/calibration-checks.ts';
import { calibrationPolicy } from './observatory/calibration-policy.ts';
import { amplifierSaturationAdu, amplifiersOf, camera } from './observatory/camera.ts';
import { climate } from './observatory/climate.ts';
import { dome } from './observatory/dome.ts';
import { EFFECTS } from './observatory/effects.ts';
import { filter } from './observatory/filter.ts';
import { flatLamp } from './observatory/flat-lamp.ts';
import { mount } from './observatory/mount.ts';
import { safety } from './observatory/safety.ts';
import { site } from './observatory/site.ts';
import { telemetry } from './observatory/telemetry.ts';
import { telescope } from './observatory/telescope.ts';
import { weather } from './observatory/weather.ts';
import { asArray, asciiText, EVEN_WHEN_FAULTY, id } from './primitives.ts';

export type { Axis } from './observatory/axis.ts';
export type { CalibrationPolicy, Combination, Limit, PolicySet } from './observatory/calibration-policy.ts';
export type { Climate } from './observatory/climate.ts';
export { EFFECTS, type Effect } from './observatory/effects.ts';
export { type Faults, faults, type ScheduledFault, SUBSYSTEMS, type Subsystem } from './observatory/faults.ts';
export { type Filter, groundZeroPointMag } from './observatory/filter.ts';
export type { FlatLamp } from './observatory/flat-lamp.ts';
export type { Safety } from './observatory/safety.ts';
export type { Site } from './observatory/site.ts';
export type { Telemetry } from './observatory/telemetry.ts';
export type { Replay } from './observatory/weather.ts';

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
    flatLamp: flatLamp.optional(),
    filters: z.array(filter).min(1).max(20),
    climate,
    safety,
    weather: weather.optional(),
    telemetry: telemetry.optional(),
    calibration: calibrationPolicy.optional(),
    without: z.array(z.enum(EFFECTS)).default([]).describe('effects that are switched off: they leave no trace'),
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
    if (telescope?.rotator && (mount?.kind === 'equatorial' || mount?.fieldRotates)) {
      refuse(['telescope', 'rotator'], 'belongs to an altAz mount whose field it keeps upright; leave it out');
    }
    if (camera?.exposureTimeMinS >= camera?.exposureTimeMaxS) {
      refuse(['camera', 'exposureTimeMinS'], `must be below exposureTimeMaxS, ${camera.exposureTimeMaxS}`);
    }
    const names = asArray(filters).map((each) => each?.name);
    for (const name of Object.keys(value.flatLamp?.electronsPerS ?? {})) {
      if (!names.includes(name)) {
        refuse(['flatLamp', 'electronsPerS', name], `is no filter of this observatory, which has ${names.join(', ')}`);
      }
    }
    const firstAt = new Map<string, number>();
    asArray(filters).forEach((each, index) => {
      const earlier = firstAt.get(each?.name);
      if (earlier === undefined) firstAt.set(each?.name, index);
      else refuse(['filters', index, 'name'], `stands twice: filters[${earlier}] has it too; names must differ`);
    });
    asArray(camera?.mountedFilters).forEach((name, index) => {
      if (firstAt.has(name)) return;
      refuse(['camera', 'mountedFilters', index], `no such filter; must be one of ${[...firstAt.keys()].join(', ')}`);
    });
    checkCalibration(value, refuse);
  }, EVEN_WHEN_FAULTY);
export type Observatory = z.infer<typeof observatory>;

/** Arcseconds on the sky across one pixel: 206265 times pixel size over focal length. */
export function plateScaleArcsecPerPix(from: Pick<Observatory, 'telescope' | 'camera'>): number {
  return (((from.camera.pixelSizeUm * 1e-6) / from.telescope.focalLengthM) * 180 * 3600) / Math.PI;
}

/** Names of the filters that can be brought into the beam, that of the day first. */
export function mountedFilters({ camera, filters }: Observatory): string[] {
  return camera.mountedFilters ?? filters.map((filter) => filter.name);
}

/** The count at which some pixel no longer tells the light: the full well or the converter's end of the first amplifier to reach it. */
export function saturationAdu(camera: Observatory['camera']): number {
  return Math.min(...amplifiersOf(camera).map((amplifier) => amplifierSaturationAdu(camera, amplifier)));
}
