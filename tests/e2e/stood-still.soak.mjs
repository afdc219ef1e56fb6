/**
 * A page whose timers stand still, as on a locked phone or a sleeping laptop: its process is stopped for two minutes.
 * No event announces this, and its connections are dead by the time it runs again.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Chromium } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';
import { Scenario } from './support/scenario.mjs';

const STOPPED = 120_000;
const BEFORE = 20;
const EVENTS = 40;
/** Milliseconds, by the page's own timer, within which events must arrive after the page runs again. */
const IN_TIME = 5000;

const browser = await Chromium.launch();
after(() => browser.close());

for (const transport of ['fetch', 'native', 'auto']) {
  test(`${transport}: a page that stood still for two minutes has events again`, async (t) => {
    const tab = await browser.open(t);
    // The connection is dead and nothing reports it, as after a sleep.
    const scenario = await Scenario.create({
      events: EVENTS,
      intervalMs: 20,
      finish: 'hold',
      attempts: [{ kind: 'serve', stopAfter: BEFORE, stop: 'silence' }, { kind: 'serve' }],
    });
    const watch = await tab.watch(scenario, { transport });
    await watch.untilReceived(BEFORE);
    // The page's own clock notices that it runs again, and ends the time limit.
    await tab.evaluate((patience) => {
      let last = performance.now();
      setInterval(() => {
        const now = performance.now();
        if (now - last > 60_000) {
          setTimeout(() => {
            globalThis.atTheEnd = JSON.parse(watches[0].report()).numbers.length;
          }, patience);
        }
        last = now;
      }, 100);
    }, IN_TIME);
    const renderers = await browser.renderers();
    for (const pid of renderers) process.kill(pid, 'SIGSTOP');
    await sleep(STOPPED);
    for (const pid of renderers) process.kill(pid, 'SIGCONT');
    await watch.untilAllReceivedOnce(EVENTS);
    const ask = () => tab.evaluate('globalThis.atTheEnd');
    const inTime = await eventually('its patience is over', ask, (count) => count !== undefined);
    assert.ok(inTime > BEFORE, `${inTime} events when the patience was over`);
  });
}
