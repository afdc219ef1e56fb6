import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';

/** The folder of the projects printed in the documents, each with its `page` and its server, `program`. */
const README = process.env.EVERSTREAM_README;
if (!README) throw new Error('run these tests by `cargo xtask test --readme`');

let chromium;

before(async () => {
  chromium = await Chromium.launch();
});

after(() => chromium?.close());

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the server of a printed project, and checks that it prints its address. */
async function start(t, project, port) {
  const program = spawn(join(README, project, 'program'), {
    cwd: join(README, project),
    env: { ...process.env, LISTEN: `127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(program, 'exit');
  t.after(async () => {
    program.kill('SIGKILL');
    await ended;
  });
  const [line] = await Promise.race([once(createInterface({ input: program.stdout }), 'line'), ended]);
  assert.equal(line, `listening on http://127.0.0.1:${port}`);
  return {
    /** Stops the server as the document's shutdown does: open streams must not delay it. */
    async stop() {
      program.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], 'the server ends by itself');
    },
  };
}

/** Collects the different texts of an element until there are `count` of them. */
async function texts(page, selector, count, fits) {
  const seen = new Set();
  await eventually(`${count} texts of ${selector}`, async () => {
    const text = await page.locator(selector).innerText();
    if (text.trim()) seen.add(text.trim());
    return [...seen];
  }, () => seen.size >= count);
  for (const text of seen) assert.match(text, fits);
}

const PRICE = /^ACME is at 1\d\d(\.5)?$/;

for (const project of ['plain', 'dioxus', 'leptos', 'yew']) {
  test(`readme ${project}: the printed page shows what the printed server publishes, also after its restart`, async (t) => {
    const port = await freePort();
    const server = await start(t, project, port);
    const errors = [];
    const listen = (page) => page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    const page = await chromium.visit(t, `http://127.0.0.1:${port}/`, listen);
    await texts(page, 'body', 3, PRICE);
    assert.deepEqual(errors, [], 'nothing is wrong before the server stops');
    await server.stop();
    await start(t, project, port);
    await texts(page, 'body', 3, PRICE);
  });
}

test('readme hub: every channel has its events, its present state or its refusal', async (t) => {
  const port = await freePort();
  const server = await start(t, 'hub', port);
  const page = await chromium.visit(t, `http://127.0.0.1:${port}/`);
  await texts(page, '#prices', 3, PRICE);
  await texts(page, '#own', 1, /^2 messages for alice$/);
  await texts(page, '#foreign', 1, /this inbox is not yours/);
  const anybody = await fetch(`http://127.0.0.1:${port}/events?channel=prices`);
  assert.equal(anybody.status, 401);
  await anybody.body.cancel();
  await server.stop();
});

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * The streams that the recipes read, request by request. After its last chunk a response stays open unless it `ends`.
 */
const STREAMS = {
  '/v1/chat/completions': [{ send: 'data: The\n\ndata: sky\n\ndata: [DONE]\n\n' }],
  // Events without IDs make a reconnect a gap.
  '/prices': [
    { send: 'retry: 10\n\nevent: price\ndata: 1\n\nevent: price\ndata: none\n\n', ends: true },
    { send: 'event: price\ndata: 2\n\n' },
  ],
  '/build': [
    { send: 'event: progress\ndata: {"percent":50}\n\nevent: log\ndata: "linking"\n\nevent: done\ndata:\n\n' },
  ],
  '/events': [
    {
      send:
        'event: @connected\nid: 1-1\ndata: {"protocol":1}\n\n' +
        'event: prices\nid: 1-2\ndata: {"price":1.5}\n\nevent: @complete prices\nid: 1-3\ndata: {}\n\n' +
        'event: chat:42\nid: 1-4\ndata: hello\n\n',
    },
  ],
  '/states': [{ send: 'retry: 10\n\n', ends: true }, { status: 204, ends: true }],
  '/price': [{ send: 'event: price\ndata: 7\n\n' }],
};

test('readme recipes: each one shows what it says', async (t) => {
  const requests = [];
  const server = createHttpServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const answers = STREAMS[pathname];
    if (!answers) {
      const file = pathname === '/' ? '/index.html' : pathname;
      response.setHeader('Content-Type', TYPES[extname(file)]);
      response.end(await readFile(join(README, 'recipes/page', file)));
      return;
    }
    const earlier = requests.filter((one) => one.pathname === pathname).length;
    requests.push({ pathname, method: request.method, headers: request.headers });
    const { status = 200, send, ends } = answers[Math.min(earlier, answers.length - 1)];
    response.writeHead(status, { 'Content-Type': 'text/event-stream' });
    if (send) response.write(send);
    if (ends) response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const page = await chromium.visit(t, `http://127.0.0.1:${server.address().port}/`);
  const lines = async (id, count) => {
    const text = () => page.locator(`#${id}`).textContent();
    const all = await eventually(`${count} lines of ${id}`, text, (text) => text.split('\n').length > count);
    return all.trimEnd().split('\n');
  };
  assert.deepEqual(await lines('answer', 3), ['The', 'sky', 'ended']);
  assert.deepEqual(await lines('gaps', 3), ['1', 'reload', '2'], 'the bad payload ended nothing');
  assert.deepEqual(await lines('build', 3), ['50 %', 'linking', 'ended']);
  assert.deepEqual(await lines('channels', 2), ['1.5', 'ended']);
  const [live, waiting, ...rest] = await lines('states', 3);
  assert.deepEqual([live, ...rest], ['live', 'complete']);
  assert.match(waiting, /; trying again$/);
  assert.deepEqual(await lines('task', 1), ['7']);
  const [question, ...more] = requests.filter(({ method }) => method === 'POST');
  assert.equal(question.headers.authorization, 'Bearer secret');
  assert.deepEqual(more, [], 'the request with side effects is sent once');
});
