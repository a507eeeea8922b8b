import type { AmplifierHeader, SharedHeader } from '../fits/header-table.ts';
import type { Conditions } from '../records/visit.ts';
import { geocentricM } from '../sky/geodesy.ts';
import { isoOf, mjdUtc } from '../time.ts';
import type { AmplifierImage } from '../twin/detector/amplifier-images.ts';
import type { Degradation } from '../twin/faults.ts';
import { MOFFAT_BETA } from '../twin/psf.ts';
import type { RenderedFrame, Window } from '../twin/render.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../version.ts';
import type { FrameRecipe } from './frame.ts';

/**
 * The header of a raw frame, by property name, but for what each amplifier has of its own. Pointing and sky are left out where the
 * frame looks at no place of the sky.
 */
export function sharedHeader(
  recipe: FrameRecipe,
  made: { conditions: Conditions; rendered: RenderedFrame; filename: string },
): SharedHeader {
  const { identity, observatory, timeline, exposureTimeS, imageType, pose, degradation, binning, window } = recipe;
  const { camera, site, telescope } = observatory;
  const { conditions, rendered } = made;
  const place = geocentricM(site);
  const [dateBeg, dateAvg, dateEnd] = [timeline.beginMs, timeline.midMs, timeline.endMs].map(isoOf);
  const { sky } = rendered.summary;
  const { detectorTemperatureC } = rendered.readOut.truth;
  return {
    obsId: identity.exposureId,
    filename: made.filename,
    imageType,
    object: identity.object,
    dayObs: identity.dayObs,
    seqNum: identity.seqNum,
    groupId: identity.groupId,
    requestId: identity.requestId,
    blockId: identity.blockId,
    program: identity.program,
    reason: identity.reason,
    origin: observatory.origin,
    telescope: telescope.name,
    instrument: camera.id,
    observer: identity.observer,
    obsGeoXM: place.xM,
    obsGeoYM: place.yM,
    obsGeoZM: place.zM,
    // The file is made when the readout is over: the simulated clock is the only one.
    date: isoOf(timeline.readyMs),
    dateObs: dateBeg,
    dateBeg,
    dateAvg,
    dateEnd,
    mjdObs: mjdUtc(timeline.beginMs),
    mjdBeg: mjdUtc(timeline.beginMs),
    mjdEnd: mjdUtc(timeline.endMs),
    exposureTimeS,
    shutterTimeS: exposureTimeS,
    darkTimeS: timeline.darkTimeS,
    ...(detectorTemperatureC !== undefined && {
      ccdTemperatureC: detectorTemperatureC,
      ...(camera.temperature && { ccdSetTemperatureC: camera.temperature.setC }),
    }),
    ...(binning !== undefined && { xBinning: binning, yBinning: binning }),
    ...(window && { window: sectionOf(window) }),
    ...((sky || recipe.flatLight) && { filter: recipe.filter }),
    ...(pose.focusUm !== undefined && {
      focusPositionMm: pose.focusUm / 1000,
      focusTemperatureC: conditions.temperatureC,
    }),
    domeOpen: pose.domeOpen,
    ...(pose.pierSide && { pierSide: pose.pierSide }),
    ambientTemperatureC: conditions.temperatureC,
    humidityPercent: conditions.humidityPercent,
    pressureHPa: conditions.pressureHpa,
    windSpeedMPerS: conditions.windSpeedMPerS,
    windDirectionDeg: conditions.windFromDeg,
    sunAltitudeDeg: conditions.sunAltitudeDeg,
    moonAltitudeDeg: conditions.moonAltitudeDeg,
    ...(sky && {
      ...sky.pointing,
      domeAzimuthDeg: sky.pointing.azimuthDeg,
      airmass: sky.airmass,
      airmassBegin: sky.airmassBegin,
      airmassEnd: sky.airmassEnd,
      seeingArcsec: sky.psfFwhmArcsec,
      skyMagPerArcsec2: sky.skyMagPerArcsec2,
      moonSeparationDeg: sky.moonSeparationDeg,
      moonIllumination: conditions.moonIllumination,
      simPsfFunction: `Moffat beta ${MOFFAT_BETA}`,
      simSkyBackgroundE: sky.skyElectronsPerPix,
      simRaDeg: sky.centre.raDeg,
      simDecDeg: sky.centre.decDeg,
      simRotationDeg: pose.rotationDeg,
      simPsfFwhmArcsec: sky.psfFwhmArcsec,
      simSeeingArcsec: conditions.seeingZenith500Arcsec,
      simCloudMag: conditions.cloudExtinctionMag,
      cloudExtinctionMag: conditions.cloudExtinctionMag,
    }),
    calStatus: 'RAW',
    simulate: true,
    simSeed: recipe.seed,
    simParams: identity.parameters,
    simDarkRateEPerS: timeline.darkTimeS > 0 ? rendered.readOut.truth.darkE / timeline.darkTimeS : 0,
    ...(observatory.without.length > 0 && { simOff: observatory.without.join(',') }),
    ...(recipe.flatLight && { simFlatLight: recipe.flatLight }),
    ...faultCards(degradation),
    softwareVersion: `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`,
  };
}

/** What an amplifier has of its own. */
export function amplifierHeader(image: AmplifierImage): AmplifierHeader {
  const { gainEPerAdu, readNoiseE, saturationAdu, dataSection, biasSection, detectorSection } = image;
  return {
    gainEPerAdu,
    readNoiseE,
    saturationAdu,
    trimSection: dataSection,
    dataSection,
    ...(biasSection && { biasSection }),
    detectorSection,
    simGainEPerAdu: gainEPerAdu,
    simReadNoiseE: readNoiseE,
  };
}

/** A window as a section of FITS: from 1, both ends included. */
const sectionOf = ({ xPix, yPix, widthPix, heightPix }: Window): string =>
  `[${xPix + 1}:${xPix + widthPix},${yPix + 1}:${yPix + heightPix}]`;

function faultCards(degradation: Degradation | undefined): Pick<SharedHeader, 'simFaults' | 'simChipWarmingC'> {
  if (!degradation) return {};
  const { shutterStuck, guiderLost, lampOn, deadAmplifier, chipWarmingC } = degradation;
  const names = [
    ...(shutterStuck ? ['shutter'] : []),
    ...(guiderLost ? ['guider'] : []),
    ...(lampOn ? ['lamp'] : []),
    ...(deadAmplifier ? ['amplifier'] : []),
    ...(chipWarmingC > 0 ? ['cooling'] : []),
  ];
  if (names.length === 0) return {};
  return { simFaults: names.join(','), ...(chipWarmingC > 0 && { simChipWarmingC: chipWarmingC }) };
}
