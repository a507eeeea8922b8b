import { type Filter, groundZeroPointMag, type Observatory, plateScaleArcsecPerPix } from '../records/observatory.ts';

/** What follows from the parameters of an observatory: at the zenith, in the climate's median seeing, under its dark sky. */
export interface ObservatoryFigures {
  plateScaleArcsecPerPix: number;
  fieldDeg: { width: number; height: number };
  focalRatio: number;
  /** Light-collecting area, square metres. */
  areaM2: number;
  filters: FilterFigures[];
}

export interface FilterFigures {
  name: string;
  zeroPointMag: number;
  /** Share of the light of a band of usual width, above the air, that becomes electrons. */
  efficiency: number;
  /** Width of a star that a Gaussian of it would have the noise of, arcseconds. */
  fwhmEffArcsec: number;
  /** Pixels across that width. */
  sampling: number;
  skyEPerSPerPix: number;
  /** Faintest star with a signal of 5 times its noise. */
  limitMag: { in30S: number; in300S: number };
  /** Brightest star that does not saturate its central pixel in 30 s. */
  saturationMag: number;
}

/**
 * Photons a second and square metre of a source of AB magnitude 0, in a band of width 1 in the natural logarithm of the
 * wavelength: 3631e-26 W m^-2 Hz^-1 / h (Oke & Gunn 1983, ApJ 266, 713).
 */
const AB_ZERO_PHOTONS = 3631e-26 / 6.62607015e-34;
/** Usual widths of the bands, ln(long edge / short edge), from their half-power wavelengths (LSST; Ivezic et al. 2019, table 2). */
const BAND_WIDTH: Record<Filter['band'], number> = { u: 0.223, g: 0.322, r: 0.225, i: 0.169, z: 0.12, y: 0.111 };
/** The twin's point spread function: Moffat with this beta. */
const MOFFAT_BETA = 3.5;
const LIMIT_SIGNAL_TO_NOISE = 5;

/**
 * The zero point of a telescope from its parts: magnitude of one electron a second at airmass 1,
 * `2.5 log10(AB_ZERO_PHOTONS area throughput ln(long / short)) - extinction`.
 * @param of.throughput share of the photons that become electrons: optics, filter, quantum efficiency
 */
export function zeroPointMag(of: {
  areaM2: number;
  throughput: number;
  shortNm: number;
  longNm: number;
  extinctionMagPerAirmass: number;
}): number {
  const { areaM2, throughput, shortNm, longNm, extinctionMagPerAirmass } = of;
  const electronsPerS = AB_ZERO_PHOTONS * areaM2 * throughput * Math.log(longNm / shortNm);
  return 2.5 * Math.log10(electronsPerS) - extinctionMagPerAirmass;
}

export function observatoryFigures(observatory: Observatory): ObservatoryFigures {
  const { telescope, camera } = observatory;
  const scale = plateScaleArcsecPerPix(observatory);
  const areaM2 = (Math.PI / 4) * (telescope.apertureM ** 2 - telescope.obstructionM ** 2);
  return {
    plateScaleArcsecPerPix: scale,
    fieldDeg: { width: (camera.widthPix * scale) / 3600, height: (camera.heightPix * scale) / 3600 },
    focalRatio: telescope.focalLengthM / telescope.apertureM,
    areaM2,
    filters: observatory.filters.map((filter) => filterFigures(observatory, filter, scale, areaM2)),
  };
}

/** Highest count that a camera's converter gives. */
export const converterTopAdu = ({ adcBits = 16 }: Observatory['camera']): number => 2 ** adcBits - 1;

function filterFigures(observatory: Observatory, filter: Filter, scale: number, areaM2: number): FilterFigures {
  const { camera, telescope, climate } = observatory;
  const { zeroPointMag: zero } = filter;
  const atmosphere = climate.seeingMedianArcsec * (500 / filter.effectiveWavelengthNm) ** 0.3;
  // Rubin's model, as the twin has it: SMTN-002.
  const fwhmEffArcsec = 1.16 * Math.sqrt(telescope.systemFwhmArcsec ** 2 + 1.04 * atmosphere ** 2);
  const skyEPerSPerPix = 10 ** (0.4 * (groundZeroPointMag(filter) - filter.darkSkyMagPerArcsec2)) * scale ** 2;
  const pixels = 2.266 * (fwhmEffArcsec / scale) ** 2;
  const limit = (timeS: number): number => {
    const backgroundE = pixels * ((skyEPerSPerPix + camera.darkCurrentEPerS) * timeS + camera.readNoiseE ** 2);
    const half = LIMIT_SIGNAL_TO_NOISE ** 2 / 2;
    const signalE = half + Math.sqrt(half * half + 2 * half * backgroundE);
    return zero - 2.5 * Math.log10(signalE / timeS);
  };
  const wellE = Math.min(camera.fullWellE, (converterTopAdu(camera) - camera.biasLevelAdu) * camera.gainEPerAdu);
  const roomE = Math.max(1, wellE - 30 * skyEPerSPerPix);
  const fwhmArcsec = 0.822 * fwhmEffArcsec + 0.052;
  return {
    name: filter.name,
    zeroPointMag: zero,
    efficiency:
      10 ** (0.4 * (zero + filter.extinctionMagPerAirmass)) / (AB_ZERO_PHOTONS * areaM2 * BAND_WIDTH[filter.band]),
    fwhmEffArcsec,
    sampling: fwhmArcsec / scale,
    skyEPerSPerPix,
    limitMag: { in30S: limit(30), in300S: limit(300) },
    saturationMag: zero - 2.5 * Math.log10(roomE / centralShare(fwhmArcsec, scale) / 30),
  };
}

/** Share of a star's light in a circle as large as a pixel about its centre. */
function centralShare(fwhmArcsec: number, scale: number): number {
  const alpha2 = fwhmArcsec ** 2 / (4 * (2 ** (1 / MOFFAT_BETA) - 1));
  return 1 - (1 + scale ** 2 / Math.PI / alpha2) ** (1 - MOFFAT_BETA);
}
