/**
 * A page whose timers stand still, as those of a locked phone or a laptop that sleeps: its process is stopped
 * for two minutes. No event tells of it, and what its connections were is gone by then.
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
/** So long after it runs again the page may be without events, by a timer of its own. */
const IN_TIME = 5000;

const browser = await Chromium.launch();
after(() => browser.close());

for (const transport of ['fetch', 'native', 'auto']) {
  test(`${transport}: a page that stood still for two minutes has events again`, async (t) => {
    const tab = await browser.open(t);
    // As after a sleep: the connection is dead, and nobody says so.
    const scenario = await Scenario.create({
      events: EVENTS,
      intervalMs: 20,
      finish: 'hold',
      attempts: [{ kind: 'serve', stopAfter: BEFORE, stop: 'silence' }, { kind: 'serve' }],
    });
    const watch = await tab.watch(scenario, { transport });
    await watch.untilReceived(BEFORE);
    // The page's own clock: when it runs again, and when its patience is over.
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
