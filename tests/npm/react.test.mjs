import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';

import { cases } from './react/cases.js';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const HERE = import.meta.dirname;
const testbed = process.env.EVERSTREAM_TEST_SERVER;
let pkg, server;

before(async () => {
  pkg = await unpack();
  await build({
    entryPoints: [join(HERE, 'react/page.js')],
    bundle: true,
    format: 'esm',
    define: { 'process.env.NODE_ENV': '"development"' },
    nodePaths: [join(pkg.root, 'node_modules'), join(HERE, 'node_modules')],
    outfile: join(pkg.root, 'page/page.js'),
    logLevel: 'error',
  });
  const html = '<!doctype html><meta charset="utf-8"><body><script type="module" src="page.js"></script>';
  await writeFile(join(pkg.root, 'page/index.html'), html);
  server = await Server.start({ '/page/': join(pkg.root, 'page') });
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

for (const name of BROWSERS) {
  let browser;
  before(async () => {
    browser = await Browser[name]();
    await browser.goTo(`${server.origin}/page/index.html`);
  });
  after(() => browser?.close());
  for (const which of Object.keys(cases)) {
    test(`${name}: react: ${which}`, async () => {
      const work = (which, server, testbed) => globalThis.runCase(which, server, testbed);
      await browser.evaluate(work, which, server.origin, testbed);
    });
  }
}

test('node: react: on the server nothing is opened', async () => {
  for (const name of ['react', 'react-dom']) {
    await cp(join(HERE, 'node_modules', name), join(pkg.root, 'node_modules', name), { recursive: true });
  }
  await cp(join(HERE, 'react/server.mjs'), join(pkg.root, 'server.mjs'));
  const url = `${server.origin}/play/ssr?${encodeURIComponent('[{}]')}`;
  const { stdout } = await promisify(execFile)(process.execPath, [join(pkg.root, 'server.mjs'), url]);
  assert.equal(stdout, 'connecting undefined connecting');
  assert.deepEqual(await (await fetch(`${server.origin}/log/ssr`)).json(), []);
});

test('react is in no other entry', async () => {
  for (const entry of ['index', 'slim', 'mux', 'mux-slim']) {
    const { metafile } = await build({
      entryPoints: [join(pkg.directory, `${entry}.js`)],
      bundle: true,
      format: 'esm',
      write: false,
      metafile: true,
      external: ['react'],
    });
    const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    assert.ok(!imports.includes('react'), entry);
  }
  assert.match(await readFile(join(pkg.directory, 'react.js'), 'utf8'), /from "react"/);
});
