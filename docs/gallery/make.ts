/**
 * Makes the pictures of this folder and the page that shows them: `node docs/gallery/make.ts [name ...]`; without names all of them.
 * A picture has one or more panels, each a frame as `nocturne expose` makes it with the arguments that stand in the page.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import { type ExposeOptions, prepareExposure } from '../../cli/expose-input.ts';
import type { ImageType } from '../../core/records/ids.ts';
import { makeFrame, weatherFor } from '../../core/visits/frame.ts';
import { singleRecipe } from '../../core/visits/single.ts';
import { loadSky } from '../../functions/shared/sky.ts';
import { type Panel, PICTURES, type Picture } from './pictures.ts';

const HERE = import.meta.dirname;
/** Widest picture, and the space between two panels, in pixels. */
const WIDTH_PIX = 640;
const GAP_PIX = 8;
/** Levels of grey: few enough that noise stays small in the file. */
const GREYS = 90;
/** As in cli/preview.ts, counts are shown by their inverse hyperbolic sine; black is that much of the noise below the median. */
const BLACK_SIGMA = 1.5;
const WHITE_SHARE = 0.998;
const STRETCH = 12;

interface Pixels {
  width: number;
  height: number;
  /** Row by row from the bottom. */
  values: Float32Array;
}

/** The arguments of `nocturne expose` as cli/nocturne.ts reads them. */
function optionsOf(args: string): { target: string | undefined; options: ExposeOptions } {
  const words = args.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
  const names = 'observatory type filter exposure level light at night seed number without binning window focus'.split(
    ' ',
  );
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const given = values as Partial<ExposeOptions>;
  const usual = { observatory: 'la-palma', seed: '1', number: '1', binning: '1', focus: '0' } as const;
  return { target: positionals[0], options: { ...usual, ...given, type: (given.type ?? 'object') as ImageType } };
}

/** An observatory's file with more sections, in a folder of its own. */
function observatoryWith(name: string, { camera, mount }: Panel, folder: string): string {
  const observatory = JSON.parse(readFileSync(path.join(HERE, '../../observatories', `${name}.json`), 'utf8'));
  const file = path.join(folder, 'observatory.json');
  writeFileSync(
    file,
    JSON.stringify({
      ...observatory,
      camera: { ...observatory.camera, ...camera },
      mount: { ...observatory.mount, ...mount },
    }),
  );
  return file;
}

function exposed(panel: Panel, folder: string): Pixels {
  const { args, camera, mount, whole } = panel;
  const { target, options } = optionsOf(args);
  const file = camera || mount ? observatoryWith(options.observatory, panel, folder) : options.observatory;
  const request = prepareExposure(target, { ...options, observatory: file }, Date.now());
  const weather = weatherFor(request.observatory, request.seed);
  const made = makeFrame(singleRecipe({ ...request, parameters: 'observatory.json' }, weather), weather, loadSky());
  const { frame, readOut, summary } = made.rendered;
  process.stdout.write(`  ${args}\n    ${JSON.stringify(summary)}\n`);
  const [left, right, bottom, top] = whole
    ? [1, frame.width, 1, frame.height]
    : readOut.imageSection.slice(1, -1).split(/[:,]/).map(Number);
  return cut({ width: frame.width, height: frame.height, values: Float32Array.from(frame.pixels) }, [
    left - 1,
    bottom - 1,
    right - left + 1,
    top - bottom + 1,
  ]);
}

function cut({ width, values }: Pixels, [x, y, columns, rows]: readonly number[]): Pixels {
  const out = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    out.set(values.subarray((y + row) * width + x, (y + row) * width + x + columns), row * columns);
  }
  return { width: columns, height: rows, values: out };
}

/** Means of square blocks, or each pixel several times, so that the width comes near to `widthPix`. */
function scaled({ width, height, values }: Pixels, widthPix: number): Pixels {
  const block = Math.max(1, Math.ceil(width / widthPix));
  const zoom = block > 1 ? 1 : Math.max(1, Math.floor(widthPix / width));
  const [columns, rows] = [Math.floor(width / block) * zoom, Math.floor(height / block) * zoom];
  const out = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [Math.floor(column / zoom) * block, Math.floor(row / zoom) * block];
      let sum = 0;
      for (let i = 0; i < block * block; i++) sum += values[(y + Math.floor(i / block)) * width + x + (i % block)];
      out[row * columns + column] = sum / (block * block);
    }
  }
  return { width: columns, height: rows, values: out };
}

