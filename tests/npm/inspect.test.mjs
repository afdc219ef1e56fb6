import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';

import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';

const HERE = import.meta.dirname;
const require = createRequire(import.meta.url);
const run = promisify(execFile);
let pkg, server;

before(async () => {
  pkg = await unpack();
  // Deno resolves only packages that the manifest names.
  await writeFile(join(pkg.root, 'package.json'), '{ "private": true, "dependencies": { "everstream": "*" } }');
  await cp(join(HERE, 'apps/inspect.mjs'), join(pkg.root, 'inspect.mjs'));
  server = await Server.start({});
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

const play = (...script) => `${server.origin}/play/${Math.random()}?${encodeURIComponent(JSON.stringify(script))}`;
const urls = () => [
  play({ chunks: ['id: 7\nevent: tick\ndata: {"price":12}\n\n'], end: false }),
  play({ status: 418, type: 'text/plain', chunks: ['short and stout'] }),
];

/** Returns the printed text under each heading. */
const sections = (text) =>
  Object.fromEntries(text.split(/^== /m).slice(1).map((section) => [section.split('\n')[0], section.slice(section.indexOf('\n'))]));

const runtimes = {
  Node: (script, args) => run(process.execPath, [script, ...args], { cwd: pkg.root }),
  Deno: (script, args) =>
    run(join(HERE, 'node_modules/.bin/deno'), ['run', '--allow-net', '--allow-read', '--no-lock', script, ...args], {
      cwd: pkg.root,
      env: { ...process.env, NO_COLOR: '1', DENO_DIR: join(pkg.root, '.deno'), DENO_NO_UPDATE_CHECK: '1' },
    }),
  Bun: (script, args) => {
    const bun = join(dirname(require.resolve('bun/package.json')), '../@oven', `bun-${process.platform}-${process.arch}`, 'bin/bun');
    return run(bun, [script, ...args], { cwd: pkg.root, env: { ...process.env, NO_COLOR: '1' } });
  },
};

for (const [name, start] of Object.entries(runtimes)) {
  test(`${name} prints every object of the package`, async () => {
    const { stdout } = await start('inspect.mjs', urls());
    const shown = sections(stdout);
    const has = (section, ...wanted) => {
      for (const one of wanted) assert.match(shown[section], one, section);
    };
    has('message', /MessageEvent/, /type: ["']tick["']/, /price: 12/, /lastEventId: ["']7["']/, /127\.0\.0\.1/);
    has('source', /EventSource/, /readyState: 1/, /state: ["']open["']/, /lastEventId: ["']7["']/, /url: ["']http/);
    has('failed', /EventSourceErrorEvent/, /code: ["']response["']/, /status: 418/, /answered with status 418/);
    has('error', /EventSourceError: the server answered with status 418/, /code: ["']response["']/, /status: 418/);
    has('mux', /Mux/, /state: ["']idle["']/);
    has('channel', /Channel/, /name: ["']prices["']/, /state: ["']connecting["']/);
    has('mine', /Mine/, /readyState: [01]/);
    has('nested', /price: 12|Object|\[Object\]|MessageEvent/, /EventSource/);
    assert.ok(!stdout.includes('secret'), 'no password');
    assert.ok('end' in shown);
  });
}

test('class names survive a minifier', async () => {
  const { outputFiles } = await build({
    stdin: { contents: await (await import('node:fs/promises')).readFile(join(HERE, 'apps/inspect.mjs'), 'utf8'), resolveDir: pkg.root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  await writeFile(join(pkg.root, 'minified.mjs'), outputFiles[0].contents);
  const { stdout } = await runtimes.Node('minified.mjs', urls());
  const shown = sections(stdout);
  const names = { message: 'MessageEvent', source: 'EventSource', failed: 'EventSourceErrorEvent', error: 'EventSourceError', mux: 'Mux', channel: 'Channel' };
  for (const [section, name] of Object.entries(names)) assert.ok(shown[section].trim().startsWith(name), `${section}: ${shown[section]}`);
});

test('assertions tell messages apart', async () => {
  const script = `
    import assert from 'node:assert';
    import { EventSource } from 'everstream';
    const source = new EventSource(process.argv[2]);
    const seen = [];
    for await (const _ of { [Symbol.asyncIterator]: () => ({ next: () => new Promise((resolve) => (source.onmessage = (event) => { seen.push(event); resolve({ done: seen.length === 2 }); })) }) });
    source.close();
    try { assert.deepStrictEqual(seen[0], seen[1]); } catch (error) { console.log(error.message); }`;
  await writeFile(join(pkg.root, 'diff.mjs'), script);
  const { stdout } = await runtimes.Node('diff.mjs', [play({ chunks: ['data: one\n\n', 'data: two\n\n'], end: false })]);
  assert.match(stdout, /one/);
  assert.match(stdout, /two/);
});

test('a source opens and delivers under fake timers', async () => {
  // As sinon, jest and vitest have them: nothing that is asked for ever comes.
  const script = `
    import { EventSource } from 'everstream';
    import { Mux } from 'everstream/mux';
    const write = process.stdout.write.bind(process.stdout);
    const real = setTimeout;
    const never = () => 0;
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'clearTimeout']) globalThis[name] = never;
    globalThis.MessageChannel = class { constructor() { this.port1 = {}; this.port2 = { postMessage() {} }; } };
    Object.defineProperty(globalThis, 'performance', { value: { now: () => 5 }, configurable: true });
    Date.now = () => 1000;
    // The platform's own uses what has been replaced.
    const headers = { 'content-type': 'text/event-stream' };
    const answer = async () => new Response('data: hello\\n\\n', { headers });
    const source = new EventSource('http://localhost/', { fetch: answer });
    source.onopen = () => write('open ');
    source.onmessage = ({ data }) => { write(data); source.close(); };
    const hanging = async () => new Response(new ReadableStream(), { status: 403 });
    const failing = new EventSource('http://localhost/', { fetch: hanging });
    failing.onerror = ({ status }) => write(' ' + status + ' ');
    new Mux('http://127.0.0.1:2').channel('x').close();
    real(() => process.exit(), 1500);`;
  await writeFile(join(pkg.root, 'fake.mjs'), script);
  const { stdout } = await runtimes.Node('fake.mjs', []);
  assert.deepEqual(stdout.split(/ +/).sort(), ['403', 'hello', 'open', ''].sort());
});
