import { CALIBRATION_TIMES } from '../../core/records/calibration.ts';
import { html, type Markup, table } from './html.ts';
import { type CalibrationNight, type SetStory, setStories } from './night.ts';
import { badge, setName, TIMES } from './words.ts';

/** What was due and what was not, each with its reason. */
export function dueSection(of: CalibrationNight): Markup {
  const stories = setStories(of);
  const notDue = CALIBRATION_TIMES.flatMap((when) => of.plans.find((plan) => plan.when === when)?.notDue ?? []);
  const unplanned = CALIBRATION_TIMES.filter((when) => !of.plans.some((plan) => plan.when === when));
  return html`<section id="due"><h2>What was due</h2>
${
  stories.length === 0
    ? html`<p>No calibration set was due.</p>`
    : table(
        'Calibration sets that were due, in the order in which they were to be taken',
        ['Set', 'When', 'Frames', 'Asked by', 'Why', 'Outcome'],
        stories.map(dueRow),
      )
}
${
  notDue.length > 0 &&
  table(
    'Calibration sets that were not due',
    ['Key', 'When', 'Why not'],
    notDue.map(({ calibrationKey, when, reason }) => [html`<code>${calibrationKey}</code>`, TIMES[when], reason]),
  )
}
${
  unplanned.length > 0 &&
  html`<p>Not planned, since the night did not come to it: ${unplanned.map((when) => TIMES[when]).join('; ')}.</p>`
}
</section>
`;
}

function dueRow(story: SetStory): Parameters<typeof table>[2][number] {
  const { planned, request } = story;
  const { set, when, origin, reason, requestId } = planned;
  return [
    html`<a href="#${anchorOf(requestId)}">${setName(set)}</a>`,
    TIMES[when],
    `${set.count}, at least ${set.minimum}`,
    origin,
    reason,
    html`${badge(request?.status ?? 'QUEUED')} ${outcomeWords(story)}`,
  ];
}

/** What came of a set, in words. */
export function outcomeWords({ request, master, validity }: SetStory): string {
  const last = request?.history.at(-1);
  if (request?.status === 'DONE') {
    if (!master) return last?.cause ?? '';
    return `${master.masterId}${validity.length > 0 ? '' : ', which is not valid any more'}`;
  }
  if (request?.status === 'ERROR') return last?.cause ?? 'no reason is recorded';
  return last ? `not finished: ${last.cause}` : 'not taken';
}

/** Where the page tells of a set. */
export const anchorOf = (id: string): string => `set-${id.replace(/[^A-Za-z0-9_-]/g, '-')}`;
