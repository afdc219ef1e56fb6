// Browsers allow six connections per HTTP/1.1 origin. The package names that limit when a seventh connection waits.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';
import { Browser, BROWSERS } from './support/webdriver.mjs';

let pkg, server;

before(async () => {
  pkg = await unpack();
  await mkdir(join(pkg.root, 'page'));
  const page = '<!doctype html><script type="module">import { EventSource } from "/pkg/index.js"; globalThis.Ours = EventSource;</script>';
  await writeFile(join(pkg.root, 'page/index.html'), page);
  server = await Server.start({ '/pkg/': pkg.directory, '/page/': join(pkg.root, 'page') });
});

after(async () => {
  await server?.close();
  await pkg?.remove();
});

/** Opens seven sources and more; runs in the page. */
async function seven(url) {
  const warned = [];
  let tell;
  console.warn = (text) => {
    warned.push(text);
    tell?.();
  };
  const source = (number, options) => new globalThis.Ours(url.replace('KEY', `six-${number}-${Math.random()}`), options);
  const opened = (source) => new Promise((resolve) => source.addEventListener('open', resolve, { once: true }));
  // These sources close before their responses arrive. A `fetch` that ignores its signal delivers them all the same.
  const [early, answers] = [[], []];
  const stop = new AbortController();
  await new Promise((resolve) => {
    const deaf = (input, init) => {
      const answer = fetch(input, { ...init, signal: stop.signal });
      if (answers.push(answer) === 6) resolve();
      return answer;
    };
    for (let number = 0; number < 6; number++) early.push(source(number, { fetch: deaf }));
  });
  for (const one of early) one.close();
  await Promise.all(answers);
  // Firefox keeps the connection of a body that was only cancelled.
  stop.abort();
  const six = Array.from({ length: 6 }, (_, number) => source(number));
  await Promise.all(six.map(opened));
  const before = [...warned];
  const began = performance.now();
  const said = new Promise((resolve) => (tell = resolve));
  const seventh = source(7);
  await said;
  const patience = performance.now() - began;
  const state = seventh.readyState;
  // The warning appears once, however many sources wait.
  const eighth = source(8);
  await new Promise((resolve) => setTimeout(resolve, patience * 1.2));
  const open = opened(seventh);
  six[0].close();
  await open;
  for (const one of [...six, seventh, eighth]) one.close();
  return { before, state, warned };
}

for (const name of BROWSERS) {
  test(`${name}: a seventh connection that waits is explained, once a page`, async () => {
    const browser = await Browser[name]();
    try {
      await browser.goTo(`${server.origin}/page/index.html`);
      const url = `${server.origin}/play/KEY?${encodeURIComponent('[{"chunks":["data: 1\\n\\n"],"end":false}]')}`;
      const { before, state, warned } = await browser.evaluate(seven, url);
      assert.deepEqual([before, state, warned.length], [[], 0, 1]);
      assert.match(warned[0], /`http:\/\/127\.0\.0\.1:\d+\/play\/six-7-[^`?]*` waits .*6 streams .*`everstream\/mux`/);
    } finally {
      await browser.close();
    }
  });
}
