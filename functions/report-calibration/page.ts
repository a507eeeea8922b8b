import { dueSection } from './due.ts';
import { html, Markup } from './html.ts';
import { type CalibrationNight, summaryOf } from './night.ts';
import { reducedSection } from './reduced.ts';
import { setsSection } from './sets.ts';
import { STYLE } from './style.ts';
import { trendsSection } from './trends.ts';

/** Nothing is fetched and nothing runs: pictures and style are in the page. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The calibration of a night as one HTML page that needs no other file. The same records give the same text. */
export async function calibrationPage(of: CalibrationNight): Promise<string> {
  const { night, observatory, plans, masters, reduced } = of;
  const { nightId, status, programmeId, softwareVersion } = night;
  const isEmpty = plans.every(({ sets, notDue }) => sets.length + notDue.length === 0);
  const hasContent = !isEmpty || masters.length > 0 || reduced.length > 0;
  const title = `Calibration of ${nightId}`;
  const trends = await trendsSection(of);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${observatory.name} (${observatory.id}), night of ${dateOf(night.input.dayObs)}, programme ${programmeId}, night ${status}, nocturne ${softwareVersion}</p>
<p class="summary">${summaryOf(of)}</p>
<p><a href="report.md">Report of the night</a></p>
${
  hasContent &&
  html`<nav aria-label="Parts of the page"><a href="#due">Due</a> ${masters.length > 0 && html`<a href="#sets">Sets and masters</a> <a href="#trends">Trends</a> `}<a href="#reduced">Reduced frames</a></nav>`
}
</header>
<main>
${hasContent ? [dueSection(of), setsSection(of), trends, reducedSection(of)] : html`<p>The observatory took no calibration frames in this night, and none were asked of it.</p>`}
</main>
</body>
</html>
`;
  // Templates leave empty lines where there is nothing to say.
  return page.text.replace(/\n{2,}/g, '\n');
}

/** `2026-11-21`. */
const dateOf = (dayObs: number): string => String(dayObs).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
