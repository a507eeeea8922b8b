import { distanceText } from '../../core/calibration/select.ts';
import type { Choice, ReducedRecord } from '../../core/records/calibration.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { facts, html, type Markup, table } from './html.ts';
import { type CalibrationNight, counted, unreducedFrames } from './night.ts';
import type { Picture } from './pictures.ts';
import { pictureFigure } from './sets.ts';
import { badge, clockWords, figure, fileLink } from './words.ts';

/** Every reduced frame: first all in one table, then each with its picture, its steps and its masters. */
export function reducedSection(of: CalibrationNight): Markup {
  const { reduced, exposures, pictures, observatory } = of;
  const left = unreducedFrames(of);
  const exposureOf = new Map(exposures.map((each) => [each.exposureId, each]));
  return html`<section id="reduced"><h2>Reduced frames</h2>
${!observatory.calibration?.reduction && html`<p>This observatory has no rules of reduction: its frames stay raw.</p>`}
${
  reduced.length > 0
    ? table(
        `${counted(reduced.length, 'frame')} reduced`,
        ['Frame', 'Target', 'Status', 'Grade', 'Seeing', 'Zero point', 'Sky', 'Sources'],
        reduced.map((record) => overviewRow(record, exposureOf.get(record.exposureId))),
      )
    : html`<p>No frame was reduced.</p>`
}
${
  left.length > 0 &&
  html`<p>${counted(left.length, 'frame')} of the sky without a result:</p><ul>${left.map(({ exposureId, frame }) => html`<li>${fileLink(frame.key, exposureId)}</li>`)}</ul>`
}
${reduced.map((record) => frameArticle(record, exposureOf.get(record.exposureId), pictures.get(record.file.key)))}</section>
`;
}

const anchorOf = (exposureId: string): string => `frame-${exposureId}`;

function overviewRow(record: ReducedRecord, exposure: ExposureRecord | undefined): Parameters<typeof table>[2][number] {
  const { exposureId, status, grade, seeingArcsec, skyMagPerArcsec2, sourceCount, matchedCount } = record;
  return [
    html`<a href="#${anchorOf(exposureId)}">${exposureId}</a>`,
    targetWords(exposure),
    badge(status),
    badge(grade),
    figure(seeingArcsec, '″'),
    zeroPointWords(record),
    figure(skyMagPerArcsec2, 'mag/″²'),
    `${sourceCount}, ${matchedCount} in the catalogue`,
  ];
}

function frameArticle(
  record: ReducedRecord,
  exposure: ExposureRecord | undefined,
  picture: Picture | undefined,
): Markup {
  const { exposureId, status, missing, grade, gradeReasons, steps, sheet, file } = record;
  return html`<article id="${anchorOf(exposureId)}"><h3>${exposureId} ${badge(status)} ${badge(grade)}</h3>
<div class="master">
${pictureFigure(picture, `Reduced frame ${exposureId}, ${targetWords(exposure)}`, fileLink(file.key, file.key.slice(file.key.lastIndexOf('/') + 1)))}
<div>
${status === 'INCOMPLETE' && html`<p class="verdict">Missing: ${missing.join(', ') || 'not recorded'}. The frame can be reduced again when it is there.</p>`}
${
  gradeReasons.length > 0 &&
  html`<p>Grade ${grade}:</p><ul class="reasons">${gradeReasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
}
${facts([
  ['Target', targetWords(exposure)],
  ['Begin', exposure && clockWords(exposure.beginAt)],
  ['Grade', grade === 'A' && 'A: every constraint of its request was met'],
  ['Raw frame', exposure && fileLink(exposure.frame.key, exposureId)],
  ['Zero point', zeroPointWords(record)],
  ['Seeing', figure(record.seeingArcsec, '″')],
  ['Ellipticity', figure(record.ellipticity)],
  ['Sky', skyWords(record)],
  ['Sources', `${record.sourceCount}, ${record.matchedCount} in the catalogue`],
  ['Block', record.blockId],
  ['Made by', record.softwareVersion],
])}</div></div>
${table(
  `Masters of ${exposureId}`,
  ['Type', 'Master', 'Distance in time', 'Candidates', 'Why'],
  sheet.choices.map(masterRow),
)}
${table(
  `Steps of ${exposureId}`,
  ['Step', 'Status', 'With what, or why not'],
  steps.map(({ step, status: each, detail }) => [step, badge(each), detail]),
)}
</article>
`;
}

function masterRow({ type, masterId, file, candidates, reason, scale }: Choice): Parameters<typeof table>[2][number] {
  const chosen = candidates.find((each) => each.chosen);
  return [
    type,
    masterId && file ? fileLink(file.key, masterId) : html`<strong>none</strong>`,
    chosen ? `${distanceText(chosen.distanceS)} the frame` : '–',
    candidates.length,
    `${reason}${scale === undefined ? '' : `; scaled by ${figure(scale)}`}`,
  ];
}

function targetWords(exposure: ExposureRecord | undefined): string {
  if (!exposure) return '–';
  const { targetName, header } = exposure;
  return [
    targetName,
    header.filter && `${header.filter}`,
    header.exposureTimeS !== undefined && `${header.exposureTimeS} s`,
  ]
    .filter(Boolean)
    .join(', ');
}

function zeroPointWords({ zeroPointMag, zeroPointErrorMag }: ReducedRecord): string {
  if (zeroPointMag === undefined) return '–';
  return `${zeroPointMag.toFixed(3)}${zeroPointErrorMag === undefined ? '' : ` ± ${zeroPointErrorMag.toFixed(3)}`} mag`;
}

function skyWords({ skyElectronsPerPix, skyMagPerArcsec2 }: ReducedRecord): string {
  return [
    skyElectronsPerPix !== undefined && `${figure(skyElectronsPerPix)} electrons a pixel`,
    skyMagPerArcsec2 !== undefined && `${skyMagPerArcsec2.toFixed(2)} mag/″²`,
  ]
    .filter(Boolean)
    .join(', ');
}
