// Measures the package beside other libraries under load: medians as multiples of the native `EventSource` in the same
// run.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';

import { Server } from '../support/server.mjs';
import { Browser } from '../support/webdriver.mjs';
import { median } from './median.mjs';

/** Builds a burst, whose last event has a negative number. */
const burst = (count, event) => Buffer.from(Array.from({ length: count }, (_, i) => event(i === count - 1 ? -1 : i)).join(''));

const BURSTS = {
  small: { count: 100_000, types: ['message'], event: (i) => `data: {"i":${i}}\n\n` },
  ticker: {
    count: 100_000,
    types: ['priceUpdate'],
    event: (i) => `event: priceUpdate\nid: ${i}\ndata: {"i":${i},"symbol":"ACME","price":${100 + (i % 900) / 10},"volume":${i % 77}}\n\n`,
  },
  large: {
    count: 400,
    types: ['message'],
    event: (i) => `data: {"i":${i},"rows":[${Array.from({ length: 640 }, (_, row) => `{"id":${row},"name":"row ${row}","value":${row / 8}}`)}]}\n\n`,
  },
};

/** The limits, as multiples of the native time. */
const OWED = {
  small: { everstream: 1, onAny: 0.2, 'for await': 0.2 },
  ticker: { everstream: 1, onAny: 0.2, 'for await': 0.2 },
  large: { everstream: 1, onAny: 1, 'for await': 1 },
};
const LONGEST_BLOCK = 16;

/** Returns the limits that were missed. */
export async function speed(pkg, rounds) {
  const here = import.meta.dirname;
  await build({
    entryPoints: { eventsource: 'eventsource' },
    absWorkingDir: join(here, '..'),
    bundle: true,
    format: 'esm',
    outdir: join(pkg.root, 'bundled'),
  });
  await build({
    entryPoints: { index: 'eventsource-parser' },
    absWorkingDir: join(here, '..'),
    bundle: true,
    format: 'esm',
    outdir: join(pkg.root, 'parser'),
  });
  const pages = await Server.start({
    '/pkg/': pkg.directory,
    '/bundled/': join(pkg.root, 'bundled'),
    '/parser/': join(pkg.root, 'parser'),
    '/': here,
  });
  const bodies = Object.fromEntries(Object.entries(BURSTS).map(([name, { count, event }]) => [name, burst(count, event)]));
  const bursts = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
    response.write(bodies[request.url.slice(1)]);
  });
  bursts.listen(0, '127.0.0.1');
  await once(bursts, 'listening');
  const origin = `http://127.0.0.1:${bursts.address().port}`;

  const misses = [];
  for (const which of ['chromium', 'firefox']) {
    const browser = await Browser[which]();
    try {
      await browser.goTo(`${pages.origin}/page.html`);
      const names = await browser.evaluate(() => globalThis.names);
      for (const [kind, { count, types }] of Object.entries(BURSTS)) {
        const took = Object.fromEntries(names.map((name) => [name, []]));
        const blocked = {};
        for (let round = -1; round < rounds; round++) {
          for (const name of names) {
            const task = { name, url: `${origin}/${kind}`, types, expected: count };
            const result = await browser.evaluate((task) => globalThis.measure(task), task);
            // The first round warms up.
            if (round >= 0) took[name].push(result.took);
          }
        }
        for (const name of names) {
          const task = { name, url: `${origin}/${kind}`, types, expected: count, watched: true };
          blocked[name] = (await browser.evaluate((task) => globalThis.measure(task), task)).blocked;
        }
        report(which, kind, took, blocked, misses);
      }
    } finally {
      await browser.close();
    }
  }
  bursts.closeAllConnections();
  bursts.close();
  await pages.close();
  return misses;
}

function report(browser, kind, took, blocked, misses) {
  const native = median(took.native);
  console.log(`\n${browser}, ${kind}: native ${native.toFixed(0)} ms`);
  for (const [name, times] of Object.entries(took)) {
    const ratio = median(times) / native;
    console.log(`  ${name.padEnd(20)} ${ratio.toFixed(2).padStart(6)}   longest block ${blocked[name].toFixed(0).padStart(4)} ms`);
    const most = OWED[kind][name];
    if (ratio > most) misses.push(`${browser}, ${kind}, ${name}: at most ${most}, is ${ratio.toFixed(2)}`);
    if (most && blocked[name] > LONGEST_BLOCK) misses.push(`${browser}, ${kind}, ${name}: blocks ${blocked[name].toFixed(0)} ms`);
  }
  for (const name of ['onAny', 'for await']) {
    const ratio = median(took[name]) / median(took['eventsource-parser']);
    if (ratio > 1) misses.push(`${browser}, ${kind}, ${name}: ${ratio.toFixed(2)} times eventsource-parser`);
  }
}
