import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, describe, expect } from 'vitest';
import { calibrationPage } from '../../../functions/report-calibration/page.ts';
import { CHROMIUM, itWith } from '../../helpers/judges.ts';
import { temporaryFolder } from '../../helpers/night.ts';
import { syntheticNight } from './synthetic-night.ts';

let browser: Browser | undefined;
afterAll(() => browser?.close());

/** The page in a browser as a reader has it. */
async function open(width: number, colorScheme: 'light' | 'dark') {
  browser ??= await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  const file = path.join(temporaryFolder(), 'calibration.html');
  writeFileSync(file, await calibrationPage(syntheticNight()));
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

/** Contrast of a text with what is behind it, WCAG 2.2, of the text that has the least. */
const LEAST_CONTRAST = `(() => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 21;
  for (const element of document.querySelectorAll('body *')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || element.closest('svg')) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()`;

describe('the calibration page in a browser', () => {
  itWith('chromium', 'opens without complaints, with all its pictures and tables', async () => {
    const { page, complaints } = await open(1200, 'light');
    expect(await page.locator('img').evaluateAll((images: any[]) => images.map((image) => image.naturalWidth))).toEqual(
      Array(4).fill(320),
    );
    const rows = await page
      .locator('table')
      .evaluateAll((tables: any[]) => tables.map((table) => table.tBodies[0].rows.length));
    expect(rows.length).toBeGreaterThan(8);
    expect(Math.min(...rows)).toBeGreaterThan(0);
    for (const link of await page.locator('a[href^="#"]').all()) {
      expect(await page.locator(`[id="${(await link.getAttribute('href'))!.slice(1)}"]`).count()).toBe(1);
    }
    expect(complaints).toEqual([]);
  });

  itWith('chromium', 'is read on a phone without moving it sideways, trends open too', async () => {
    const { page } = await open(390, 'light');
    await page.locator('summary').first().click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.locator('details svg').first().isVisible()).toBe(true);
  });

  for (const scheme of ['light', 'dark'] as const) {
    itWith('chromium', `has the contrast of 4.5 that WCAG asks for, ${scheme}`, async () => {
      const { page } = await open(1200, scheme);
      expect(await page.evaluate(LEAST_CONTRAST)).toBeGreaterThan(4.5);
    });
  }
});
