// A trap inside the core ends one source with an error, and no other source of the page.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { before } from './support/hooks.mjs';
import { Server } from './support/server.mjs';
import { unpack } from './support/tarball.mjs';

const { Instance } = WebAssembly;
let pkg, server;

before(async () => {
  pkg = await unpack();
  server = await Server.start();
});

after(async () => {
  WebAssembly.Instance = Instance;
  await server?.close();
  await pkg?.remove();
});

/**
 * Makes the core trap when a chunk contains `slip`, by asking for more memory than there is, instead of receiving the
 * chunk.
 */
function trapping(module, imports) {
  const { exports } = new Instance(module, imports);
  let asked = [0, 0];
  return {
    exports: {
      ...exports,
      inbox: (length) => (asked = [exports.inbox(length), length])[0],
      receive: (...given) => {
        const text = Buffer.from(new Uint8Array(exports.memory.buffer, ...asked)).toString();
        return text.includes('slip') ? exports.inbox(0xffff_ffff) : exports.receive(...given);
      },
    },
  };
}

const url = (...chunks) => {
  const script = [{ chunks, end: false }];
  return `${server.origin}/play/${Math.random()}?${encodeURIComponent(JSON.stringify(script))}`;
};
const next = (source, type) => new Promise((resolve) => source.addEventListener(type, resolve, { once: true }));

/** Makes one source trap the core and returns its error. An open source must continue, and a later one must open. */
async function slip(EventSource, options) {
  const healthy = new EventSource(url('data: 1\n\n', { every: 20, repeat: 'data: {n}\n\n', times: 1000 }));
  await next(healthy, 'message');
  const unlucky = new EventSource(url('data: slip\n\n'), { retry: {}, ...options });
  // The counts of before the slip are the last that the core can tell.
  unlucky.onopen = () => unlucky.stats();
  const { code, error } = await next(unlucky, 'error');
  assert.deepEqual([code, unlucky.readyState], ['internal', EventSource.CLOSED]);
  const { attempts, opened, lastError } = unlucky.stats();
  assert.deepEqual([attempts, opened, lastError], [1, 1, error]);
  await next(healthy, 'message');
  await next(healthy, 'message');
  const later = new EventSource(url('data: later\n\n'));
  assert.equal((await next(later, 'message')).data, 'later');
  for (const source of [healthy, later]) source.close();
  return error;
}

test('node: a slip of the core ends one source, and is told', async () => {
  WebAssembly.Instance = function (module, imports) {
    return trapping(module, imports);
  };
  const { EventSource } = await import(pathToFileURL(join(pkg.directory, 'index.js')));
  const error = await slip(EventSource);
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
});

test('node, without WebAssembly: a slip of the core ends one source, and is told', async () => {
  const { ArrayBuffer, WebAssembly } = globalThis;
  const alone = await unpack();
  try {
    const { EventSource } = await import(pathToFileURL(join(alone.directory, 'no-wasm.js')));
    // Node's own fetch is built on WebAssembly, and has to load it before the test removes it.
    await fetch(url('data: 1\n\n')).then((response) => response.body.cancel());
    delete globalThis.WebAssembly;
    // The core's memory must grow, and this class lets it find none.
    globalThis.ArrayBuffer = class extends ArrayBuffer {
      constructor(length, ...rest) {
        if (length > 2 ** 21) throw new RangeError('no memory is left');
        super(length, ...rest);
      }
    };
    const headers = { 'content-type': 'text/event-stream' };
    const error = await slip(EventSource, { fetch: async () => new Response(`data: ${'x'.repeat(2 ** 22)}`, { headers }) });
    assert.match(`${error.cause}`, /no memory is left/);
  } finally {
    Object.assign(globalThis, { ArrayBuffer });
    Object.defineProperty(globalThis, 'WebAssembly', { value: WebAssembly, configurable: true, writable: true });
    await alone.remove();
  }
});
