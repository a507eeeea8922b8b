import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type ObservatoryFigures, observatoryFigures } from '../../core/night/observatory-figures.ts';
import { observatoryWarnings } from '../../core/night/observatory-warnings.ts';
import { type Observatory, observatory as observatorySchema } from '../../core/records/observatory.ts';
import { parseAll } from '../../core/records/primitives.ts';
import { EXIT, InputRefused } from '../errors.ts';
import { readNamed } from '../input.ts';

export interface ObservatoryOptions {
  json?: boolean;
}

/** One observatory, looked at: all that is wrong with it, or what follows from its parameters. */
interface Checked {
  file: string;
  faults: string[];
  warnings: string[];
  observatory?: Observatory;
  figures?: ObservatoryFigures;
}

/** Names of the observatories that come with the product. */
export function shippedObservatories(): string[] {
  return readdirSync(path.resolve(import.meta.dirname, '../../observatories'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => path.basename(name, '.json'))
    .toSorted();
}

/** Lists the observatories that come with the product. */
export function listObservatories({ json }: ObservatoryOptions): number {
  for (const name of shippedObservatories()) {
    const { observatory, figures } = checkObservatory(name);
    if (!observatory || !figures) continue;
    const { telescope, camera, site } = observatory;
    const line = `${name.padEnd(12)} ${telescope.name}; ${fieldText(figures)}, ${scaleText(figures)}; ${site.name}`;
    print(
      json,
      { type: 'observatory', name, telescope: telescope.name, camera: camera.id, site: site.name, figures },
      line,
    );
  }
  return EXIT.done;
}

/** Shows what follows from the parameters of one observatory. Throws InputRefused when it is faulty. */
export function showObservatory(name: string, { json }: ObservatoryOptions): number {
  const { observatory, figures, warnings, faults } = checkObservatory(name);
  if (!observatory || !figures) throw new InputRefused(faults);
  print(json, { type: 'observatory', name, figures, warnings, observatory }, textOf(observatory, figures, warnings));
  return EXIT.done;
}

/** Checks observatories, by file or name: 0 when all are faultless, 1 when one is not. Warnings are no faults. */
export function checkObservatories(names: readonly string[], { json }: ObservatoryOptions): number {
  const checked = names.map(checkObservatory);
  for (const { file, faults, warnings, figures, observatory } of checked) {
    const lines =
      observatory && figures
        ? [`${file}: ok`, indented(textOf(observatory, figures, warnings))]
        : [
            `${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`,
            ...faults.map((fault) => `  ${fault}`),
          ];
    print(json, { type: 'check', file, ok: faults.length === 0, faults, warnings, figures }, lines.join('\n'));
  }
  return checked.every(({ faults }) => faults.length === 0) ? EXIT.done : EXIT.failed;
}

function checkObservatory(name: string): Checked {
  const faults: string[] = [];
  const file = readNamed('observatory', 'observatories', name, faults);
  if (file === undefined) return { file: name, faults, warnings: [] };
  const { value, faults: found } = parseAll(observatorySchema, file, 'observatory');
  if (!value) return { file: name, faults: found, warnings: [] };
  const figures = observatoryFigures(value);
  return { file: name, faults: [], warnings: observatoryWarnings(value, figures), observatory: value, figures };
}

function textOf(
  { id, name, telescope, camera, site }: Observatory,
  figures: ObservatoryFigures,
  warnings: string[],
): string {
  const { focalRatio, areaM2 } = figures;
  const head = [
    'filter',
    'zero point',
    'efficiency',
    'FWHM_eff',
    'pixels',
    'sky e-/s',
    '5 sigma 30 s',
    '300 s',
    'saturates 30 s',
  ];
  const rows = figures.filters.map((filter) => [
    filter.name,
    filter.zeroPointMag.toFixed(2),
    `${(100 * filter.efficiency).toFixed(1)} %`,
    `${filter.fwhmEffArcsec.toFixed(2)}"`,
    filter.sampling.toFixed(2),
    filter.skyEPerSPerPix.toPrecision(3),
    filter.limitMag.in30S.toFixed(2),
    filter.limitMag.in300S.toFixed(2),
    filter.saturationMag.toFixed(2),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)));
  const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padStart(widths[at])).join('  ');
  return [
    `${id}: ${name}, ${site.name} (${site.latitudeDeg}, ${site.longitudeDeg} deg, ${site.elevationM} m)`,
    `${telescope.name}: aperture ${telescope.apertureM} m, ${areaM2.toPrecision(3)} m2, f/${focalRatio.toFixed(1)}`,
    `${camera.id}: ${camera.widthPix} x ${camera.heightPix} pixels, ${scaleText(figures)}, field ${fieldText(figures)}`,
    line(head),
    ...rows.map(line),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

const fieldText = ({ fieldDeg }: ObservatoryFigures): string =>
  `${fieldDeg.width.toFixed(2)} x ${fieldDeg.height.toFixed(2)} deg`;
const scaleText = ({ plateScaleArcsecPerPix }: ObservatoryFigures): string =>
  `${plateScaleArcsecPerPix.toFixed(2)} arcsec per pixel`;
const indented = (text: string): string => text.replace(/^/gm, '  ');

function print(json: boolean | undefined, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}
