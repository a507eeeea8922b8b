/**
 * Our writing of a frame, header and checksums to memory against astropy's of the same header and pixels with checksum=True.
 * Run: node bench/fits-encode.ts [rounds, default 25] [--check]
 * Seeded; warmed up; in turn with the peer, one core each.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeFrame } from '../core/fits/frame.ts';
import { OBJECT_HEADER, OBJECT_WCS } from '../test/core/fits/example-frame.ts';
import { compare } from './against-peer.ts';
import { startPeer } from './peer.ts';
import { skyPixels } from './sky-frame.ts';

const SIZE = 2048;
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
try {
  const pixels = skyPixels(SIZE, SIZE);
  const encode = () => writeFrame(OBJECT_HEADER, OBJECT_WCS, SIZE, SIZE, pixels);
  const file = path.join(folder, 'sky.fits');
  writeFileSync(file, encode());
  const peer = await startPeer('fits-encode', [file]);
  let lengthBytes = 0;
  const rounds = Number(process.argv[2]) || 25;
  await compare(`${SIZE} x ${SIZE} uint16 with its header`, rounds, () => (lengthBytes = encode().length), peer);
  console.log(`${lengthBytes} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}
