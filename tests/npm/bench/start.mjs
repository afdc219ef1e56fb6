// Measures the time from an import to the first event on a slow line, in Chromium: medians as multiples of the
// `eventsource` package in the same run.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import { Browser } from '../support/webdriver.mjs';
import { median } from './median.mjs';
import { bundle } from './sizes.mjs';

const LINE = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 1.6e6 / 8 };

/** The limits, as multiples of the time that `eventsource` takes. */
const OWED = { everstream: 1.3, 'everstream/slim': 1.3 };

/** An app that exports a promise of the time of its first event. */
const app = (imports) => `${imports}
const source = new EventSource('/events');
export const first = new Promise((resolve) => {
  source.onmessage = () => {
    resolve(performance.now());
    source.close();
  };
});`;

const NATIVE = 'native';

export async function start(pkg, rounds) {
  const tests = join(import.meta.dirname, '..');
  const files = new Map([
    ['/', { type: 'text/html; charset=utf-8', content: Buffer.from('<!doctype html><title>Start</title>') }],
    ['/everstream.wasm', { type: 'application/wasm', content: await readFile(join(pkg.directory, 'everstream.wasm')) }],
  ]);
  const apps = {
    [NATIVE]: ['', tests],
    eventsource: [`import { EventSource } from 'eventsource'`, tests],
    everstream: [`import { EventSource } from 'everstream'`, pkg.root],
    'everstream/slim': [`import { EventSource, init } from 'everstream/slim'; init('/everstream.wasm');`, pkg.root],
  };
  for (const [name, [imports, directory]] of Object.entries(apps)) {
    const content = await bundle(app(imports), directory);
    files.set(`/${name}.js`, { type: 'text/javascript; charset=utf-8', content });
  }
  for (const file of files.values()) file.content = brotliCompressSync(file.content);
  const server = createServer((request, response) => {
    const headers = { 'cache-control': 'no-store' };
    if (request.url === '/events') {
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      return;
    }
    const { type, content } = files.get(request.url) ?? files.get('/');
    response.writeHead(200, { ...headers, 'content-type': type, 'content-encoding': 'br' });
    response.end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;

  const took = Object.fromEntries(Object.keys(apps).map((name) => [name, []]));
  const browser = await Browser.chromium();
  try {
    await browser.cdp('Network.enable');
    await browser.cdp('Network.setCacheDisabled', { cacheDisabled: true });
    await browser.cdp('Network.emulateNetworkConditions', LINE);
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(apps)) {
        // A fresh page has compiled nothing yet.
        await browser.goTo(origin);
        const time = await browser.evaluate(async (url) => {
          const began = performance.now();
          const { first } = await import(url);
          return (await first) - began;
        }, `/${name}.js`);
        took[name].push(time);
      }
    }
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }

  const misses = [];
  const reference = median(took.eventsource);
  console.log(`\nstart on a line of ${LINE.latency} ms and 1.6 Mbit/s`);
  for (const [name, times] of Object.entries(took)) {
    const ratio = median(times) / reference;
    console.log(`  ${name.padEnd(20)} ${ratio.toFixed(2).padStart(6)}   ${median(times).toFixed(0).padStart(4)} ms`);
    if (ratio > OWED[name]) misses.push(`start, ${name}: at most ${OWED[name]}, is ${ratio.toFixed(2)}`);
  }
  return misses;
}
