/**
 * A page that has been behind another tab for five minutes. Chromium then runs chained timers only once a minute; a
 * flag shortens the wait before it does.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Chromium } from './support/chromium.mjs';
import { SOAK } from './support/environment.mjs';
import { Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

const SOON = ['--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1'];

const browser = await Chromium.launch(SOON);
after(() => browser.close());

const INTERVAL = 10;
/** The event after which the stream falls silent: later than five rounds of the heartbeat's timer. */
const SILENT_AFTER = 1000;
const EVENTS = SILENT_AFTER + 100;
const HEARTBEAT = 1000;

/** Milliseconds to which the browser rounds timers: those that events set, and those that timers set. */
const THROTTLE = 1000;
const INTENSIVE_THROTTLE = 60_000;

test('silence is noticed in time after five minutes behind another tab', async (t) => {
  const tab = await browser.open(t);
  await tab.hide(t);
  // Part of the first minute may already be over, so a timer that is late by a sixth of a minute counts.
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

/** Milliseconds that a visible tab may wait for a relayed event, on a loaded machine. */
const IN_TIME = 5000;

/** Shows a follower in front of its leader, and checks its events once the leader's timers are slow. */
async function followBehind(browser, t, untilSlow) {
  const scenario = await Scenario.create({ events: 1_000_000, intervalMs: INTERVAL, finish: 'hold' });
  const fleet = new Fleet(browser, t, scenario);
  await fleet.grow(1);
  const leader = await fleet.leader();
  await leader.tab.hide(t);
  await fleet.grow(1);
  await fleet.untilUnited();
  await untilSlow(leader.tab);
  const [, before] = await fleet.reports();
  const last = before.numbers.at(-1) + 2 * IN_TIME / INTERVAL;
  const [led, followed] = await fleet.untilAll(`event ${last}`, ({ numbers }) => numbers.at(-1) >= last);
  assert.deepEqual([led.sharing[0], followed.sharing[0]], ['Leader', 'Follower']);
  assert.equal(await leader.tab.evaluate('document.visibilityState'), 'hidden');
  t.diagnostic(`the longest silence: ${followed.longestSilence} ms`);
  assert.ok(followed.longestSilence < IN_TIME, `${followed.longestSilence} ms without an event`);
  await fleet.assertComplete(last);
  assert.equal((await scenario.report()).attempts.length, 1);
  await fleet.stop();
}

test('a leader behind another tab for five minutes still hands events on in time', async (t) => {
  await followBehind(browser, t, (leader) => leader.untilThrottled(INTENSIVE_THROTTLE / 3));
});

if (SOAK) {
  test('the same in five minutes of the clock', async (t) => {
    const browser = await Chromium.launch();
    after(() => browser.close());
    await followBehind(browser, t, () => sleep(300_000));
  });
}