function ratio(over: Pixels, under: Pixels): Pixels {
  const values = over.values.map((value, i) => (value - 1000) / Math.max(1, under.values[i] - 1000));
  return { ...over, values };
}

/** Grey of each pixel, from 0 to 1. `linear`: in proportion between the shares, for flats and ratios. */
function shader({ values }: Pixels, linear: boolean, whiteShare = WHITE_SHARE): (value: number) => number {
  const sorted = values.slice().sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  if (linear) {
    const [black, white] = [at(0.01), at(0.99)];
    return (value) => Math.min(1, Math.max(0, (value - black) / Math.max(1e-9, white - black)));
  }
  const black = at(0.5) - BLACK_SIGMA * (at(0.5) - at(0.16));
  const white = Math.max(black + 1, at(whiteShare));
  return (value) =>
    Math.asinh(STRETCH * Math.min(1, Math.max(0, (value - black) / (white - black)))) / Math.asinh(STRETCH);
}

function make(picture: Picture, folder: string): void {
  const { panels, mode = 'each', crop, linear = false, white } = picture;
  const across = Math.floor((WIDTH_PIX - GAP_PIX * (panels.length - 1)) / panels.length);
  const frames = panels.map((panel) => {
    const frame = exposed(panel, folder);
    const part = panel.crop ?? crop;
    return part ? cut(frame, part) : frame;
  });
  const quotient = mode === 'ratio' || mode === 'overlay' ? [ratio(frames[0], frames[1])] : [];
  const shown = mode === 'ratio' ? quotient : mode === 'overlay' ? [frames[0], ...quotient] : frames;
  const parts = shown.map((frame) => scaled(frame, mode === 'ratio' ? 512 : across));
  const first = shader(parts[parts.length - 1], linear, white);
  const shades = parts.map((part, i) =>
    mode === 'same' ? first : shader(part, linear || (mode === 'overlay' && i === 1), white),
  );
  const height = Math.max(...parts.map((part) => part.height));
  const width = parts.reduce((sum, part) => sum + part.width + GAP_PIX, -GAP_PIX);
  const data = new Uint8Array(width * height).fill(255);
  let left = 0;
  for (const [i, part] of parts.entries()) {
    for (let row = 0; row < part.height; row++) {
      for (let column = 0; column < part.width; column++) {
        const grey = shades[i](part.values[(part.height - 1 - row) * part.width + column]);
        data[row * width + left + column] = Math.round((Math.round(grey * GREYS) / GREYS) * 255);
      }
    }
    left += part.width + GAP_PIX;
  }
  writeFileSync(path.join(HERE, `${picture.name}.png`), encode({ width, height, data, depth: 8, channels: 1 }));
}

function page(): string {
  const entries = PICTURES.map(({ name, title, caption, panels }) => {
    const commands = panels.map(({ args }) => `node cli/nocturne.ts expose ${args} --png`);
    const sections = panels.flatMap(({ camera, mount }) => [
      ...(camera ? [`\`camera\` with \`${JSON.stringify(camera)}\``] : []),
      ...(mount ? [`\`mount\` with \`${JSON.stringify(mount)}\``] : []),
    ]);
    const changed =
      sections.length > 0 ? `\nIn the last one, an observatory's file with ${sections.join(', ')}.\n` : '';
    return `## ${title}\n\n![${title}](${name}.png)\n\n${caption}\n\n\`\`\`sh\n${commands.join('\n')}\n\`\`\`\n${changed}`;
  });
  return `# Gallery

Frames of the twin, as \`nocturne expose\` makes them. Counts are shown by an inverse hyperbolic sine, which raises the faint; bias,
flats and ratios are linear. Two panels have the same levels, those of the second, where the caption does not say otherwise. What the effects are is in
[twin.md](../twin.md). Plots of numbers (weather, pointing, photon transfer) are made by \`node docs/gallery/plots.ts\`. \`node docs/gallery/make.ts\` makes pictures and page; what is shown is in \`pictures.ts\`.

${entries.join('\n')}`;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PICTURES.some((picture) => picture.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no picture ${unknown.join(', ')}; there are ${PICTURES.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const folder = mkdtempSync(path.join(tmpdir(), 'nocturne-gallery-'));
try {
  for (const picture of PICTURES) {
    if (wanted.length > 0 && !wanted.includes(picture.name)) continue;
    process.stdout.write(`${picture.name}\n`);
    make(picture, folder);
  }
  writeFileSync(path.join(HERE, 'README.md'), page());
} finally {
  rmSync(folder, { recursive: true });
}
