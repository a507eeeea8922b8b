/**
 * An image with what is known of each of its pixels. Row 0 is the bottom row: pixel (x, y), both from 0, is `data[y * widthPix + x]`
 * in every plane.
 */
export interface Planes {
  widthPix: number;
  heightPix: number;
  data: Float32Array;
  /** One standard deviation, in the unit of `data`; 0 where it is exact, infinite where nothing is known. */
  uncertainty: Float32Array;
  /** Flags of `DQ`, OR-ed; 0 is a good pixel. */
  dq: Uint8Array;
}

/** Flags of the plane of data quality. Each step adds its own and takes none away. */
export const DQ = {
  /** Does not answer to light as its neighbours do, or never did. */
  BAD_PIXEL: 1,
  /** Its dark current is far above that of the others. */
  HOT_PIXEL: 2,
  /** Reached the full well or the end of the converter. */
  SATURATED: 4,
  /** Hit by a cosmic ray; its value has been replaced. */
  COSMIC_RAY: 8,
  /** Its flat is too low to divide by. */
  LOW_FLAT: 16,
  /** No frame of a master had a usable value there. */
  NO_DATA: 32,
} as const;

/** A part of an image, columns from x0 to x1, rows from y0 to y1; the ends are not in it. */
export interface Section {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** What one amplifier read, as it stands in the file; images are oriented as the chip is. */
export interface RawAmplifier {
  name: string;
  widthPix: number;
  heightPix: number;
  pixels: Uint16Array;
  /** Pixels that see the sky, in this image. */
  data: Section;
  /** Pixels without charge that tell the bias level; absent where the camera reads none. */
  overscan?: Section | undefined;
  /** Where `data` lies on the whole detector, in binned pixels. */
  detector: Section;
  gainEPerAdu: number;
  readNoiseE: number;
  saturationAdu: number;
}

/** A raw frame as its file says it is: calibration knows of a frame what its header says, and nothing else. */
export interface RawFrame {
  exposureId: string;
  instrument: string;
  /** IMAGETYP: object, flat, focus, dark, bias. */
  imageType: string;
  filter?: string | undefined;
  exposureTimeS: number;
  darkTimeS: number;
  dayObs: number;
  /** Begin, middle and end of the exposure, ms since 1970 UTC. */
  beginMs: number;
  midMs: number;
  endMs: number;
  binning: number;
  temperatureC?: number | undefined;
  setTemperatureC?: number | undefined;
  domeOpen?: boolean | undefined;
  /** Of the detector without overscan, binned. */
  widthPix: number;
  heightPix: number;
  amplifiers: readonly RawAmplifier[];
}
