import { ExposureFailed } from '../errors.ts';
import type { Frame } from '../frame.ts';
import type { TanWcs } from '../gnomonic.ts';
import { type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';
import type { Conditions, RequestRecord } from '../records/visit.ts';
import { type SkyInstant, skyAt } from '../sky/coordinates.ts';
import type { GalaxyCatalogue } from '../sky/galaxies.ts';
import type { StarCatalogue } from '../sky/stars.ts';
import { ARCSEC_PER_DEG } from '../units.ts';
import { readOut } from './detector.ts';
import { fieldWcs } from './field.ts';
import { addGalaxies } from './galaxies.ts';
import { filterNamed } from './instrument.ts';
import type { Light } from './light.ts';
import type { Place } from './mount.ts';
import { psfOf } from './psf.ts';
import { imageQuality } from './seeing.ts';
import { fillSkyRow, skyOver } from './sky-light.ts';
import { addStars } from './stars.ts';

/** The catalogues that frames are rendered from. */
export interface SkyCatalogue {
  stars: readonly StarCatalogue[];
  galaxies: GalaxyCatalogue;
}

/** One exposure, as far as the light and the chip are concerned. */
export interface Exposure {
  observatory: Observatory;
  /** Name of the filter in the beam. */
  filter: string;
  imageType: RequestRecord['imageType'];
  /** 0 for a bias frame. */
  exposureTimeS: number;
  /** Centre of the field; a frame without one gets no light. */
  pointing: Place | null;
  /** A closed dome lets no light in. */
  domeOpen: boolean;
  midMs: number;
  conditions: Pick<Conditions, 'sunAltitudeDeg' | 'cloudExtinctionMag' | 'seeingZenith500Arcsec'>;
  /** Of the night, integer from 0 to 2^32 - 1. */
  seed: number;
  exposureId: string;
  sky: SkyCatalogue;
}

/** What was true of the sky in the middle of the exposure, at the centre of the field. */
export interface SkySummary {
  /** Apparent altitude (with refraction) and azimuth, and the ICRS place. */
  pointing: { raDeg: number; decDeg: number; altitudeDeg: number; azimuthDeg: number; hourAngleHours: number };
  airmass: number;
  psfFwhmArcsec: number;
  /** The clear sky's brightness. */
  skyMagPerArcsec2: number;
  /** Expected from the sky in a pixel at the centre; 0 behind a closed dome. */
  skyElectronsPerPix: number;
  moonSeparationDeg: number;
  starsRendered: number;
  galaxiesRendered: number;
}

export interface RenderedFrame {
  frame: Frame;
  /** Where the sky is in the frame; undefined for a frame without pointing. */
  wcs: TanWcs | undefined;
  summary: { saturatedPixels: number; sky: SkySummary | undefined };
}

/** What a frame would hold without any chance in it: electrons per pixel, before the full well. */
export interface ExpectedLight {
  electrons: Float32Array;
  wcs: TanWcs | undefined;
  sky: SkySummary | undefined;
}

/**
 * Takes a frame. The same arguments give the same bytes. Throws ConfigureFailed for a filter that the observatory does not have
 * and ExposureFailed when the field lies below the horizon.
 */
export function renderFrame(exposure: Exposure): RenderedFrame {
  const { observatory, imageType, seed, exposureId } = exposure;
  const { camera } = observatory;
  if (imageType === 'bias') {
    const { frame, saturatedPixels } = readOut(camera, undefined, seed, exposureId);
    return { frame, wcs: undefined, summary: { saturatedPixels, sky: undefined } };
  }
  const { electrons, wcs, sky } = expectedLight(exposure);
  const { frame, saturatedPixels } = readOut(camera, electrons, seed, exposureId);
  return { frame, wcs, summary: { saturatedPixels, sky } };
}

/**
 * The part of a frame that is not chance, in the order of physics: stars and galaxies through the air, the sky's own light,
 * the loss towards the corners, dark current. Throws as renderFrame.
 */
export function expectedLight(exposure: Exposure): ExpectedLight {
  const { observatory, exposureTimeS, pointing, domeOpen, midMs, conditions } = exposure;
  const { camera, telescope } = observatory;
  const filter = filterNamed(observatory, exposure.filter);
  const electrons = new Float32Array(camera.widthPix * camera.heightPix);
  const darkE = camera.darkCurrentEPerS * exposureTimeS;
  if (pointing === null) {
    electrons.fill(darkE);
    return { electrons, wcs: undefined, sky: undefined };
  }

  const instant = skyAt(midMs, observatory.site);
  const at = instant.horizontal(pointing.raDeg, pointing.decDeg);
  if (!Number.isFinite(at.airmass)) {
    throw new ExposureFailed(
      `the field stands at altitude ${at.altitudeRefractedDeg.toFixed(2)} deg, below the horizon`,
    );
  }
  const wcs = fieldWcs(observatory, pointing);
  const { widthPix, heightPix } = camera;
  const skyField = skyOver({
    sky: instant,
    wcs,
    filter,
    sunAltitudeDeg: conditions.sunAltitudeDeg,
    widthPix,
    heightPix,
  });
  const { psfFwhmArcsec } = imageQuality({
    seeingZenith500Arcsec: conditions.seeingZenith500Arcsec,
    systemFwhmArcsec: telescope.systemFwhmArcsec,
    airmass: at.airmass,
    wavelengthNm: filter.effectiveWavelengthNm,
  });
  const scaleArcsec = plateScaleArcsecPerPix(observatory);
  // The zero point is for one second; the sky's brightness is as seen through the air already.
  const skyE = (mag: number) => exposureTimeS * scaleArcsec ** 2 * 10 ** (-0.4 * (mag - filter.zeroPointMag));
  const summary: SkySummary = {
    pointing: {
      raDeg: pointing.raDeg,
      decDeg: pointing.decDeg,
      altitudeDeg: at.altitudeRefractedDeg,
      azimuthDeg: at.azimuthDeg,
      hourAngleHours: at.hourAngleHours,
    },
    airmass: at.airmass,
    psfFwhmArcsec,
    skyMagPerArcsec2: skyField.centreMagPerArcsec2,
    skyElectronsPerPix: domeOpen ? skyE(skyField.centreMagPerArcsec2) : 0,
    moonSeparationDeg: skyField.moonSeparationDeg,
    starsRendered: 0,
    galaxiesRendered: 0,
  };
  if (!domeOpen) {
    electrons.fill(darkE);
    return { electrons, wcs, sky: summary };
  }

  const light: Light = {
    image: { width: widthPix, height: heightPix, electrons },
    wcs,
    scaleDegPerPix: scaleArcsec / ARCSEC_PER_DEG,
    psf: psfOf(psfFwhmArcsec / scaleArcsec),
    filter,
    airmassAt: airmassAt(instant),
    electronsOf(mag, airmass) {
      const dimmedMag = mag + filter.extinctionMagPerAirmass * (airmass - 1) + conditions.cloudExtinctionMag;
      return exposureTimeS * 10 ** (-0.4 * (dimmedMag - filter.zeroPointMag));
    },
  };
  summary.starsRendered = addStars(light, exposure.sky.stars);
  summary.galaxiesRendered = addGalaxies(light, exposure.sky.galaxies);
  addSkyAndDark(light.image, skyField.nodesMagPerArcsec2.map(skyE), telescope.vignettingAtCorner, darkE);
  return { electrons, wcs, sky: summary };
}

function airmassAt(instant: SkyInstant): Light['airmassAt'] {
  return (raDeg, decDeg) => instant.horizontal(raDeg, decDeg).airmass;
}

/**
 * Adds the sky to the sources, takes from both what the optics lose away from the axis (growing with the square of the
 * distance from the centre, up to `lostAtCorner`), and adds the dark current, which is no light.
 */
function addSkyAndDark(image: Light['image'], skyNodesE: Float64Array, lostAtCorner: number, darkE: number): void {
  const { width, height, electrons } = image;
  const skyRow = new Float64Array(width);
  const centreX = (width - 1) / 2;
  const centreY = (height - 1) / 2;
  const lostPerPix2 = lostAtCorner / (centreX * centreX + centreY * centreY);
  for (let y = 0; y < height; y++) {
    fillSkyRow(skyNodesE, y, height, skyRow);
    const dy2 = (y - centreY) * (y - centreY);
    for (let x = 0; x < width; x++) {
      const kept = 1 - lostPerPix2 * (dy2 + (x - centreX) * (x - centreX));
      const i = y * width + x;
      electrons[i] = (electrons[i] + skyRow[x]) * kept + darkE;
    }
  }
}
