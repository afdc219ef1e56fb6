// Runs the code blocks of the book in `docs`, each as it stands there.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, request as ask } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { Document, hub, inBrowser, inNode, LISTEN, opens, pkg, recipe, said, serve } from './support/recipe.mjs';
import { Browser } from './support/webdriver.mjs';

const HERE = import.meta.dirname;
const DOCS = join(HERE, '../../docs');
const TOKEN = 'let kept = "stale"; const token = async ({ fresh }) => (kept = fresh ? "fresh" : kept);\n';
const SHOW = 'const show = (...words) => console.log(...words);\n';
const pages = new Map();
const running = [];

for (const name of await readdir(DOCS, { recursive: true })) {
  // The browser tests run the recipe that `servers.md` prints, and `tests/docs.rs` compares the two.
  if (name.endsWith('.md') && name !== 'servers.md') pages.set(name.slice(0, -3), await Document.read(DOCS, name));
}

after(async () => {
  for (const stop of running) await stop();
});

const block = (page, heading, number) => pages.get(page).block(heading, number);

recipe('book: home', async ({ runs }) => {
  const server = await serve();
  const tokens = 'const tokens = ["stale"]; const token = async () => tokens.shift() ?? "fresh";\n';
  const given = `${tokens}${SHOW}const reload = () => console.log("reload");\n`;
  await runs(block('index', 'Server-Sent Events that arrive'), server, ['ACME 42', 'ACME 43'], given);
  const asked = server.of('/quotes').map(({ headers }) => `${headers.authorization} ${headers['last-event-id'] ?? ''}`);
  assert.deepEqual(asked, ['Bearer stale ', 'Bearer fresh ', 'Bearer fresh 1']);
});

/** Writes the files that a page prints into a folder of their own. */
async function layOut(page, edit = (file, code) => code) {
  const directory = join(pkg.root, page);
  await mkdir(directory, { recursive: true });
  for (const { file, code } of pages.get(page).files()) await writeFile(join(directory, file), edit(file, code));
  return directory;
}

/** Lets the printed code find React, as if it had been installed. */
async function withReact() {
  for (const name of ['react', 'react-dom', 'scheduler']) {
    const link = symlink(join(HERE, 'node_modules', name), join(pkg.root, 'node_modules', name));
    await link.catch(({ code }) => assert.equal(code, 'EEXIST'));
  }
}

/** Builds the project that a page prints. */
async function project(page) {
  const directory = await layOut(page);
  const { build } = await import('vite');
  await build({ root: directory, logLevel: 'error' });
  return directory;
}

