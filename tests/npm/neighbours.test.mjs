// Runs the recipes of RECIPES.md with the libraries that they are for.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { bundle, html, NEIGHBOURS, withNeighbours } from './support/bundle.mjs';
import { before } from './support/hooks.mjs';
import { blocks } from './support/readme.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const run = promisify(execFile);
let pkg, server, recipes;
const used = new Set();
const browsers = {};

before(async () => {
  if (withNeighbours.skip) return;
  pkg = await unpack();
  recipes = await blocks(pkg.directory, 'RECIPES.md');
  await mkdir(join(pkg.root, 'page'));
  for (const [name, file] of Object.entries({ htmx: 'htmx.org/dist/htmx.min.js', 'htmx-ext-sse': 'htmx-ext-sse/sse.js' })) {
    await cp(join(NEIGHBOURS, 'node_modules', file), join(pkg.root, `page/${name}.js`));
  }
  const { NeighbourServer } = await import('./neighbours/server.mjs');
  server = await NeighbourServer.start({ '/pkg/': pkg.directory, '/': join(pkg.root, 'page') });
  for (const [name, page] of Object.entries(PAGES)) await make(name, page);
  for (const name of BROWSERS) browsers[name] = await Browser[name]();
});

after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await server?.close();
  await pkg?.remove();
});

/** Returns the code of a recipe, by its heading. */
function recipe(heading) {
  const found = recipes.find((block) => block.heading === heading);
  assert.ok(found, `RECIPES.md has a block under "${heading}"`);
  used.add(found);
  return found.code;
}

/** Code that records the lines that a page prints. */
const LISTEN = 'globalThis.lines = []; console.log = (...words) => globalThis.lines.push(words.join(" "));\n';

/** Resolves once the page has printed these lines, or shows this text. */
const shows = (wanted) =>
  new Promise((resolve) => {
    const is = () => (Array.isArray(wanted) ? globalThis.lines?.join('|') === wanted.join('|') : document.body.innerText.trim() === wanted);
    const look = () => (is() ? resolve('shown') : setTimeout(look, 5));
    look();
    // Reports the page's present lines and text, which say more than a timeout would.
    setTimeout(() => resolve(`${globalThis.lines} ${document.body.innerText}`), 10_000);
  });

/**
 * Pages by name. `files` are their modules, of which `main.js` is the page's own; without `files` the recipe is the
 * only one. `wanted` is the text that a page shows or the lines that it prints. With `changes` the page changes its
 * symbol and then ends, each of which must close a request.
 */
const PAGES = {
  Vue: {
    files: () => ({
      'main.js': `import { createApp, h, ref } from 'vue'; import { Price } from './recipe.js';
        const symbol = ref('ACME'); globalThis.change = () => (symbol.value = 'NADIR');
        const app = createApp({ render: () => h(Price, { symbol: symbol.value }) });
        globalThis.end = () => app.unmount(); app.mount(document.body);`,
      'recipe.js': recipe('Vue'),
    }),
    wanted: '42',
    changes: true,
  },
  Svelte: {
    files: () => ({
      'main.js': `import { mount, unmount } from 'svelte'; import Page from './Page.svelte';
        const page = mount(Page, { target: document.body }); globalThis.end = () => unmount(page);`,
      'Page.svelte': `<script>import Price from './Price.svelte'; let symbol = $state('ACME');
        globalThis.change = () => (symbol = 'NADIR');</script><Price {symbol} />`,
      'Price.svelte': recipe('Svelte'),
    }),
    wanted: '42',
    changes: true,
  },
  Solid: {
    files: () => ({
      'main.js': `import { createComponent, createSignal } from 'solid-js'; import { render } from 'solid-js/web';
        import { Price } from './recipe.js'; const [symbol, setSymbol] = createSignal('ACME');
        globalThis.change = () => setSymbol('NADIR');
        globalThis.end = render(() => createComponent(Price, { get symbol() { return symbol(); } }), document.body);`,
      'recipe.js': recipe('Solid'),
    }),
    wanted: '42',
    changes: true,
  },
  ...Object.fromEntries(
    ['with zone.js', 'without zones'].map((zones) => [
      `Angular ${zones}`,
      {
        files: () => ({
          'main.js': `${zones === 'with zone.js' ? "import 'zone.js';" : ''} import '@angular/compiler';
            import { Component, provideZoneChangeDetection, provideZonelessChangeDetection, signal } from '@angular/core';
            import { bootstrapApplication } from '@angular/platform-browser'; import { eventSource } from './recipe.ts';
            const symbol = signal('ACME'); globalThis.change = () => symbol.set('NADIR');
            const Price = Component({ selector: 'body', template: '{{ prices().data?.price ?? prices().state }}' })(
              class { prices = eventSource(() => '/prices?symbol=' + symbol(), { json: true }); },
            );
            const provide = ${zones === 'with zone.js' ? 'provideZoneChangeDetection' : 'provideZonelessChangeDetection'};
            bootstrapApplication(Price, { providers: [provide()] }).then((app) => (globalThis.end = () => app.destroy()), (error) => (document.body.textContent = error));`,
          'recipe.ts': recipe('Angular'),
        }),
        wanted: '42',
        changes: true,
      },
    ]),
  ),
  'Any other framework': { wanted: '42' },
  RxJS: { wanted: ['one', 'two', 'complete'] },
  'TanStack Query': { wanted: ['one,two'] },
  tRPC: { given: 'const token = async () => "abc";\n', wanted: ['1 10', '2 20'] },
  'graphql-sse': { wanted: ['1', '2', 'complete'] },
  Turbo: { body: '<p id="here"></p>', wanted: 'updated' },
  PocketBase: {
    files: () => ({
      'main.js': `import './recipe.js'; import PocketBase from 'pocketbase';
        ${LISTEN} new PocketBase(location.origin).collection('prices').subscribe('*', ({ action, record }) => console.log(action, record.for));`,
      'recipe.js': recipe('PocketBase, VueUse, and whatever uses the platform\'s own'),
    }),
    wanted: ['create client-7'],
  },
  VueUse: {
    files: () => ({
      'main.js': `import './recipe.js'; import { createApp, h } from 'vue'; import { useEventSource } from '@vueuse/core';
        const app = createApp({ setup() {
          const { status, data, eventSource } = useEventSource('/prices?symbol=ACME');
          return () => h('p', [status.value, JSON.parse(data.value)?.price, eventSource.value?.state].join());
        } });
        globalThis.end = () => app.unmount(); app.mount(document.body);`,
      'recipe.js': recipe('PocketBase, VueUse, and whatever uses the platform\'s own'),
    }),
    wanted: 'OPEN,42,open',
  },
  htmx: { html: true, wanted: 'secret' },
};

