/** Pages that Leptos has rendered on a server and hydrates in Chromium and in Firefox. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Browser } from '../npm/support/webdriver.mjs';
import { Chromium } from './support/chromium.mjs';
import { EXAMPLES, GECKODRIVER } from './support/environment.mjs';
import { eventually } from './support/eventually.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

/** Marks the elements that the server has rendered, before any script of the page runs. */
const MARK = `document.addEventListener('readystatechange', () => {
  for (const element of document.querySelectorAll('main p')) element.dataset.rendered ??= 'by the server';
}, { once: true })`;

/** Waits until the server counts `wanted` open connections. */
async function connections(wanted) {
  const ask = async () => (await fetch(`${EXAMPLES}/demo/status`)).json();
  await eventually(`${wanted} connections`, ask, (status) => status.connections.ticker === wanted);
}

for (const site of ['hydrated', 'islands']) {
  const url = `${EXAMPLES}/${site}/`;
  const element = (page, name) => page.locator(`main .${name}`);
  const text = (page, name, fits) =>
    eventually(`the text of ${name}`, () => element(page, name).textContent(), fits);

  test(`${site}: the server's page shows the first state, and nothing received`, async () => {
    const html = await (await fetch(url)).text();
    const shown = [...html.matchAll(/<p class="(\w+)">([^<]*)/g)].map(([, name, text]) => [name, text.trim()]);
    assert.deepEqual(shown, [['state', 'idle'], ['updates', '0'], ['latest', '']]);
  });

  test(`${site}: taking the page over opens one connection, and finds what it expects`, async (t) => {
    const requests = [];
    const complaints = [];
    const page = await browser.visit(t, url, async (page) => {
      page.on('request', (request) => requests.push(new URL(request.url()).pathname));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.addInitScript(MARK);
    });
    await text(page, 'state', (state) => state === 'live');
    await text(page, 'updates', (updates) => Number(updates) >= 3);
    await text(page, 'latest', (symbol) => /^[A-Z]+$/.test(symbol));
    await connections(1);
    assert.deepEqual(requests.filter((path) => path === '/demo/ticker'), ['/demo/ticker']);
    assert.deepEqual(complaints, []);
    for (const name of ['state', 'updates', 'latest']) {
      assert.equal(await element(page, name).getAttribute('data-rendered'), 'by the server', name);
    }
    assert.equal(await page.locator('main p').count(), 3);
  });

  test(`${site}: what was taken over can be handled, and closes with the page`, async (t) => {
    const page = await browser.visit(t, url);
    await text(page, 'state', (state) => state === 'live');
    await page.locator('main button').click();
    await text(page, 'state', (state) => state === 'closed');
    await connections(0);
    await page.reload();
    await text(page, 'state', (state) => state === 'live');
    await connections(1);
    await page.close();
    await connections(0);
  });

  test(`${site}: Firefox takes the page over too`, { skip: !GECKODRIVER && 'no Firefox' }, async () => {
    const firefox = await Browser.firefox();
    try {
      await firefox.goTo(url);
      const shown = () => firefox.evaluate(() =>
        Array.from(document.querySelectorAll('main p'), ({ textContent }) => textContent));
      const [state, , symbol, ...rest] = await eventually('three updates', shown, ([, updates]) => Number(updates) >= 3);
      assert.equal(state, 'live');
      assert.match(symbol, /^[A-Z]+$/);
      assert.deepEqual(rest, []);
      await connections(1);
    } finally {
      await firefox.close();
    }
    await connections(0);
  });
}
