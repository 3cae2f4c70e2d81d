// SPDX-License-Identifier: MIT
// What goes wrong: files that are no photos, and a server that goes away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { answered, give, inspect, melanoma, open, shared, startServer, useServerAndBrowser } from './browser.mjs';

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
