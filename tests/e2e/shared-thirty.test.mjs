/** Thirty tabs on one connection, through up to fifty changes of the leader. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROWSERS } from './support/browsers.mjs';
import { Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

const TABS = 30;
/** Firefox is asked tab by tab, which takes its time: there it is a few, unless all are asked for. */
const CHANGES = { chromium: 50, firefox: process.env.EVERSTREAM_FIFTY_CHANGES ? 50 : 3 };

for (const { name, launch } of BROWSERS) {
  const changes = CHANGES[name];
  test(`${name}: thirty tabs through ${changes} changes of the leader: one connection, nothing lost or twice`, async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const scenario = await Scenario.create({ events: 1_000_000, intervalMs: 10, finish: 'hold' });
    const fleet = new Fleet(browser, t, scenario);
    await fleet.grow(TABS);
    await fleet.untilUnited();
    assert.equal((await scenario.report()).attempts.length, 1);
    const ends = [
      (leader) => fleet.close(leader),
      (leader) => fleet.reload(leader),
      (leader) => fleet.kill(leader),
    ];
    for (let change = 0; change < changes; change += 1) {
      await fleet.untilAllGoOn();
      await ends[change % ends.length](await fleet.leader());
      await fleet.untilAllGoOn();
      await scenario.until('one connection', ({ active }) => active === 1);
    }
    const { attempts } = await scenario.report();
    assert.equal(attempts.length, 1 + changes);
    const last = Number(attempts.at(-1).lastEventId) + attempts.at(-1).sent;
    await fleet.assertComplete(last);
    await fleet.stop();
    await scenario.untilLeft();
  });
}