/** Starts a server, and returns its address, which it prints, and a function that ends it. */
async function start(program, args, directory, env) {
  const child = spawn(program, args, { cwd: directory, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  running.push(stop);
  const said = [];
  const announced = [child.stdout, child.stderr].map(async (output) => {
    for await (const line of createInterface({ input: output })) {
      said.push(line);
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (address) return address;
    }
    throw new Error(said.join('\n'));
  });
  const origin = await Promise.any(announced);
  // An unread pipe would stop the server once it is full.
  child.stdout.resume();
  child.stderr.resume();
  return { origin, stop };
}

/** Opens a page that records the texts of an element, also those that another follows at once. */
async function watch(url, selector) {
  const browser = await Browser.chromium();
  running.push(() => browser.close());
  await browser.goTo(url);
  await browser.evaluate((selector) => {
    globalThis.texts = [];
    const note = (text) => {
      if (text && text !== globalThis.texts.at(-1)) globalThis.texts.push(text);
    };
    const look = (changes) => {
      const element = document.querySelector(selector);
      for (const { target, addedNodes, oldValue } of changes) {
        if (!element?.contains(target)) continue;
        note(oldValue);
        for (const node of addedNodes) if (element === target && node instanceof Text) note(node.data);
      }
      note(element?.textContent);
    };
    const all = { childList: true, subtree: true, characterData: true, characterDataOldValue: true };
    new MutationObserver(look).observe(document.body, all);
    look([]);
  }, selector);
  return browser;
}

/** Resolves with the recorded texts once they match, joined by a bar. */
const texts = (pattern) =>
  new Promise((resolve) => {
    const look = () => (new RegExp(pattern).test(globalThis.texts.join('|')) ? resolve(globalThis.texts) : setTimeout(look, 10));
    look();
  });

const MODULES = process.env.EVERSTREAM_EXPRESS_MODULES;
const PYTHON = process.env.EVERSTREAM_PYTHON;

test('book: TypeScript and Express', { skip: inBrowser.skip || (!MODULES && 'no Express') }, async () => {
  const directory = await project('start/typescript-express');
  const run = (port) => start(process.execPath, ['start.js'], directory, { NODE_PATH: MODULES, PORT: port });
  const { origin, stop } = await run('0');
  const browser = await watch(`${origin}/`, '#price');
  await browser.evaluate(texts, 'ACME is at \\d+\\|ACME is at \\d+$');
  await stop();
  await run(new URL(origin).port);
  await browser.evaluate(texts, 'prices may be missing\\|ACME is at \\d+');
});

test('book: React and FastAPI', { skip: inBrowser.skip || (!PYTHON && 'no FastAPI') }, async () => {
  await withReact();
  const directory = await project('start/react-fastapi');
  const args = ['-m', 'uvicorn', 'start:app', '--port', '0', '--timeout-graceful-shutdown', '1'];
  const { origin } = await start(PYTHON, args, directory, { PYTHONDONTWRITEBYTECODE: '1' });
  const browser = await watch(`${origin}/`, '#root');
  await browser.evaluate(texts, 'ACME is at \\d+\\|ACME is at \\d+$');
});

/** Relays requests to a server, and cuts each response after its first event. */
async function cutting(origin) {
  const { port } = new URL(origin);
  const log = [];
  const relay = createServer(async (request, response) => {
    const { method, url, headers } = request;
    log.push(`${method} ${url.replace(/[0-9a-f-]{36}/, 'ID')} ${headers['last-event-id'] ?? ''}`);
    const further = ask({ port, method, path: url, headers }, async (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      for await (const chunk of answer) {
        const [event] = chunk.toString().split(/(?<=\n\n)/);
        await new Promise((resolve) => response.write(event, resolve));
        break;
      }
      response.destroy();
    });
    further.on('error', () => response.destroy());
    further.end(Buffer.concat(await request.toArray()));
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  running.push(async () => relay.close().closeAllConnections());
  return { origin: `http://127.0.0.1:${relay.address().port}`, log };
}

test('book: an AI chat whose answer is cut after every token', { skip: !MODULES && 'no Express' }, async () => {
  const directory = await layOut('guides/ai-chat');
  const { origin } = await start(process.execPath, ['chat.js'], directory, { NODE_PATH: MODULES, PORT: '0' });
  const relay = await cutting(origin);
  globalThis.location = { href: `${relay.origin}/` };
  const { ask } = await import(pathToFileURL(join(directory, 'client.js')).href);
  const shown = [];
  await ask('something', (token) => shown.push(token));
  assert.deepEqual(shown, ['You', 'said', 'something']);
  assert.deepEqual(relay.log, ['POST /chat ', 'GET /chat/ID 1', 'GET /chat/ID 2', 'GET /chat/ID 3']);
});

recipe('book: position', async ({ runs }) => {
  const stored = 'globalThis.localStorage ??= {}; Object.defineProperty(globalThis, "localStorage", { value: {} });\n';
  await runs(block('concepts/position', 'Position'), await serve(), ['1 first', '2 end'], stored);
});

recipe('book: gap', async ({ runs }) => {
  const given = 'const load = () => console.log("load"); const apply = (data) => console.log(data);\n';
  await runs(block('concepts/gap', 'Gap'), await serve(), ['1', '2', 'load', '5'], given);
});

recipe('book: heartbeat', async ({ runs }) => {
  await runs(block('concepts/heartbeat', 'Heartbeat'), await serve(), ['first', 'end']);
});

recipe('book: end', async ({ ends }) => {
  await ends(block('concepts/end', 'End'), await serve(), ['step', 'done body']);
});

/** Runs a block whose channels are those given, and publishes to them once they are in force. */
async function onHub(runs, block, wanted, channels, items) {
  const { url, publish, report } = await hub();
  const server = await serve({ hub: url });
  await runs(block, server, wanted, '', async () => {
    while ((await report()).connections[0]?.channels.length !== channels);
    await publish(...items);
  });
  assert.equal(server.count('/mux'), 1);
}

recipe('book: channel', async ({ runs }) => {
  const items = [{ channel: 'prices', type: 'tick', data: '{"price":42}' }, { channel: 'chat:42', data: 'hello' }];
  await onHub(runs, block('concepts/channel', 'Channel'), ['42', 'hello'], 2, items);
});

recipe('book: dashboards', async ({ runs }) => {
  const items = [{ channel: 'prices:ACME', data: '{"price":42}' }, { channel: 'prices:GLOBEX', data: '{"price":7}' }];
  await onHub(runs, block('guides/dashboards', 'Dashboards'), ['ACME 42', 'GLOBEX 7'], 2, items);
});

recipe('book: authentication', async ({ runs }) => {
  const server = await serve();
  await runs(block('guides/auth', 'Authentication'), server, ['line'], TOKEN);
  assert.deepEqual(server.of('/logs').map(({ headers }) => headers.authorization), ['Bearer stale', 'Bearer fresh']);
});

recipe('book: AI chat', async ({ ends }) => {
  const server = await serve();
  const given = 'const messages = [{ role: "user", content: "Hi" }]; const append = (text) => console.log(text);\n';
  await ends(block('guides/ai-chat', 'AI chat'), server, ['', 'Hel', 'lo'], given);
  assert.equal(server.count('/v1/chat/completions'), 1);
});

recipe('book: MCP', async ({ ends }) => {
  const server = await serve();
  const given = 'const params = {}; const show = (data) => console.log(JSON.stringify(data));\n';
  const wanted = ['{"jsonrpc":"2.0","method":"progress"}', '{"jsonrpc":"2.0","id":1,"result":{}}'];
  await ends(block('guides/mcp', 'MCP'), server, wanted, given);
  assert.deepEqual(server.of('/mcp').map(({ method }) => method), ['POST', 'GET', 'GET']);
});

recipe('book: testing', async ({ ends }) => {
  const code = block('guides/testing', 'JavaScript: answers instead of a network');
  await ends(code, await serve(), ['one ', 'two after a gap', 'end']);
});

test('book: testing on a virtual clock', async () => {
  // In Node alone: in a page, the timers of what looks at the page would be the clock's too.
  const code = block('guides/testing', 'JavaScript: a server and a clock in the test');
  const lines = await inNode(code, await serve(), 3, '', () => {}, true);
  assert.deepEqual(lines, ['one live', 'one stale', 'one,two live 1']);
});

test('book: live state', async () => {
  // The server's answers are made up. `live-servers.test.mjs` runs the two servers that the page prints.
  const given = `globalThis.fetch = async (url) => {
  if (new URL(url, 'http://localhost').pathname === '/rows') return Response.json({ position: 1, rows: { a: 'loaded' } });
  const text = 'id: 1\\ndata: {"id":"a"}\\n\\nid: 2\\ndata: {"id":"b"}\\n\\n';
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
};\n`;
  const lines = await inNode(block('live-state', 'Live state'), await serve(), 1, given, () => {});
  assert.deepEqual(lines.slice(-1), ["live { a: 'loaded', b: { id: 'b' } }"]);
  const printed = block('live-state', 'Express').code;
  assert.equal(printed.trim(), (await readFile(join(DOCS, '../tests/express/live.js'), 'utf8')).trim());
});

recipe('book: migration from the platform', async ({ runs }) => {
  await runs(block('migration', 'From the browser\'s `EventSource`'), await serve(), ['first', 'end']);
});

recipe('book: migration from sse.js', async ({ runs }) => {
  await runs(block('migration', 'From `sse.js`'), await serve(), ['5 {"symbol":"ACME"}']);
});

test('book: server-side rendering', async () => {
  await withReact();
  const server = await serve();
  const lines = await inNode(block('guides/ssr', 'Server-side rendering'), server, 1, '', () => {}, true);
  assert.deepEqual(lines, ['<p>connecting</p>']);
  assert.equal(server.log.length, 0);
});

test('book: a policy', inBrowser, async () => {
  const directory = join(pkg.root, 'csp');
  await mkdir(directory);
  const meta = block('guides/csp', 'Content Security Policy').code;
  const source = 'const source = new EventSource("/prices"); source.onmessage = ({ data }) => console.log(data);';
  await writeFile(join(directory, 'main.js'), `${LISTEN}import { EventSource } from "/pkg/index.js"; ${source}`);
  await writeFile(join(directory, 'index.html'), `<!doctype html>${meta}<script type="module" src="main.js"></script>`);
  const { browser } = await opens(directory);
  assert.deepEqual(await browser.evaluate(said, 2), ['first', 'end']);
});

test('book: a worker', inBrowser, async () => {
  const directory = await layOut('guides/workers', (file, code) => (file === 'main.js' ? LISTEN + code : code));
  await writeFile(join(directory, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
  const { build } = await import('vite');
  await build({ root: directory, logLevel: 'error', base: './', worker: { format: 'es' } });
  const { browser } = await opens(join(directory, 'dist'));
  assert.deepEqual(await browser.evaluate(said, 2), ['1 first', '2 end']);
});

const everything = { skip: inBrowser.skip || (!(MODULES && PYTHON) && 'not everything was run') };

test('book: every block of code is run', everything, () => {
  const unused = [...pages].flatMap(([name, page]) => page.unused().map((heading) => `${name}: ${heading}`));
  assert.deepEqual(unused, []);
});
