// SPDX-License-Identifier: MIT
// What the tests share: the real server, the real browser, and what holds on every page.
// Settings from CMake: NEVUS (the program), NEVUS_EXAMPLES, NEVUS_SCREENSHOTS. Exits 77 (skipped) without Chromium.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const program = process.env.NEVUS;
const screenshots = process.env.NEVUS_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(screenshots, { recursive: true });

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
if (!executable) {
  console.log('skipped: there is no chromium here; install the Debian package of that name');
  process.exit(77);
}

export const example = (name) => path.join(process.env.NEVUS_EXAMPLES, name);
export const melanoma = example('melanoma-ISIC_0010597.jpg');
export const nevus = example('nevus-ISIC_0010481.jpg');
export const keratosis = example('seborrheic-keratosis-ISIC_0015032.jpg');

const kStart_ms = 20_000;

/** Starts `nevus serve` and waits until it says where it is. */
export async function startServer(port = 0) {
  const child = spawn(program, ['serve', '--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const url = await new Promise((found, failed) => {
    child.stderr.on('data', (text) => {
      log += text;
      const where = /url=(http:\/\/\S+)/.exec(log);
      if (where) found(where[1].replace(/\/$/, ''));
    });
    setTimeout(() => failed(new Error(`nevus serve did not say where it is:\n${log}`)), kStart_ms).unref();
    child.on('exit', (code) => failed(new Error(`nevus serve ended with ${code}:\n${log}`)));
  });
  for (;;) {
    const models = await (await fetch(`${url}/api/v1/models`)).json();
    if (models.every((model) => model.state !== 'loading')) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    url,
    port: Number(new URL(url).port),
    stop: () =>
      new Promise((done) => {
        child.removeAllListeners('exit');
        child.on('exit', done);
        child.kill('SIGTERM');
      }),
  };
}

export const shared = { server: null, browser: null };

/** Server and browser for all tests of a file. */
export function useServerAndBrowser() {
  before(async () => {
    shared.server = await startServer();
    shared.browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox'] });
  });
  after(async () => {
    await shared.browser?.close();
    await shared.server?.stop();
  });
}

export const desktop = { viewport: { width: 1440, height: 900 } };
export const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** Layout that moved by itself, since the page began; what follows a person's own action is not counted. */
function watchShifts() {
  globalThis.shifts = [];
  new PerformanceObserver((entries) => {
    for (const entry of entries.getEntries()) {
      const what = entry.sources.map(({ node }) => node?.className ?? node?.nodeName);
      if (!entry.hadRecentInput) globalThis.shifts.push({ at: entry.startTime, value: entry.value, what });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** A page of a new session. `complaints` collects what must not happen: console errors, and requests elsewhere. */
export async function open(options = desktop, address = '/', { url } = shared.server) {
  const context = await shared.browser.newContext({ locale: 'en-GB', colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on('console', (message) => {
    const where = message.location().url;
    // That nothing speaks for a class is an answer of 404, which the browser logs by itself.
    if (!['error', 'warning'].includes(message.type()) || where.includes('/heatmap.png?')) return;
    complaints.push(`console: ${message.text()} ${where}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) {
      complaints.push(`request elsewhere: ${request.url()}`);
    }
  });
  await page.addInitScript(watchShifts);
  await page.goto(url + address);
  if (address === '/') await page.waitForSelector('.start .example img');
  return { page, context, complaints };
}

export const give = (page, ...files) => page.setInputFiles('input[type=file]', files);

export async function answered(page) {
  await page.waitForSelector('#answer');
}

/** The heat map is drawn and its test is over. */
export async function explained(page) {
  await page.waitForSelector('.verdict:not(.is-testing)', { state: 'attached' });
}

/** Waits for what moves to stand still; what turns for ever is left alone. */
const settled = (page) =>
  page.evaluate(async () => {
    const finite = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
    await Promise.allSettled(finite.map(({ finished }) => finished));
  });

/** The pictures of the docs and the state that each shows; NEVUS_UPDATE_DOCS=1 makes them again. */
const pictures = {
  'answer-light': 'dashboard-answer',
  'batch-light': 'dashboard-batch',
  'answer-phone-dark': 'dashboard-phone',
  'tab-words-light': 'dashboard-words',
  'tab-report-light': 'dashboard-report',
};

async function keepForDocs(page, name, png) {
  if (!process.env.NEVUS_UPDATE_DOCS || !pictures[name]) return;
  const webp = await page.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', 0.9);
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  const file = path.join(process.env.NEVUS_EXAMPLES, '../docs', `${pictures[name]}.webp`);
  writeFileSync(file, Buffer.from(webp.split(',')[1], 'base64'));
}

/** Zero violations of WCAG 2.2 AA and axe's best practices; and a screenshot to look at. */
export async function inspect(page, name) {
  await settled(page);
  await keepForDocs(page, name, await page.screenshot({ path: path.join(screenshots, `${name}.png`) }));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(' | ')}`,
  );
  assert.deepEqual(found, [], `accessibility of ${name}`);
  const [width, height] = await page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [scrollWidth - innerWidth, scrollHeight - innerHeight];
  });
  assert.ok(width <= 0, `${name} is ${width} px wider than the window`);
  assert.ok(height <= 0, `${name} is ${height} px longer than the window: it scrolls into emptiness`);
}

export const mark = (page, name) =>
  page.evaluate((which) => performance.getEntriesByName(which).at(-1)?.startTime, name);

/** A copy of a photo under a CSS filter, such as brightness(0.15). */
export async function filtered(page, file, filter) {
  const source = `data:image/jpeg;base64,${readFileSync(file).toString('base64')}`;
  const changed = await page.evaluate(
    async ([address, change]) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      const context = canvas.getContext('2d');
      context.filter = change;
      context.drawImage(image, 0, 0);
      return canvas.toDataURL('image/jpeg', 0.92);
    },
    [source, filter],
  );
  return Buffer.from(changed.split(',')[1], 'base64');
}
