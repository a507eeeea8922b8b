/**
 * Our compression of a sky frame to .fits.fz (RICE_1, checksums verified and written) against CFITSIO's, by fitsio, into memory.
 * Run: node bench/rice.ts [rounds, default 25] [--check]
 * Seeded; warmed up; in turn with the peer, one core each.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compressFrame } from '../core/fits/compress.ts';
import { compare } from './against-peer.ts';
import { startPeer } from './peer.ts';
import { skyFrame } from './sky-frame.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-bench-'));
try {
  const frame = skyFrame(2048, 2048);
  const file = path.join(folder, 'sky.fits');
  writeFileSync(file, frame);
  const peer = await startPeer('rice', [file]);
  let lengthBytes = 0;
  const rounds = Number(process.argv[2]) || 25;
  await compare('2048 x 2048 uint16 to RICE_1', rounds, () => (lengthBytes = compressFrame(frame).length), peer);
  console.log(`${frame.length} to ${lengthBytes} bytes, ${(frame.length / lengthBytes).toFixed(2)} to 1`);
} finally {
  rmSync(folder, { recursive: true });
}