const folder = (name) => name.replaceAll(/\W/g, '-');

async function make(name, { files, given = '', body = '', html: isHtml }) {
  const directory = join(pkg.root, 'page', folder(name));
  await mkdir(directory);
  if (isHtml) {
    const map = '<script type="importmap">{ "imports": { "everstream": "/pkg/index.js" } }</script>';
    await writeFile(join(directory, 'index.html'), `<!doctype html><meta charset="utf-8">${map}${recipe(name)}`);
    return directory;
  }
  const made = files ? files() : { 'main.js': LISTEN + given + recipe(name) };
  for (const [file, code] of Object.entries(made)) await writeFile(join(directory, file), code);
  await bundle(pkg, { entryPoints: [join(directory, 'main.js')], outfile: join(directory, 'out.js'), target: 'es2022' });
  await writeFile(join(directory, 'index.html'), html('out.js', body));
  return directory;
}

for (const [name, page] of Object.entries(PAGES)) {
  for (const browserName of BROWSERS) {
    test(`${browserName}: neighbours: ${name}`, withNeighbours, async () => {
      const browser = browsers[browserName];
      server.log.length = 0;
      await browser.goTo(`${server.origin}/${folder(name)}/index.html`);
      assert.equal(await browser.evaluate(shows, page.wanted), 'shown');
      if (page.changes) {
        await browser.evaluate(() => globalThis.change());
        while (server.of('/prices').length < 2 || !server.of('/prices')[0].closed) await new Promise(setImmediate);
        assert.deepEqual(server.of('/prices').map(({ url }) => url), ['/prices?symbol=ACME', '/prices?symbol=NADIR']);
        await browser.evaluate(() => globalThis.end());
        while (!server.of('/prices')[1].closed) await new Promise(setImmediate);
      }
    });
  }
}

/** Options of tests that only the newest Node can run. */
const onNode22 = { skip: withNeighbours.skip || (!process.env.EVERSTREAM_NODE_22 && 'no Node 22') };

/** Runs a recipe in Node, beside the package that it is for, and returns the printed lines. */
async function prints(name, code) {
  const file = join(pkg.root, `${name}.mjs`);
  await writeFile(file, code);
  await symlink(join(NEIGHBOURS, 'node_modules', name), join(pkg.root, 'node_modules', name));
  const { stdout } = await run(process.env.EVERSTREAM_NODE_22, [file], { timeout: 20_000 });
  return stdout.trim().split('\n');
}

test('node: neighbours: MSW', onNode22, async () => {
  assert.deepEqual(await prints('msw', recipe('MSW')), ['12']);
});

test('node: neighbours: without a network', onNode22, async () => {
  assert.deepEqual(await prints('vitest', recipe('Unit tests without a network')), ['one', 'two']);
});

test('every block of code in RECIPES.md is run', withNeighbours, () => {
  // `tools.test.mjs` runs the recipe for Jest.
  const missing = recipes.filter((block) => !used.has(block) && !block.code.startsWith('// jest-environment.js'));
  assert.deepEqual(missing.map(({ heading }) => heading), []);
});
