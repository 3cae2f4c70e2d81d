// SPDX-License-Identifier: MIT
// One person, one photo: from the first look to clearing everything, with the times that this takes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  answered,
  desktop,
  explained,
  give,
  mark,
  melanoma,
  nevus,
  open,
  phone,
  startServer,
  useServerAndBrowser,
} from './browser.mjs';

useServerAndBrowser();

test('the first load is small, and the page can be used at once', async () => {
  const { page, context, complaints } = await open();
  const { bytes, usable } = await page.evaluate(() => {
    const entries = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/api/'));
    const loaded = [...entries, performance.getEntriesByType('navigation')[0]];
    const shown = performance.getEntriesByName('nevus:usable')[0];
    return { bytes: loaded.reduce((sum, entry) => sum + entry.encodedBodySize, 0), usable: shown.startTime };
  });
  console.log(`first load ${(bytes / 1000).toFixed(1)} kB compressed, usable after ${usable.toFixed(0)} ms`);
  assert.ok(bytes < 150_000, `${bytes} bytes`);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('from the start of the program to the first answer', async () => {
  const begun = performance.now();
  const server = await startServer();
  const { page, context } = await open(desktop, '/', server);
  await give(page, melanoma);
  await answered(page);
  console.log(`start of the program to the first answer ${(performance.now() - begun).toFixed(0)} ms`);
  await context.close();
  await server.stop();
});

test('a dropped photo is answered, explained and can be taken away', async () => {
  const { page, context, complaints } = await open();
  const begun = await page.evaluate(() => performance.now());
  await give(page, melanoma);
  await answered(page);
  assert.match(await page.textContent('.urgency'), /Urgency/);
  assert.match(await page.textContent('.answer-class'), /\w/);
  assert.equal(await page.locator('.chart li').count(), 7);
  await explained(page);
  const times = {};
  for (const name of ['nevus:response', 'nevus:answer', 'nevus:heat']) times[name] = await mark(page, name);
  console.log(
    `drop to answer ${(times['nevus:answer'] - begun).toFixed(0)} ms; ` +
      `response to answer ${(times['nevus:answer'] - times['nevus:response']).toFixed(0)} ms; ` +
      `answer to heat map ${times['nevus:heat'] ? (times['nevus:heat'] - times['nevus:answer']).toFixed(0) : '-'} ms`,
  );

  for (const [tab, content] of [
    ['photo', '.measures'],
    ['words', '.prose'],
    ['report', '.downloads'],
  ]) {
    await page.click(`#tab-${tab}`);
    await page.waitForSelector(content);
  }
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.download.is-main')]);
  assert.match(download.suggestedFilename(), /^nevus-[0-9a-f]{8}\.pdf$/);

  await page.click('#tab-answer');
  // So late that what moves then is no longer put down to the click.
  await page.route(/heatmap\.png|\/explanation/, async (route) => {
    await new Promise((done) => setTimeout(done, 700));
    await route.continue();
  });
  await page.locator('.bar').nth(1).click();
  assert.equal(await page.locator('.bar[aria-pressed=true]').count(), 1);
  await explained(page);
  const shifts = await page.evaluate(
    (since) => globalThis.shifts.filter(({ at }) => at > since),
    times['nevus:answer'],
  );
  assert.deepEqual(shifts, [], 'nothing moves by itself after the first answer');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('what is typed and signed stands in the reports, and is there again after a reload', async () => {
  const { page, context, complaints } = await open();
  await give(page, melanoma);
  await answered(page);
  await page.click('#tab-report');
  await page.fill('#report-patient:enabled', 'Ada Example');
  await page.fill('#report-history', 'Grew since May.');
  await page.fill('#sign-analyst:enabled', 'Dr. Grey');
  assert.ok(await page.isDisabled('.sign .primary'), 'nobody agrees without saying so');
  await page.click('.segmented label:has-text("I disagree")');
  assert.ok(await page.isDisabled('.sign .primary'), 'to disagree needs a reason');
  await page.fill('#sign-reason', 'Clinically a blue nevus');
  await page.click('.sign .primary');
  await page.waitForSelector('.signed.is-override');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('.download:has-text("Clinical exchange")'),
  ]);
  const bundle = JSON.parse(readFileSync(await download.path(), 'utf8'));
  const report = bundle.entry.map(({ resource }) => resource).find((one) => one.resourceType === 'DiagnosticReport');
  assert.equal(report.status, 'final');
  const observation = bundle.entry.map(({ resource }) => resource).find((one) => one.resourceType === 'Observation');
  assert.equal(observation.status, 'preliminary', 'the answer that was refuted is no final one');
  assert.match(report.conclusion, /Dr\. Grey disagreed on .*: Clinically a blue nevus/);
  await page.reload();
  await answered(page);
  await page.click('#tab-report');
  await page.waitForSelector('.signed:has-text("Dr. Grey disagrees")');
  assert.equal(await page.inputValue('#report-patient'), 'Ada Example');
  assert.equal(await page.inputValue('#report-history'), 'Grew since May.');
  await page.click('.signed .button');
  await page.waitForSelector('.sign');
  await page.click('.more-forms summary');
  const [image] = await Promise.all([page.waitForEvent('download'), page.click('.download:has-text("Heat map")')]);
  assert.match(image.suggestedFilename(), /-overlay\.dcm$/);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the analysis in words has sources, two readers and the language of the page', async () => {
  const { page, context, complaints } = await open();
  await give(page, melanoma);
  await answered(page);
  await page.click('#tab-words');
  await page.waitForSelector('.sources li');
  assert.equal(await page.locator('.prose-head').count(), 7);
  assert.equal(await page.locator('.origin.is-offline').count(), 7);
  const [forPatients] = await page.locator('.prose').allTextContents();
  await page.locator('.reference').first().click();
  await page.waitForFunction(() => document.activeElement?.id.startsWith('source-'));
  await page.click('.segmented label:has-text("clinicians")');
  await page.waitForFunction(
    (before) => document.querySelector('.provenance') && document.querySelector('.prose').textContent !== before,
    forPatients,
  );
  await page.selectOption('.language select', 'de');
  await page.waitForSelector('.prose-head:has-text("Wann zum Arzt")');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('the sliders keep up with the screen', async () => {
  const { page, context } = await open();
  await give(page, melanoma);
  await answered(page);
  await explained(page);
  const frames = () =>
    page.evaluate(async () => {
      const slider = document.querySelector('#opacity');
      const begun = performance.now();
      let count = 0;
      while (performance.now() - begun < 1000) {
        slider.valueAsNumber = count % 2 ? 0.2 + (count % 50) / 100 : 0.9;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise(requestAnimationFrame);
        ++count;
      }
      return (count * 1000) / (performance.now() - begun);
    });
  console.log(`opacity slider: ${(await frames()).toFixed(0)} frames/s`);
  await page.click('.modes label:has-text("Swipe")');
  const divider = page.locator('.divider');
  await divider.focus();
  for (let i = 0; i < 5; ++i) await page.keyboard.press('ArrowRight');
  assert.equal(await divider.getAttribute('aria-valuenow'), '60');
  await context.close();
});

test('the session remembers, survives a reload, forgets one and forgets all', async () => {
  const { page, context, complaints } = await open();
  for (const photo of [melanoma, nevus]) {
    await page.click('.side .new');
    await give(page, photo);
    await answered(page);
  }
  await page.waitForFunction(() => document.querySelectorAll('.entry').length === 2);
  const address = page.url();
  await page.reload();
  await answered(page);
  assert.equal(page.url(), address);
  await page.locator('.entry a').nth(1).click();
  await page.waitForFunction((name) => document.querySelector('h1')?.textContent === name, 'melanoma-ISIC_0010597.jpg');
  await page.goBack();
  await page.waitForFunction((name) => document.querySelector('h1')?.textContent === name, 'nevus-ISIC_0010481.jpg');
  await explained(page);
  await page.locator('.entry .icon-button').first().click();
  await page.waitForFunction(() => document.querySelectorAll('.entry').length === 1);
  await page.click('.clear .button');
  await page.click('.dialog .solid');
  await page.waitForFunction(() => document.querySelectorAll('.entry').length === 0);
  await page.waitForSelector('.start');
  const left = await page.evaluate(async () => (await (await fetch('/api/v1/analyses')).json()).length);
  assert.equal(left, 0);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('clearing everything and coming back by the browser leave nothing that was typed', async () => {
  const { page, context, complaints } = await open();
  await give(page, melanoma);
  await answered(page);
  await page.click('#tab-report');
  await page.waitForSelector('#report-patient:enabled');
  await page.fill('#report-patient', 'Ada Example');
  await page.fill('#sign-reason', 'Ada Example was seen before');
  await page.fill('#llm-key', 'secret-of-ada');
  await page.click('.clear .button');
  await page.click('.dialog .solid');
  await page.waitForSelector('.start .example img');
  const values = await page.$$eval('input, textarea', (fields) => fields.map(({ value }) => value).join(' '));
  assert.doesNotMatch(values + (await page.content()), /Ada|secret/);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.doesNotMatch(kept, /Ada|secret|melanoma/);
  // As the browser's back button does with a page that it kept whole.
  await Promise.all([
    page.waitForEvent('load'),
    page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))),
  ]);
  await page.waitForSelector('.start .example img');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('on a phone urgency and class stand in the first screen', async () => {
  const { page, context } = await open(phone);
  await give(page, melanoma);
  await answered(page);
  const below = await page.evaluate(() => {
    const end = document.querySelector('.notice-bar').getBoundingClientRect().top;
    return ['.urgency', '.answer-class', '.kind'].filter(
      (part) => document.querySelector(part).getBoundingClientRect().bottom > end,
    );
  });
  assert.deepEqual(below, []);
  await context.close();
});

/** What stands on each page of the paper, as a line-by-line text; null where there is no pdftotext to read it. */
async function printed(page, name) {
  await page.emulateMedia({ media: 'print' });
  const paper = path.join(process.env.NEVUS_SCREENSHOTS, name);
  await page.pdf({ path: paper, format: 'A4', printBackground: true });
  const { stdout, error } = spawnSync('pdftotext', ['-layout', paper, '-'], { encoding: 'utf8' });
  return error ? null : stdout.split('\f').slice(0, -1);
}

test('on paper the answer comes first, all of it, and nothing to press', async () => {
  const { page, context } = await open();
  await give(page, melanoma);
  await answered(page);
  await explained(page);
  const pages = await printed(page, 'printed.pdf');
  for (const hidden of ['.side', '.tabs', '.stage-tools']) assert.ok(!(await page.isVisible(hidden)), hidden);
  if (pages) {
    assert.match(
      pages[0],
      /For research and teaching only.*Urgency\s+Critical.*Likeliest class.*Melanoma.*Why this urgency/s,
    );
    assert.equal(pages.length, 1, 'an answer without much to say has one page');
  }
  const stage = await page.locator('.stage').boundingBox();
  const photo = await page.locator('.stage-canvas').boundingBox();
  assert.ok(Math.abs(stage.height - photo.height) < 2, 'no band around the photo');
  await context.close();
});

test('on paper a batch has a line for each photo, with its whole name', async () => {
  const { page, context } = await open();
  const photos = [melanoma, nevus].map((file) => ({
    name: path.basename(file),
    mimeType: 'image/jpeg',
    buffer: readFileSync(file),
  }));
  await give(page, ...photos);
  await page.waitForSelector('.batch-actions a');
  const pages = await printed(page, 'printed-batch.pdf');

  if (pages) for (const { name } of photos) assert.ok(pages[0].includes(name), `${name} in one piece:\n${pages[0]}`);
  await context.close();
});

test('everything can be done with the keyboard alone', async () => {
  const { page, context, complaints } = await open();
  const press = async (key, wanted) => {
    for (let i = 0; i < 80; ++i) {
      await page.keyboard.press(key);
      const here = await page.evaluate((selector) => document.activeElement?.matches(selector), wanted);
      if (here) return;
    }
    assert.fail(`${wanted} was not reached with ${key}`);
  };
  await press('Tab', '.skip');
  await page.keyboard.press('Enter');
  await press('Tab', '.example');
  await page.keyboard.press('Enter');
  await answered(page);
  await page.waitForFunction(() => document.activeElement?.id === 'answer');
  await press('Shift+Tab', '[role=tab]');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('.measures');
  await press('Shift+Tab', '.stage-canvas');
  await page.keyboard.press('+');
  await page.waitForSelector('.stage-zoom');
  await page.keyboard.press('0');
  await press('Tab', '.notice-bar .link');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.dialog');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.dialog'));
  const back = await page.evaluate(() => document.activeElement?.matches('.notice-bar .link'));
  assert.ok(back, 'the focus returns to where the window was opened');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('paste and drop bring photos in from anywhere', async () => {
  const { page, context } = await open();
  const bring = (type) =>
    page.evaluate(async (kind) => {
      const data = new DataTransfer();
      const photo = await (await fetch('/api/v1/examples/nevus-ISIC_0010481.jpg')).blob();
      data.items.add(new File([photo], `by-${kind}.jpg`, { type: 'image/jpeg' }));
      const init = { bubbles: true, cancelable: true };
      const event =
        kind === 'paste'
          ? new ClipboardEvent('paste', { ...init, clipboardData: data })
          : new DragEvent('drop', { ...init, dataTransfer: data });
      document.body.dispatchEvent(event);
    }, type);
  for (const kind of ['paste', 'drop']) {
    await bring(kind);
    await page.waitForFunction(
      (name) => document.querySelector('.analysis h1')?.textContent === name,
      `by-${kind}.jpg`,
    );
    await answered(page);
  }
  await context.close();
});

test('two people side by side see only their own photos', async () => {
  const [one, other] = await Promise.all([open(), open()]);
  await give(one.page, melanoma);
  await answered(one.page);
  await give(other.page, nevus);
  await answered(other.page);
  await one.page.waitForSelector('.entry');
  assert.equal(await one.page.locator('.entry').count(), 1);
  await other.page.goto(one.page.url());
  await other.page.reload();
  await other.page.waitForSelector('.gone');
  assert.deepEqual(one.complaints, []);
  await one.context.close();
  await other.context.close();
});

test('a batch shows its progress, sorts and can be downloaded', async () => {
  const { page, context, complaints } = await open();
  const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]) };
  const photos = [melanoma, nevus].map((file) => ({
    name: path.basename(file),
    mimeType: 'image/jpeg',
    buffer: readFileSync(file),
  }));
  await give(page, ...photos, broken);
  await page.waitForSelector('.batch-actions a');
  assert.equal(await page.locator('tbody tr').count(), 3);
  assert.equal(await page.locator('tbody tr.is-failed').count(), 1);
  const names = () => page.locator('tbody th').allTextContents();
  await page.click('.col-photo button');
  assert.deepEqual(await names(), ['broken.jpg', 'melanoma-ISIC_0010597.jpg', 'nevus-ISIC_0010481.jpg']);
  await page.click('.col-photo button');
  assert.deepEqual((await names())[0], 'nevus-ISIC_0010481.jpg');
  await page.click('.col-malignant button');
  assert.equal((await names())[0], 'melanoma-ISIC_0010597.jpg');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.batch-actions a:has-text("CSV")')]);
  assert.equal(download.suggestedFilename(), 'results.csv');
  const [reports] = await Promise.all([page.waitForEvent('download'), page.click('.batch-actions .primary')]);
  assert.equal(reports.suggestedFilename(), 'reports.zip');
  assert.ok(readFileSync(await reports.path()).includes('001-melanoma-ISIC_0010597.jpg.pdf'));
  await page.locator('tbody th a').first().click();
  await answered(page);
  await page.goBack();
  await page.waitForSelector('.batch');
  assert.deepEqual(complaints, []);
  await context.close();
});
