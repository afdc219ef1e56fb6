import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { before } from './support/hooks.mjs';
import { freePort } from './support/port.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser } from './support/webdriver.mjs';

const HERE = import.meta.dirname;
const run = promisify(execFile);
const require = createRequire(import.meta.url);

let pkg, server, browser;

before(async () => {
  pkg = await unpack();
  await cp(join(HERE, 'apps'), pkg.root, { recursive: true });
  await writeFile(
    join(pkg.root, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { everstream: '*' } }),
  );
  server = await Server.start({ '/pkg/': pkg.directory, '/app/': pkg.root });
  if (process.env.EVERSTREAM_CHROMIUM) browser = await Browser.chromium();
});

after(async () => {
  await browser?.close();
  await server?.close();
  await pkg?.remove();
});

/** Returns the URL of a stream with one event, whose data is `name`. */
function stream(name, origin = server.origin) {
  const script = [{ cors: '*', chunks: [`data: ${name}\n\n`], end: false }];
  return `${origin}/play/${name}-${Math.random()}?${encodeURIComponent(JSON.stringify(script))}`;
}

/** Opens a page that opens the stream, and asserts that its event arrives. */
async function receives(page, name) {
  await browser.goTo('about:blank');
  await browser.goTo(`${page}#${encodeURIComponent(stream(name))}`);
  const received = () =>
    new Promise((resolve) => {
      // A framework starts the source late, so the value may not be there yet.
      const look = () => (globalThis.received ? resolve(globalThis.received) : setTimeout(look, 10));
      look();
    });
  assert.equal(await browser.evaluate(received), name);
}

/** Creates a hub and returns the URL of its stream. */
async function hub() {
  const testbed = process.env.EVERSTREAM_TEST_SERVER;
  const { id } = await (await fetch(`${testbed}/hub`, { method: 'POST', body: '{}' })).json();
  return `${testbed}/hub/${id}/stream`;
}

const inBrowser = { skip: !process.env.EVERSTREAM_CHROMIUM && 'no Chromium' };

test('a module script', inBrowser, async () => {
  await receives(`${server.origin}/app/page/script.html`, 'script');
});

test('esbuild', inBrowser, async () => {
  const { build } = await import('esbuild');
  await build({ entryPoints: [join(pkg.root, 'page/main.js')], bundle: true, outfile: join(pkg.root, 'esbuild/main.js') });
  await html('esbuild');
  await receives(`${server.origin}/app/esbuild/index.html`, 'esbuild');
});

test('Rollup', inBrowser, async () => {
  const { rollup } = await import('rollup');
  const { nodeResolve } = await import('@rollup/plugin-node-resolve');
  const bundle = await rollup({ input: join(pkg.root, 'page/main.js'), plugins: [nodeResolve({ browser: true })] });
  await bundle.write({ dir: join(pkg.root, 'rollup'), format: 'es' });
  await bundle.close();
  await html('rollup');
  await receives(`${server.origin}/app/rollup/index.html`, 'rollup');
});

test('webpack 5', inBrowser, async () => {
  const { default: webpack } = await import('webpack');
  const output = { path: join(pkg.root, 'webpack'), filename: 'main.js' };
  const compiler = webpack({ mode: 'production', context: pkg.root, entry: './page/main.js', output });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.equal(stats.toString({ all: false, errors: true, warnings: true }), '');
  await promisify(compiler.close.bind(compiler))();
  await html('webpack');
  await receives(`${server.origin}/app/webpack/index.html`, 'webpack');
});

test('Vite, built', inBrowser, async () => {
  const { build } = await import('vite');
  await build({ root: join(pkg.root, 'page'), base: './', logLevel: 'error', build: { outDir: '../vite', emptyOutDir: true } });
  await receives(`${server.origin}/app/vite/index.html`, 'vite');
});

