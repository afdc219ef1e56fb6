/** A page that the browser freezes to save power, and thaws when the user returns to it. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { Scenario, restartServer } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

/**
 * Enough events that many are sent while the page is frozen, and many afterwards. The stream stays open, because at the
 * end of a response the browser does deliver what it has held back.
 */
const EVENTS = 200;
const STREAM = { events: EVENTS, intervalMs: 15, finish: 'hold' };
const QUICK = { retryDelayMs: 20 };

/** Freezes a page that receives events until the server has sent half of them. */
async function freezeMeanwhile(tab, scenario, watch, meanwhile = () => {}) {
  await watch.untilReceived(20);
  await tab.freeze();
  const { numbers } = await watch.report();
  await scenario.untilSent(EVENTS / 2);
  await meanwhile();
  assert.deepEqual((await watch.report()).numbers, numbers, 'a frozen page receives nothing');
  await tab.thaw();
}

test('a plain fetch reader is dead after a freeze, without an error; a source resumes', async (t) => {
  const tab = await browser.open(t);
  const scenario = await Scenario.create(STREAM);
  const plain = await Scenario.create(STREAM);
  await tab.evaluate(async (url) => {
    globalThis.reads = [];
    const { body } = await fetch(url);
    const reader = body.getReader();
    const read = () => reader.read().then(note, (error) => reads.push(`error: ${error}`));
    const note = ({ done }) => {
      reads.push(done ? 'done' : 'chunk');
      if (!done) read();
    };
    read();
  }, plain.url);
  const watch = await tab.watch(scenario, { ...QUICK, transport: 'fetch' });

  let readBefore;
  await freezeMeanwhile(tab, scenario, watch, async () => {
    readBefore = await tab.evaluate(() => reads);
  });
  await watch.untilAllReceivedOnce(EVENTS);
  const { attempts } = await scenario.untilLeft();
  assert.equal(attempts.length, 2);

  // By now every event has been sent, and the page has run for long enough to receive as many.
  await plain.untilSent(EVENTS);
  assert.deepEqual(await tab.evaluate(() => reads), readBefore);
  assert.ok(readBefore.every((read) => read === 'chunk'));
});

for (const transport of ['fetch', 'native']) {
  test(`${transport}: nothing is lost over a freeze`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create(STREAM);
    const watch = await tab.watch(scenario, { ...QUICK, transport });
    await freezeMeanwhile(tab, scenario, watch);
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });

  test(`${transport}: nothing is lost when the server restarts during a freeze`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create({ ...STREAM, retryMs: 100 });
    const watch = await tab.watch(scenario, { ...QUICK, transport });
    await freezeMeanwhile(tab, scenario, watch, restartServer);
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });

  test(`${transport}: a freeze longer than the heartbeat timeout is no silence of the server`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create(STREAM);
    const watch = await tab.watch(scenario, { ...QUICK, transport, heartbeatMs: 500 });
    await freezeMeanwhile(tab, scenario, watch);
    const { states } = await watch.untilAllReceivedOnce(EVENTS);
    const errors = states.map(({ error }) => error ?? '');
    assert.ok(!errors.some((error) => error.startsWith('HeartbeatTimeout')), errors.join());
    await scenario.untilLeft();
  });
}
