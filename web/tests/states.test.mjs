// SPDX-License-Identifier: MIT
// Every state of the page in light, dark and on a phone: accessible, not wider than the window, and kept as a picture.
// States that no example photo brings about are made from a real answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  desktop,
  explained,
  filtered,
  give,
  inspect,
  keratosis,
  melanoma,
  nevus,
  open,
  phone,
  useServerAndBrowser,
} from './browser.mjs';

useServerAndBrowser();

const looks = {
  light: { ...desktop, colorScheme: 'light' },
  dark: { ...desktop, colorScheme: 'dark' },
  phone: { ...phone, colorScheme: 'light' },
  'phone-dark': { ...phone, colorScheme: 'dark' },
};

/** States whose way there differs on a phone, where the side bar is a drawer. */
const reachedAnew = ['settings', 'settings-llm', 'settings-llm-error', 'clear'];

/** Lets `change` alter each answer to a photo before the page sees it. It runs in the page, so it knows nothing else. */
async function altered(page, change) {
  await page.evaluate(`{
    const plain = globalThis.fetch;
    globalThis.fetch = async (path, init) => {
      const response = await plain(path, init);
      if (init?.method !== 'POST' || !response.ok) return response;
      const analysis = await response.json();
      (${change})(analysis);
      return Response.json(analysis, { status: response.status });
    };
  }`);
}

function hairy(analysis) {
  const hair = analysis.quality.measures.find(({ name }) => name === 'hair');
  Object.assign(hair, { value: 0.11, passed: false, advice: 'Hair covers part of the skin.' });
}

const high = (analysis) => {
  analysis.urgency.level = 'HIGH';
};

const medium = (analysis) => {
  analysis.urgency.level = 'MEDIUM';
};

function doubtful(analysis) {
  const reason = 'The photo differs from those that the network was trained on.';
  analysis.ood = { state: 'doubtful', score: 0.91, doubtful_from: 0.9, rejected_from: 0.97, reason };
  analysis.prediction_set = ['mel', 'nv', 'bkl'];
  analysis.cannot_tell = true;
  analysis.operating_point = { name: 'balanced', threshold: 0.18, positive: true };
  analysis.stability = { views: 8, spread_prob: 0.42, view_flip_frac: 0.25, perturbations: 16, perturbed_flip_frac: 0 };
}

/** The likeliest class misses its own limit, two others do not. */
function topExcluded(analysis) {
  analysis.prediction_set = ['bcc', 'akiec'];
  analysis.cannot_tell = true;
}

function unlike(analysis) {
  const { id, created_at, expires_in_s, input, model, quality, timing_ms, disclaimer } = analysis;
  const reason = 'The photo is too unlike those that the network was trained on to be answered.';
  const ood = { state: 'rejected', score: 1.67, doubtful_from: 1.31, rejected_from: 1.65, reason };
  const common = { id, created_at, expires_in_s, input, model, quality, ood, timing_ms, disclaimer };
  for (const key of Object.keys(analysis)) delete analysis[key];
  Object.assign(analysis, common, { status: 'not_dermoscopy' });
}

/** A photo too blurred to be classified, and one too dark to be taken for skin. */
async function spoilt(page, name) {
  const buffer = await filtered(page, nevus, name === 'blurred.jpg' ? 'blur(20px)' : 'brightness(0.22)');
  return { name, mimeType: 'image/jpeg', buffer };
}

async function explainedAs(page, state) {
  await page.route('**/explanation?*', (route) => {
    const faithfulness = { drop_logit: -0.2, random_drop_logit: 0.1, beaten_frac: 0.27 };
    const map = { peak_logit: 0.3, scale_logit: 0.4, faithfulness };
    const lesionClass = new URL(route.request().url()).searchParams.get('class');
    return route.fulfill({
      json: { class: lesionClass, method: 'grad-cam', state, ...(state === 'nothing' ? {} : map) },
    });
  });
}

const llm = {
  state: 'ready',
  host: 'llm.example',
  model: 'some-model-70b',
  key: 'session',
  tokens_used: 1830,
  tokens_cap: 20_000,
  takes_key: true,
  problem: null,
};

