import { ExposureFailed } from '../errors.ts';
import { skyFromTangentPlane, type Wcs } from '../gnomonic.ts';
import { type Effect, groundZeroPointMag, plateScaleArcsecPerPix } from '../records/observatory.ts';
import { skyAt } from '../sky/coordinates.ts';
import { dayObs } from '../time.ts';
import { ARCSEC_PER_DEG, MS_PER_S, RAD_TO_DEG } from '../units.ts';
import { cloudOver } from './cloud-field.ts';
import { addFaintStars, faintestStarE } from './faint-stars.ts';
import { focusBlurArcsec } from './focus.ts';
import { addGalaxies } from './galaxies.ts';
import { filterNamed } from './instrument.ts';
import type { Light } from './light.ts';
import { addMoon } from './moon.ts';
import type { Place } from './mount.ts';
import { addPlanets } from './planets.ts';
import { pointingOffset } from './pointing.ts';
import { projectionOf } from './projection.ts';
import { moffatFwhm, type Psf, psfOf } from './psf.ts';
import type { Exposure } from './render.ts';
import { effectiveFwhmArcsec } from './seeing.ts';
import { addSky, skyOver } from './sky-light.ts';
import { addStars } from './stars.ts';
import { type ImageMotion, imageMotion } from './tracking.ts';
import { addTrails } from './trails.ts';

/** What was true of the sky in the middle of the exposure, at the centre of the field. */
export interface SkySummary {
  /** Where the telescope was sent: ICRS place, apparent altitude (with refraction), azimuth and hour angle. */
  pointing: { raDeg: number; decDeg: number; altitudeDeg: number; azimuthDeg: number; hourAngleHours: number };
  /** Where the field's centre lies. */
  centre: Place;
  airmass: number;
  airmassBegin: number;
  airmassEnd: number;
  /** Width of a star as delivered: air, telescope, focus and tracking. */
  psfFwhmArcsec: number;
  /** The sky's brightness, through what cloud there is. */
  skyMagPerArcsec2: number;
  /** Expected from the sky in a pixel at the centre; 0 behind a closed dome. */
  skyElectronsPerPix: number;
  moonSeparationDeg: number;
  /** Of the catalogues, and of the model of star counts. */
  starsRendered: number;
  faintStarsRendered: number;
  galaxiesRendered: number;
  planetsRendered: number;
  trailsRendered: number;
}

/** Light that an exposure of the sky sends onto the chip, before the losses in the telescope. */
export interface SkyExposure {
  /** Expected electrons per pixel, row by row from the bottom; none behind a closed dome. */
  light: Float32Array;
  wcs: Wcs;
  summary: SkySummary;
}

/**
 * The light of stars, galaxies, planets and the sky itself through air, pointing, tracking and focus. Throws ConfigureFailed for a
 * filter that the observatory does not have and ExposureFailed when the field lies below the horizon.
 */
