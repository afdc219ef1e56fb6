import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Kit, run } from './conformance/kit.js';
import { cases } from './shared/cases.js';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

let pkg, server;

before(async () => {
  pkg = await unpack();
  const here = (name) => [`/${name}/`, join(import.meta.dirname, name)];
  server = await Server.start(Object.fromEntries([['/pkg/', pkg.directory], here('shared'), here('conformance')]));
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

const entry = (name) => import(pathToFileURL(join(pkg.directory, name)));

test('sharing needs its entry, and says so; where there are no tabs, each source is alone', async () => {
  const plain = await entry('index.js');
  const refuses = () => new plain.EventSource(server.origin, { shared: 'x' });
  assert.throws(refuses, { name: 'TypeError', message: /import 'everstream\/shared'/ });

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
}

test('there are cases', () => assert.ok(Object.keys(cases).length > 8));
