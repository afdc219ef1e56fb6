/** The machine's network and the server go away and come back. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { Scenario, restartServer } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const EVENTS = 200;
const STREAM = { events: EVENTS, intervalMs: 15, finish: 'hold' };
/** Attempts of which the server cuts the first and serves the others. */
const BRITTLE = [{ kind: 'serve', stopAfter: EVENTS / 2, stop: 'cut' }, { kind: 'serve' }];
const QUICK = { retryDelayMs: 20 };

test('fetch: a source that waits tries again at once when the browser is online', async (t) => {
  const tab = await browser.open(t);
  const scenario = await Scenario.create({ ...STREAM, attempts: BRITTLE });
  // The retry delay is far longer than the test's time limit.
  const watch = await tab.watch(scenario, { transport: 'fetch', retryDelayMs: 3_600_000 });
  await watch.untilReceived(20);
  await tab.setOffline(true);
  await watch.untilState('waiting');
  await tab.setOffline(false);
  await watch.untilAllReceivedOnce(EVENTS);
  await scenario.untilLeft();
});

for (const transport of ['fetch', 'native']) {
  test(`${transport}: attempts that fail while the browser is offline do no harm`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create({ ...STREAM, attempts: BRITTLE, retryMs: 20 });
    const watch = await tab.watch(scenario, { ...QUICK, transport });
    await watch.untilReceived(20);
    await tab.setOffline(true);
    await watch.untilState('waiting', ({ failures }) => failures >= 2);
    await tab.setOffline(false);
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });

  test(`${transport}: a connection that outlived its network is replaced`, async (t) => {
    const tab = await browser.open(t);
    // The emulation leaves open connections alone. A real loss of the network does so too: nothing tells the client
    // that the server is gone.
    const scenario = await Scenario.create({
      ...STREAM,
      attempts: [{ kind: 'serve', stopAfter: EVENTS / 2, stop: 'silence' }, { kind: 'serve' }],
    });
    const watch = await tab.watch(scenario, { ...QUICK, transport });
    await watch.untilReceived(EVENTS / 2);
    await tab.setOffline(true);
    await tab.setOffline(false);
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });

  test(`${transport}: a server that restarts is found again`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create({ ...STREAM, retryMs: 100 });
    const watch = await tab.watch(scenario, { ...QUICK, transport });
    await watch.untilReceived(20);
    await restartServer();
    const { states } = await watch.untilAllReceivedOnce(EVENTS);
    assert.ok(states.some(({ name }) => name === 'waiting'));
    const { attempts } = await scenario.untilLeft();
    assert.ok(attempts[1].lastEventId);
    if (transport === 'fetch') {
      // The ID goes as a header, because a request to the page's own origin causes no preflight.
      assert.equal(attempts[1].headers['last-event-id'], attempts[1].lastEventId);
      assert.equal(attempts[1].query, '');
    }
  });
}