test('Vite, in development', inBrowser, async () => {
  const { createServer } = await import('vite');
  const dev = await createServer({ root: join(pkg.root, 'page'), logLevel: 'error', server: { host: '127.0.0.1', port: 0 } });
  await dev.listen();
  try {
    await receives(`http://127.0.0.1:${dev.httpServer.address().port}/index.html`, 'vite-dev');
  } finally {
    await dev.close();
  }
});

for (const bundler of ['webpack', 'turbopack']) {
  test(`Next.js with ${bundler}`, inBrowser, async () => {
    // Turbopack follows no link out of its project, so the app lies where it finds Next.js and React.
    const root = join(HERE, `.next-${bundler}`);
    await rm(root, { recursive: true, force: true });
    after(() => rm(root, { recursive: true, force: true }));
    await cp(join(HERE, 'apps/next'), root, { recursive: true });
    await cp(pkg.directory, join(root, 'node_modules/everstream'), { recursive: true });
    await writeFile(join(root, 'package.json'), '{ "private": true }');
    const config = { outputFileTracingRoot: HERE, turbopack: { root: HERE } };
    await writeFile(join(root, 'next.config.mjs'), `export default ${JSON.stringify(config)};\n`);
    const next = require.resolve('next/dist/bin/next');
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
    await run(process.execPath, [next, 'build', `--${bundler}`], { cwd: root, env }).catch(({ stdout, stderr }) => {
      throw new Error(`${stdout}\n${stderr}`);
    });
    const port = await freePort();
    const started = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', `${port}`], { cwd: root, env });
    const output = [];
    try {
      await new Promise((resolve, reject) => {
        started.once('exit', () => reject(new Error(output.join(''))));
        for (const stream of [started.stdout, started.stderr]) {
          stream.on('data', (chunk) => {
            output.push(chunk);
            if (/Ready in/.test(output.join(''))) resolve();
          });
        }
      });
      await receives(`http://127.0.0.1:${port}/`, `next-${bundler}`);
      // A route runs in Node and in the edge runtime, which compiles no WebAssembly.
      for (const [route, runtime] of [['node', 'nodejs'], ['edge', 'edge']]) {
        const response = await fetch(`http://127.0.0.1:${port}/api/${route}?stream=${encodeURIComponent(stream(route))}`);
        const text = await response.text();
        assert.deepEqual([response.status, text], [200, JSON.stringify({ data: route, runtime, isEdge: runtime === 'edge' })], output.join(''));
      }
    } finally {
      started.kill();
    }
  });
}

for (const type of ['module', 'classic']) {
  for (const kind of ['dedicated', 'shared', 'service']) {
    test(`a ${kind} worker (${type})`, inBrowser, async () => {
      const { build } = await import('esbuild');
      await build({
        entryPoints: [join(pkg.root, 'workers/worker.js')],
        bundle: true,
        format: type === 'module' ? 'esm' : 'iife',
        outfile: join(pkg.root, `workers/worker.${type}.js`),
      });
      await browser.goTo(`${server.origin}/app/workers/index.html`);
      const through = (kind, url, type) => globalThis.through[kind](url, type);
      assert.equal(await browser.evaluate(through, kind, stream(kind), type), kind);
    });
  }
}

test('Node', async () => {
  const { stdout } = await run(process.execPath, [join(pkg.root, 'run.mjs'), stream('node')]);
  assert.equal(stdout, 'node\n');
  const both = await run(process.execPath, [join(pkg.root, 'mux.mjs'), await hub(), stream('node')]);
  assert.equal(both.stdout, 'node open\n');
});

test('channels with the core from a file', async () => {
  const { stdout } = await run(process.execPath, [join(pkg.root, 'mux-slim.mjs'), await hub()]);
  assert.equal(stdout, 'open\n');
});

