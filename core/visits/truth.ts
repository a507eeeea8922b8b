import type { AmplifierImage } from '../twin/detector/amplifier-images.ts';
import type { TruthEntry } from '../twin/light.ts';
import type { FrameRecipe, MadeFrame } from './frame.ts';

/** One thing in a frame, where a reader of the file finds it. */
export interface TruthRow extends Omit<TruthEntry, 'kind' | 'raDeg' | 'decDeg' | 'mag'> {
  kind: TruthEntry['kind'] | 'cosmicRay';
  /** ICRS; absent for what does not come from the sky. */
  raDeg?: number;
  decDeg?: number;
  mag?: number;
  /** Name of the extension, in a file with several images. */
  extension?: string;
}

/**
 * What was put where in a frame: the sources of light, and the cosmic rays. Places are pixels of the file, the centre of the first
 * being 1; what lies outside of what was read is given in continuation of the nearest image.
 * @param entries what `makeFrame` told of
 */
export function frameTruth(recipe: FrameRecipe, made: MadeFrame, entries: readonly TruthEntry[]): TruthRow[] {
  const { images, rendered } = made;
  const areas = images.map((image) => ({ image, on: edgesOf(image.detectorSection), in: edgesOf(image.dataSection) }));
  const binning = recipe.binning ?? 1;
  const placed = (x: number, y: number) => {
    const outside = ({ on }: (typeof areas)[number]) => Math.max(on.left - x, x - on.right, on.bottom - y, y - on.top);
    const area = areas.reduce((nearest, each) => (outside(each) < outside(nearest) ? each : nearest));
    return {
      x: (x - area.on.left) / binning + area.in.left,
      y: (y - area.on.bottom) / binning + area.in.bottom,
      ...(images.length > 1 && { extension: area.image.name }),
    };
  };
  return [
    ...entries.map((entry) => ({ ...entry, ...placed(entry.x + 1, entry.y + 1) })),
    ...rendered.readOut.truth.cosmicRays.map(({ xPix, yPix, chargeE }) => ({
      kind: 'cosmicRay' as const,
      ...placed(xPix + 1, yPix + 1),
      electrons: chargeE,
    })),
  ];
}

/** Outer edges of a section of FITS, in the coordinates in which the centre of the first pixel is 1. */
function edgesOf(section: AmplifierImage['dataSection']): { left: number; right: number; bottom: number; top: number } {
  const [x0, x1, y0, y1] = section.slice(1, -1).split(/[:,]/).map(Number);
  return { left: x0 - 0.5, right: x1 + 0.5, bottom: y0 - 0.5, top: y1 + 0.5 };
}
