import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';

import { Document, hub, inBrowser, inNode, LISTEN, opens, pkg, recipe, said, serve } from './support/recipe.mjs';

const HERE = import.meta.dirname;
const readme = await Document.read(pkg.directory, 'README.md');

const block = (heading, number) => readme.block(heading, number);

recipe('drop-in', async ({ runs }) => {
  await runs(block('everstream', 1), await serve(), ['first', 'end']);
});

recipe('a token that expires', async ({ runs }) => {
  const server = await serve();
  const token = 'const token = async ({ fresh }) => (fresh ? "fresh" : "stale");\n';
  await runs(block('A token that expires'), server, ['line'], token);
  assert.deepEqual(server.of('/logs').map(({ headers }) => headers.authorization), ['Bearer stale', 'Bearer fresh']);
});

recipe('an answer from a language model is asked for once', async ({ ends }) => {
  const server = await serve();
  const given = 'const messages = [{ role: "user", content: "Hi" }]; const append = (text) => console.log(text);\n';
  await ends(block('An answer from a language model'), server, ['', 'Hel', 'lo'], given);
  assert.equal(server.count('/v1/chat/completions'), 1);
});

recipe('an answer that breaks off is continued', async ({ ends }) => {
  const server = await serve();
  const given = 'const params = {}; const show = (data) => console.log(JSON.stringify(data));\n';
  const wanted = ['{"jsonrpc":"2.0","method":"progress"}', '{"jsonrpc":"2.0","id":1,"result":{}}'];
  await ends(block('An answer that breaks off is continued'), server, wanted, given);
  const seen = server.of('/mcp').map(({ method, headers }) => `${method} ${headers['last-event-id'] ?? ''}`);
  assert.deepEqual(seen, ['POST ', 'GET a', 'GET b']);
});

recipe('an answer is continued elsewhere', async ({ ends }) => {
  const server = await serve();
  const given = 'const input = "Hi"; const show = (type, data) => console.log(type, data);\n';
  const wanted = ['delta one', 'delta two', 'response.completed {}'];
  await ends(block('An answer that breaks off is continued', 1), server, wanted, given);
  const seen = server.log.map(({ method, url }) => `${method} ${url}`).filter((line) => line.includes('/v1/'));
  const continuations = [1, 2].map((id) => `GET /v1/responses/7?starting_after=${id}`);
  assert.deepEqual(seen, ['POST /v1/responses', ...continuations]);
});

recipe('each attempt', async ({ runs }) => {
  const server = await serve();
  const token = 'const token = async ({ fresh }) => (fresh ? "fresh" : "stale");\n';
  await runs(block('Each attempt'), server, ['200 no', 'line'], token);
  assert.deepEqual(server.of('/logs').map(({ url }) => url), ['/logs?attempt=1', '/logs?attempt=2']);
});

recipe('a job that ends', async ({ ends }) => {
  await ends(block('A job that ends'), await serve(), ['step', 'done body']);
});

recipe('a server without a log', async ({ runs }) => {
  await runs(block('A server without a log'), await serve(), ['1', '2', 'events are missing', '5']);
});

recipe('a dead connection', async ({ runs }) => {
  await runs(block('A connection that is dead, and does not say so'), await serve(), ['first', 'end']);
});

recipe('channels', async ({ runs }) => {
  const { url, publish, report } = await hub();
  const server = await serve({ hub: url });
  await runs(block('Channels'), server, ['42', 'hello'], '', async () => {
    while ((await report()).connections[0]?.channels.length !== 2);
    await publish({ channel: 'prices', type: 'tick', data: '{"price":42}' });
    await publish({ channel: 'chat:42', data: 'hello' });
  });
  assert.equal(server.count('/mux'), 1);
});

recipe('typed events', async ({ runs }) => {
  await runs(block('Typed events'), await serve(), ['12.00', 'DONE']);
});

recipe('validated events', async ({ runs }) => {
  const price = `const price = { '~standard': { version: 1, vendor: 'test', validate: (value) =>
    typeof value.price === 'number' ? { value } : { issues: [{ message: 'the price is no number' }] } } };\n`;
  const { code, language } = block('Typed events', 1);
  const bad = { code: code.replace("'/events'", "'/events?bad'"), language };
  const message = 'the data of a `priceUpdate` event is not what was asked for: the price is no number';
  await runs(bad, await serve(), [`invalid-data ${message}`, '12'], price);
});

recipe('when to try again', async ({ printed }) => {
  const server = await serve();
  const lines = await printed(block('When to try again'), server, 2, '', () => {});
  assert.deepEqual(lines.sort(), ['at last', 'now']);
  assert.deepEqual([server.count('/busy'), server.count('/soon')], [3, 3]);
});

recipe('what went wrong', async ({ runs }) => {
  const show = 'const show = (...words) => console.log(...words);\n';
  await runs(block('What went wrong'), await serve(), ['response 410 the server answered with status 410 no'], show);
});

recipe('why it reconnects', async ({ runs }) => {
  const refused = (number) => [
    `attempt ${number} by fetch`,
    'status 404, `text/plain`',
    `connection ${number - 1} is dropped`,
    'the server answered with status 404; again in 0 ms',
  ];
  const opens = ['attempt 3 by fetch', 'status 200, `text/event-stream`', 'open, resumed: no', '3 1 1'];
  await runs(block('Why it reconnects'), await serve(), [...refused(1), ...refused(2), ...opens]);
});

