import type { FrameHeader } from '../fits/header-table.ts';
import { saturationAdu } from '../records/observatory.ts';
import type { Conditions } from '../records/visit.ts';
import { geocentricM } from '../sky/geodesy.ts';
import { isoOf, mjdUtc } from '../time.ts';
import { MOFFAT_BETA } from '../twin/psf.ts';
import type { RenderedFrame } from '../twin/render.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../version.ts';
import type { FrameRecipe } from './frame.ts';

/** The header of a raw frame, by property name. Pointing and sky are left out where no light came in. */
export function frameHeader(
  recipe: FrameRecipe,
  made: { conditions: Conditions; rendered: RenderedFrame; filename: string },
): FrameHeader {
  const { identity, observatory, timeline, exposureTimeS, imageType } = recipe;
  const { camera, site, telescope } = observatory;
  const place = geocentricM(site);
  const [dateBeg, dateAvg, dateEnd] = [timeline.beginMs, timeline.midMs, timeline.endMs].map(isoOf);
  const { sky } = made.rendered.summary;
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
    gainEPerAdu: camera.gainEPerAdu,
    readNoiseE: camera.readNoiseE,
    saturationAdu: saturationAdu(camera),
    trimSection: `[1:${camera.widthPix},1:${camera.heightPix}]`,
    ...(sky && {
      ...sky.pointing,
      filter: recipe.filter,
      airmass: sky.airmass,
      seeingArcsec: sky.psfFwhmArcsec,
      skyMagPerArcsec2: sky.skyMagPerArcsec2,
      moonSeparationDeg: sky.moonSeparationDeg,
      moonIllumination: made.conditions.moonIllumination,
      simPsfFunction: `Moffat beta ${MOFFAT_BETA}`,
      simSkyBackgroundE: sky.skyElectronsPerPix,
    }),
    calStatus: 'RAW',
    simulate: true,
    simSeed: recipe.seed,
    simParams: identity.parameters,
    simReadNoiseE: camera.readNoiseE,
    simDarkRateEPerS: camera.darkCurrentEPerS,
    simGainEPerAdu: camera.gainEPerAdu,
    softwareVersion: `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`,
  };
}
