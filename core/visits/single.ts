import { exposureIdOf, type ImageType } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Target } from '../records/programme.ts';
import { domeFlatExposureS } from '../twin/flats.ts';
import { setFocusUm } from '../twin/focus.ts';
import { exposureTimeline } from '../twin/instrument.ts';
import { parkedTelescope, slewTelescope } from '../twin/mount.ts';
import type { FlatLight, Window } from '../twin/render.ts';
import { twilightFlatPlan, twilightFlatTimesS } from '../twin/twilight-flats.ts';
import type { Weather } from '../twin/weather.ts';
import type { FrameRecipe } from './frame.ts';
import { poseOf } from './pose.ts';

/** One frame that is taken by itself, outside of any night. */
export interface SingleExposure {
  observatory: Observatory;
  /** Key of the observatory's file. */
  parameters: string;
  imageType: ImageType;
  /** Null for a frame that looks at no place of the sky. */
  target: Target | null;
  filter: string;
  /** Undefined for a flat: as long as `levelAdu` wants. */
  exposureTimeS: number | undefined;
  /** Counts above bias that a flat is to have. */
  levelAdu: number | undefined;
  flatLight: FlatLight;
  /** When the shutter opens; a twilight flat waits from then on for the light that it wants. */
  beginMs: number;
  dayObs: number;
  seed: number;
  seqNum: number;
  binning: number;
  window: Window | undefined;
  /** Distance of the focuser from where the controller sets it, micrometres. */
  focusOffsetUm: number;
  /** Frames of one sequence are counted from one setting of the focus: the number of the first; this frame's own when left out. */
  focusSeqNum?: number;
}

/** The count level of a flat for which neither a level nor a time is asked: about half of a 16-bit converter's range. */
const USUAL_FLAT_ADU = 25_000;
/**
 * The recipe of a single frame: the telescope has slewed to the target and stands in focus. Throws SlewFailed for a target that the
 * mount does not reach, ConfigureFailed for an exposure time or a level that the camera cannot take.
 */
export function singleRecipe(single: SingleExposure, weather: Weather): FrameRecipe {
  const { observatory, imageType, target, filter, seed, dayObs, seqNum } = single;
  const exposureId = exposureIdOf(observatory.camera.id, imageType, dayObs, seqNum);
  const { beginMs, exposureTimeS } = timed(single);
  const timeline = exposureTimeline(observatory.camera, beginMs, exposureTimeS);
  const open = { ...parkedTelescope(observatory), filter, domeOpen: true };
  const at = target ? slewTelescope({ observatory, from: open, target, utcMs: beginMs }).telescope : open;
  const focusUm = setFocusUm({
    observatory,
    filter,
    temperatureC: weather.at(beginMs).temperatureC,
    seed,
    key: exposureIdOf(observatory.camera.id, imageType, dayObs, single.focusSeqNum ?? seqNum),
  });
  const telescope = focusUm === undefined ? at : { ...at, focusUm: focusUm + single.focusOffsetUm };
  const isFlat = imageType === 'flat';
  return {
    identity: {
      exposureId,
      dayObs,
      seqNum,
      object: target?.name ?? (isFlat ? `${single.flatLight} flat` : imageType),
      groupId: exposureId,
      requestId: exposureId,
      blockId: exposureId,
      program: 'expose',
      observer: 'nocturne',
      reason: 'single exposure',
      parameters: single.parameters,
    },
    observatory,
    imageType,
    filter,
    exposureTimeS,
    pointing: target && { raDeg: target.raDeg, decDeg: target.decDeg },
    pose: poseOf(observatory, telescope, target, timeline.midMs),
    timeline,
    seed,
    ...(isFlat && { flatLight: single.flatLight }),
    ...(single.binning > 1 && { binning: single.binning }),
    ...(single.window && { window: single.window }),
  };
}

/** When the shutter opens and for how long. */
function timed(single: SingleExposure): { beginMs: number; exposureTimeS: number } {
  const { observatory, filter, beginMs, exposureTimeS, flatLight } = single;
  if (exposureTimeS !== undefined) return { beginMs, exposureTimeS };
  const targetAdu = single.levelAdu ?? USUAL_FLAT_ADU;
  if (flatLight === 'dome') return { beginMs, exposureTimeS: domeFlatExposureS({ observatory, filter, targetAdu }) };
  const plan = { observatory, filter, targetAdu, count: 1, fromMs: beginMs, ...twilightFlatTimesS(observatory.camera) };
  const [first] = twilightFlatPlan({ ...plan, when: flatLight });
  return first;
}
