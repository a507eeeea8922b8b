import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compressFrame } from '../../core/fits/compress.ts';
import { previewOf } from '../../core/products/preview.ts';
import { plateScaleArcsecPerPix } from '../../core/records/observatory.ts';
import {
  type BestFocus,
  bestFocus,
  type FocusMeasurement,
  FocusNotFound,
  focusSequence,
} from '../../core/visits/focus.ts';
import { type FrameRecipe, type MadeFrame, makeFrame, type TruthEntry, weatherFor } from '../../core/visits/frame.ts';
import { singleRecipe } from '../../core/visits/single.ts';
import { starWidthPix } from '../../core/visits/star-width.ts';
import { frameTruth } from '../../core/visits/truth.ts';
import { namedByContent } from '../../functions/shared/inputs.ts';
import { loadSky } from '../../functions/shared/sky.ts';
import { makeFolder } from '../download.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { type ExposeOptions, type ExposeRequest, type FocusSequence, prepareExposure } from '../expose-input.ts';
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
 * Takes one frame outside of any night, or the frames of a focus sequence, and writes them to a folder, with the observatory's file
 * beside them, so that `nocturne replay` can make them again. Returns the exit status. Throws InputRefused before anything is written.
 */
export async function expose(
  target: string | undefined,
  options: ExposeCommandOptions,
  nowMs: number,
): Promise<number> {
  const asked = prepareExposure(target, options, nowMs);
  const { observatory, sequence } = asked;
  const parameters = namedByContent('observatory', observatory);
  const weather = weatherFor(observatory, asked.seed);
  const folder = path.resolve(options.to);
  const measured: FocusMeasurement[] = [];
  const requests = sequence ? focusFrames(asked, sequence) : [asked];
  for (const request of requests) {
    const truth: TruthEntry[] = [];
    const wantsTruth = options.truth || sequence !== undefined;
    const { recipe, made } = refusingFailures(() => {
      const recipe = singleRecipe({ ...request, parameters: parameters.name }, weather);
      return {
        recipe,
        made: makeFrame(recipe, weather, loadSky(), wantsTruth ? (entry) => truth.push(entry) : undefined),
      };
    });
    const base = path.join(folder, made.filename.replace(/\.fits$/, ''));
    const files: [file: string, content: Uint8Array | string][] = [
      options.compress ? [`${base}.fits.fz`, compressFrame(made.file)] : [`${base}.fits`, made.file],
      [path.join(folder, parameters.name), parameters.text],
    ];
    if (options.truth)
      files.push([`${base}.truth.ecsv`, truthTable(recipe.identity.exposureId, frameTruth(recipe, made, truth))]);
    if (options.png) {
      files.push([
        `${base}.png`,
        previewOf(made.rendered.frame, made.rendered.readOut.imageSection, PREVIEW_WIDTH_PIX),
      ]);
    }
    writeAll(folder, files, options.replace ?? false);
    const names = files.map(([file]) => file);
    tell(recipe, made, names, options.json ?? false);
    const widthPix = sequence && starWidthPix(made, truth);
    if (widthPix !== undefined && recipe.pose.focusUm !== undefined) {
      const fwhmArcsec = widthPix * plateScaleArcsecPerPix(observatory) * asked.binning;
      measured.push({ positionUm: recipe.pose.focusUm, fwhmArcsec });
    }
  }
  return sequence ? tellFocus(measured, options.json ?? false) : EXIT.done;
}

/** The frames of a focus sequence, one after the other, each with its place of the focuser. */
function focusFrames(asked: ExposeRequest, sequence: FocusSequence): (ExposeRequest & { focusSeqNum: number })[] {
  const { camera } = asked.observatory;
  const frameMs = ((asked.exposureTimeS ?? 0) + camera.readoutS) * 1000;
  return focusSequence({ centreUm: asked.focusOffsetUm, ...sequence }).map((focusOffsetUm, index) => ({
    ...asked,
    focusOffsetUm,
    focusSeqNum: asked.seqNum,
    seqNum: asked.seqNum + index,
    beginMs: asked.beginMs + Math.ceil(index * frameMs),
  }));
}

/** Shows the widths of a sequence and the best focus that follows from them; 1 when there is none. */
function tellFocus(measured: readonly FocusMeasurement[], json: boolean): number {
  let best: BestFocus | undefined;
  let reason = '';
  try {
    best = bestFocus(measured);
  } catch (error) {
    if (!(error instanceof FocusNotFound)) throw error;
    reason = error.message;
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'focus', measured, ...(best ? { best } : { reason }) })}\n`);
  } else {
    for (const { positionUm, fwhmArcsec } of measured) {
      process.stdout.write(
        `focuser at ${positionUm.toFixed(1).padStart(8)} um: stars ${fwhmArcsec.toFixed(2)} arcsec\n`,
      );
    }
    process.stdout.write(
      best
        ? `best focus ${best.positionUm.toFixed(1)} um, give or take ${best.standardErrorUm.toFixed(1)}: ${best.fwhmArcsec.toFixed(2)} arcsec\n`
        : `no focus found: ${reason}\n`,
    );
  }
  return best ? EXIT.done : EXIT.failed;
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
          `image ${sky.psfFwhmArcsec.toFixed(2)} arcsec, sky ${sky.skyMagPerArcsec2.toFixed(2)} mag/arcsec2, cloud ${conditions.cloudExtinctionMag.toFixed(2)} mag; ${sky.starsRendered + sky.faintStarsRendered} stars, ${sky.galaxiesRendered} galaxies`,
        ]
      : []),
    `${rendered.frame.width} x ${rendered.frame.height} pixels, ${saturatedPixels} saturated`,
    ...files,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
