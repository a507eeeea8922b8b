import type { FrameHeader } from '../../core/fits/header-table.ts';
import type { NightContext } from '../../core/records/night.ts';
import { type Observatory, saturationAdu } from '../../core/records/observatory.ts';
import type { Programme } from '../../core/records/programme.ts';
import type { Conditions, PlannedExposure, RequestRecord, Visit } from '../../core/records/visit.ts';
import { geocentricM } from '../../core/sky/geodesy.ts';
import { isoOf, mjdUtc } from '../../core/time.ts';
import type { ExposureTimeline } from '../../core/twin/instrument.ts';
import { MOFFAT_BETA } from '../../core/twin/psf.ts';
import type { RenderedFrame } from '../../core/twin/render.ts';
import { SOFTWARE_NAME, SOFTWARE_VERSION } from '../../core/version.ts';

/** All that is known of one exposure when its file is written. */
export interface Exposed {
  night: NightContext;
  visit: Visit;
  request: RequestRecord;
  programme: Programme;
  observatory: Observatory;
  planned: PlannedExposure;
  timeline: ExposureTimeline;
  conditions: Conditions;
  rendered: RenderedFrame;
  exposureId: string;
  seqNum: number;
  filename: string;
}

/** The header of a raw frame, by property name. Pointing and sky are left out where no light came in. */
export function frameHeader(exposed: Exposed): FrameHeader {
  const { night, visit, request, programme, observatory, planned, timeline, rendered } = exposed;
  const { camera, site, telescope } = observatory;
  const place = geocentricM(site);
  const [dateBeg, dateAvg, dateEnd] = [timeline.beginMs, timeline.midMs, timeline.endMs].map(isoOf);
  const { sky } = rendered.summary;
  return {
    obsId: exposed.exposureId,
    filename: exposed.filename,
    imageType: visit.imageType,
    object: visit.target?.name ?? visit.imageType,
    dayObs: night.dayObs,
    seqNum: exposed.seqNum,
    groupId: request.group ?? visit.observationId,
    requestId: visit.requestId,
    blockId: visit.observationId,
    program: programme.id,
    reason: request.reason,
    origin: observatory.origin,
    telescope: telescope.name,
    instrument: camera.id,
    observer: programme.observer,
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
    exposureTimeS: planned.exposureTimeS,
    shutterTimeS: planned.exposureTimeS,
    darkTimeS: timeline.darkTimeS,
    gainEPerAdu: camera.gainEPerAdu,
    readNoiseE: camera.readNoiseE,
    saturationAdu: saturationAdu(camera),
    trimSection: `[1:${camera.widthPix},1:${camera.heightPix}]`,
    ...(sky && {
      ...sky.pointing,
      filter: planned.filter,
      airmass: sky.airmass,
      seeingArcsec: sky.psfFwhmArcsec,
      skyMagPerArcsec2: sky.skyMagPerArcsec2,
      moonSeparationDeg: sky.moonSeparationDeg,
      moonIllumination: exposed.conditions.moonIllumination,
      simPsfFunction: `Moffat beta ${MOFFAT_BETA}`,
      simSkyBackgroundE: sky.skyElectronsPerPix,
    }),
    calStatus: 'RAW',
    simulate: true,
    simSeed: night.seed,
    simParams: night.observatory.key,
    simReadNoiseE: camera.readNoiseE,
    simDarkRateEPerS: camera.darkCurrentEPerS,
    simGainEPerAdu: camera.gainEPerAdu,
    softwareVersion: `${SOFTWARE_NAME} ${SOFTWARE_VERSION}`,
  };
}
