import type { RawAmplifier, RawFrame, Section } from '../calibration/planes.ts';
import { FramesDisagree } from '../errors.ts';
import type { Hdu } from '../fits/hdus.ts';
import { integerOf, numberOf } from '../fits/header-read.ts';
import {
  AMPLIFIER_PROPERTIES,
  type AmplifierHeader,
  type FrameHeader,
  type SharedHeader,
} from '../fits/header-table.ts';
import { inheritedFrameHeader } from '../fits/multi-extension.ts';
import { wcsOf } from '../fits/wcs.ts';
import type { Wcs } from '../gnomonic.ts';
import { utcMsOf } from '../time.ts';
import { isEmpty, meet, moved, scaled, sectionOf } from './section.ts';

/** A raw frame without its pixels. */
export type RawAbout = Omit<RawFrame, 'amplifiers'> & { amplifiers: readonly Omit<RawAmplifier, 'pixels'>[] };

/** What the headers of a raw file say. */
export interface RawLayout {
  /** Every property of the header; of several amplifiers each has its own, which are left out. */
  header: SharedHeader & Partial<AmplifierHeader>;
  about: RawAbout;
  /** World coordinates of the detector without overscan, all amplifiers in one: the first pixel of `about` is (1, 1). */
  wcs?: Wcs;
  /** Of a frame that is a part of the detector: which, in binned pixels. Sections of `about` then count from its corner. */
  window?: Section;
}

/** A header-data unit of which only the header is needed. */
export type RawHead = Pick<Hdu, 'index' | 'name' | 'header'>;

/** What the amplifier of a file of one image is called: the file does not name it. */
const ONLY_AMPLIFIER = '1';
/** Pixels that the world coordinates of amplifiers may differ by where they meet. */
const WCS_TOLERANCE_PIX = 1e-6;

/**
 * Reads the layout of a raw file from its headers. Throws FramesDisagree with every fault where a header contradicts itself or its
 * image, InvalidFrameHeader for a header that is none of a raw frame, UnsupportedFits and InvalidWcs for its world coordinates.
 * @param heads of the primary header-data unit and of its extensions
 */
export function rawLayout(heads: readonly RawHead[]): RawLayout {
  const [primary, ...extensions] = heads;
  const state = primary.header.values.get('CAL_STAT');
  if (primary.header.values.has('OBSTYPE') || (state !== undefined && state !== 'RAW')) {
    const kind = primary.header.values.get('OBSTYPE') ?? `a frame with CAL_STAT ${JSON.stringify(state)}`;
    throw new FramesDisagree([`a raw frame is needed; the file holds ${kind}`]);
  }
  if (extensions.some(({ header }) => header.values.get('ZIMAGE') === true)) {
    throw new FramesDisagree(['the file is compressed; decompressFrame gives the raw frame']);
  }
  const images = extensions.length === 0 ? [primary] : extensions;
  const headers = images.map((image) => inheritedFrameHeader(primary, image));
  const names = extensions.length === 0 ? [ONLY_AMPLIFIER] : extensions.map(({ name }) => name);
  const parts = images.map((image, i) => partOf(image, headers[i], names[i]));
  const faults = [
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `${name}: two amplifiers of this name`),
    ...parts.flatMap((part) => part.faults),
  ];
  if (faults.length > 0) throw new FramesDisagree(faults);
  return assembled(headers, parts);
}

interface Part {
  amplifier: Omit<RawAmplifier, 'pixels'>;
  wcs: Wcs | undefined;
  faults: string[];
}

