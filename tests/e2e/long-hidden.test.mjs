/**
 * A page that has been behind another tab for five minutes. Chromium then runs timers that were set
 * by timers once a minute; here it is told not to wait so long before it does.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { Scenario } from './support/scenario.mjs';

const browser = await Chromium.launch([
  '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1',
]);
after(() => browser.close());

const INTERVAL = 10;
/** Where the stream falls silent: after more than five rounds of the heartbeat's timer. */
const SILENT_AFTER = 1000;
const EVENTS = SILENT_AFTER + 100;
const HEARTBEAT = 1000;

/** What the browser rounds timers to, in milliseconds: those set by events, those set by timers. */
const THROTTLE = 1000;
const INTENSIVE_THROTTLE = 60_000;

test('silence is noticed in time after five minutes behind another tab', async (t) => {
  const tab = await browser.open(t);
  await tab.hide(t);
  // The first minute may have begun before, so it is told by a sixth of it.
  await tab.untilThrottled(INTENSIVE_THROTTLE / 3);
  const scenario = await Scenario.create({
    events: EVENTS,
    intervalMs: INTERVAL,
    finish: 'hold',
    attempts: [{ kind: 'serve', stopAfter: SILENT_AFTER, stop: 'silence' }, { kind: 'serve' }],
  });
  const options = { transport: 'auto', heartbeatMs: HEARTBEAT, retryDelayMs: 20 };
  const watch = await tab.watch(scenario, options);
  const { states } = await watch.untilAllReceivedOnce(EVENTS);
  assert.ok(states.some(({ error }) => error?.startsWith('HeartbeatTimeout')));

  const { attempts: [{ atMs, closedAtMs }] } = await scenario.untilLeft();
  const silence = closedAtMs - atMs - SILENT_AFTER * INTERVAL;
  assert.ok(silence < HEARTBEAT + 2 * THROTTLE, `noticed after ${silence} ms`);
});
