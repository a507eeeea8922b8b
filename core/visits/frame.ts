import { writeFrame } from '../fits/frame.ts';
import type { FrameHeader } from '../fits/header-table.ts';
import { frameFileName } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Conditions, ImageType } from '../records/visit.ts';
import { conditionsAt } from '../twin/conditions.ts';
import type { ExposureTimeline } from '../twin/instrument.ts';
import type { Place } from '../twin/mount.ts';
import { type RenderedFrame, renderFrame, type SkyCatalogue } from '../twin/render.ts';
import type { Weather } from '../twin/weather.ts';
import { frameHeader } from './header.ts';

/** What a frame is called and what it belongs to: nothing of it changes a pixel. */
export interface FrameIdentity {
  exposureId: string;
  dayObs: number;
  seqNum: number;
  /** Name of the target; the image type for a frame without one. */
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

/** Everything that a frame is a function of, beside the catalogue of the sky. */
export interface FrameRecipe {
  identity: FrameIdentity;
  observatory: Observatory;
  imageType: ImageType;
  filter: string;
  exposureTimeS: number;
  /** Where the telescope was sent; null for a frame that looks at no place of the sky. */
  pointing: Place | null;
  domeOpen: boolean;
  timeline: ExposureTimeline;
  /** Of the night, integer from 0 to 2^32 - 1. */
  seed: number;
}

export interface MadeFrame {
  filename: string;
  header: FrameHeader;
  conditions: Conditions;
  rendered: RenderedFrame;
  /** The FITS file. */
  file: Uint8Array;
}

/**
 * Makes one frame: exposes it on the twin and writes its file. The same arguments give the same bytes. Throws ConfigureFailed for
 * a filter that the observatory does not have, ExposureFailed for a field below the horizon.
 */
export function makeFrame(recipe: FrameRecipe, weather: Weather, sky: SkyCatalogue): MadeFrame {
  const { identity, observatory, timeline, pointing, filter } = recipe;
  const conditions = conditionsAt({ observatory, weather, utcMs: timeline.midMs });
  const rendered = renderFrame({
    observatory,
    filter,
    imageType: recipe.imageType,
    exposureTimeS: recipe.exposureTimeS,
    pointing,
    domeOpen: recipe.domeOpen,
    midMs: timeline.midMs,
    conditions,
    seed: recipe.seed,
    exposureId: identity.exposureId,
    sky,
  });
  const filename = frameFileName(identity.exposureId, pointing ? filter : undefined);
  const header = frameHeader(recipe, { conditions, rendered, filename });
  const { width, height, pixels } = rendered.frame;
  return { filename, header, conditions, rendered, file: writeFrame(header, rendered.wcs, width, height, pixels) };
}
