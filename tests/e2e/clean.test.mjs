/** Dropping a source closes it and leaves nothing of it in the browser. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Census } from './support/census.mjs';
import { Chromium } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';
import { Scenario } from './support/scenario.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

/** Cycles until all code is compiled, and every buffer and free list has reached its full size. */
const WARM_UP = 200;
const CYCLES = 1000;

/** The bytes that one source may leave on the heap: fewer than its smallest part takes. */
const CRUMBS = 128;

/** The stages at which sources are dropped, and the scripts that bring them there. */
const STAGES = {
  connecting: { attempts: [{ kind: 'hang' }] },
  event: { events: 1, finish: 'hold' },
  waiting: { attempts: [{ kind: 'status', status: 503 }] },
};

for (const transport of ['fetch', 'native']) {
  for (const [stage, script] of Object.entries(STAGES)) {
    test(`${transport}: ${CYCLES} sources dropped at stage \`${stage}\` leave nothing`, async (t) => {
      const census = await Census.open(browser, t);
      const { tab } = census;
      const scenario = await Scenario.create(script);
      // A heartbeat timeout keeps a timer running at every stage.
      const options = { transport, heartbeatMs: 60_000, retryDelayMs: 60_000 };
      const cycle = (times) => tab.evaluate(
        (given) => everstream.cycle(...given),
        [scenario.url, JSON.stringify(options), stage, times],
      );

      await cycle(WARM_UP);
      await scenario.untilLeft();
      const before = await census.take();
      const isAsBefore = ({ counts }) => JSON.stringify(counts) === JSON.stringify(before.counts);
      await cycle(CYCLES);
      await scenario.untilLeft();
      const { heap } = await eventually('everything is as before', () => census.take(), isAsBefore);
      assert.ok(heap - before.heap < CYCLES * CRUMBS, `the heap grew by ${heap - before.heap} bytes`);
    });
  }

  test(`${transport}: the census sees a source while it lives, and not when it is closed`, async (t) => {
    const census = await Census.open(browser, t);
    const scenario = await Scenario.create(STAGES.event);
    const { counts: none } = await census.take();
    const watch = await census.tab.watch(scenario, { transport, heartbeatMs: 60_000 });
    await watch.untilReceived(1);
    const { counts: open } = await census.take();
    for (const counted of ['listeners', 'requests', 'timers']) {
      assert.equal(none[counted], 0, counted);
      assert.ok(open[counted] > 0, counted);
    }
    await watch.stop();
    await scenario.untilLeft();
    // The size of WebAssembly's memory never shrinks.
    const closed = { ...none, wasm: open.wasm };
    const isClosed = ({ counts }) => JSON.stringify(counts) === JSON.stringify(closed);
    await eventually('nothing is left of it', () => census.take(), isClosed);
  });
}