function partOf({ header }: RawHead, of: FrameHeader, name: string): Part {
  const faults: string[] = [];
  const [widthPix, heightPix] = [sizeOf(header, 1), sizeOf(header, 2)];
  const stored = [integerOf(header, 'BITPIX'), numberOf(header, 'BSCALE', 1), numberOf(header, 'BZERO', 0)];
  if (integerOf(header, 'NAXIS') !== 2 || stored.join() !== '16,1,32768') {
    faults.push(
      `${name}: got BITPIX, BSCALE, BZERO of ${stored.join(', ')} on ${integerOf(header, 'NAXIS')} axes; counts are 16, 1, 32768 on 2`,
    );
  }
  const { xBinning = 1, yBinning = 1 } = of;
  if (xBinning !== yBinning)
    faults.push(`${name}: got binning ${xBinning} x ${yBinning}; must be alike in both directions`);
  const inImage = (keyword: string, text: string): Section => {
    const section = sectionOf(text);
    if (isEmpty(section)) faults.push(`${name}: ${keyword} ${text} runs backwards; images are oriented as the chip is`);
    else if (section.x1 > widthPix || section.y1 > heightPix)
      faults.push(`${name}: ${keyword} ${text} lies outside of its image of ${widthPix} x ${heightPix} pixels`);
    return section;
  };
  const data = inImage('TRIMSEC', of.trimSection);
  const overscan = of.biasSection === undefined ? undefined : inImage('BIASSEC', of.biasSection);
  if (overscan && meet(data, overscan)) {
    faults.push(`${name}: BIASSEC ${of.biasSection} lies on TRIMSEC ${of.trimSection}`);
  }
  const detector = detectorOf(of, data, xBinning, name, faults);
  return {
    amplifier: {
      name,
      widthPix,
      heightPix,
      data,
      overscan,
      detector,
      gainEPerAdu: of.gainEPerAdu,
      readNoiseE: of.readNoiseE,
      saturationAdu: of.saturationAdu,
    },
    wcs: wcsOf(header),
    faults,
  };
}

/** Where the data of an amplifier lie on the detector, in binned pixels; adds what is wrong with it to `faults`. */
function detectorOf(
  { detectorSection }: FrameHeader,
  data: Section,
  binning: number,
  name: string,
  faults: string[],
): Section {
  const [width, height] = [data.x1 - data.x0, data.y1 - data.y0];
  if (detectorSection === undefined) return { x0: 0, y0: 0, x1: width, y1: height };
  const unbinned = sectionOf(detectorSection);
  const detector = scaled(unbinned, 1 / binning);
  const said = `${name}: DETSEC ${detectorSection}`;
  if (isEmpty(unbinned)) faults.push(`${said} runs backwards; images are oriented as the chip is`);
  else if (Object.values(detector).some((edge) => !Number.isInteger(edge)))
    faults.push(`${said} does not begin and end between pixels of binning ${binning}`);
  else if (detector.x1 - detector.x0 !== width || detector.y1 - detector.y0 !== height)
    faults.push(
      `${said} is of ${detector.x1 - detector.x0} x ${detector.y1 - detector.y0} binned pixels, its TRIMSEC of ${width} x ${height}`,
    );
  return detector;
}

