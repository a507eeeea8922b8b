import { z } from 'zod';
import { camera } from './observatory/camera.ts';
import { climate } from './observatory/climate.ts';
import { dome } from './observatory/dome.ts';
import { EFFECTS } from './observatory/effects.ts';
import { filter } from './observatory/filter.ts';
import { mount } from './observatory/mount.ts';
import { safety } from './observatory/safety.ts';
import { site } from './observatory/site.ts';
import { telescope } from './observatory/telescope.ts';
import { asArray, asciiText, EVEN_WHEN_FAULTY, id } from './primitives.ts';

export type { Axis } from './observatory/axis.ts';
export type { Climate } from './observatory/climate.ts';
export { EFFECTS, type Effect } from './observatory/effects.ts';
export { type Faults, faults } from './observatory/faults.ts';
export type { Filter } from './observatory/filter.ts';
export type { Site } from './observatory/site.ts';

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

/** Arcseconds on the sky across one pixel: 206265 times pixel size over focal length. */
export function plateScaleArcsecPerPix(from: Pick<Observatory, 'telescope' | 'camera'>): number {
  return (((from.camera.pixelSizeUm * 1e-6) / from.telescope.focalLengthM) * 180 * 3600) / Math.PI;
}

/** The count at which a pixel no longer tells the light: the full well or the converter's end, whichever comes first. */
export function saturationAdu(camera: Observatory['camera']): number {
  return Math.min(65535, Math.floor(camera.biasLevelAdu + camera.fullWellE / camera.gainEPerAdu));
}
