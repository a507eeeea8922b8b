import { DQ, type Planes } from '../calibration/planes.ts';
import { FramesDisagree } from '../errors.ts';
import { textCards } from '../fits/cards.ts';
import { UnsupportedFits } from '../fits/errors.ts';
import { type HduPlan, structureCards } from '../fits/hdu-write.ts';
import type { Hdu } from '../fits/hdus.ts';
import { planExtension, planImage } from '../fits/image.ts';
import { imageOf } from '../fits/read.ts';
import { wcsCards } from '../fits/wcs.ts';
import type { Wcs } from '../gnomonic.ts';

/** Extensions of a file of planes: one standard deviation of the primary image, and its flags. */
export const UNCERTAINTY_NAME = 'UNCERT';
export const QUALITY_NAME = 'DQ';

/** Cards of the extensions. `UTYPE` is how astropy's CCDData knows what an uncertainty is. */
// biome-ignore format: a table is read by its columns.
export const PLANE_CARDS = {
  BUNIT: { type: 'text', comment: 'unit of the pixels, in UNCERT' },
  UTYPE: { type: 'text', comment: 'kind of uncertainty, in UNCERT: one sigma' },
  DQBITn: { type: 'text', comment: 'meaning of bit n of a pixel, from 0, in DQ' },
} as const;

/**
 * The header-data units of an image with its uncertainty and its flags: the image in the primary one, so that every program shows
 * it at once. Throws FramesDisagree when planes differ in size.
 * @param cards of the primary header
 * @param more how many extensions follow those of the planes
 */
export function planesHdus(of: {
  planes: Planes;
  cards: readonly string[];
  bunit: string;
  wcs?: Wcs | undefined;
  more?: number;
}): HduPlan[] {
  const { planes, cards, bunit, wcs, more = 0 } = of;
  const { widthPix, heightPix, data, uncertainty, dq } = planes;
  const faults = Object.entries({ data, uncertainty, dq })
    .filter(([, plane]) => plane.length !== widthPix * heightPix)
    .map(([name, plane]) => `${name}: ${plane.length} pixels; must be ${widthPix} x ${heightPix}`);
  if (faults.length > 0) throw new FramesDisagree(faults);
  const size = { widthPix, heightPix };
  const place = wcs ? wcsCards(wcs) : [];
  const extend = structureCards({ EXTEND: true, NEXTEND: 2 + more });
  const uncertaintyCards = [
    ...textCards('BUNIT', bunit, 'unit of the pixels'),
    ...textCards('UTYPE', 'StdDevUncertainty', 'one standard deviation'),
    ...place,
  ];
  return [
    planImage({ ...size, cards: [...extend, ...cards], pixels: data }),
    planExtension(UNCERTAINTY_NAME, { ...size, cards: uncertaintyCards, pixels: uncertainty }, false),
    planExtension(QUALITY_NAME, { ...size, cards: [...flagCards(), ...place], pixels: dq }, false),
  ];
}

function flagCards(): string[] {
  return Object.entries(DQ).flatMap(([name, flag]) => textCards(`DQBIT${Math.log2(flag)}`, name, `flag ${flag}`));
}

/**
 * The planes of a file of them. Throws FramesDisagree with every fault when one is missing, of another kind or size, and what
 * `imageOf` throws.
 */
export function planesOf(hdus: readonly Hdu[]): Planes {
  const named = (name: string) => hdus.find((hdu) => hdu.index > 0 && hdu.name === name);
  const parts = [
    { name: 'primary image', hdu: hdus[0], Type: Float32Array },
    { name: UNCERTAINTY_NAME, hdu: named(UNCERTAINTY_NAME), Type: Float32Array },
    { name: QUALITY_NAME, hdu: named(QUALITY_NAME), Type: Uint8Array },
  ];
  const missing = parts.filter(({ hdu }) => !hdu).map(({ name }) => `extension ${name}: missing`);
  if (missing.length > 0) throw new FramesDisagree(missing);
  if (hdus[0].header.values.get('NAXIS') === 0)
    throw new UnsupportedFits('NAXIS', 0, 'the primary image must be there');
  const [data, uncertainty, dq] = parts.map(({ hdu }) => imageOf(hdu!));
  const { widthPix, heightPix } = data;
  const faults = [data, uncertainty, dq].flatMap((image, i) => {
    const { name, Type } = parts[i];
    return [
      ...(image.pixels instanceof Type
        ? []
        : [`${name}: pixels of ${image.pixels.constructor.name}; must be ${Type.name}`]),
      ...(image.widthPix === widthPix && image.heightPix === heightPix
        ? []
        : [`${name}: ${image.widthPix} x ${image.heightPix} pixels; the primary image has ${widthPix} x ${heightPix}`]),
    ];
  });
  if (faults.length > 0) throw new FramesDisagree(faults);
  return {
    widthPix,
    heightPix,
    data: data.pixels as Float32Array,
    uncertainty: uncertainty.pixels as Float32Array,
    dq: dq.pixels as Uint8Array,
  };
}