test('Deno', async () => {
  const deno = join(HERE, 'node_modules/.bin/deno');
  const env = { ...process.env, DENO_DIR: join(pkg.root, '.deno'), DENO_NO_UPDATE_CHECK: '1' };
  const allowed = ['run', '--allow-net', '--allow-read', '--no-lock'];
  const { stdout } = await run(deno, [...allowed, 'run.mjs', stream('deno')], { cwd: pkg.root, env });
  assert.equal(stdout, 'deno\n');
  const both = await run(deno, [...allowed, 'mux.mjs', await hub(), stream('deno')], { cwd: pkg.root, env });
  assert.equal(both.stdout, 'deno open\n');
});

test('Bun', async () => {
  // Bun's package installs its binary by a script, which isn't run here.
  const bun = join(dirname(require.resolve('bun/package.json')), '../@oven', `bun-${process.platform}-${process.arch}`, 'bin/bun');
  const { stdout } = await run(bun, ['run.mjs', stream('bun')], { cwd: pkg.root });
  assert.equal(stdout, 'bun\n');
  const both = await run(bun, ['mux.mjs', await hub(), stream('bun')], { cwd: pkg.root });
  assert.equal(both.stdout, 'bun open\n');
});

for (const [name, worker, wasm, url, expected] of [
  ['workerd', 'workerd.js', 'everstream.wasm', async () => stream('workerd'), 'workerd'],
  ['workerd, with channels', 'workerd-mux.js', 'everstream-mux.wasm', hub, 'open'],
]) {
  test(name, async () => {
    const { build } = await import('esbuild');
    const { Miniflare } = await import('miniflare');
    const directory = join(pkg.root, `${worker}.out`);
    await build({
      entryPoints: [join(pkg.root, worker)],
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      loader: { '.wasm': 'copy' },
      assetNames: '[name]',
      outfile: join(directory, 'worker.mjs'),
    });
    const miniflare = new Miniflare({
      modules: [
        { type: 'ESModule', path: join(directory, 'worker.mjs') },
        { type: 'CompiledWasm', path: join(directory, wasm) },
      ],
      modulesRoot: directory,
      compatibilityDate: '2026-01-01',
    });
    try {
      const response = await miniflare.dispatchFetch(`http://localhost/?url=${encodeURIComponent(await url())}`);
      assert.equal(await response.text(), expected);
    } finally {
      await miniflare.dispose();
    }
  });
}

test('slim: the core may come later than the connection', inBrowser, async () => {
  await browser.goTo(`${server.origin}/app/page/slim.html#${encodeURIComponent(stream('slim'))}`);
  assert.equal(await browser.evaluate(() => globalThis.start('/pkg/everstream.wasm')), 'loaded');
  assert.equal(await browser.evaluate(() => globalThis.received), 'slim');
});

test('slim: a core that is not there is an error event', inBrowser, async () => {
  await browser.goTo('about:blank');
  await browser.goTo(`${server.origin}/app/page/slim.html#${encodeURIComponent(stream('missing'))}`);
  assert.match(await browser.evaluate(() => globalThis.start('/pkg/nowhere.wasm')), /404/);
  const { code, message, state } = await browser.evaluate(() => globalThis.failed);
  assert.deepEqual([code, state], ['wasm', 2]);
  assert.match(message, /404/);
});

test('slim: without `init` an error says so, and it can come later or once more', async () => {
  const script = `
    import { EventSource, init } from 'everstream/slim';
    import { readFile } from 'node:fs/promises';
    const source = new EventSource(process.argv[2]);
    const said = [];
    source.onerror = ({ code, message }) => said.push(code + ' ' + /init\\(\\)/.test(message) + ' ' + source.readyState);
    const began = Date.now();
    while (!said.length) await new Promise((resolve) => setTimeout(resolve, 10));
    const failed = await init(new Uint8Array(8)).catch((error) => error instanceof WebAssembly.CompileError);
    // The source above was closed by that; one that is made later has another chance.
    const later = new EventSource(process.argv[2]);
    const message = new Promise((resolve) => (later.onmessage = ({ data }) => resolve(data)));
    await init(await readFile(new URL(import.meta.resolve('everstream/everstream.wasm'))));
    console.log(said[0], failed, await message);
    later.close();`;
  await writeFile(join(pkg.root, 'late.mjs'), script);
  const { stdout } = await run(process.execPath, [join(pkg.root, 'late.mjs'), stream('late')]);
  assert.equal(stdout, 'wasm true 0 true late\n');
});

