/**
 * Thirty tabs on one connection, through changes of the leader. There are a few changes, or fifty at a hundred events
 * per second in `cargo xtask soak`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './support/browsers.mjs';
import { SOAK } from './support/environment.mjs';
import { Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

const TABS = 30;
const CHANGES = SOAK ? 50 : 3;
/** Milliseconds between two events. */
const INTERVAL = SOAK ? 10 : 50;

for (const { name, launch, connectsOnLeaving } of BROWSERS) {
  test(`${name}: thirty tabs through ${CHANGES} changes of the leader: one connection, nothing lost or twice`, async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const scenario = await Scenario.create({ events: 1_000_000, intervalMs: INTERVAL, finish: 'hold' });
    const fleet = new Fleet(browser, t, scenario);
    await fleet.grow(TABS);
    await fleet.untilUnited();
    assert.equal((await scenario.report()).attempts.length, 1);
    const ends = [
      (leader) => fleet.close(leader),
      (leader) => fleet.reload(leader),
      (leader) => fleet.kill(leader),
    ];
    for (let change = 0; change < CHANGES; change += 1) {
      await fleet.untilAllGoOn();
      await ends[change % ends.length](await fleet.leader());
      await fleet.untilAllGoOn();
      await scenario.until('one connection', ({ active }) => active === 1);
    }
    const reloaded = connectsOnLeaving ? Math.ceil(CHANGES / ends.length) : 0;
    await fleet.assertConnections(1 + CHANGES, { reloaded });
    await fleet.assertComplete(await scenario.sent());
    await fleet.stop();
    await scenario.untilLeft();
  });
}
