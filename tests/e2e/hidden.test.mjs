/** A page behind another tab, whose timers the browser throttles. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { Scenario } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const EVENTS = 200;
const INTERVAL = 10;
const STREAM = { events: EVENTS, intervalMs: INTERVAL, finish: 'hold' };
/** The event after which a stream falls silent, or its tab is hidden. */
const HALF = EVENTS / 2;

/** Milliseconds to which the browser rounds timers of a hidden page. */
const THROTTLE = 1000;

test('silence is noticed behind another tab too', async (t) => {
  const tab = await browser.open(t);
  await tab.hide(t);
  await tab.untilThrottled(THROTTLE);
  const scenario = await Scenario.create({
    ...STREAM,
    attempts: [{ kind: 'serve', stopAfter: HALF, stop: 'silence' }, { kind: 'serve' }],
  });
  const heartbeatMs = 1500;
  const watch = await tab.watch(scenario, { transport: 'auto', heartbeatMs, retryDelayMs: 20 });
  const { states } = await watch.untilAllReceivedOnce(EVENTS);
  assert.ok(states.some(({ error }) => error?.startsWith('HeartbeatTimeout')));

  const { attempts: [{ atMs, closedAtMs }] } = await scenario.untilLeft();
  const silence = closedAtMs - atMs - HALF * INTERVAL;
  // Allows for the timer's own lateness, and for the time that a late timer adds to the deadline.
  assert.ok(silence < heartbeatMs + 2 * THROTTLE, `noticed after ${silence} ms`);
});

for (const transport of ['fetch', 'native']) {
  test(`${transport}: events go on arriving behind another tab`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create(STREAM);
    const watch = await tab.watch(scenario, { transport, retryDelayMs: 20 });
    await watch.untilReceived(20);
    await tab.hide(t);
    await watch.untilAllReceivedOnce(EVENTS);
    const { attempts } = await scenario.untilLeft();
    assert.equal(attempts[0].sent, EVENTS, 'on the first connection');
  });

  test(`${transport}: a source that pauses when hidden resumes when shown`, async (t) => {
    const tab = await browser.open(t);
    const scenario = await Scenario.create(STREAM);
    const options = { transport, retryDelayMs: 20, pauseWhenHidden: true };
    const watch = await tab.watch(scenario, options);
    await watch.untilReceived(20);
    const show = await tab.hide(t);
    await watch.untilState('paused');
    await scenario.untilLeft();
    await show();
    await watch.untilAllReceivedOnce(EVENTS);
    await scenario.untilLeft();
  });
}