// A module that compiles but is another, and a core without the channels that the entry needs.
for (const [name, entry, make, wrong] of [
  ['another module', 'slim', 'new core.EventSource(url)', 'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])'],
  ['a function of another kind', 'slim', 'new core.EventSource(url)', '() => ({})'],
  ['a core without channels', 'mux/slim', 'new core.Mux(url)', "await file('everstream.wasm')"],
]) {
  test(`${entry}: ${name} is refused, and the core may come after it`, async () => {
    const right = entry === 'slim' ? 'everstream.wasm' : 'everstream-mux.wasm';
    const script = `
      import * as core from 'everstream/${entry}';
      import { readFile } from 'node:fs/promises';
      const url = process.argv[2];
      const file = (name) => readFile(new URL(import.meta.resolve('everstream/' + name)));
      const next = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve));
      const first = ${make};
      const failed = next(first, 'error');
      console.log(await core.init(${wrong}).then(() => 'taken', ({ message }) => message));
      console.log((await failed).code, first.state);
      await core.init(await file('${right}'));
      const later = ${make};
      later.channel?.('a');
      await next(later, 'open');
      later.close();`;
    const path = join(pkg.root, `${name.replaceAll(' ', '-')}.mjs`);
    await writeFile(path, script);
    const { stdout, stderr } = await run(process.execPath, ['--unhandled-rejections=strict', path, stream('late')]);
    assert.equal(stdout, 'the module is not the one of this entry\nwasm closed\n');
    assert.equal(stderr, '');
  });
}

test('a policy that forbids WebAssembly is an error event with the remedy, of a core with channels', inBrowser, async () => {
  await browser.goTo(`${server.origin}/app/page/csp-mux.html#${encodeURIComponent(stream('csp'))}`);
  const { code, message, state } = await browser.evaluate(() => globalThis.failed);
  assert.deepEqual([code, state], ['wasm', 2]);
  assert.match(message, /wasm-unsafe-eval/);
});

// `csp` falls back to the JavaScript core by itself, and `no-wasm` chooses it by its entry.
for (const entry of ['csp', 'no-wasm']) {
  test(`a policy that forbids WebAssembly lets the core pass that is JavaScript: ${entry}`, inBrowser, async () => {
    await browser.goTo(`${server.origin}/app/page/${entry}.html#${encodeURIComponent(stream(entry))}`);
    const received = () =>
      new Promise((resolve) => {
        const look = () => (globalThis.received ? resolve([globalThis.received, globalThis.refused]) : setTimeout(look, 10));
        look();
      });
    assert.deepEqual(await browser.evaluate(received), [entry, true]);
  });
}

test('where there is WebAssembly the core that is JavaScript is not loaded', inBrowser, async () => {
  await browser.goTo(`${server.origin}/app/page/index.html`);
  const names = await browser.evaluate(async (url) => {
    const { EventSource } = await import('/pkg/index.js');
    const source = new EventSource(url);
    await new Promise((resolve) => (source.onmessage = resolve));
    source.close();
    return performance.getEntriesByType('resource').map(({ name }) => name);
  }, stream('usual'));
  assert.ok(names.some((name) => name.includes('/pkg/source-')), `modules of the package among ${names}`);
  assert.ok(!names.some((name) => /translated/.test(name)), `no translated core among ${names}`);
});

