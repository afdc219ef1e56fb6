/** The demo's page for many tabs: what each tab shows about itself, and the connections that the server counts. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { DEMO } from './support/environment.mjs';
import { eventually } from './support/eventually.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const TABS = 4;

/** Reads the page's line on sharing and the figures below it. */
function says(page) {
  return page.locator('#tabs').evaluate((card) => {
    const text = (part) => card.querySelector(`[data-part=${part}]`).textContent.replaceAll('\u202f', '');
    const count = (part) => Number(text(part));
    return {
      line: card.querySelector('.sharing').textContent,
      role: text('role'),
      tabs: count('tabs'),
      received: count('received'),
      missed: count('missed'),
      duplicates: count('duplicates'),
      gaps: count('gaps'),
    };
  });
}

const sayAll = (pages) => Promise.all(pages.map(says));

/** Waits until every page counts all tabs, and exactly one leads. */
async function untilUnited(pages) {
  const fits = (all) => all.every(({ tabs }) => tabs === pages.length)
    && all.filter(({ role }) => role === 'leader').length === 1
    && all.filter(({ role }) => role === 'follower').length === pages.length - 1;
  const all = await eventually(`${pages.length} tabs share`, () => sayAll(pages), fits);
  return pages[all.findIndex(({ role }) => role === 'leader')];
}

async function untilAllGoOn(pages) {
  const before = await sayAll(pages);
  await eventually('all go on', () => sayAll(pages), (all) =>
    all.every(({ received }, index) => received > before[index].received));
}

async function untilConnections(wanted) {
  const ask = async () => (await (await fetch(`${DEMO}/demo/shared/connections`)).json()).open;
  await eventually(`the server counts ${wanted}`, ask, (open) => open === wanted);
}

/** Opens the page, then each further tab from the one before. */
async function open(test) {
  const pages = [await browser.visit(test, `${DEMO}/tabs.html`)];
  while (pages.length < TABS) {
    const last = pages.at(-1);
    const opened = last.context().waitForEvent('page');
    await last.locator('[data-part=more]').click();
    const page = await opened;
    test.after(() => page.close());
    await page.locator('.sharing[data-role]').waitFor();
    pages.push(page);
  }
  return pages;
}

test('tabs that one opens from another have one connection, and say so', async (t) => {
  const pages = await open(t);
  await untilUnited(pages);
  await untilConnections(1);
  // Only the tab in front asks the server for the connections.
  const front = pages.at(-1);
  await eventually('the line', () => says(front), ({ line }) =>
    line === `This tab is follower of ${TABS}, connections to this origin: 1`);
  assert.equal(await front.title(), `follower of ${TABS} – Everstream`);
  await untilAllGoOn(pages);
});

test('another tab leads when the leader is closed, and no tab has missed anything', async (t) => {
  const pages = await open(t);
  const leader = await untilUnited(pages);
  await leader.close();
  const rest = pages.filter((page) => page !== leader);
  await untilUnited(rest);
  await untilAllGoOn(rest);
  await untilConnections(1);
  await rest.at(-1).locator('[data-post="/demo/fault/shared/drop"]').click();
  await untilAllGoOn(rest);
  await untilConnections(1);
  for (const { missed, duplicates, gaps } of await sayAll(rest)) {
    assert.deepEqual([missed, duplicates, gaps], [0, 0, 0]);
  }
  await Promise.all(rest.map((page) => page.close()));
  await untilConnections(0);
});