/** As a server that has a language model answers: one section passed the check, one did not. */
async function withLanguageModel(page, change = {}) {
  await page.route('**/api/v1/session', async (route) => {
    const session = await (await route.fetch()).json();
    await route.fulfill({ json: { ...session, llm: { ...llm, ...change } } });
  });
  await page.route('**/narrative/request?*', (route) =>
    route.fulfill({
      json: {
        url: 'https://llm.example/v1/chat/completions',
        model: llm.model,
        messages: [
          { role: 'system', content: 'Write seven sections about the answer from its facts alone.' },
          { role: 'user', content: 'prob.mel = 0.62\n'.repeat(40) },
        ],
      },
    }),
  );
  await page.route('**/narrative', async (route) => {
    if (!route.request().postData().includes('"llm"')) return route.continue();
    const section = (id, title, origin, text) => {
      const sentences = [{ text, facts: ['prob.mel'], sources: ['garbe-2022'] }];
      return { id, title, origin, sentences };
    };
    const own = section('overview', 'Overview', 'llm', 'Of the seven classes melanoma is the likeliest, with 62 %.');
    const fixed = section('severity', 'Severity', 'offline', 'Melanoma can spread; early treatment matters.');
    const whole = {
      sections: [own, fixed],
      sources: [
        { id: 'garbe-2022', cite: 'Garbe et al. 2022, Eur J Cancer 170:236', url: 'https://example.org/garbe' },
      ],
      source: 'llm',
      model: llm.model,
      dropped: 2,
      reason: null,
    };
    const events = [
      ['section', own],
      ['section', fixed],
      [
        'replaced',
        { section: 'overview', reason: 'a sentence names 90 %, which is no fact it rests on', whole: false },
      ],
      ['replaced', { section: 'severity', reason: 'no sentence is left', whole: true }],
      ['done', whole],
    ];
    const body = events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    return route.fulfill({ contentType: 'text/event-stream', body });
  });
  await page.reload();
  await page.waitForSelector('.start .example img');
}

async function reported(page) {
  await states.answer(page);
  await page.click('#tab-report');
  await page.waitForSelector('#report-patient:enabled');
}