test('importing does nothing', async () => {
  // Any access to these globals throws, as under server-side rendering.
  const guard = `
    for (const name of ['fetch', 'WebAssembly', 'document', 'window', 'setTimeout'])
      Object.defineProperty(globalThis, name, { get() { throw new Error(name + ' was touched'); }, configurable: true });
    await import('everstream');
    await import('everstream/slim');
    await import('everstream/mux');
    await import('everstream/mux/slim');
    await import('everstream/shared');
    await import('everstream/store');
    process.stdout.write('quiet');`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', guard], { cwd: pkg.root });
  assert.equal(stdout, 'quiet');
});

test('importing throws nowhere, and a source says what is missing', async () => {
  // React Native, jsdom and smaller environments lack some of these globals.
  const all = ['Event', 'EventTarget', 'MessageEvent', 'TextEncoder', 'TextDecoder', 'WebAssembly', 'MessageChannel', 'Headers'];
  all.push('Request', 'Response', 'fetch', 'AbortController', 'DOMException', 'performance', 'navigator', 'BroadcastChannel', 'setImmediate');
  const script = `
    for (const name of ${JSON.stringify([...all, 'ReadableStream'])}) delete globalThis[name];
    const { EventSource } = await import('everstream');
    for (const entry of ['slim', 'mux', 'mux/slim', 'shared', 'shared/slim', 'store']) await import('everstream/' + entry);
    try { new EventSource('http://localhost/'); } catch (error) { process.stdout.write(error.name + ': ' + error.message); }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: pkg.root });
  assert.match(stdout, /^TypeError: an EventSource can't work here: there is no `EventTarget`, `Event`, .*`fetch`\./);
});

// React Native and old views: the core is JavaScript there. The one with channels has no such substitute.
for (const [entry, wanted] of [
  ['everstream', /^message 1 1\n$/],
  ['everstream/mux', /^wasm 2 .*no-wasm/],
]) {
  test(`where there is no WebAssembly: ${entry}`, async () => {
    const script = `
      // Node's own fetch is made of WebAssembly: it is to have looked for it before.
      await fetch(process.argv[1]).then((response) => response.body.cancel());
      delete globalThis.WebAssembly;
      const { EventSource } = await import('${entry}');
      const headers = { 'content-type': 'text/event-stream' };
      const answer = async () => new Response('data: 1\\n\\n', { headers });
      const source = new EventSource('http://localhost/', { fetch: answer });
      source.onmessage = ({ type, data }) => {
        console.log(type, data, source.readyState);
        source.close();
      };
      source.onerror = ({ code, message }) => console.log(code, source.readyState, message);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, stream('none')], { cwd: pkg.root });
    assert.match(stdout, wanted);
  });
}

test('a fetch that does not stream, as that of React Native, is one final error with the remedy', async () => {
  const script = `
    const headers = new Headers({ 'content-type': 'text/event-stream' });
    globalThis.fetch = async () => ({ status: 200, headers, text: async () => 'data: 1' });
    const { EventSource } = await import('everstream');
    const source = new EventSource('http://localhost/', { retry: {} });
    source.onerror = ({ code, message }) => console.log(code, source.readyState, message);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: pkg.root });
  assert.match(stdout, /^fetch 2 .*option `fetch`, such as that of `expo\/fetch`\n$/);
});

test('publint has nothing to say', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({ pkgDir: pkg.directory, strict: true, pack: false });
  assert.deepEqual(messages, []);
});

test('are the types wrong? No', async () => {
  const attw = require.resolve('@arethetypeswrong/cli/package.json');
  const { bin } = JSON.parse(await readFile(attw, 'utf8'));
  // The cores are no modules that `require` knows.
  const cores = ['everstream', 'everstream-mux', 'everstream-shared'].map((name) => `${name}.wasm`);
  const args = [join(dirname(attw), bin.attw), process.env.EVERSTREAM_TARBALL, '--profile', 'node16', '--no-emoji'];
  args.push('--exclude-entrypoints', ...cores);
  await run(process.execPath, args).catch(({ stdout }) => {
    throw new Error(stdout);
  });
});

async function html(directory) {
  await cp(join(pkg.root, 'page/index.html'), join(pkg.root, directory, 'index.html'));
}
