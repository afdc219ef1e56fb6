import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { cases } from './channels/cases.js';
import { Kit } from './channels/kit.js';
import { run } from './conformance/kit.js';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const testbed = process.env.EVERSTREAM_TEST_SERVER;
let pkg, server;

before(async () => {
  pkg = await unpack();
  const here = (name) => [`/${name}/`, join(import.meta.dirname, name)];
  server = await Server.start(Object.fromEntries([['/pkg/', pkg.directory], here('channels'), here('conformance')]));
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

for (const [name, work] of Object.entries(cases)) {
  test(`node: ${name}`, async () => {
    const exports = await import(pathToFileURL(join(pkg.directory, 'mux.js')));
    await run(work, new Kit({ ...exports, testbed }));
  });
}

for (const name of BROWSERS) {
  let browser;
  before(async () => {
    browser = await Browser[name]();
    await browser.goTo(`${server.origin}/channels/run.html`);
  });
  after(() => browser?.close());
  for (const which of Object.keys(cases)) {
    test(`${name}: ${which}`, async () => {
      await browser.evaluate((which, testbed) => globalThis.runCase(which, testbed), which, testbed);
    });
  }
}

test('there are cases', () => assert.ok(Object.keys(cases).length > 20));