export function skyExposure(exposure: Exposure & { pointing: Place }): SkyExposure {
  const { observatory, exposureTimeS, pointing, domeOpen, midMs, conditions, seed, exposureId, pierSide } = exposure;
  const { camera, telescope, site } = observatory;
  const filter = filterNamed(observatory, exposure.filter);
  const has = (effect: Effect) => !observatory.without.includes(effect);
  const instant = skyAt(midMs, site);
  const at = instant.horizontal(pointing.raDeg, pointing.decDeg);
  if (!Number.isFinite(at.airmass)) {
    throw new ExposureFailed(
      `the field stands at altitude ${at.altitudeRefractedDeg.toFixed(2)} deg, below the horizon`,
    );
  }
  const halfMs = (exposureTimeS * MS_PER_S) / 2;
  const airmassAt = (utcMs: number) => skyAt(utcMs, site).horizontal(pointing.raDeg, pointing.decDeg).airmass;

  const key = exposure.observationId ?? exposureId;
  const offset = pointingOffset({ observatory, seed, key, target: pointing, utcMs: midMs, pierSide });
  const motion = imageMotion({
    observatory,
    pointing,
    beginMs: midMs - halfMs,
    exposureTimeS,
    windSpeedMPerS: conditions.windSpeedMPerS ?? 0,
    pierSide,
  });
  const centre = skyFromTangentPlane(
    (offset.eastArcsec + motion.meanEastArcsec) / ARCSEC_PER_DEG,
    (offset.northArcsec + motion.meanNorthArcsec) / ARCSEC_PER_DEG,
    pointing.raDeg,
    pointing.decDeg,
  );
  const rotationDeg = (exposure.rotationDeg ?? 0) + offset.rotationDeg;
  const projection = projectionOf({ observatory, pointing: centre, instant, filter, rotationDeg });
  const { widthPix, heightPix } = camera;
  const cloud = cloudOver({
    observatory,
    projection,
    instant,
    meanMag: conditions.cloudExtinctionMag,
    exposureTimeS,
    seed,
    dayObs: dayObs(midMs, site.longitudeDeg),
  });
  const { sunAltitudeDeg } = conditions;
  const skyField = skyOver({ observatory, instant, projection, filter, sunAltitudeDeg, cloud });
  const scaleArcsec = plateScaleArcsecPerPix(observatory);
  const inFocusArcsec = effectiveFwhmArcsec({
    seeingZenith500Arcsec: has('seeing') ? conditions.seeingZenith500Arcsec : 0,
    systemFwhmArcsec: telescope.systemFwhmArcsec,
    airmass: at.airmass,
    wavelengthNm: filter.effectiveWavelengthNm,
  });
  const blurArcsec = focusBlurOf(exposure, at.altitudeRefractedDeg);
  const psf = trailedPsf(Math.hypot(moffatFwhm(inFocusArcsec), blurArcsec), motion, projection.wcs, scaleArcsec);
  const skyE = (mag: number) => exposureTimeS * scaleArcsec ** 2 * 10 ** (-0.4 * (mag - groundZeroPointMag(filter)));
  const summary: SkySummary = {
    pointing: {
      raDeg: pointing.raDeg,
      decDeg: pointing.decDeg,
      altitudeDeg: at.altitudeRefractedDeg,
      azimuthDeg: at.azimuthDeg,
      hourAngleHours: at.hourAngleHours,
    },
    centre,
    airmass: at.airmass,
    airmassBegin: airmassAt(midMs - halfMs),
    airmassEnd: airmassAt(midMs + halfMs),
    psfFwhmArcsec: psf.fwhmPix * scaleArcsec,
    skyMagPerArcsec2: skyField.centreMagPerArcsec2,
    skyElectronsPerPix: domeOpen ? skyE(skyField.centreMagPerArcsec2) : 0,
    moonSeparationDeg: skyField.moonSeparationDeg,
    starsRendered: 0,
    faintStarsRendered: 0,
    galaxiesRendered: 0,
    planetsRendered: 0,
    trailsRendered: 0,
  };
  const electrons = new Float32Array(widthPix * heightPix);
  if (!domeOpen) return { light: electrons, wcs: projection.wcs, summary };

  const extinctionMagPerAirmass = has('extinction') ? filter.extinctionMagPerAirmass : 0;
  const light: Light = {
    image: { width: widthPix, height: heightPix, electrons },
    projection,
    psf,
    filter,
    electronsOf(mag, airmass, pixel = { x: (widthPix - 1) / 2, y: (heightPix - 1) / 2 }) {
      const dimmedMag = mag + extinctionMagPerAirmass * (airmass - 1) + cloud(pixel.x, pixel.y);
      return exposureTimeS * 10 ** (-0.4 * (dimmedMag - filter.zeroPointMag));
    },
    aureole: has('starHalos') ? telescope.aureole : undefined,
    truth: exposure.truth,
  };
  const { stars, galaxies } = exposure.sky;
  const { faintStarsVMax, satellites } = site;
  if (has('stars')) summary.starsRendered = addStars(light, stars, galaxies);
  if (has('faintStars') && faintStarsVMax !== undefined) {
    const backgroundE = summary.skyElectronsPerPix + camera.darkCurrentEPerS * exposureTimeS;
    const faintestE = faintestStarE({ fwhmPix: psf.fwhmPix, backgroundE, readNoiseE: camera.readNoiseE });
    summary.faintStarsRendered = addFaintStars(light, stars, { vFaintest: faintStarsVMax, faintestE });
  }
  if (has('galaxies')) summary.galaxiesRendered = addGalaxies(light, galaxies);
  if (has('planets')) {
    summary.planetsRendered = addPlanets(light, instant);
    addMoon({ ...light, aureole: has('moonGlare') ? telescope.aureole : undefined }, instant);
  }
  if (has('satelliteTrails') && satellites !== undefined) {
    summary.trailsRendered = addTrails(light, { satellites, instant, exposureTimeS, seed, exposureId });
  }
  addSky(light.image, skyField.nodesMagPerArcsec2.map(skyE));
  return { light: electrons, wcs: projection.wcs, summary };
}

/** Blur of a telescope that stands out of focus, arcsec FWHM; 0 where nobody knows of a focuser. */
function focusBlurOf({ observatory, filter, focusUm, conditions }: Exposure, altitudeDeg: number): number {
  if (focusUm === undefined || conditions.temperatureC === undefined) return 0;
  return focusBlurArcsec({
    observatory,
    filter,
    positionUm: focusUm,
    temperatureC: conditions.temperatureC,
    altitudeDeg,
  });
}

/**
 * The point spread function that an image in motion leaves: the second moments of its motion add to those of the image at rest, and
 * a profile's width goes with the root of its second moment. An ellipse, with the geometric mean of its axes as the width.
 */
function trailedPsf(fwhmArcsec: number, { moments }: ImageMotion, wcs: Wcs, scaleArcsec: number): Psf {
  const { eastEast, northNorth, eastNorth } = moments;
  const still = fwhmArcsec ** 2;
  if (eastEast === 0 && northNorth === 0) return psfOf(fwhmArcsec / scaleArcsec);
  const half = (eastEast + northNorth) / 2;
  const spread = Math.hypot((eastEast - northNorth) / 2, eastNorth);
  const major = Math.sqrt(still + FWHM2_PER_VARIANCE * (half + spread));
  const minor = Math.sqrt(still + FWHM2_PER_VARIANCE * Math.max(0, half - spread));
  // The long axis on the sky, and the pixels that lie in its direction.
  const angle = Math.atan2(2 * eastNorth, eastEast - northNorth) / 2;
  const [east, north] = [Math.cos(angle), Math.sin(angle)];
  const { cd11, cd12, cd21, cd22 } = wcs;
  const sign = Math.sign(cd11 * cd22 - cd12 * cd21);
  const x = sign * (cd22 * east - cd12 * north);
  const y = sign * (cd11 * north - cd21 * east);
  const elongation = { ratio: major / minor, angleDeg: Math.atan2(y, x) * RAD_TO_DEG };
  return psfOf(Math.sqrt(major * minor) / scaleArcsec, elongation);
}

/** Square of the full width at half maximum over the variance along an axis, of a Gaussian. */
const FWHM2_PER_VARIANCE = 8 * Math.LN2;
