import pc from 'picocolors';
import type { AnswerSheet, Choice } from '../../core/records/calibration.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { exposureIdIn, readExposure, readReduced } from '../file-of.ts';
import { isNowhere } from '../records.ts';
import { type EngineOptions, withSession } from '../session.ts';
import { rangeText, utcText } from '../validity.ts';

/**
 * Shows which masters a frame was reduced with, and why: every candidate with every criterion, and how far it is in time. Takes the
 * id of an exposure, or the name or key of its raw or reduced file. Throws InputRefused for what is no frame that was reduced.
 */
export async function showWhy(text: string, options: EngineOptions & { json?: boolean }): Promise<number> {
  const exposureId = exposureIdIn(text);
  if (exposureId === undefined) {
    throw new InputRefused([
      `file: "${text}" names no frame; give an exposure like noc1_o_20261121_000177, or its raw or reduced file`,
    ]);
  }
  if (isNowhere(options)) throw new InputRefused([`file: unknown frame "${text}"; there is no folder ${options.out}`]);
  const { sheet, status, missing } = await withSession(options, async (session) => {
    const exposure = await readExposure(session, exposureId);
    if (!exposure)
      throw new InputRefused([`file: unknown exposure "${exposureId}"; nocturne files <night> lists them`]);
    const reduced = await readReduced(session, exposure);
    if (reduced) return reduced;
    throw new InputRefused([
      `file: ${exposureId} (${exposure.imageType}) was not reduced, so no masters were chosen; night ${exposure.nightId}`,
    ]);
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ type: 'why', status, missing, ...sheet })}\n`);
  else process.stdout.write(sheetText(sheet, status, missing));
  return EXIT.done;
}

function sheetText({ exposureId, at, choices }: AnswerSheet, status: string, missing: readonly string[]): string {
  const lacks = missing.length > 0 ? `, missing: ${missing.join(', ')}` : '';
  return [
    `${pc.bold(exposureId)}, middle of the exposure ${utcText(at)} UTC (TAI ${at}): ${status}${lacks}`,
    ...choices.flatMap(choiceLines),
    '',
  ].join('\n');
}

const choiceLines = ({ type, wanted, reason, candidates }: Choice): string[] => [
  '',
  `${pc.bold(type)}: ${reason}`,
  `  wanted: ${wanted}`,
  ...candidates.flatMap((each) => [
    `  ${each.chosen ? pc.green('chosen') : '      '} ${each.masterId} ${each.grade}, ${distanceText(each.distanceS)}, valid ${rangeText(each)}`,
    ...each.criteria.map(
      ({ name, passed, detail }) => `         ${passed ? pc.green('passed') : pc.red('FAILED')} ${name}: ${detail}`,
    ),
  ]),
];

const HOUR_S = 3600;

const distanceText = (distanceS: number): string =>
  `${(Math.abs(distanceS) / HOUR_S).toFixed(2)} h ${distanceS < 0 ? 'before' : 'after'} the frame`;
