/** Workers and frames share with their page, and can lead it. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { BROWSERS } from './support/browsers.mjs';
import { Fleet } from './support/fleet.mjs';
import { Scenario } from './support/scenario.mjs';

const STREAM = { events: 1_000_000, intervalMs: 10, finish: 'hold' };

for (const { name, launch } of BROWSERS) {
  const browser = await launch();
  after(() => browser.close());

  test(`${name}: a page, its frame and its workers have one connection`, async (t) => {
    const scenario = await Scenario.create(STREAM);
    const fleet = new Fleet(browser, t, scenario);
    await fleet.grow(1);
    const page = await fleet.leader();
    for (const place of ['frame', 'worker', 'sharedWorker']) await fleet.growIn(place, page);
    await fleet.untilUnited();
    await fleet.untilAllGoOn();
    const { attempts, active } = await scenario.report();
    assert.deepEqual([attempts.length, active], [1, 1]);
    await fleet.assertComplete(1);
    await fleet.stop();
    await scenario.untilLeft();
  });

  for (const place of ['frame', 'worker']) {
    test(`${name}: a ${place} that leads is taken away, and nothing is lost or comes twice`, async (t) => {
      const scenario = await Scenario.create(STREAM);
      const fleet = new Fleet(browser, t, scenario);
      const tab = await browser.open(t);
      await fleet.growIn(place, { tab });
      const first = await fleet.leader();
      await fleet.untilAllGoOn();
      await fleet.grow(2);
      await fleet.untilUnited();
      await fleet.untilAllGoOn();
      assert.equal((await fleet.leader()).place, place);
      await fleet.end(first);
      await fleet.untilUnited();
      await fleet.untilAllGoOn();
      await scenario.until('one connection', ({ active }) => active === 1);
      await fleet.assertComplete(1);
      await fleet.stop();
      await scenario.untilLeft();
    });
  }
}
