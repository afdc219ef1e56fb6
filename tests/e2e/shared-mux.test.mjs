/** Multiplexers of several tabs that share one connection to the hub: the crate's, the npm package's, and both. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { ORIGIN } from './support/environment.mjs';
import { Hub } from './support/hub.mjs';
import { MuxFleet } from './support/mux-fleet.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

/** Gives each tab its own channel, one that a pair of tabs shares, and one that all tabs share. */
const OVERLAPPING = [0, 1, 2, 3].map((tab) => ['all', `own:${tab}`, `pair:${tab >> 1}`]);
const CHANNELS = [...new Set(OVERLAPPING.flat()), 'late'];
/** Events for longer than any of these tests, fifty a second on each channel. */
const EVENTS = 6_000;
const INTERVAL = 20;

/** The pages of each kind of tab. */
const NPM = { origin: `${ORIGIN}/npm.html` };
const KINDS = { crate: [{}], npm: [NPM], 'crate and npm': [{}, NPM] };

async function together(t, hub, pages) {
  const fleet = new MuxFleet(browser, t, hub, pages);
  for (const channels of OVERLAPPING) await fleet.join(channels);
  await hub.publishNumbers(CHANNELS, EVENTS, INTERVAL);
  await fleet.untilAllGoOn();
  return fleet;
}

/** The ways in which the leading tab can end. */
const ENDS = {
  closed: (fleet, leader) => fleet.close(leader),
  killed: (fleet, leader) => fleet.kill(leader),
  reloaded: (fleet, leader) => fleet.reload(leader),
  async frozen(fleet, leader, hub) {
    const { opened } = await hub.report();
    await leader.tab.freeze();
    await hub.until('another has taken over', (report) => report.open === 1 && report.opened > opened);
    await leader.tab.thaw();
  },
};

for (const [kind, pages] of Object.entries(KINDS)) {
  test(`${kind}: four tabs have one connection for every channel, also for one that comes late`, async (t) => {
    const hub = await Hub.create();
    const fleet = await together(t, hub, pages);
    const leader = await fleet.leader();
    await fleet.open(leader, 'late');
    await fleet.untilAllGoOn();
    const { open, opened } = await hub.report();
    assert.deepEqual([open, opened], [1, 1]);
    await fleet.assertComplete();
    await fleet.stop();
    await hub.until('nobody is connected', ({ open }) => open === 0);
  });

  for (const [end, happens] of Object.entries(ENDS)) {
    test(`${kind}: a leader that is ${end}: every channel of the others goes on whole`, async (t) => {
      const hub = await Hub.create();
      const fleet = await together(t, hub, pages);
      const left = [];
      for (let round = 1; round <= 2; round += 1) {
        const leader = await fleet.leader();
        if (end === 'frozen') left.push(leader.channels.find((channel) => channel.startsWith('own')));
        await happens(fleet, leader, hub);
        await fleet.untilAllGoOn();
        await hub.until('one connection', ({ open }) => open === 1);
      }
      await fleet.assertComplete(left);
      const { opened } = await hub.report();
      assert.equal(opened, 3, 'one connection, and one more for each that took over');
      await fleet.stop();
      await hub.until('nobody is connected', ({ open }) => open === 0);
    });
  }
}
