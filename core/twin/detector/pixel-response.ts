import { randomStream } from '../../random.ts';
import type { Camera } from '../../records/observatory/camera.ts';
import { multiplyAbout } from './rows.ts';

/** Multiplies a map with the sensitivity of each pixel: normal about 1, fixed for a camera, the same in every filter. */
export function multiplyPixelResponse(camera: Camera, map: Float32Array): void {
  if (camera.pixelResponse === undefined) return;
  const { id, widthPix, heightPix } = camera;
  const { rms } = camera.pixelResponse;
  const stream = randomStream(0, 'pixelResponse', id);
  const row = new Float32Array(widthPix);
  for (let y = 0; y < heightPix; y++) {
    stream.enterLane(y);
    stream.fillNormal(row);
    multiplyAbout(map.subarray(y * widthPix, (y + 1) * widthPix), row, rms);
  }
}
