/** A page that navigates away and returns from the back/forward cache. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { ORIGIN } from './support/environment.mjs';
import { Scenario } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const EVENTS = 200;

for (const transport of ['fetch', 'native']) {
  test(`${transport}: nothing is lost over a visit to another page`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create({ events: EVENTS, intervalMs: 15, finish: 'hold' });
    const watch = await tab.watch(scenario, { transport, retryDelayMs: 20 });
    await watch.untilReceived(20);
    await tab.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => (globalThis.restored = persisted));
    });

    await tab.page.goto(`${ORIGIN}/health`);
    await scenario.untilSent(EVENTS / 2);
    await tab.page.goBack({ waitUntil: 'commit' });

    assert.equal(await tab.evaluate(() => globalThis.restored), true, 'the page was cached');
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });
}

test('a page that is left for good closes its connections', async (t) => {
  const tab = await browser.open(t);
  const scenario = await Scenario.create({ events: EVENTS, finish: 'hold' });
  for (const transport of ['fetch', 'native']) {
    const watch = await tab.watch(scenario, { transport });
    await watch.untilReceived(EVENTS);
  }
  await tab.page.close();
  await scenario.untilLeft();
});
