import { frameHeaderOf } from '../fits/frame.ts';
import { readHdus } from '../fits/hdus.ts';
import type { FrameHeader } from '../fits/header-table.ts';
import { inheritedFrameHeader } from '../fits/multi-extension.ts';
import type { Observatory } from '../records/observatory.ts';
import { utcMsOf } from '../time.ts';
import type { Degradation } from '../twin/faults.ts';
import { exposureTimeline } from '../twin/instrument.ts';
import type { FlatLight, SkyCatalogue, Window } from '../twin/render.ts';
import { type FrameRecipe, type MadeFrame, makeFrame, weatherFor } from './frame.ts';

export interface Replayed extends MadeFrame {
  /** Whether the frame that was made again is the given one, byte for byte. */
  isIdentical: boolean;
  /** Header cards that differ, as `KEYWORD: was ..., made again ...`, those of an extension with its name in front. */
  differingCards: string[];
  /** Bytes of the data that differ; all of them when the lengths do. */
  differingBytes: number;
}

/**
 * The header of a frame's file; of several extensions, the first one's with what it inherits. Throws NotFits, TruncatedFits and
 * UnsupportedFits for a file that is none or is cut short, InvalidFrameHeader for one that is no frame of ours.
 */
export function headerOfFile(file: Uint8Array): FrameHeader {
  const [primary, extension] = readHdus(file, { verify: false });
  return extension === undefined ? frameHeaderOf(primary.header) : inheritedFrameHeader(primary, extension);
}

/** The recipe of a frame from nothing but its header and the observatory that it names. */
export function recipeOf(header: FrameHeader, observatory: Observatory): FrameRecipe {
  const { imageType, exposureTimeS, raDeg, decDeg, simFlatLight, pierSide, focusPositionMm, xBinning, window } = header;
  return {
    identity: {
      exposureId: header.obsId,
      dayObs: header.dayObs,
      seqNum: header.seqNum,
      object: header.object,
      groupId: header.groupId,
      requestId: header.requestId,
      blockId: header.blockId,
      program: header.program,
      observer: header.observer,
      reason: header.reason,
      parameters: header.simParams ?? '',
    },
    observatory,
    imageType,
    // Nothing passes through the filter of a frame whose header names none.
    filter: header.filter ?? observatory.filters[0].name,
    exposureTimeS,
    pointing: raDeg === undefined || decDeg === undefined ? null : { raDeg, decDeg },
    pose: {
      domeOpen: header.domeOpen ?? false,
      rotationDeg: header.simRotationDeg ?? 0,
      ...(pierSide && { pierSide }),
      ...(focusPositionMm !== undefined && { focusUm: umOf(focusPositionMm) }),
    },
    timeline: exposureTimeline(observatory.camera, utcMsOf(header.dateBeg), exposureTimeS),
    seed: header.simSeed ?? 0,
    ...(simFlatLight && { flatLight: simFlatLight as FlatLight }),
    ...(xBinning !== undefined && xBinning > 1 && { binning: xBinning }),
    ...(window && { window: windowOf(window) }),
    ...degradationOf(header),
  };
}

/** Focusers are read to the nanometre: a position in millimetres has lost nothing. */
const umOf = (positionMm: number): number => Math.round(positionMm * 1e6) / 1000;

/** `[17:32,1:16]`, from 1 and with both ends, as a window from 0. */
function windowOf(section: string): Window {
  const [x0, x1, y0, y1] = section.slice(1, -1).split(/[:,]/).map(Number);
  return { xPix: x0 - 1, yPix: y0 - 1, widthPix: x1 - x0 + 1, heightPix: y1 - y0 + 1 };
}

function degradationOf({ simFaults, simChipWarmingC = 0 }: FrameHeader): { degradation?: Degradation } {
  const names = simFaults?.split(',') ?? [];
  if (names.length === 0) return {};
  return {
    degradation: {
      shutterStuck: names.includes('shutter'),
      guiderLost: names.includes('guider'),
      chipWarmingC: simChipWarmingC,
      lampOn: names.includes('lamp'),
      deadAmplifier: names.includes('amplifier'),
    },
  };
}

/**
 * Makes a frame again from its own header and compares the two. Throws what reading throws for a file that is not one of our
 * frames, and what makeFrame throws.
 * @param file the frame's FITS file, not compressed
 * @param observatory the one whose file the header names as SIM_PRMS
 */
export function replayFrame(file: Uint8Array, observatory: Observatory, sky: SkyCatalogue): Replayed {
  const recipe = recipeOf(headerOfFile(file), observatory);
  const made = makeFrame(recipe, weatherFor(observatory, recipe.seed), sky);
  return { ...made, ...compare(file, made.file) };
}

function compare(was: Uint8Array, is: Uint8Array): Pick<Replayed, 'isIdentical' | 'differingCards' | 'differingBytes'> {
  const [old, now] = [was, is].map((file) => cardsOf(file));
  const differingCards = [...new Set([...old.keys(), ...now.keys()])]
    .filter((keyword) => !Object.is(old.get(keyword), now.get(keyword)))
    .map((keyword) => `${keyword}: was ${old.get(keyword) ?? 'absent'}, made again ${now.get(keyword) ?? 'absent'}`);
  let differingBytes = Math.abs(was.length - is.length);
  for (let i = 0; i < Math.min(was.length, is.length); i++) if (was[i] !== is[i]) differingBytes++;
  return { isIdentical: differingBytes === 0, differingCards, differingBytes };
}

/** Values of all cards of a file; those of an extension under its name and the keyword. */
function cardsOf(file: Uint8Array): Map<string, string | number | boolean> {
  return new Map(
    readHdus(file, { verify: false }).flatMap(({ index, name, header }) =>
      [...header.values].map(([keyword, value]) => [index === 0 ? keyword : `${name} ${keyword}`, value] as const),
    ),
  );
}
