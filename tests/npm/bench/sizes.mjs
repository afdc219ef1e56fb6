// Compares the package's size with other libraries as a page loads them: bundled and minified by esbuild, brotli 11.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

import { apart } from '../../../pkg-template/apart.mjs';

const TESTS = join(import.meta.dirname, '..');

/** The other libraries: the name in the table and the import that a page needs. */
const OTHERS = {
  'fetch + eventsource-parser': `export { createParser } from 'eventsource-parser'`,
  '@microsoft/fetch-event-source': `export { fetchEventSource } from '@microsoft/fetch-event-source'`,
  'reconnecting-eventsource': `export { default } from 'reconnecting-eventsource'`,
  'sse.js': `export { SSE } from 'sse.js'`,
  eventsource: `export { EventSource } from 'eventsource'`,
  'event-source-polyfill': `export { EventSourcePolyfill } from 'event-source-polyfill'`,
};

/** The bytes that `everstream/slim` may take, including its WebAssembly. */
const LIMIT = 24 * 1024;

/** The bytes that an adapter may add to a page that has `everstream`, without its framework. */
const ADAPTER_LIMIT = 1536;
const ADAPTERS = ['store', 'react', 'vue', 'svelte', 'solid'];
/** The bytes that `everstream/live` may add to such a page. */
const LIVE_LIMIT = 3 * 1024;

/** Bundles everything but the `external` packages into one minified module. */
export async function bundle(contents, resolveDir, external = []) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    external,
    plugins: [apart],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    legalComments: 'none',
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

/** The relative difference allowed between a figure in the README and the measured one. */
const TOLERANCE = 0.01;

/** Returns a message for each row whose figures in the package's README are outdated. */
async function outdated(rows, pkg) {
  const readme = await readFile(join(pkg.directory, 'README.md'), 'utf8');
  // The name of a row may contain a figure as well.
  const figures = (row) => row.match(/\d+/g).map(Number);
  const shape = (row) => row.replace(/\d+/g, '#');
  const told = new Map(readme.split('\n').map((line) => [shape(line), line]));
  return rows.flatMap(([name, size]) => {
    const row = `| ${name} | ${size} |`;
    const line = told.get(shape(row));
    const isTold = line && figures(row).every((figure, at) => Math.abs(figures(line)[at] / figure - 1) <= TOLERANCE);
    return isTold ? [] : [`the README says \`${line ?? 'nothing'}\`, measured was \`${row}\``];
  });
}

export async function sizes(pkg) {
  const rows = [];
  for (const [name, contents] of Object.entries(OTHERS)) {
    rows.push([`\`${name}\``, brotliCompressSync(await bundle(contents, TESTS)).length]);
  }
  const slim = await bundle(`export { EventSource, init } from 'everstream/slim'`, pkg.root);
  const wasm = brotliCompressSync(await readFile(join(pkg.directory, 'everstream.wasm'))).length;
  const whole = brotliCompressSync(slim).length + wasm;
  rows.push([`\`everstream/slim\`, of which ${wasm} the WebAssembly`, whole]);
  const full = await bundle(`export { EventSource } from 'everstream'`, pkg.root);
  rows.push(['`everstream`', brotliCompressSync(full).length]);
  const shared = await bundle(`export { EventSource } from 'everstream/shared'`, pkg.root);
  rows.push(['`everstream/shared`', brotliCompressSync(shared).length]);

  const misses = whole > LIMIT ? [`everstream/slim: at most ${LIMIT} bytes, is ${whole}`] : [];
  for (const name of ['live', ...ADAPTERS]) {
    const limit = name === 'live' ? LIVE_LIMIT : ADAPTER_LIMIT;
    const contents = `export { EventSource, init } from 'everstream/slim'; export * from 'everstream/${name}'`;
    const both = await bundle(contents, pkg.root, ['react', 'vue', 'svelte', 'solid-js']);
    // Compared with the entry without the core's bytes, beside which a change of a few bytes would go unnoticed.
    const added = brotliCompressSync(both).length - brotliCompressSync(slim).length;
    rows.push([`\`everstream/${name}\` adds`, added]);
    if (added > limit) misses.push(`everstream/${name}: at most ${limit} bytes, is ${added}`);
  }

  console.log('\n| | bytes |\n|---|---:|');
  for (const [name, size] of rows) console.log(`| ${name} | ${size} |`);
  return [...misses, ...(await outdated(rows, pkg))];
}
