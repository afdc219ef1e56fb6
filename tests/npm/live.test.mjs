import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

import { html } from './support/bundle.mjs';
import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

const HERE = import.meta.dirname;
const NAMES = [
  'what came behind the snapshot is applied, and what came before is not',
  'a gap, and the event that tells of it once more, cause one load',
  'an event that was refused is missing, and the state is loaded again',
  'loads that fail, answer nothing or in another shape are told and repeated',
  'a slow load is aborted, told and repeated',
  'an older answer is refused, told and asked for again',
  'versions keep out what is older',
  'a reducer that throws is told, and the state is loaded again',
  'listeners and `onError` that throw are reported, and stop nothing',
  '`retry` gives up, and `reload` tries again',
  'the stream is opened with the first subscriber and closed with the last',
  'a stream that fails for good is told, and the state stays',
  'options that are wrong are refused by name',
  'a server without a log is killed 20 times under a writer, and the state heals each time',
];

/** A server that writes 50 changes a second to ten rows, and keeps no log of them. `/kill` ends all streams. */
class Writer {
  #rows = {};
  #version = 0;
  #streams = new Set();
  #http = createServer((request, response) => this.#answer(request, response));
  #timer;

  static async start() {
    const writer = new Writer();
    writer.#http.listen(0, '127.0.0.1');
    await once(writer.#http, 'listening');
    writer.origin = `http://127.0.0.1:${writer.#http.address().port}`;
    return writer;
  }

  #write() {
    const key = `row${this.#version % 10}`;
    this.#rows[key] = this.#version += 1;
    for (const stream of this.#streams) stream.write(`data: ${JSON.stringify([key, this.#rows[key]])}\n\n`);
  }

  #answer(request, response) {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('cache-control', 'no-store');
    if (request.url === '/changes') {
      this.#timer ??= setInterval(() => this.#write(), 20);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': open\n\n');
      this.#streams.add(response);
      response.on('close', () => this.#streams.delete(response));
      return;
    }
    if (request.url === '/kill') for (const stream of this.#streams) stream.destroy();
    if (request.url === '/stop') this.#timer = void clearInterval(this.#timer);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(this.#rows));
  }

  async close() {
    clearInterval(this.#timer);
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, 'close');
  }
}

let pkg, server, writer;

before(async () => {
  pkg = await unpack();
  const outfile = join(pkg.root, 'page/live.js');
  await build({
    entryPoints: [join(HERE, 'live/page.js')],
    nodePaths: [join(pkg.root, 'node_modules')],
    bundle: true,
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  await writeFile(join(pkg.root, 'page/live.html'), html('live.js'));
  server = await Server.start({ '/page/': join(pkg.root, 'page') });
  writer = await Writer.start();
  await import(pathToFileURL(outfile));
});

after(async () => {
  await writer?.close();
  await server?.close();
  await pkg?.remove();
});

test('node: the bundle has the cases', () => assert.deepEqual(globalThis.names, NAMES));

for (const name of NAMES) {
  test(`node: ${name}`, () => globalThis.runCase(name, writer.origin));
}

for (const browserName of BROWSERS) {
  let browser;
  before(async () => (browser = await Browser[browserName]()));
  after(() => browser?.close());
  for (const name of NAMES) {
    test(`${browserName}: ${name}`, async () => {
      const page = `${server.origin}/page/live.html`;
      if ((await browser.evaluate(() => location.href)) !== page) await browser.goTo(page);
      await browser.evaluate((name, origin) => globalThis.runCase(name, origin), name, writer.origin);
    });
  }
}