const states = {
  start: async () => {},
  waiting: async (page) => {
    await page.route('**/api/v1/analyses', async (route) => {
      if (route.request().method() === 'POST') await new Promise((done) => setTimeout(done, 60_000));
      else await route.continue();
    });
    await give(page, melanoma);
    await page.waitForSelector('.waiting');
  },
  answer: async (page) => {
    await give(page, melanoma);
    await answered(page);
    await explained(page);
  },
  'answer-low': async (page) => {
    await give(page, nevus);
    await answered(page);
    await explained(page);
  },
  'answer-high': async (page) => {
    await altered(page, high);
    await give(page, keratosis);
    await answered(page);
    await explained(page);
  },
  'answer-medium': async (page) => {
    await altered(page, medium);
    await give(page, keratosis);
    await answered(page);
    await explained(page);
  },
  'answer-doubtful': async (page) => {
    await altered(page, doubtful);
    await give(page, melanoma);
    await answered(page);
    await explained(page);
    assert.match(
      await page.textContent('.panel'),
      /42\.0 percentage points; another class comes first in 2 of them and in 0 of 16 slightly altered/,
    );
  },
  'answer-top-excluded': async (page) => {
    await altered(page, topExcluded);
    await give(page, melanoma);
    await answered(page);
    assert.match(await page.locator('.cautions').last().textContent(), /not among what remains in question with 90\s%/);
    await explained(page);
  },
  'example-wrong': async (page) => {
    await page.locator('.example').nth(1).click();
    await answered(page);
    assert.match(await page.textContent('.cautions'), /archive says Melanoma: this answer is wrong/);
    await explained(page);
  },
  'answer-hair': async (page) => {
    await altered(page, hairy);
    await page.selectOption('.language select', 'de');
    await give(page, melanoma);
    await answered(page);
    await explained(page);
    const line = page.locator('.quality-line');
    assert.match(await line.textContent(), /mit Hinweis.*Haare verdecken.*11 von 12/);
    await line.scrollIntoViewIfNeeded();
  },
  'tab-photo-hair': async (page) => {
    await states['answer-hair'](page);
    await page.click('#tab-photo');
    assert.equal(await page.locator('.measure').first().locator('[aria-label="zu beachten"]').count(), 1);
  },
  'not-dermoscopy': async (page) => {
    await give(page, await spoilt(page, 'dark.jpg'));
    await answered(page);
    assert.match(await page.textContent('.declined'), /does not look like a photo of skin.*should see a doctor/);
  },
  unlike: async (page) => {
    await altered(page, unlike);
    await give(page, melanoma);
    await answered(page);
    const text = await page.textContent('.declined');
    assert.match(text, /unlike those that the network learnt from.*should see a doctor.*1\.67/);
    assert.doesNotMatch(text, /does not look like|Use a dermatoscope/);
  },
  retake: async (page) => {
    await give(page, await spoilt(page, 'blurred.jpg'));
    await answered(page);
    assert.match(await page.textContent('.declined'), /blurred/);
  },
  'retake-checks': async (page) => {
    await give(page, await spoilt(page, 'blurred.jpg'));
    await answered(page);
    await page.click('#tab-photo');
  },
  'map-unreliable': async (page) => {
    await explainedAs(page, 'unreliable');
    await give(page, melanoma);
    await answered(page);
    await explained(page);
    assert.ok(await page.isChecked('.modes [value=photo]'), 'a map that failed its test does not cover the lesion');
    assert.equal(await page.locator('.stage-heat').count(), 0);
    assert.match(await page.textContent('.stage-flag'), /failed its test/);
  },
  'map-unreliable-asked': async (page) => {
    await states['map-unreliable'](page);
    await page.click('.modes label:has-text("Heat map")');
    await page.waitForSelector('.stage-heat');
    assert.match(await page.textContent('.stage-flag'), /Do not read/);
    // Another class's map is another map.
    await page.locator('.bar').nth(1).click();
    await explained(page);
    await page.waitForFunction(() => !document.querySelector('.stage-heat'));
    await page.click('.modes label:has-text("Heat map")');
  },
  'map-nothing': async (page) => {
    await page.route('**/heatmap.png?*', (route) =>
      route.fulfill({ status: 404, json: { code: 'no_heat_map', detail: 'nothing speaks for it', status: 404 } }),
    );
    await explainedAs(page, 'nothing');
    await give(page, melanoma);
    await answered(page);
    await explained(page);
  },
  'side-by-side': async (page) => {
    await states.answer(page);
    await page.click('.modes label:has-text("Side by side")');
  },
  swipe: async (page) => {
    await states.answer(page);
    await page.click('.modes label:has-text("Swipe")');
  },
  'tab-photo': async (page) => {
    await states.answer(page);
    await page.click('#tab-photo');
  },
  'tab-words': async (page) => {
    await states.answer(page);
    await page.click('#tab-words');
    await page.waitForSelector('.sources li');
  },
  'words-declined': async (page) => {
    await withLanguageModel(page);
    await states.retake(page);
    await page.click('#tab-words');
    await page.waitForSelector('.provenance');
    assert.equal(await page.locator('.llm-bar').count(), 0, 'of a declined photo there is nothing to ask');
  },
  'words-waiting': async (page) => {
    await page.route('**/narrative', () => new Promise(() => {}));
    await states.answer(page);
    await page.click('#tab-words');
    await page.waitForSelector('.writing');
  },
  'words-failed': async (page) => {
    await page.route('**/narrative', (route) =>
      route.fulfill({
        status: 503,
        json: { code: 'overloaded', detail: '64 requests are waiting already', status: 503 },
      }),
    );
    await states.answer(page);
    await page.click('#tab-words');
    await page.waitForSelector('.prose-failed');
  },
  'words-llm': async (page) => {
    await withLanguageModel(page);
    await states.answer(page);
    await page.click('#tab-words');
    await page.click('.llm-actions .button');
    await page.waitForSelector('.replaced');
  },
  'words-request': async (page) => {
    await withLanguageModel(page);
    await states.answer(page);
    await page.click('#tab-words');
    await page.click('.llm-actions .quiet');
    await page.waitForSelector('.request[aria-busy=false]');
  },
  'tab-report': reported,
  'report-words': async (page) => {
    await page.route('**/report.pdf?*', (route) => route.fulfill({ contentType: 'application/pdf', body: '%PDF-1.7' }));
    await states['words-llm'](page);
    await page.click('#tab-report');
    await page.selectOption('#report-words', 'llm');
    const [asked] = await Promise.all([page.waitForRequest('**/report.pdf?*'), page.click('.download.is-main')]);
    assert.match(asked.url(), /narrative=llm/);
    await page.selectOption('#report-language', 'de');
    assert.equal(await page.locator('#report-words').count(), 0, 'it wrote in no other language');
    await page.selectOption('#report-language', 'en');
  },
  'report-signed': async (page) => {
    await reported(page);
    await page.fill('#report-patient', 'Ada Example');
    await page.fill('#report-site', 'Left forearm, above the wrist');
    await page.click('.more-forms summary');
    await page.click('.segmented label:has-text("I disagree")');
    await page.fill('#sign-analyst', 'Dr. Grey');
    await page.fill('#sign-reason', 'Clinically a blue nevus, unchanged for twenty years');
    await page.click('.sign .primary');
    await page.waitForSelector('.signed');
  },
  'report-not-loaded': async (page) => {
    await page.route('**/occasion', (route) =>
      route.fulfill({
        status: 503,
        json: { code: 'overloaded', detail: '64 requests are waiting already', status: 503 },
      }),
    );
    await states.answer(page);
    await page.click('#tab-report');
    await page.waitForSelector('.problem');
    assert.ok(await page.isDisabled('#report-history'), 'what was not loaded cannot be overwritten');
    await page.locator('.problem').scrollIntoViewIfNeeded();
  },
  'report-failed': async (page) => {
    await page.route('**/report.pdf?*', (route) =>
      route.fulfill({ status: 500, json: { code: 'internal', detail: 'Something went wrong in Nevus.', status: 500 } }),
    );
    await reported(page);
    await page.click('.download.is-main');
    await page.waitForSelector('.problem');
  },
  batch: async (page) => {
    const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0]) };
    const declined = [await spoilt(page, 'blurred.jpg'), await spoilt(page, 'dark.jpg')];
    const good = await Promise.all(
      [melanoma, keratosis, nevus].map(async (file) => ({
        name: file.split('/').at(-1),
        mimeType: 'image/jpeg',
        buffer: await filtered(page, file, 'none'),
      })),
    );
    await give(page, ...good, ...declined, broken);
    await page.waitForSelector('.batch-actions a');
  },
  'intended-use': async (page) => {
    await page.click('.notice-bar .link');
    await page.waitForSelector('.dialog');
  },
  camera: async (page) => {
    await page.click('.drop-actions .button:nth-child(2)');
    await page.waitForSelector('.dialog');
    await page.waitForFunction(() => !/Starting/.test(document.querySelector('.camera').textContent));
  },
  clear: async (page) => {
    if (await page.locator('.menu-button').isVisible()) await page.click('.menu-button');
    await page.click('.clear .button');
    await page.waitForSelector('.dialog');
  },
  settings: async (page) => {
    await states.answer(page);
    if (await page.locator('.menu-button').isVisible()) await page.click('.menu-button');
    await page.waitForSelector('.entry img');
    await page.locator('.side .choice').first().scrollIntoViewIfNeeded();
  },
  'settings-llm': async (page) => {
    await withLanguageModel(page, { key: null, state: 'off' });
    await states.settings(page);
    await page.locator('#llm-key').scrollIntoViewIfNeeded();
  },
  'settings-llm-error': async (page) => {
    const problem = 'llm_base_url is "llm.example", but must begin with https:// or http://';
    await withLanguageModel(page, { key: null, state: 'error', host: '', model: null, problem });
    await states.settings(page);
    await page.locator('.side .hint:has-text("must begin with")').scrollIntoViewIfNeeded();
    assert.equal(await page.locator('#llm-key').count(), 0, 'no key mends an address');
  },
  gone: async (page) => {
    await page.goto(`${page.url().split('#')[0]}#/analysis/0123456789abcdef`);
    await page.waitForSelector('.gone');
  },
  german: async (page) => {
    await page.selectOption('.language select', 'de');
    await page.waitForFunction(() => document.documentElement.lang === 'de');
    await states.answer(page);
  },
  spanish: async (page) => {
    await page.selectOption('.language select', 'es');
    await page.waitForFunction(() => document.documentElement.lang === 'es');
    await states.answer(page);
  },
};

const expected = (text) => /status of (4\d\d|500|503)/.test(text) || /requested device/i.test(text);

for (const [name, reach] of Object.entries(states)) {
  test(name, async () => {
    let shown = await open(looks.light);
    await reach(shown.page);
    for (const [look, options] of Object.entries(looks)) {
      if (reachedAnew.includes(name) && look === 'phone') {
        await shown.page.unrouteAll({ behavior: 'ignoreErrors' });
        await shown.context.close();
        shown = await open(options);
        await reach(shown.page);
      }
      await shown.page.emulateMedia({ colorScheme: options.colorScheme });
      await shown.page.setViewportSize(options.viewport);
      await inspect(shown.page, `${name}-${look}`);
      assert.deepEqual(
        shown.complaints.filter((text) => !expected(text)),
        [],
      );
    }
    await shown.page.unrouteAll({ behavior: 'ignoreErrors' });
    await shown.context.close();
  });
}
