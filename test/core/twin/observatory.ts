import { readFileSync } from 'node:fs';
import { type Observatory, observatory as observatorySchema } from '../../../core/records/observatory.ts';

type Parts = { [Key in 'telescope' | 'mount' | 'camera' | 'climate']?: Partial<Observatory[Key]> };

/** The default observatory with a chip of 256 x 256 pixels and no vignetting, and whatever else a test wants changed. */
export function smallObservatory(changes: Parts = {}): Observatory {
  const file = new URL('../../../observatories/la-palma.json', import.meta.url);
  const base = observatorySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return {
    ...base,
    telescope: { ...base.telescope, vignettingAtCorner: 0, ...changes.telescope },
    mount: { ...base.mount, ...changes.mount },
    camera: { ...base.camera, widthPix: 256, heightPix: 256, ...changes.camera },
    climate: { ...base.climate, ...changes.climate },
  };
}
