/** The demo's dashboard: many channels on one connection, observed from the page and from the server. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { Dashboard } from './support/dashboard.mjs';

const browser = await Chromium.launch();
after(() => browser.close());

const WIDGETS = 100;
const RESTARTS = 3;

test('a hundred widgets go on one connection, which ends with the page', async (t) => {
  const dashboard = await Dashboard.open(browser, t);
  await dashboard.untilInForce(WIDGETS);
  await dashboard.until('the page shows one connection', ({ connections }) => connections === 1);
  await dashboard.untilConnections(1);
  await dashboard.untilAllGoOn(WIDGETS);
  await dashboard.assertComplete({ gaps: 0 });
  assert.equal(dashboard.changes.length, 0, 'all channels were in the first request');
  await dashboard.tab.close();
  await dashboard.untilConnections(0);
});

test('what is mounted and unmounted at once is one request', async (t) => {
  const dashboard = await Dashboard.open(browser, t);
  await dashboard.untilInForce(WIDGETS);

  await dashboard.press('fewer');
  assert.equal((await dashboard.untilChanged(1)).length, 90);
  await dashboard.untilInForce(90);
  await dashboard.pressWidget(5);
  const without = await dashboard.untilChanged(2);
  assert.equal(without.length, 89);
  assert.ok(!without.includes('metric:5'));
  await dashboard.press('more');
  const again = await dashboard.untilChanged(3);
  assert.equal(again.length, 99);
  assert.ok(again.includes('metric:5') && !again.includes('metric:99'));
  await dashboard.untilInForce(99);
  await dashboard.untilAllGoOn(99);
  await dashboard.untilConnections(1);

  await dashboard.press('none');
  await dashboard.untilInForce(0);
  await dashboard.untilConnections(0);
  await dashboard.press('all');
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilConnections(1);
  await dashboard.untilAllGoOn(WIDGETS);
  await dashboard.assertComplete({ gaps: 0 });
  assert.equal(dashboard.changes.length, 3);
});

test('all widgets go on when the hub restarts, and each is told', async (t) => {
  const dashboard = await Dashboard.open(browser, t);
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilAllGoOn(WIDGETS);
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    await dashboard.restartHub();
    const told = restart * WIDGETS;
    await dashboard.until(`${told} gaps are told`, ({ gaps }) => gaps >= told);
    await dashboard.untilInForce(WIDGETS);
    await dashboard.untilAllGoOn(WIDGETS);
  }
  await dashboard.untilConnections(1);
  await dashboard.assertComplete({ gaps: RESTARTS * WIDGETS });
});

test('a dashboard that nobody sees needs no connection, and misses nothing', async (t) => {
  const dashboard = await Dashboard.open(browser, t);
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilAllGoOn(WIDGETS);
  const show = await dashboard.tab.hide(t);
  await dashboard.untilConnections(0);
  await show();
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilConnections(1);
  await dashboard.untilAllGoOn(WIDGETS);
  await dashboard.assertComplete({ gaps: 0 });
});

test('a dashboard that is closed and opened again goes on behind what it has shown', async (t) => {
  const dashboard = await Dashboard.open(browser, t);
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilAllGoOn(WIDGETS);
  await dashboard.press('close');
  await dashboard.untilConnections(0);
  await dashboard.press('open');
  await dashboard.untilInForce(WIDGETS);
  await dashboard.untilConnections(1);
  await dashboard.untilAllGoOn(WIDGETS);
  await dashboard.assertComplete({ gaps: 0 });
});
