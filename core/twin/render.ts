import type { Frame } from '../frame.ts';
import type { Wcs } from '../gnomonic.ts';
import type { ImageType } from '../records/ids.ts';
import type { Observatory } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import type { GalaxyCatalogue } from '../sky/galaxies.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import { dayObs } from '../time.ts';
import { frameWcs, type Window } from './detector/geometry.ts';
import { passOptics } from './detector/optics.ts';
import { type ReadOut, readOut } from './detector/read-out.ts';
import { domeFlatLight } from './flats.ts';
import { filterNamed } from './instrument.ts';
import type { Light } from './light.ts';
import type { Place } from './mount.ts';
import type { PierSide } from './pointing.ts';
import { type SkySummary, skyExposure } from './sky-exposure.ts';
import { addStrayLight } from './stray-light.ts';
import { twilightFlatLight } from './twilight-flats.ts';

export type { SkySummary, Window };

/** The catalogues that frames are rendered from. */
export interface SkyCatalogue {
  stars: readonly StarCatalogue[];
  galaxies: GalaxyCatalogue;
}

/** What lights a flat: the lamp in the dome, or the sky in the evening or the morning. */
export const FLAT_LIGHTS = ['dome', 'dusk', 'dawn'] as const;
export type FlatLight = (typeof FLAT_LIGHTS)[number];

/** One exposure, as far as the light and the chip are concerned. */
export interface Exposure {
  observatory: Observatory;
  /** Name of the filter in the beam. */
  filter: string;
  imageType: ImageType;
  /** 0 for a bias frame. */
  exposureTimeS: number;
  /** Where the telescope was sent; a frame without it sees no sky, and a twilight flat without it an even sky without stars. */
  pointing: Place | null;
  /** A closed dome lets no light of the sky in. */
  domeOpen: boolean;
  /** The camera's shutter stays closed: no light at all, of the lamp either. */
  shutterStuck?: boolean | undefined;
  /** The lamp in the dome burns although it should not. */
  lampOn?: boolean | undefined;
  /** The last amplifier of the camera reads nothing but its bias level. */
  deadAmplifier?: boolean | undefined;
  /** Middle of the exposure. */
  midMs: number;
  conditions: Pick<Conditions, 'sunAltitudeDeg' | 'cloudExtinctionMag' | 'seeingZenith500Arcsec'> &
    Partial<Pick<Conditions, 'windSpeedMPerS' | 'temperatureC'>>;
  /** Of the night, integer from 0 to 2^32 - 1. */
  seed: number;
  exposureId: string;
  /** Frames of one observation share what the mount did not repeat when it slewed; the exposure's id when left out. */
  observationId?: string | undefined;
  sky: SkyCatalogue;
  /** How far the mount turns the camera on the sky against its position angle, degrees from north through east. */
  rotationDeg?: number | undefined;
  /** Of a German mount. */
  pierSide?: PierSide | undefined;
  /** Where the focuser stands, micrometres. */
  focusUm?: number | undefined;
  /** Of a flat; the dome's lamp when left out. */
  flatLight?: FlatLight | undefined;
  /** Pixels of the chip that are summed in each direction; 1 when left out. */
  binning?: number | undefined;
  /** Part of the chip that is read; all of it when left out. */
  window?: Window | undefined;
  /** Is told of every source that sends light into the frame. */
  truth?: Light['truth'];
}

export interface RenderedFrame {
  /** As the camera gives it, with what it reads beside the image. */
  frame: Frame;
  /** Where the sky is in the frame; undefined for a frame that looks at no place of it. */
  wcs: Wcs | undefined;
  readOut: Omit<ReadOut, 'frame'>;
  summary: { saturatedPixels: number; sky: SkySummary | undefined };
}

/** What a frame would hold without any chance in it. */
export interface ExpectedLight {
  /** Photo-electrons per pixel of the unbinned chip, row by row from the bottom. */
  electrons: Float32Array;
  /** Of the unbinned chip. */
  wcs: Wcs | undefined;
  sky: SkySummary | undefined;
}

/**
 * Takes a frame. The same arguments give the same bytes. Throws ConfigureFailed for a filter, flat lamp, binning or window that the
 * observatory does not have and ExposureFailed when the field lies below the horizon.
 */
export function renderFrame(exposure: Exposure): RenderedFrame {
  const { observatory, imageType, exposureTimeS, seed, exposureId, binning, window } = exposure;
  const { electrons, wcs, sky } = expectedLight(exposure);
  const strays = exposure.lampOn === true && !(imageType === 'flat' && flatLightOf(exposure) === 'dome');
  if (strays) addStrayLight(electrons, observatory, exposureTimeS);
  const { frame, ...rest } = readOut({
    observatory,
    light: isDark(exposure) && !strays ? undefined : electrons,
    darkTimeS: imageType === 'bias' ? 0 : exposureTimeS,
    seed,
    exposureId,
    ...(binning !== undefined && { binning }),
    ...(window !== undefined && { window }),
    ...(exposure.deadAmplifier && { deadAmplifier: true }),
  });
  const { imageOrigin, saturatedPixels } = rest;
  return {
    frame,
    wcs: wcs && frameWcs(wcs, { imageOrigin, binning: binning ?? 1, ...(window && { window }) }),
    readOut: rest,
    summary: { saturatedPixels, sky },
  };
}

/** The light of an exposure on its pixels: what is in front of the telescope, through optics and shutter. Throws as renderFrame. */
export function expectedLight(exposure: Exposure): ExpectedLight {
  const { observatory, filter, exposureTimeS, pointing, midMs, imageType } = exposure;
  filterNamed(observatory, filter);
  const passed = (light: Float32Array): Float32Array => {
    const day = dayObs(midMs, observatory.site.longitudeDeg);
    passOptics(light, { observatory, filter, dayObs: day, exposureTimeS });
    return light;
  };
  const { widthPix, heightPix } = observatory.camera;
  if (imageType === 'flat' && (pointing === null || flatLightOf(exposure) === 'dome')) {
    const light = exposure.shutterStuck ? new Float32Array(widthPix * heightPix) : starlessFlatLight(exposure);
    return { electrons: passed(light), wcs: undefined, sky: undefined };
  }
  if (pointing === null) {
    return { electrons: new Float32Array(widthPix * heightPix), wcs: undefined, sky: undefined };
  }
  const { light, wcs, summary } = skyExposure({ ...exposure, pointing });
  return { electrons: passed(light), wcs, sky: summary };
}

/** Whether a frame is one that no light reaches. */
function isDark({ imageType, pointing, domeOpen }: Exposure): boolean {
  return imageType !== 'flat' && (pointing === null || !domeOpen);
}

const flatLightOf = ({ flatLight = 'dome' }: Pick<Exposure, 'flatLight'>): FlatLight => flatLight;

function starlessFlatLight(exposure: Exposure): Float32Array {
  const { observatory, filter, exposureTimeS, midMs } = exposure;
  if (flatLightOf(exposure) === 'dome') return domeFlatLight({ observatory, filter, exposureTimeS });
  return twilightFlatLight({ observatory, filter, beginMs: midMs - 500 * exposureTimeS, exposureTimeS });
}
