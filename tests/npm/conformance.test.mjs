import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { browserOnly, cases } from './conformance/cases.js';
import { Kit, run } from './conformance/kit.js';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

let pkg, server, other;
/** The core in JavaScript comes from a second copy of the package, because one copy loads only one core of a kind. */
let alone, Other;

before(async () => {
  pkg = await unpack();
  const mounts = { '/pkg/': pkg.directory, '/conformance/': join(import.meta.dirname, 'conformance') };
  server = await Server.start(mounts);
  // A second server has another origin.
  other = await Server.start({});
  alone = await unpack();
  ({ EventSource: Other } = await import(pathToFileURL(join(alone.directory, 'no-wasm.js'))));
});

after(async () => {
  await server?.close();
  await other?.close();
  await pkg?.remove();
  await alone?.remove();
});

const origins = () => ({ server: server.origin, other: other.origin });

for (const [name, work] of Object.entries(cases)) {
  if (browserOnly.has(name)) continue;
  test(`node: ${name}`, async () => {
    const { EventSource } = await import(pathToFileURL(join(pkg.directory, 'index.js')));
    await run(work, new Kit({ EventSource, browser: false, ...origins() }));
  });
}

for (const [name, work] of Object.entries(cases)) {
  if (browserOnly.has(name)) continue;
  test(`node, without WebAssembly: ${name}`, async () => {
    await run(work, new Kit({ EventSource: Other, browser: false, ...origins() }));
  });
}

for (const name of BROWSERS) {
  let browser;
  before(async () => {
    browser = await Browser[name]();
    await browser.goTo(`${server.origin}/conformance/run.html`);
  });
  after(() => browser?.close());
  for (const which of Object.keys(cases)) {
    test(`${name}: ${which}`, async () => {
      await browser.evaluate((which, origins) => globalThis.runCase(which, origins), which, origins());
    });
    for (const kind of ['dedicated', 'shared']) {
      test(`${name}, ${kind} worker: ${which}`, async () => {
        const work = (kind, which, origins) => globalThis.runCaseIn(kind, which, origins);
        await browser.evaluate(work, kind, which, origins());
      });
    }
  }
}

test('there are cases', () => assert.ok(Object.keys(cases).length > 50));
