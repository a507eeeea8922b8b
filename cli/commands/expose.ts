import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compressFrame } from '../../core/fits/compress.ts';
import { type FrameRecipe, type MadeFrame, makeFrame, type TruthEntry, weatherFor } from '../../core/visits/frame.ts';
import { singleRecipe } from '../../core/visits/single.ts';
import { frameTruth } from '../../core/visits/truth.ts';
import { namedByContent } from '../../functions/shared/inputs.ts';
import { loadSky } from '../../functions/shared/sky.ts';
import { makeFolder } from '../download.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { type ExposeOptions, prepareExposure } from '../expose-input.ts';
import { previewOf } from '../preview.ts';
import { truthTable } from '../truth-table.ts';

export interface ExposeCommandOptions extends ExposeOptions {
  /** Folder to write to. */
  to: string;
  truth?: boolean;
  png?: boolean;
  compress?: boolean;
  replace?: boolean;
  json?: boolean;
}

const PREVIEW_WIDTH_PIX = 1024;

/**
 * Takes one frame outside of any night and writes it to a folder, with the observatory's file beside it, so that `nocturne replay`
 * can make it again. Returns the exit status. Throws InputRefused before anything is written.
 */
export async function expose(
  target: string | undefined,
  options: ExposeCommandOptions,
  nowMs: number,
): Promise<number> {
  const request = prepareExposure(target, options, nowMs);
  const { observatory } = request;
  const parameters = namedByContent('observatory', observatory);
  const truth: TruthEntry[] = [];
  const { recipe, made } = refusingFailures(() => {
    const weather = weatherFor(observatory, request.seed);
    const recipe = singleRecipe({ ...request, parameters: parameters.name }, weather);
    return {
      recipe,
      made: makeFrame(recipe, weather, loadSky(), options.truth ? (entry) => truth.push(entry) : undefined),
    };
  });

  const folder = path.resolve(options.to);
  const base = path.join(folder, made.filename.replace(/\.fits$/, ''));
  const files: [file: string, content: Uint8Array | string][] = [
    options.compress ? [`${base}.fits.fz`, compressFrame(made.file)] : [`${base}.fits`, made.file],
    [path.join(folder, parameters.name), parameters.text],
  ];
  if (options.truth)
    files.push([`${base}.truth.ecsv`, truthTable(recipe.identity.exposureId, frameTruth(recipe, made, truth))]);
  if (options.png)
    files.push([`${base}.png`, previewOf(made.rendered.frame, made.rendered.readOut.imageSection, PREVIEW_WIDTH_PIX)]);
  writeAll(folder, files, options.replace ?? false);
  tell(
    recipe,
    made,
    files.map(([file]) => file),
    options.json ?? false,
  );
  return EXIT.done;
}

/** What the observatory cannot do is the person's to change. */
function refusingFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const names = ['SlewFailed', 'ConfigureFailed', 'ExposureFailed', 'WeatherUnknown'];
    if (error instanceof Error && names.includes(error.name)) throw new InputRefused([error.message]);
    throw error;
  }
}

/** Writes all files or none: another content that stands under one of their names is kept, unless it is to be replaced. */
function writeAll(folder: string, files: readonly [string, Uint8Array | string][], replace: boolean): void {
  const taken = files.filter(([file, content]) => existsSync(file) && !readFileSync(file).equals(Buffer.from(content)));
  if (taken.length > 0 && !replace) {
    throw new InputRefused(
      taken.map(([file]) => `${file}: exists, with another content; choose another --to or --number, or --replace it`),
    );
  }
  try {
    makeFolder(folder);
    for (const [file, content] of files) writeFileSync(file, content);
  } catch (error) {
    throw new InputRefused([`option --to: ${folder} cannot be written to: ${(error as Error).message}`]);
  }
}

function tell({ timeline, exposureTimeS, filter }: FrameRecipe, made: MadeFrame, files: string[], json: boolean): void {
  const { header, conditions, rendered } = made;
  const { sky, saturatedPixels } = rendered.summary;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ type: 'frame', files, header, conditions, summary: rendered.summary })}\n`,
    );
    return;
  }
  const lines = [
    `${header.object}, ${header.imageType}, ${filter}, ${exposureTimeS} s from ${new Date(timeline.beginMs).toISOString()}`,
    ...(sky
      ? [
          `altitude ${sky.pointing.altitudeDeg.toFixed(1)} deg, airmass ${sky.airmass.toFixed(2)}, Moon ${sky.moonSeparationDeg.toFixed(0)} deg away, Sun at ${conditions.sunAltitudeDeg.toFixed(0)} deg`,
          `image ${sky.psfFwhmArcsec.toFixed(2)} arcsec, sky ${sky.skyMagPerArcsec2.toFixed(2)} mag/arcsec2, cloud ${conditions.cloudExtinctionMag.toFixed(2)} mag; ${sky.starsRendered} stars, ${sky.galaxiesRendered} galaxies`,
        ]
      : []),
    `${rendered.frame.width} x ${rendered.frame.height} pixels, ${saturatedPixels} saturated`,
    ...files,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
