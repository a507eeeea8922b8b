import { readFileSync } from 'node:fs';
import { type Observatory, observatory as observatorySchema } from '../../../core/records/observatory.ts';

type Parts = { [Key in 'site' | 'telescope' | 'mount' | 'camera' | 'climate']?: Partial<Observatory[Key]> };

/** Sections of the camera that make it less than ideal. */
const IDEAL = {
  scan: undefined,
  temperature: undefined,
  hotPixels: undefined,
  cosmicRays: undefined,
  bleeding: undefined,
  nonLinearity: undefined,
  biasStructure: undefined,
  shutter: undefined,
  pixelResponse: undefined,
  flatStructure: undefined,
  dust: undefined,
};

/**
 * The default observatory with an ideal chip of 256 x 256 pixels, without vignetting, distortion, halos, faint stars, patches in
 * the cloud and satellites, and whatever else a test wants changed.
 */
export function smallObservatory(changes: Parts = {}): Observatory {
  const file = new URL('../../../observatories/la-palma.json', import.meta.url);
  const base = observatorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { faintStarsVMax: _, cloudStructure: __, satellites: ___, ...site } = base.site;
  const { distortion: ____, aureole: _____, ...telescope } = base.telescope;
  const { calibration: ______, ...withoutCalibration } = base;
  return {
    ...withoutCalibration,
    site: { ...site, ...changes.site },
    telescope: { ...telescope, vignettingAtCorner: 0, ...changes.telescope },
    mount: { ...base.mount, ...changes.mount },
    camera: { ...base.camera, ...IDEAL, widthPix: 256, heightPix: 256, ...changes.camera },
    climate: { ...base.climate, ...changes.climate },
  };
}
