import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { cases } from './adapters/cases.js';
import { bundle, html, loaded, withNeighbours } from './support/bundle.mjs';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const HERE = import.meta.dirname;
const testbed = process.env.EVERSTREAM_TEST_SERVER;
const FRAMEWORKS = ['store', 'vue', 'svelte', 'solid'];
let pkg, server;

before(async () => {
  if (withNeighbours.skip) return;
  pkg = await unpack();
  for (const name of FRAMEWORKS) {
    const alias = { framework: join(HERE, `adapters/${name}.js`) };
    await bundle(pkg, { alias, entryPoints: [join(HERE, 'adapters/page.js')], outfile: join(pkg.root, `page/${name}.js`) });
    await writeFile(join(pkg.root, `page/${name}.html`), html(`${name}.js`));
  }
  server = await Server.start({ '/page/': join(pkg.root, 'page') });
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

/**
 * The cases that one adapter has beyond the common ones. Their own files can be read only by a bundler, so the names
 * are repeated here.
 */
const OWN = {
  store: [
    'it takes whatever stream a function opens',
    'a snapshot is the same object until something changes',
    'a listener that throws is reported, and the others are called',
  ],
  vue: [
    'nothing is opened before `open()` where it is not immediate',
    'a list of events is that of VueUse: those are shown, and `message`',
    'a scope that outlives the component keeps its source, as a store of Pinia does',
    'options of a getter are the latest at each attempt',
  ],
  svelte: ['it is a readable store too, which all its subscribers share'],
  solid: ['options of an accessor are the latest at each attempt'],
};

for (const browserName of BROWSERS) {
  let browser;
  before(async () => (browser = withNeighbours.skip ? undefined : await Browser[browserName]()));
  after(() => browser?.close());
  for (const framework of FRAMEWORKS) {
    const names = [...Object.keys(cases), ...OWN[framework]];
    test(`${browserName}: ${framework}: the page has the cases`, withNeighbours, async () => {
      await browser.goTo(`${server.origin}/page/${framework}.html`);
      assert.deepEqual(await browser.evaluate(() => globalThis.names), names);
    });
    for (const which of names) {
      test(`${browserName}: ${framework}: ${which}`, withNeighbours, async () => {
        const page = `${server.origin}/page/${framework}.html`;
        // A filter may have left out the test that opens the page.
        if ((await browser.evaluate(() => location.href)) !== page) await browser.goTo(page);
        const work = (which, server, testbed) => globalThis.runCase(which, server, testbed);
        await browser.evaluate(work, which, server.origin, testbed);
      });
    }
  }
}

for (const framework of ['vue', 'svelte', 'solid']) {
  test(`node: ${framework}: on the server nothing is opened`, withNeighbours, async () => {
    const outfile = join(pkg.root, `${framework}-server.mjs`);
    await bundle(pkg, { server: true, entryPoints: [join(HERE, `adapters/${framework}-server.js`)], outfile });
    const url = `${server.origin}/play/${framework}?${encodeURIComponent('[{}]')}`;
    // The process ends by itself, because nothing keeps it running.
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, url]);
    assert.match(stdout.replaceAll(/<!--.*?-->/g, ''), /connecting none connecting/);
    assert.deepEqual(await (await fetch(`${server.origin}/log/${framework}`)).json(), []);
  });
}

/** The number of cores that a page loads at once, by the entry that it imports beside an adapter. */
const CORES = { nothing: 0, everstream: 1, 'everstream/mux': 1, 'everstream/shared': 1, 'everstream/slim': 0 };

test('adapters bring no core of their own beside another entry, and one on demand where they are alone', async () => {
  const alone = await unpack();
  try {
    for (const adapter of [...FRAMEWORKS, 'react']) {
      for (const [beside, cores] of Object.entries(CORES)) {
        const other = cores || beside.endsWith('slim') ? `import * as other from '${beside}'; globalThis.other = other;` : '';
        const contents = `import * as adapter from 'everstream/${adapter}'; globalThis.adapter = adapter; ${other}`;
        const { atOnce, later } = await loaded({ contents, resolveDir: alone.root });
        const isCore = (input) => /everstream\/(index|mux|shared)\.js$/.test(input);
        assert.equal(atOnce.filter(isCore).length, cores, `${adapter} beside ${beside}`);
        assert.ok(beside !== 'nothing' || later.some(isCore), `${adapter} alone`);
      }
    }
  } finally {
    await alone.remove();
  }
});
