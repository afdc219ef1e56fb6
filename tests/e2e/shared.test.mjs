/** Tabs that share one connection: what the server sees of them, and what happens when the leader goes. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { BROWSERS } from './support/browsers.mjs';
import { Chromium } from './support/chromium.mjs';
import { ORIGIN } from './support/environment.mjs';
import { eventually } from './support/eventually.mjs';
import { ENDS, Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

/** A hundred events a second, for longer than any of these tests. */
const STREAM = { events: 1_000_000, intervalMs: 10, finish: 'hold' };
const TABS = 5;
/** A name for the test server that browsers don't recognise as the local machine. */
const INTRANET = 'intranet.test';

async function untilConnections(scenario, connections) {
  await scenario.until(`${connections} connections`, ({ active }) => active === connections);
}

/** WebDriver can't freeze a page, so only the Chromium tests do. */
const { frozen, ...ENDS_ANYWHERE } = ENDS;
const ENDS_IN_CHROMIUM = {
  ...ENDS,
  async 'put into the back/forward cache'(fleet, leader) {
    const before = (await fleet.scenario.report()).attempts.length;
    await leader.tab.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => (globalThis.restored = persisted));
    });
    await leader.tab.page.goto(`${ORIGIN}/health`);
    await fleet.scenario.until('another has taken over', ({ active, attempts }) =>
      active === 1 && attempts.length > before);
    await leader.tab.page.goBack({ waitUntil: 'commit' });
    assert.equal(await leader.tab.evaluate(() => globalThis.restored), true, 'the page was cached');
  },
};

for (const { name, launch, launchOn, connectsOnLeaving } of BROWSERS) {
  const browser = await launch();
  after(() => browser.close());
  const ends = name === 'chromium' ? ENDS_IN_CHROMIUM : ENDS_ANYWHERE;

  test(`${name}: five tabs hold one connection, and each gets every event`, async (t) => {
    const scenario = await Scenario.create(STREAM);
    const fleet = new Fleet(browser, t, scenario);
    await fleet.grow(TABS);
    await fleet.untilUnited();
    await fleet.untilAllGoOn();
    const { attempts, active } = await scenario.report();
    assert.deepEqual([attempts.length, active], [1, 1]);
    await fleet.assertComplete(await scenario.sent());
    await fleet.stop();
    await untilConnections(scenario, 0);
  });

  test(`${name}: two users never share`, async (t) => {
    const scenario = await Scenario.create(STREAM);
    const one = new Fleet(browser, t, scenario);
    const other = new Fleet(browser, t, scenario);
    await one.grow(2, 'one');
    await other.grow(2, 'other');
    await one.untilUnited();
    await other.untilUnited();
    await untilConnections(scenario, 2);
    await one.stop();
    await untilConnections(scenario, 1);
    await other.untilAllGoOn();
    await other.assertComplete(1);
  });

  for (const [end, happens] of Object.entries(ends)) {
    test(`${name}: a leader that is ${end}: another takes over, and nothing is lost or comes twice`, async (t) => {
      const scenario = await Scenario.create(STREAM);
      const fleet = new Fleet(browser, t, scenario);
      await fleet.grow(TABS);
      await fleet.untilUnited();
      for (let round = 1; round <= 3; round += 1) {
        await fleet.untilAllGoOn();
        await happens(fleet, await fleet.leader());
        await fleet.untilAllGoOn();
        await untilConnections(scenario, 1);
      }
      await fleet.assertComplete(await scenario.sent());
      const reloaded = connectsOnLeaving && happens === ENDS.reloaded ? 3 : 0;
      await fleet.assertConnections(4, { reloaded });
      await fleet.stop();
      await untilConnections(scenario, 0);
    });
  }

  test(`${name}: a leader that hangs is deposed, and goes on as a follower`, async (t) => {
    const scenario = await Scenario.create(STREAM);
    const fleet = new Fleet(browser, t, scenario);
    await fleet.grow(TABS);
    const leader = await fleet.leader();
    await fleet.untilAllGoOn();
    // Hangs for longer than the other tabs wait for the leader.
    await leader.tab.evaluate(() => {
      const hang = () => {
        const until = performance.now() + 15_000;
        while (performance.now() < until);
      };
      setTimeout(hang);
    });
    await scenario.until('another connects', ({ attempts }) => attempts.length === 2);
    await untilConnections(scenario, 1);
    const role = async () => (await leader.watch.report()).sharing[0];
    await eventually('it follows', role, (role) => role === 'Follower');
    await fleet.untilUnited();
    await fleet.untilAllGoOn();
    await fleet.assertComplete(await scenario.sent());
  });

  test(`${name}: without locks, on a host that is not secure, the tabs agree by themselves`, async (t) => {
    const browser = await launchOn(INTRANET);
    t.after(() => browser.close());
    const origin = new URL(ORIGIN);
    origin.hostname = INTRANET;
    const scenario = await Scenario.create(STREAM);
    const fleet = new Fleet(browser, t, scenario, { origin: origin.href });
    await fleet.grow(TABS);
    const leader = await fleet.leader();
    assert.deepEqual(await leader.tab.evaluate('[isSecureContext, typeof navigator.locks]'), [false, 'undefined']);
    await untilConnections(scenario, 1);
    for (const happens of [ENDS.closed, ENDS.reloaded, ENDS.killed]) {
      await fleet.untilAllGoOn();
      await happens(fleet, await fleet.leader());
      await fleet.untilAllGoOn();
      await untilConnections(scenario, 1);
    }
    await fleet.assertComplete(await scenario.sent());
    await fleet.stop();
  });
}

test('where locks are refused, as in a sandboxed frame, the tabs agree by themselves too', async (t) => {
  const browser = await Chromium.launch();
  t.after(() => browser.close());
  const scenario = await Scenario.create(STREAM);
  const script = `LockManager.prototype.request = () => Promise.reject(new DOMException('no', 'SecurityError'));`;
  const fleet = new Fleet(browser, t, scenario, { script });
  await fleet.grow(TABS);
  await fleet.untilUnited();
  await untilConnections(scenario, 1);
  await fleet.close(await fleet.leader());
  await fleet.untilAllGoOn();
  await untilConnections(scenario, 1);
  await fleet.assertComplete(await scenario.sent());
  await fleet.stop();
});
