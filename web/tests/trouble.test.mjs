// SPDX-License-Identifier: MIT
// What goes wrong: files that are no photos, and a server that goes away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  answered,
  filtered,
  give,
  inspect,
  melanoma,
  open,
  shared,
  startServer,
  useServerAndBrowser,
} from './browser.mjs';

useServerAndBrowser();

const photo = readFileSync(melanoma);
const files = {
  'too big': { name: 'panorama.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(10_500_000, photo) },
  'of the wrong kind': {
    name: 'letter.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.from('Dear colleague, '.repeat(9)),
  },
  broken: { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: photo.subarray(0, photo.length / 2) },
};
const titles = {
  'too big': 'The photo is too large',
  'of the wrong kind': 'This is not a photo that Nevus reads',
  broken: 'The photo is damaged',
};

for (const [kind, file] of Object.entries(files)) {
  test(`a file that is ${kind} is refused in plain words, and the next photo is answered`, async () => {
    const { page, context, complaints } = await open();
    await give(page, file);
    await page.waitForSelector('.failure');
    assert.equal(await page.textContent('.failure h2'), titles[kind]);
    assert.match(await page.textContent('.failure p'), new RegExp(file.name));
    await inspect(page, `trouble-${kind.replaceAll(' ', '-')}`);
    await give(page, melanoma);
    await answered(page);
    assert.equal(await page.locator('.failure').count(), 0);
    // The browser itself logs the refusal.
    assert.deepEqual(
      complaints.filter((text) => !/status of 4\d\d/.test(text)),
      [],
    );
    await context.close();
  });
}

test('in German and Spanish no sentence of the server is left in English', async () => {
  for (const locale of ['de-DE', 'es-ES']) {
    const { page, context } = await open({ locale });
    const english = () => page.locator('main [lang=en]:not(option)').allTextContents();
    const dark = {
      name: 'dark.jpg',
      mimeType: 'image/jpeg',
      buffer: await filtered(page, melanoma, 'brightness(0.22)'),
    };
    await give(page, dark);
    await answered(page);
    assert.deepEqual(await english(), []);
    assert.doesNotMatch(await page.textContent('.declined'), /\b(The|photo|picture|is)\b/);
    await page.click('#tab-report');
    await page.waitForSelector('.fact-table');
    assert.deepEqual(await english(), []);
    await page.click('.side .new');
    await give(page, files.broken);
    await page.waitForSelector('.failure');
    assert.deepEqual(await english(), []);
    await give(page, dark, files.broken);
    await page.waitForSelector('tbody .is-failed');
    await page.waitForSelector('.batch-actions .button[download]');
    assert.deepEqual(await english(), []);
    assert.doesNotMatch(await page.textContent('tbody'), /damaged|Premature/);
    await context.close();
  }
});

test('a server that goes away is said to be gone; when it is back, the photo is answered by itself', async () => {
  const { page, context } = await open();
  const { port } = shared.server;
  await shared.server.stop();
  await give(page, melanoma);
  await page.waitForSelector('.failure');
  assert.match(await page.textContent('.failure h2'), /does not answer/);
  await inspect(page, 'trouble-server-gone');
  shared.server = await startServer(port);
  await answered(page);
  assert.equal(await page.locator('.failure, .lost').count(), 0);
  await context.close();
});

const inReport = async (page) => {
  await page.click('#tab-report');
  await page.waitForSelector('#report-patient:enabled');
};
const kept = (page) =>
  page.evaluate(async () => {
    const [, id] = /analysis\/([^/]+)/.exec(location.hash);
    return (await fetch(`/api/v1/analyses/${id}/occasion`)).json();
  });

test('while the server is slow, a name is typed and signed at once, and fields are filled one after the other', async () => {
  const { page, context, complaints } = await open();
  await give(page, melanoma);
  await answered(page);
  await inReport(page);
  await page.route('**/occasion', async (route) => {
    if (route.request().method() === 'PUT') await new Promise((done) => setTimeout(done, 400));
    await route.continue();
  });
  await page.fill('#report-patient', 'Ada Example');
  await page.fill('#report-site', 'Left forearm');
  await page.fill('#report-history', 'Grew since May.');
  await page.fill('#sign-analyst', 'Dr. Grey');
  await page.click('.segmented label:has-text("I agree")');
  await page.click('.sign .primary');
  await page.waitForSelector('.signed:has-text("Dr. Grey agrees")');
  // A field that is left while the signed answer is still new.
  await page.fill('#report-site', 'Right forearm');
  await page.fill('#report-born', '1951');
  await page.locator('#report-born').blur();
  await page.waitForSelector('.saved:has-text("Kept")');
  const { sign_off, ...notes } = await kept(page);
  assert.deepEqual(notes, {
    patient: 'Ada Example',
    born: '1951',
    site: 'Right forearm',
    history: 'Grew since May.',
    analyst: 'Dr. Grey',
  });
  assert.equal(sign_off?.verdict, 'agree');
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a sign-off that was refused is not shown, and not sent along with what is typed next', async () => {
  const { page, context } = await open();
  await give(page, melanoma);
  await answered(page);
  await inReport(page);
  await page.fill('#sign-analyst', 'Dr. Grey');
  await page.locator('#sign-analyst').blur();
  await page.waitForSelector('.saved:has-text("Kept")');
  const refuse = (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue());
  await page.route('**/occasion', refuse);
  await page.click('.segmented label:has-text("I agree")');
  await page.fill('#sign-reason', 'Clinically clear');
  await page.click('.sign .primary');
  await page.waitForSelector('.sign ~ .problem');
  assert.equal(await page.inputValue('#sign-reason'), 'Clinically clear');
  await page.unroute('**/occasion', refuse);
  await page.fill('#report-patient', 'Ada Example');
  await page.locator('#report-patient').blur();
  await page.waitForSelector('.saved:has-text("Kept")');
  const { patient, sign_off } = await kept(page);
  assert.deepEqual([patient, sign_off], ['Ada Example', null]);
  await context.close();
});

test('a sign-off whose answer was lost stands, and the next save shows it', async () => {
  const { page, context } = await open();
  await give(page, melanoma);
  await answered(page);
  await inReport(page);
  await page.fill('#sign-analyst', 'Dr. Grey');
  await page.locator('#sign-analyst').blur();
  await page.waitForSelector('.saved:has-text("Kept")');
  const lose = async (route) => {
    await route.fetch();
    await route.abort();
  };
  await page.click('.segmented label:has-text("I agree")');
  await page.route('**/occasion', lose);
  await page.click('.sign .primary');
  await page.waitForSelector('.sign ~ .problem');
  await page.unroute('**/occasion', lose);
  assert.equal((await kept(page)).sign_off?.analyst, 'Dr. Grey');
  await page.fill('#report-patient', 'Ada Example');
  await page.locator('#report-patient').blur();
  await page.waitForSelector('.signed:has-text("Dr. Grey agrees")');
  const { patient, sign_off } = await kept(page);
  assert.deepEqual([patient, sign_off?.verdict], ['Ada Example', 'agree']);
  await page.click('.signed .button');
  await page.waitForSelector('.sign');
  assert.equal((await kept(page)).sign_off, null);
  await context.close();
});

test('what could not be loaded is not overwritten; after another try it is there', async () => {
  const { page, context } = await open();
  await give(page, melanoma);
  await answered(page);
  await inReport(page);
  await page.fill('#report-history', 'Grew since May.');
  await page.fill('#sign-analyst', 'Dr. Grey');
  await page.click('.segmented label:has-text("I agree")');
  await page.click('.sign .primary');
  await page.waitForSelector('.signed');
  const lose = (route) => route.abort();
  await page.route('**/occasion', lose);
  await page.reload();
  await answered(page);
  await page.click('#tab-report');
  await page.waitForSelector('.problem:has-text("could not be loaded")');
  for (const field of ['#report-history', '#sign-analyst', '.sign .primary']) assert.ok(await page.isDisabled(field));
  await page.unroute('**/occasion', lose);
  await page.click('.problem .button');
  await page.waitForSelector('.signed:has-text("Dr. Grey agrees")');
  assert.equal(await page.inputValue('#report-history'), 'Grew since May.');
  await context.close();
});

test('who goes back to the fixed wording, or clears everything, ends what a language model was asked', async () => {
  const { page, context } = await open();
  await page.route('**/api/v1/session', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const session = await (await route.fetch()).json();
    const llm = { ...session.llm, state: 'ready', host: 'llm.example', model: 'some-model-70b', key: 'session' };
    return route.fulfill({ json: { ...session, llm } });
  });
  let asked = 0;
  await page.route('**/narrative', (route) => {
    if (!route.request().postData().includes('"llm"')) return route.continue();
    ++asked; // and never answered
  });
  await page.reload();
  await give(page, melanoma);
  await answered(page);
  await page.click('#tab-words');
  const ended = () => page.waitForEvent('requestfailed', (request) => request.url().endsWith('/narrative'));
  for (const leave of ['.llm-actions .button', '.clear .button']) {
    await page.click('.llm-actions .button:has-text("Ask")');
    await page.waitForSelector('.writing');
    const [request] = await Promise.all([
      ended(),
      page.click(leave).then(() => leave.startsWith('.clear') && page.click('.dialog .solid')),
    ]);
    assert.equal(request.failure().errorText, 'net::ERR_ABORTED');
    if (!leave.startsWith('.clear')) await page.waitForSelector('.sources li');
  }
  assert.equal(asked, 2);
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
});
