import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { Chromium } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';

/** The folder of the projects that the documents print, each with its `page` and its server as `program`. */
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

/** Starts the server of a printed project, which says where it listens. */
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
    /** As the shutdown of the document has it: streams that are open do not hold it up. */
    async stop() {
      program.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], 'the server ends by itself');
    },
  };
}

/** The texts that an element has, one after the other, until there are so many different ones. */
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

for (const project of ['plain', 'leptos', 'yew']) {
  test(`readme ${project}: the printed page shows what the printed server publishes, also after its restart`, async (t) => {
    const port = await freePort();
    const server = await start(t, project, port);
    const page = await chromium.visit(t, `http://127.0.0.1:${port}/`);
    await texts(page, 'body', 3, PRICE);
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
