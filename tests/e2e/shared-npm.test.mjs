/** Tabs of the npm package that share one connection, with each other and with tabs of the crate. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { ORIGIN } from './support/environment.mjs';
import { ENDS, Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

/** A hundred events a second, for longer than any of these tests. */
const STREAM = { events: 1_000_000, intervalMs: 10, finish: 'hold' };
const TABS = 4;
const NPM = { origin: `${ORIGIN}/npm.html` };
/** A name for the test server that browsers don't recognise as the local machine. */
const INTRANET = 'intranet.test';

test('npm: tabs hold one connection, and each gets every event', async (t) => {
  const scenario = await Scenario.create(STREAM);
  const fleet = new Fleet(browser, t, scenario, NPM);
  await fleet.grow(TABS);
  await fleet.untilUnited();
  await fleet.untilAllGoOn();
  const { attempts, active } = await scenario.report();
  assert.deepEqual([attempts.length, active], [1, 1]);
  await fleet.assertComplete(await scenario.sent());
  await fleet.stop();
  await scenario.untilLeft();
});

for (const [end, happens] of Object.entries(ENDS)) {
  test(`npm: a leader that is ${end}: another takes over, and nothing is lost or comes twice`, async (t) => {
    const scenario = await Scenario.create(STREAM);
    const fleet = new Fleet(browser, t, scenario, NPM);
    await fleet.grow(TABS);
    await fleet.untilUnited();
    for (let round = 1; round <= 3; round += 1) {
      await fleet.untilAllGoOn();
      await happens(fleet, await fleet.leader());
      await fleet.untilAllGoOn();
      await scenario.until('one connection', ({ active }) => active === 1);
    }
    await fleet.assertComplete(await scenario.sent());
    await fleet.assertConnections(4);
    await fleet.stop();
    await scenario.untilLeft();
  });
}

test('npm: without locks, on a host that is not secure, the tabs agree by themselves', async (t) => {
  const browser = await Chromium.launch([`--host-resolver-rules=MAP ${INTRANET} 127.0.0.1`]);
  t.after(() => browser.close());
  const origin = new URL(NPM.origin);
  origin.hostname = INTRANET;
  const scenario = await Scenario.create(STREAM);
  const fleet = new Fleet(browser, t, scenario, { origin: origin.href });
  await fleet.grow(TABS);
  const leader = await fleet.leader();
  assert.deepEqual(await leader.tab.evaluate('[isSecureContext, typeof navigator.locks]'), [false, 'undefined']);
  for (const happens of [ENDS.closed, ENDS.killed]) {
    await fleet.untilAllGoOn();
    await happens(fleet, await fleet.leader());
    await fleet.untilAllGoOn();
    await scenario.until('one connection', ({ active }) => active === 1);
  }
  await fleet.assertComplete(await scenario.sent());
  await fleet.stop();
});

test('npm: tabs of the crate and of the package share with each other', async (t) => {
  const scenario = await Scenario.create(STREAM);
  const fleet = new Fleet(browser, t, scenario);
  await fleet.grow(2);
  await fleet.grow(2, 'everyone', NPM);
  await fleet.untilUnited();
  for (let round = 1; round <= 3; round += 1) {
    await fleet.untilAllGoOn();
    // The reloaded tab joins at the end of the queue, so both kinds get to lead.
    await fleet.reload(await fleet.leader());
    await fleet.untilAllGoOn();
    await scenario.until('one connection', ({ active }) => active === 1);
  }
  await fleet.assertComplete(await scenario.sent());
  await fleet.assertConnections(4);
  await fleet.stop();
  await scenario.untilLeft();
});
