// SPDX-License-Identifier: MIT
// One word for one thing: what the page and the reports both name has the same name in both, in each language.
// Setting from CMake: NEVUS_WORDING, the folder of the reports' words.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const languages = ['en', 'de', 'es'];

const page = (language) => JSON.parse(readFileSync(`src/messages/${language}.json`, 'utf8'));

/** Of the reports' files, "table.key" to text; they hold one line of text for each key. */
function reports(language) {
  const words = {};
  let table = '';
  for (const line of readFileSync(path.join(process.env.NEVUS_WORDING, `${language}.toml`), 'utf8').split('\n')) {
    table = /^\[(\w+)\]/.exec(line)?.[1] ?? table;
    const [, key, text] = /^([\w-]+) = "([^"].*)"$/.exec(line) ?? [];
    if (key) words[`${table}.${key}`] = text;
  }
  return words;
}

/** Key of the page, key of the reports. */
const same = [
  ...['akiec', 'bcc', 'bkl', 'df', 'mel', 'nv', 'vasc'].map((id) => [`class.${id}`, `class.${id}`]),
  ...['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].map((id) => [`urgency.${id}`, `level.${id}`]),
  ...['high', 'medium', 'low'].map((id) => [`band.${id}`, `band.${id}`]),
  ...['HIGH', 'MODERATE', 'LOW'].map((id) => [`risk.zone.${id}`, `risk.${id}`]),
  ...['focus', 'brightness', 'contrast', 'colour_cast', 'glare', 'resolution', 'framing'].map((id) => [id, id]),
  ...['lesion_size', 'lesion_cut', 'hair', 'ink', 'ruler'].map((id) => [id, id]),
  ['urgency.why', 'label.reasons'],
  ['fields.born', 'label.born'],
  ['fields.site', 'label.site'],
  ['batch.not_dermoscopy', 'label.declined'],
  ['class.malignant', 'label.malignant_mark'],
  ['class.benign', 'label.benign_mark'],
  ['declined.consult', 'patient.consult-declined'],
  ['answer.confidence', 'label.confidence'],
  ['view.nothing', 'label.heat_none'],
].map(([ours, theirs]) =>
  ours === theirs && !ours.includes('.') ? [`quality.${ours}`, `label.${theirs}`] : [ours, theirs],
);

for (const language of languages) {
  test(`page and reports name things alike in "${language}"`, () => {
    const ours = page(language);
    const theirs = reports(language);
    const plain = (text) => text.toLowerCase();
    for (const [here, there] of same)
      assert.equal(plain(ours[here]), plain(theirs[there] ?? ''), `${here} and ${there}`);
    for (const level of ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']) {
      const [, sentence] = /^[^:]+: (.*)$/.exec(theirs[`urgency.${level}`]);
      assert.equal(plain(ours[`urgency.${level}.text`]), `${plain(sentence)}.`);
    }
  });
}

const unwanted = {
  en: /AI analysis/,
  de: /Wärme(bild|karte)|Konfidenz|Glanz|Veränderung, die sich ändert|KI-Analyse/,
  es: /Nevus melanocítico|punto de trabajo|Análisis IA/i,
};

test('words that were given up do not come back', () => {
  for (const language of languages) {
    for (const text of Object.values(page(language))) assert.doesNotMatch(text, unwanted[language]);
  }
});

test('in Spanish a share has its article', () => {
  for (const [key, text] of Object.entries(page('es'))) {
    if (!/^(rule|answer|view)\./.test(key)) continue;
    for (const [, before, name] of text.matchAll(/(\S+) \{(value|rival_value|limit|level|beaten|confidence)\}/g)) {
      if (key === 'answer.ood.score') continue; // a distance
      assert.match(before, /^(un|el|del|al)$/, `${key}: {${name}}`);
    }
  }
});

test('a reason that names a rival in the reports names it on the page', () => {
  for (const language of ['de', 'es']) {
    for (const [key, text] of Object.entries(reports(language))) {
      if (!key.startsWith('reason.') || !text.includes('{rival}')) continue;
      assert.match(page(language)[`rule.${key.slice(7)}`], /\{rival\}.*\{rival_value\}/, key);
    }
  }
});
