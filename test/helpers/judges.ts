import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { FITS, Image } from 'fitsjs-ng';
import { it } from 'vitest';

/** Programs of others that judge our files. The JavaScript ones come with npm; these come with the machine. */
export type InstalledJudge = 'fitsverify' | 'funpack' | 'astropy' | 'photutils' | 'ccdproc' | 'astrometry' | 'chromium';

const PYTHONS = ['/usr/bin/python3', 'python3'];
const MAX_OUTPUT_BYTES = 1 << 29;

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

const python = PYTHONS.find((command) => runs(command, ['-c', 'import astropy, numpy']));
/** The browser that opens pages. */
export const CHROMIUM = '/usr/bin/chromium';

const isInstalled: Record<InstalledJudge, boolean> = {
  chromium: existsSync(CHROMIUM),
  // Without arguments fitsverify prints its help and ends well.
  fitsverify: runs('fitsverify', []),
  astropy: python !== undefined,
  photutils: python !== undefined && runs(python, ['-c', 'import photutils']),
  ccdproc: python !== undefined && runs(python, ['-c', 'import ccdproc']),
  // Its index files are packages of their own: those of Tycho-2, here.
  astrometry: runs('solve-field', ['--help']) && existsSync('/usr/share/astrometry/index-tycho2-07.littleendian.fits'),
  funpack: runs('funpack', ['-V']),
};

/** A test that needs a judge. Where the judge is not installed, it is skipped by name; in CI, where it must be, it fails. */
export function itWith(
  judge: InstalledJudge,
  name: string,
  test: () => void | Promise<void>,
  timeLimitMs?: number,
): void {
  if (isInstalled[judge]) it(name, test, timeLimitMs);
  else if (process.env.CI) {
    it(name, () => {
      throw new Error(`${judge} is not installed, and in CI it must be`);
    });
  } else it.skip(`${name} (skipped: ${judge} is not installed)`, test);
}

export interface Verdict {
  errors: number;
  warnings: number;
  output: string;
}

/** What HEASARC's fitsverify finds in files, all together. Throws when it gives no verdict for one of them. */
export function fitsverify(paths: readonly string[]): Verdict {
  const { stdout } = spawnSync('fitsverify', paths, { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  const verdicts = [...stdout.matchAll(/Verification found (\d+) warning\(s\) and (\d+) error\(s\)/g)];
  if (verdicts.length !== paths.length)
    throw new Error(`${verdicts.length} verdicts on ${paths.length} files:\n${stdout}`);
  const sum = (group: 1 | 2) => verdicts.reduce((total, verdict) => total + Number(verdict[group]), 0);
  return { warnings: sum(1), errors: sum(2), output: stdout };
}

/** Decompresses a file with CFITSIO's funpack into another. Throws when it does not end well. */
export function funpack(compressed: string, into: string): void {
  execFileSync('funpack', ['-O', into, compressed], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Compresses a file with CFITSIO's fpack (RICE_1, a tile per row) into another. Throws when it does not end well. */
export function fpack(file: string, into: string): void {
  execFileSync('fpack', ['-O', into, file], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** An image as another program reads it; pixels in the order of the file, scaled by BSCALE and BZERO. */
export interface JudgedImage {
  widthPix: number;
  heightPix: number;
  pixels: number[];
}

export interface AstropyImage extends JudgedImage {
  /** Keyword, value and comment of every card, in order; commentary cards too. */
  cards: [keyword: string, value: string | number | boolean | null, comment: string][];
  /** Type that numpy gives the pixels, such as uint16. */
  dtype: string;
  /** What astropy warned of when it read the file with checksum=True and verify='warn'. */
  warnings: string[];
}

const ASTROPY_READ = `
import json, sys, warnings
from astropy.io import fits
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    with fits.open(sys.argv[1], checksum=True, memmap=False) as hdus:
        hdus.verify('warn')
        assert len(hdus) == 1, 'one HDU expected'
        cards = [[c.keyword, c.value if not isinstance(c.value, fits.card.Undefined) else None, c.comment] for c in hdus[0].header.cards]
        data = hdus[0].data
    print(json.dumps({'cards': cards, 'heightPix': data.shape[0], 'widthPix': data.shape[1], 'dtype': data.dtype.name,
        'pixels': data.ravel().tolist(), 'warnings': [str(w.message) for w in caught]}))
`;

/** A file of one image as astropy reads it, its checksums tested. */
export function astropyRead(path: string): AstropyImage {
  return astropyRun(ASTROPY_READ, [path]) as AstropyImage;
}

/** Runs a Python script of ours, in which astropy is there; gives back the JSON objects that it prints, one a line. */
export function pythonJson(script: string, args: readonly string[]): unknown[] {
  const output = execFileSync(python!, [script, ...args], {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Runs a Python program in which astropy is there, and gives back the JSON that it prints. */
export function astropyRun(program: string, args: readonly string[] = []): unknown {
  const output = execFileSync(python!, ['-c', program, ...args], {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
    // What it warns of is shown only with an error.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output);
}

/** A file of one image as npm's fitsjs-ng reads it. */
export async function fitsjsNgRead(path: string): Promise<JudgedImage> {
  const { data } = FITS.fromNodeBuffer(readFileSync(path)).getHDU(0)!;
  if (!(data instanceof Image)) throw new Error('fitsjs-ng found no image');
  return { widthPix: data.width, heightPix: data.height, pixels: [...(await data.getFrameAsNumber(0))] };
}

/** Of fitsjs as far as it is used here. It is a script for browsers: it knows no modules and hangs itself on `this.astro`. */
interface Fitsjs {
  FITS: new (url: string, callback: (fits: { getDataUnit(): FitsjsImage }) => void) => unknown;
}
interface FitsjsImage {
  width: number;
  height: number;
  bitpix: number;
  bzero: number;
  bscale: number;
  frameOffsets: { buffers: ArrayBuffer[] }[];
  _getFrame(buffer: ArrayBuffer, bitpix: number, bzero: number, bscale: number): ArrayLike<number>;
}

/**
 * A file of one image as npm's fitsjs reads it. Its own decoder is called directly, because `getFrame` would start a browser's
 * worker for it. It keeps 16-bit pixels in an Int16Array even with BZERO 32768: counts from 32768 on are 65536 too small, and
 * that is undone here. It reads no BITPIX -64.
 */
export async function fitsjsRead(path: string): Promise<JudgedImage> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  class FileRequest {
    status = 200;
    response = file;
    onload = () => {};
    open() {}
    send() {
      queueMicrotask(() => this.onload());
    }
  }
  const astro = {} as Fitsjs;
  const source = readFileSync(createRequire(import.meta.url).resolve('fitsjs'), 'utf8');
  compileFunction(source, ['astro', 'XMLHttpRequest']).call({ astro }, astro, FileRequest);
  const image = await new Promise<FitsjsImage>((resolve) => {
    new astro.FITS(path, (fits) => resolve(fits.getDataUnit()));
  });
  const { width, height, bitpix, bzero, bscale, frameOffsets, _getFrame } = image;
  const pixels = Array.from(_getFrame(frameOffsets[0].buffers[0], bitpix, bzero, bscale));
  const unwrapped = bitpix === 16 && bzero === 32768 ? pixels.map((pixel) => pixel & 0xffff) : pixels;
  return { widthPix: width, heightPix: height, pixels: unwrapped };
}
