import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Kit, run } from './conformance/kit.js';
import { cases as channelCases } from './channels/cases.js';
import { Kit as ChannelKit } from './channels/kit.js';
import { cases } from './shared/cases.js';
import { cases as muxCases } from './shared/channels.js';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const testbed = process.env.EVERSTREAM_TEST_SERVER;
/** Cases that a multiplexer passes, but not one that shares. */
const NOT_SHARED = {
  leader: [],
  // A follower has no events from before it joined, and isn't told of the connection's errors.
  follower: [
    'a position is kept over a reload',
    'what breaks the protocol is told, and harms nothing',
  ],
};
let pkg, server;

before(async () => {
  pkg = await unpack();
  const here = (name) => [`/${name}/`, join(import.meta.dirname, name)];
  server = await Server.start(Object.fromEntries([['/pkg/', pkg.directory], here('shared'), here('channels'), here('conformance')]));
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

const entry = (name) => import(pathToFileURL(join(pkg.directory, name)));

test('sharing needs its entry, and says so; where there are no tabs, each source is alone', async () => {
  const plain = await entry('index.js');
  const refuses = () => new plain.EventSource(server.origin, { shared: 'x' });
  const { Mux } = await entry('mux.js');
  for (const refused of [refuses, () => new Mux(testbed, { shared: 'x' })]) {
    assert.throws(refused, { name: 'TypeError', message: /import 'everstream\/shared'/ });
  }

  const { EventSource } = await entry('shared.js');
  const work = async (t) => {
    const { url, log } = t.play([{ chunks: ['data: hello\n\n'], end: false }]);
    const sources = [0, 1].map(() => t.source(url, { shared: 'x' }));
    const messages = await Promise.all(sources.map((source) => t.next(source)));
    assert.deepEqual(messages.map(({ data }) => data), ['hello', 'hello']);
    for (const { sharing } of sources) assert.deepEqual(sharing, { role: 'alone', tabs: 1 });
    assert.equal((await log()).length, 2);
  };
  await run(work, new Kit({ EventSource, server: server.origin, browser: false }));
});

for (const name of BROWSERS) {
  let browser;
  before(async () => {
    browser = await Browser[name]();
    await browser.goTo(`${server.origin}/shared/run.html`);
  });
  after(() => browser?.close());
  for (const which of Object.keys(cases)) {
    test(`${name}: ${which}`, async () => {
      await browser.evaluate((which, server) => globalThis.runCase(which, server), which, server.origin);
    });
  }
  for (const which of Object.keys(muxCases)) {
    test(`${name}: multiplexers: ${which}`, async () => {
      await browser.evaluate((which, testbed) => globalThis.runMux(which, testbed), which, testbed);
    });
  }
  for (const [role, excluded] of Object.entries(NOT_SHARED)) {
    for (const which of Object.keys(channelCases).filter((which) => !excluded.includes(which))) {
      test(`${name}: a multiplexer that shares, as ${role}: ${which}`, async () => {
        const run = (which, testbed, role) => globalThis.runChannels(which, testbed, role);
        await browser.evaluate(run, which, testbed, role);
      });
    }
  }
}

test('where there are no tabs, each multiplexer is alone', async () => {
  const exports = await entry('shared.js');
  const work = async (t) => {
    const hub = await t.hub();
    const muxes = [0, 1].map(() => t.mux(hub, { shared: 'x' }));
    await t.inForce(...muxes.map((mux) => mux.channel('c')));
    for (const { sharing } of muxes) assert.deepEqual(sharing, { role: 'alone', tabs: 1 });
    assert.equal((await hub.report()).opened, 2);
  };
  await run(work, new ChannelKit({ ...exports, testbed }));
});

test('there are cases', () => assert.ok(Object.keys(cases).length > 8));
