import type { MasterRecord } from '../../core/records/calibration.ts';
import { masterKey } from '../../core/records/ids.ts';
import type { ExposureRecord } from '../../core/records/visit.ts';
import { anchorOf, outcomeWords } from './due.ts';
import { facts, html, type Markup, table } from './html.ts';
import { metricTable } from './metrics.ts';
import { type CalibrationNight, frameFate, type SetStory, setStories } from './night.ts';
import type { Picture } from './pictures.ts';
import { badge, clockWords, figure, fileLink, setName, TIMES, taiWords } from './words.ts';

/** Every set with its frames and its master. */
export function setsSection(of: CalibrationNight): Markup {
  const stories = setStories(of);
  if (stories.length === 0) return html``;
  return html`<section id="sets"><h2>Sets and masters</h2>
${stories.map((story) => setArticle(story, of))}</section>
`;
}

function setArticle(story: SetStory, { pictures }: CalibrationNight): Markup {
  const { planned, request, exposures, faults, master } = story;
  const { set, when, requestId, calibrationKey } = planned;
  return html`<article id="${anchorOf(requestId)}"><h3>${setName(set)} ${badge(request?.status ?? 'QUEUED')}</h3>
${facts([
  ['Key', html`<code>${calibrationKey}</code>`],
  ['When', TIMES[when]],
  ['Why', planned.reason],
  [
    'Asked for',
    `${set.count} frames, at least ${set.minimum}${set.levelAdu ? `, ${set.levelAdu} ADU above bias` : ''}`,
  ],
  ['Outcome', outcomeWords(story)],
])}
${master && masterPart(master, story, pictures.get(master.file.key))}
${exposures.length > 0 ? frameTable(exposures, master, set.type) : html`<p>No frame was taken.</p>`}
${
  faults.length > 0 &&
  html`<p>What went wrong:</p><ul>${faults.map(({ beginAt, message }) => html`<li>${clockWords(beginAt)}: ${message}</li>`)}</ul>`
}
</article>
`;
}

function frameTable(exposures: readonly ExposureRecord[], master: MasterRecord | undefined, type: string): Markup {
  return table(
    `Frames of the set: ${exposures.length} taken`,
    ['Frame', 'Begin', 'Exposure', type === 'bias' ? 'Level' : 'Level above overscan', 'Noise', 'Verdict', 'Why'],
    exposures.map((exposure) => {
      const { accepted, reason } = frameFate(exposure, master);
      const { exposureId, beginAt, header, verdict, frame } = exposure;
      return [
        fileLink(frame.key, exposureId),
        clockWords(beginAt),
        figure(header.exposureTimeS as number | undefined, 's'),
        figure(verdict?.levelAdu, 'ADU'),
        figure(verdict?.noiseAdu, 'ADU'),
        badge(accepted ? 'accepted' : 'turned down'),
        reason,
      ];
    }),
  );
}

function masterPart(master: MasterRecord, { validity, request }: SetStory, picture: Picture | undefined): Markup {
  const { masterId, quality, file, biasId, darkId, frames, rejected } = master;
  const { grade, reasons } = quality;
  return html`<div class="master">
${pictureFigure(picture, `Master ${masterId}`, html`${fileLink(file.key, masterId)}`)}
<div>
<p class="verdict">Master ${badge(grade)}</p>
${reasons.length > 0 && html`<ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
${facts([
  ['Made of', `${frames.length} frames${rejected.length > 0 ? `, ${rejected.length} turned down` : ''}`],
  ['Taken', `${taiWords(master.takenFrom)} to ${taiWords(master.takenTo)}`],
  [
    'Valid',
    validity.length > 0
      ? validity.map(
          ({ validFrom, validTo }) => html`<div>from ${taiWords(validFrom)} until ${taiWords(validTo)}</div>`,
        )
      : html`not certified${request?.status === 'DONE' ? ' any more' : ''}`,
  ],
  ['Bias', biasId && parentLink(biasId)],
  ['Dark', darkId && parentLink(darkId)],
  ['Temperature', master.temperatureC !== undefined && figure(master.temperatureC, '°C')],
  [
    'Rate',
    master.set.type === 'dark' &&
      (master.isScalable ? 'per second, scaled to other exposure times' : 'of its own exposure time only'),
  ],
  ['Made by', master.softwareVersion],
  ['SHA-256', html`<code class="long">${master.sha256}</code>`],
])}</div></div>
${metricTable(quality.metrics, `Metrics of ${masterId}`)}
`;
}

/** A master's name holds the day of observation, which is its folder. */
function parentLink(masterId: string): Markup {
  const day = /_(\d{8})_\d+$/.exec(masterId)?.[1];
  return day ? fileLink(masterKey(Number(day), masterId), masterId) : html`${masterId}`;
}

/** A picture with its caption, or what stands in its place. */
export function pictureFigure(picture: Picture | undefined, alt: string, caption: Markup): Markup {
  return html`<figure>${
    picture
      ? html`<img src="${picture.dataUri}" width="${picture.widthPx}" height="${picture.heightPx}" alt="${alt}">`
      : html`<p class="nothing">There is no picture of it.</p>`
  }<figcaption>${caption}</figcaption></figure>
`;
}
