import { writeFrame } from '../fits/frame.ts';
import type { AmplifierHeader, SharedHeader } from '../fits/header-table.ts';
import { writeMultiExtension } from '../fits/multi-extension.ts';
import { frameFileName, type ImageType } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import { conditionsAt } from '../twin/conditions.ts';
import { type AmplifierImage, amplifierImages } from '../twin/detector/amplifier-images.ts';
import { type Degradation, degradedObservatory } from '../twin/faults.ts';
import type { ExposureTimeline } from '../twin/instrument.ts';
import type { TruthEntry } from '../twin/light.ts';
import type { Place } from '../twin/mount.ts';
import { type FlatLight, type RenderedFrame, renderFrame, type SkyCatalogue, type Window } from '../twin/render.ts';
import type { Weather } from '../twin/weather.ts';
import { amplifierHeader, sharedHeader } from './header.ts';
import type { Pose } from './pose.ts';

export { FLAT_LIGHTS, type FlatLight } from '../twin/render.ts';
export { weatherFor } from '../twin/weather.ts';
export type { TruthEntry };

/** What a frame is called and what it belongs to: of it, only the exposure's id and its block's change a pixel. */
export interface FrameIdentity {
  exposureId: string;
  dayObs: number;
  seqNum: number;
  /** Name of the target; what the frame is, for one without a target. */
  object: string;
  groupId: string;
  requestId: string;
  blockId: string;
  program: string;
  observer: string;
  reason: string;
  /** Key of the observatory's file, which has its content's hash in its name. */
  parameters: string;
}

/** Everything that a frame is a function of, beside the weather and the catalogue of the sky. */
export interface FrameRecipe {
  identity: FrameIdentity;
  observatory: Observatory;
  imageType: ImageType;
  filter: string;
  exposureTimeS: number;
  /** Where the telescope was sent; null for a frame that looks at no place of the sky. */
  pointing: Place | null;
  pose: Pose;
  timeline: ExposureTimeline;
  /** Of the night, integer from 0 to 2^32 - 1. */
  seed: number;
  /** What lights a flat. */
  flatLight?: FlatLight;
  binning?: number;
  window?: Window;
  degradation?: Degradation;
}

export interface MadeFrame {
  filename: string;
  /** Every property of the header; of several amplifiers each has its own, which are left out. */
  header: SharedHeader & Partial<AmplifierHeader>;
  conditions: Conditions;
  rendered: RenderedFrame;
  /** What each amplifier read; one where a camera has but one. */
  images: AmplifierImage[];
  /** The FITS file: one image, or an extension for each amplifier of a camera with several. */
  file: Uint8Array;
}

/**
 * Makes one frame: exposes it on the twin and writes its file. The same arguments give the same bytes. Throws ConfigureFailed for a
 * filter, binning or window that the observatory does not have, ExposureFailed for a field below the horizon.
 * @param truth is told of everything that sends light into the frame
 */
export function makeFrame(
  recipe: FrameRecipe,
  weather: Weather,
  sky: SkyCatalogue,
  truth?: (entry: TruthEntry) => void,
): MadeFrame {
  const { identity, timeline, pointing, filter, pose, degradation, binning, window } = recipe;
  const observatory = degradation ? degradedObservatory(recipe.observatory, degradation) : recipe.observatory;
  const conditions = conditionsAt({ observatory, weather, utcMs: timeline.midMs });
  const rendered = renderFrame({
    ...pose,
    domeOpen: pose.domeOpen && !degradation?.shutterStuck,
    shutterStuck: degradation?.shutterStuck,
    lampOn: degradation?.lampOn,
    deadAmplifier: degradation?.deadAmplifier,
    observatory,
    filter,
    imageType: recipe.imageType,
    exposureTimeS: recipe.exposureTimeS,
    pointing,
    midMs: timeline.midMs,
    conditions,
    seed: recipe.seed,
    exposureId: identity.exposureId,
    observationId: identity.blockId,
    flatLight: recipe.flatLight,
    binning,
    window,
    sky,
    truth,
  });
  const { frame, wcs } = rendered;
  const filename = frameFileName(identity.exposureId, rendered.summary.sky || recipe.flatLight ? filter : undefined);
  const shared = sharedHeader(recipe, { conditions, rendered, filename });
  const images = amplifierImages(observatory.camera, frame, wcs, binning, window);
  if (images.length > 1) {
    const extensions = images.map((image) => ({ ...image, header: amplifierHeader(image) }));
    return {
      filename,
      header: shared,
      conditions,
      rendered,
      images,
      file: writeMultiExtension({ header: shared, extensions }),
    };
  }
  const header = { ...shared, ...amplifierHeader(images[0]) };
  const file = writeFrame(header, wcs, frame.width, frame.height, frame.pixels);
  return { filename, header, conditions, rendered, images, file };
}
