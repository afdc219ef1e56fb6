/** One contract for both edges: a difference between the crate and the package fails a test. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server } from '../npm/support/server.mjs';
import { CASES, SHARED_CASES } from './contract/cases.mjs';
import { BROWSERS } from './support/browsers.mjs';

const PAGE = new URL('./page', import.meta.url).pathname;

const server = await Server.start({ '/page/': PAGE });
after(() => server.close());

/** Returns the requests that the server received, as the cases spell them. */
async function requests(key) {
  const log = await (await fetch(`${server.origin}/log/${key}`)).json();
  const line = ({ method, headers, body }) => [method, headers['last-event-id'], body].filter(Boolean).join(' ');
  return log.map(line);
}

for (const { name, launch } of BROWSERS) {
  test(`contract: ${name}`, async (t) => {
    const browser = await launch();
    const tab = await browser.open(t, { origin: `${server.origin}/page/contract.html` });
    for (const [what, { script, items = [], states = [], requests: expected, ...options }] of Object.entries(CASES)) {
      for (const edge of ['crate', 'npm']) {
        await t.test(`${edge}: ${what}`, async () => {
          const key = Math.random().toString(36).slice(2);
          const url = `${server.origin}/play/${key}?${encodeURIComponent(JSON.stringify(script))}`;
          // The case closes a source that the server doesn't end.
          const isEnded = /^(end|closed)/.test(states.at(-1) ?? '');
          const asked = isEnded ? options : { ...options, items: items.length };
          const run = ({ edge, url, asked }) => globalThis.contract[edge](url, asked);
          const journal = await tab.evaluate(run, { edge, url, asked });
          assert.deepEqual(journal, { items, states: isEnded ? states : [...states, 'closed'] });
          if (expected) assert.deepEqual(await requests(key), expected);
        });
      }
    }
    for (const [what, { script, items, requests: expected, query = '', ...given }] of Object.entries(SHARED_CASES)) {
      for (const edge of ['crate', 'npm']) {
        await t.test(`${edge}, shared: ${what}`, async () => {
          const key = Math.random().toString(36).slice(2);
          const url = `${server.origin}/play/${key}?${encodeURIComponent(JSON.stringify(script))}`;
          const run = ({ edge, url, asked }) => globalThis.contract.shared[edge](url, asked);
          assert.deepEqual(await tab.evaluate(run, { edge, url, asked: { ...given, items: items.length } }), items);
          assert.deepEqual(await requests(key), expected);
          const [{ target }] = await (await fetch(`${server.origin}/log/${key}`)).json();
          assert.ok(target.endsWith(query), target);
        });
      }
    }
    await tab.close?.();
    await browser.close();
  });
}

before(() => assert.ok(Object.keys(CASES).length >= 60, 'there are as many cases as are owed'));
