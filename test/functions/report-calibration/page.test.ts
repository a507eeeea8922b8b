import { describe, expect, it } from 'vitest';
import { frameFate, setStories, summaryOf } from '../../../functions/report-calibration/night.ts';
import { calibrationPage } from '../../../functions/report-calibration/page.ts';
import { HOSTILE, syntheticNight } from './synthetic-night.ts';

const page = await calibrationPage(syntheticNight());

/** The part of the page with an id, up to the next part or the end. */
const part = (id: string): string => page.slice(page.indexOf(`id="${id}"`)).split(/<\/(?:section|article)>/)[0];

describe('the calibration page of a night', () => {
  it('says in words what came of the night', () => {
    // 3 sets: a bias DONE, a dark whose master is BAD, a flat that failed; 8 frames of which 2 biases were turned down; 3 of the sky.
    expect(summaryOf(syntheticNight())).toBe(
      '3 sets due, 8 frames taken (2 turned down), 1 master certified, 1 rejected, 2 sets without a master. ' +
        '2 frames reduced: 1 complete, 1 incomplete, 1 of 3 not reduced.',
    );
  });

  it('has text of records as text, never as markup', () => {
    expect(page).not.toContain(HOSTILE);
    expect(page).not.toContain('<script');
    // Of a frame, a master, a set, a step, a grade, and a target five times over.
    expect(
      page.split('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;quotes&#39;').length - 1,
    ).toBeGreaterThan(8);
  });

  it('needs no other file and runs nothing', () => {
    expect(page).toContain('content="default-src &#39;none&#39;; img-src data:; style-src &#39;unsafe-inline&#39;"');
    const sources = [...page.matchAll(/src="([^"]*)"/g)].map(([, source]) => source);
    expect(sources).toHaveLength(4);
    for (const source of sources) expect(source).toMatch(/^data:image\/png;base64,/);
    expect(page).not.toMatch(/@import|url\((?!#)|<link|onload=/);
  });

  it('is the same for the same records', async () => {
    expect(await calibrationPage(syntheticNight())).toBe(page);
  });

  it('tells what was due and what was not, each with its reason', () => {
    const due = part('due');
    expect(due.match(/no master of its kind/g)).toHaveLength(3);
    expect(due).toContain('noc1_mf_20261115_000030 is 6 days old, one is due every 14 days');
    expect(due).toContain('MasterRejected: noc1_md_20261121_000006 is BAD');
    expect(due).toContain('Not planned, since the night did not come to it: morning twilight.');
  });

  it('names every frame, with what became of it, and links to it', () => {
    const of = syntheticNight();
    for (const { exposureId, frame } of of.exposures)
      expect(page).toContain(`<a href="../../${frame.key}">${exposureId}</a>`);
    const [bias] = setStories(of);
    expect(bias.exposures.map((each) => frameFate(each, bias.master).accepted)).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    const article = part('set-page-night-afternoon-bias-b1-t-60');
    expect(article.match(/turned down<\/span>/g)).toHaveLength(2);
    expect(article).toContain('the same pixels as another frame');
    expect(article).toContain('812 ADU');
  });

  it('shows a master with its grade, limits, parents and validity in TAI and UTC', () => {
    const dark = part('set-page-night-afternoon-dark-b1-t-60');
    expect(dark).toMatch(/badge bad"><span aria-hidden="true">✕<\/span> BAD/);
    expect(dark).toContain('not certified');
    expect(dark).toContain('<a href="../../calibrations/20261121/noc1_mb_20261121_000001.fits">');
    const bias = part('set-page-night-afternoon-bias-b1-t-60');
    // TAI is 37 s ahead of UTC since 2017.
    expect(bias).toContain('from 2026-11-21 16:30:37 TAI (16:30:00 UTC) until 2026-11-23 16:30:37 TAI (16:30:00 UTC)');
    expect(bias).toContain('from -0.05 to 0.05; BAD unless from -0.1 to 0.1');
  });

  it('plots the metrics that have two values or more, with ids that are different', () => {
    const trends = part('trends');
    expect(trends.match(/<svg role="img"/g)).toHaveLength(2);
    expect(trends).toContain('noiseDeviation of noc1.bias.b1.t-60 over time');
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells of each reduced frame what is missing, which steps were left out, and with which masters', () => {
    const incomplete = part('frame-noc1_o_20261121_000021');
    expect(incomplete).toContain('Missing: flat.');
    expect(incomplete).toContain('seeing of 2.9″');
    expect(incomplete).toContain('4.5 hours before the frame');
    expect(incomplete).toMatch(/badge plain"><span aria-hidden="true">–<\/span> SKIPPED/);
    expect(incomplete).toContain('no flat in g is valid');
    expect(part('reduced')).toContain('1 frame of the sky without a result');
    expect(part('frame-noc1_o_20261121_000020')).toContain('25.123 ± 0.004 mag');
  });

  it('is short where there was no calibration', async () => {
    const { calibration: _, ...observatory } = syntheticNight().observatory;
    const empty = await calibrationPage({
      ...syntheticNight(),
      observatory,
      plans: [],
      requests: [],
      exposures: [],
      masters: [],
      certificates: [],
      reduced: [],
      pictures: new Map(),
    });
    expect(empty).toContain('Nothing was calibrated or reduced in this night.');
    expect(empty).not.toContain('<table');
    expect(empty).not.toContain('<svg');
  });
});