/** All amplifiers in one image, counted from the corner of what was read. */
function assembled(headers: readonly FrameHeader[], parts: readonly Part[]): RawLayout {
  const places = parts.map(({ amplifier }) => amplifier.detector);
  const corner = { x: Math.min(...places.map(({ x0 }) => x0)), y: Math.min(...places.map(({ y0 }) => y0)) };
  const widthPix = Math.max(...places.map(({ x1 }) => x1)) - corner.x;
  const heightPix = Math.max(...places.map(({ y1 }) => y1)) - corner.y;
  const amplifiers = parts.map(({ amplifier }) => ({ ...amplifier, detector: moved(amplifier.detector, corner) }));
  const area = places.reduce((sum, { x0, y0, x1, y1 }) => sum + (x1 - x0) * (y1 - y0), 0);
  const names = amplifiers.map(({ name }) => name);
  const overlaps = places.flatMap((place, i) =>
    places
      .slice(i + 1)
      .flatMap((other, j) => (meet(place, other) ? [`${names[i]} and ${names[i + 1 + j]} overlap`] : [])),
  );
  const wcss = parts.map(({ wcs, amplifier }, i) => wcs && detectorWcs(wcs, amplifier.data, amplifiers[i].detector));
  const first = wcss.find((wcs) => wcs !== undefined);
  const stray = first ? names.filter((_, i) => wcss[i] && isElsewhere(wcss[i], first)) : [];
  const [header] = headers;
  const window = windowOf(header, corner, widthPix, heightPix);
  const faults = [
    ...overlaps.map((overlap) => `amplifiers ${overlap} on the detector`),
    ...(overlaps.length === 0 && area !== widthPix * heightPix
      ? [`amplifiers ${names.join(', ')} cover ${area} of ${widthPix} x ${heightPix} pixels; one is missing`]
      : []),
    ...stray.map((name) => `${name}: its CRPIX is not that of ${names[0]} moved by DETSEC`),
    ...window.faults,
  ];
  if (faults.length > 0) throw new FramesDisagree(faults);
  return {
    header: (parts.length === 1 ? header : sharedOf(header)) as RawLayout['header'],
    about: { ...factsOf(header), widthPix, heightPix, amplifiers },
    ...(first && { wcs: first }),
    ...(window.section && { window: window.section }),
  };
}

function factsOf(header: FrameHeader): Omit<RawAbout, 'widthPix' | 'heightPix' | 'amplifiers'> {
  return {
    exposureId: header.obsId,
    instrument: header.instrument,
    imageType: header.imageType,
    filter: header.filter,
    exposureTimeS: header.exposureTimeS,
    darkTimeS: header.darkTimeS,
    dayObs: header.dayObs,
    beginMs: utcMsOf(header.dateBeg),
    midMs: utcMsOf(header.dateAvg),
    endMs: utcMsOf(header.dateEnd),
    binning: header.xBinning ?? 1,
    temperatureC: header.ccdTemperatureC,
    setTemperatureC: header.ccdSetTemperatureC,
    domeOpen: header.domeOpen,
  };
}

function sharedOf(header: FrameHeader): SharedHeader {
  const shared = Object.entries(header).filter(([property]) => !AMPLIFIER_PROPERTIES.has(property));
  return Object.fromEntries(shared) as SharedHeader;
}

function windowOf(
  { window, xBinning = 1 }: FrameHeader,
  corner: { x: number; y: number },
  widthPix: number,
  heightPix: number,
): { section?: Section; faults: string[] } {
  const read = { x0: corner.x, y0: corner.y, x1: corner.x + widthPix, y1: corner.y + heightPix };
  if (window === undefined) {
    const faults =
      corner.x === 0 && corner.y === 0
        ? []
        : [`what was read begins at (${corner.x}, ${corner.y}) of the detector, and WINDOW does not say so`];
    return { faults };
  }
  const stated = scaled(sectionOf(window), 1 / xBinning);
  const isSame = (Object.keys(read) as (keyof Section)[]).every((edge) => read[edge] === stated[edge]);
  return isSame
    ? { section: read, faults: [] }
    : { faults: [`WINDOW ${window} is not what the amplifiers read, ${JSON.stringify(read)} in binned pixels from 0`] };
}

/** World coordinates of an amplifier's image as those of the whole detector. */
function detectorWcs(wcs: Wcs, data: Section, detector: Section): Wcs {
  return { ...wcs, crpix1: wcs.crpix1 - data.x0 + detector.x0, crpix2: wcs.crpix2 - data.y0 + detector.y0 };
}

const isElsewhere = (a: Wcs, b: Wcs): boolean =>
  Math.abs(a.crpix1 - b.crpix1) > WCS_TOLERANCE_PIX || Math.abs(a.crpix2 - b.crpix2) > WCS_TOLERANCE_PIX;

function sizeOf(header: RawHead['header'], axis: 1 | 2): number {
  return header.values.has(`NAXIS${axis}`) ? integerOf(header, `NAXIS${axis}`) : 0;
}