test('recipe: Node', async () => {
  const { code } = block('Node');
  const server = await serve();
  const own = { code: code.replace('http://localhost:8080', server.origin) };
  assert.deepEqual(await inNode(own, server, 2, '', () => {}, true), ['1 first', '2 end']);
});

recipe('from eventsource', async ({ runs }) => {
  await runs(block('From `eventsource`'), await serve(), ['open', 'secret']);
});

recipe('from event-source-polyfill', async ({ runs }) => {
  await runs(block('From `event-source-polyfill`'), await serve(), ['secret']);
});

recipe('from @microsoft/fetch-event-source', async ({ runs }) => {
  const server = await serve();
  const given = 'const controller = new AbortController();\n';
  await runs(block('From `@microsoft/fetch-event-source`'), server, ['open', 'message {"symbol":"ACME"} 5'], given);
  assert.deepEqual(server.of('/private').map(({ method }) => method), ['POST']);
});

test('recipe: a policy', inBrowser, async () => {
  const directory = join(pkg.root, 'csp');
  await mkdir(directory);
  const { code } = block('everstream', 1);
  await writeFile(join(directory, 'main.js'), LISTEN + code.replace("'everstream'", "'/pkg/index.js'"));
  await writeFile(join(directory, 'index.html'), `<!doctype html>${block('A policy (CSP)').code}<script type="module" src="main.js"></script>`);
  const { browser } = await opens(directory);
  assert.deepEqual(await browser.evaluate(said, 2), ['first', 'end']);
});

test('recipe: a smaller bundle', inBrowser, async () => {
  const { default: webpack } = await import('webpack');
  const directory = join(pkg.root, 'smaller');
  await mkdir(directory);
  await writeFile(join(directory, 'entry.js'), LISTEN + block('A smaller bundle').code);
  const output = { path: directory, filename: 'main.js', publicPath: 'auto' };
  const compiler = webpack({ mode: 'production', context: directory, entry: './entry.js', output });
  const stats = await promisify(compiler.run.bind(compiler))();
  assert.equal(stats.toString({ all: false, errors: true, warnings: true }), '');
  await promisify(compiler.close.bind(compiler))();
  await writeFile(join(directory, 'index.html'), '<!doctype html><script src="main.js"></script>');
  const { browser } = await opens(directory);
  assert.deepEqual(await browser.evaluate(said, 2), ['first', 'end']);
});

test('recipe: one connection for all tabs', inBrowser, async () => {
  const directory = join(pkg.root, 'tabs');
  await mkdir(directory);
  const show = 'const show = ({ role, tabs }) => console.log(role, tabs);\n';
  const { code } = block('One connection for all tabs');
  await writeFile(join(directory, 'main.js'), LISTEN + show + code.replace("'everstream/shared'", "'/pkg/shared.js'"));
  await writeFile(join(directory, 'tab.html'), '<!doctype html><script type="module" src="main.js"></script>');
  // Two frames act like two tabs.
  await writeFile(join(directory, 'index.html'), '<!doctype html><iframe src="tab.html"></iframe><iframe src="tab.html"></iframe>');
  const { browser, server } = await opens(directory);
  const lines = await browser.evaluate(
    () =>
      new Promise((resolve) => {
        const look = () => {
          const lines = Array.from(frames, (frame) => frame.lines ?? []);
          const has = (wanted) => lines.some((said) => said.includes(wanted));
          const isDone = has('leader 2') && has('follower 2') && lines.every((said) => said.includes('news'));
          if (isDone) resolve(lines);
          else setTimeout(look, 10);
        };
        look();
      }),
  );
  assert.equal(lines.length, 2);
  assert.equal(server.count('/news'), 1);
});

test('recipe: React', inBrowser, async () => {
  const { url, publish, report } = await hub();
  const directory = join(pkg.root, 'react');
  await mkdir(directory);
  const use = `
    import { createElement, useRef } from 'react';
    import { createRoot } from 'react-dom/client';
    import { Chat, Price } from './recipe.jsx';
    createRoot(document.body).render(createElement('div', null, createElement(Price, { symbol: 'ACME' }), createElement(Chat, { room: 42 })));`;
  await writeFile(join(directory, 'recipe.jsx'), `import { useRef } from 'react';\n${block('React').code}`);
  await writeFile(join(directory, 'entry.jsx'), use);
  await build({
    entryPoints: [join(directory, 'entry.jsx')],
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    nodePaths: [join(pkg.root, 'node_modules'), join(HERE, 'node_modules')],
    outfile: join(directory, 'main.js'),
    logLevel: 'error',
  });
  await writeFile(join(directory, 'index.html'), '<!doctype html><body><script type="module" src="main.js"></script>');
  const { browser } = await opens(directory, url);
  while ((await report()).connections[0]?.channels.length !== 1);
  await publish({ channel: 'chat:42', data: '"hi"' }, { channel: 'chat:42', data: '"there"' });
  const shows = (wanted) =>
    new Promise((resolve) => {
      const look = () => (document.body.textContent === wanted ? resolve(wanted) : setTimeout(look, 10));
      look();
    });
  const wanted = '422 lines, the last one: there';
  assert.equal(await browser.evaluate(shows, wanted), wanted);
});

test('every block of code in the README is run', () => {
  assert.deepEqual(readme.unused(), []);
});
