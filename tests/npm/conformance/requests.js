// Cases about requests as the caller shapes them, and about responses of a caller's own `fetch`.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';
const ENCODED = new TextEncoder().encode(END);
const headers = new Headers({ 'content-type': 'text/event-stream' });

/** Creates a stream of these chunks that stays open. */
const stream = (...chunks) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
    },
  });

/** Creates a response from its body, with everything else filled in. */
const answer = (body, more) => ({ status: 200, headers, url: 'http://localhost/', body, ...more });

async function* iterable(...chunks) {
  yield* chunks;
  await new Promise(() => {});
}

/**
 * Asserts that a source ends with one error, without a retry, an `open` event or a second request, and returns the
 * error.
 */
async function futile(t, own, options) {
  let asked = 0;
  const source = t.source(t.say(END), {
    fetch: (...request) => {
      asked += 1;
      return own(...request);
    },
    retry: { initialDelay: 1, jitter: false },
    ...options,
  });
  const errors = [];
  source.addEventListener('error', ({ error }) => errors.push(error));
  source.addEventListener('message', () => errors.push('message'));
  await t.next(source, 'error');
  await t.elapse(50);
  equal([errors.length, asked, source.readyState], [1, 1, 2]);
  return errors[0];
}

const works = {
  'string chunks': () => answer(stream('data: e', 'nd\n\n')),
  'a string with half a character at its end': () => answer(stream('data: \uD83D', '\uDE00\n\ndata: end\n\n')),
  'ArrayBuffer chunks': () => answer(stream(ENCODED.buffer)),
  'other views': () => answer(stream(new DataView(ENCODED.buffer))),
  'Blob chunks': () => answer(stream(new Blob([END]))),
  'empty chunks': () => answer(stream(new Uint8Array(0), '', ENCODED)),
  'an async iterable': () => answer(iterable(ENCODED)),
  'an answer that is no promise': () => answer(stream(ENCODED)),
  'plain headers': () => answer(stream(ENCODED), { headers: { 'Content-Type': 'text/event-stream' } }),
  'headers that can only be asked': () =>
    answer(stream(ENCODED), { headers: { get: (name) => headers.get(name) } }),
  'a status of digits': () => answer(stream(ENCODED), { status: '200' }),
  'a relative URL': () => answer(stream(ENCODED), { url: '/elsewhere' }),
  'a URL that is none': () => answer(stream(ENCODED), { url: 'http://[' }),
  'no URL': () => answer(stream(ENCODED), { url: undefined }),
};

const fails = {
  'no answer': () => Promise.resolve(undefined),
  null: async () => null,
  'a text': async () => END,
  'an answer without a status': async () => answer(stream(ENCODED), { status: undefined }),
  'an answer without headers': async () => answer(stream(ENCODED), { headers: undefined }),
  'no body': async () => answer(null),
  'a body that is no stream': async () => answer({ text: END }),
  'a body that is locked': async () => {
    const locked = new Response(stream(ENCODED), { headers });
    locked.body.getReader();
    return locked;
  },
  'a body that has been read': async () => {
    const read = new Response(END, { headers });
    await read.text();
    return read;
  },
  'a chunk that is a number': async () => answer(stream(7)),
  'a chunk that is an object': async () => answer(stream({})),
  'a chunk that is nothing': async () => answer(stream(null)),
  'headers that are none': async () => answer(stream(ENCODED), { headers: 5 }),
  'an answer that throws when it is read': async () => ({
    get status() {
      throw new Error('on purpose');
    },
  }),
  'a body whose reader throws': async () =>
    answer({
      getReader() {
        throw new Error('on purpose');
      },
    }),
  'a rejection that is an object': () => Promise.reject({ reason: 'on purpose' }),
  'an exception': () => {
    throw new Error('on purpose');
  },
  'a rejection without a reason': () => Promise.reject(undefined),
  'a rejection that is a text': () => Promise.reject('on purpose'),
};

export const requests = {
  ...Object.fromEntries(
    Object.entries(works).map(([name, own]) => [
      `a fetch of one's own: ${name}`,
      async (t) => {
        const source = t.source(t.say(), { fetch: own });
        const lines = await t.journal(source, 'message end');
        equal([lines[0], lines.filter((line) => /error/.test(line)).length], ['open 1', 0]);
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(fails).map(([name, own]) => [
      `a fetch of one's own: ${name} is one error, and the end`,
      async (t) => {
        const { code, message } = await futile(t, own);
        equal(code, 'fetch');
        ok(message.includes('`fetch`'), `the option in ${message}`);
      },
    ]),
  ),

  async 'a fetch of one\'s own: what the network does is tried again'(t) {
    for (const failure of [new TypeError('no network'), { message: 'an error of another realm' }]) {
      let asked = 0;
      const own = (...request) => (++asked < 3 ? Promise.reject(failure) : fetch(...request));
      const source = t.source(t.say(END), { fetch: own, retry: { initialDelay: 1, jitter: false } });
      equal(await t.journal(source, 'message end'), ['error 0', 'error 0', 'open 1', 'message end']);
    }
  },

  async 'the platform\'s fetch can be given'(t) {
    const source = t.source(t.say(END), { fetch: globalThis.fetch });
    equal(await t.journal(source, 'message end'), ['open 1', 'message end']);
  },

  async 'a fetch of one\'s own is called as no method, and finds headers that it can spread'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 5\nid: 7\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
    let self;
    const own = function (input, init) {
      self = this;
      ok(Object.values(init.headers).every((value) => typeof value === 'string'), 'strings');
      return fetch(input, { ...init, headers: { ...init.headers, Authorization: 'Bearer new' } });
    };
    const given = { Authorization: 'Bearer old', 'X-Mine': '1' };
    await t.data(t.source(url, { fetch: own, headers: given }));
    equal(self, undefined);
    const seen = (await log()).map(({ headers }) => [headers.accept, headers['last-event-id'] ?? '', headers.authorization, headers['x-mine']]);
    equal(seen, [
      ['text/event-stream', '', 'Bearer new', '1'],
      ['text/event-stream', '7', 'Bearer new', '1'],
    ]);
  },

  async 'a user\'s Accept is sent as given'(t) {
    for (const given of [{ Accept: 'application/json, text/event-stream' }, () => [['accept', 'application/json, text/event-stream']]]) {
      const source = t.source(t.say({ echo: true }), { headers: given });
      equal(JSON.parse((await t.next(source)).data).headers.accept, 'application/json, text/event-stream');
    }
  },

  async 'a signal that is aborted already sends nothing'(t) {
    const { url, log } = t.play([{ chunks: [END], end: false }]);
    let asked = 0;
    const own = (...request) => {
      asked += 1;
      return fetch(...request);
    };
    const signal = AbortSignal.abort();
    for (const options of [
      {},
      { method: 'POST', body: '{"charge":1}' },
      { fetch: own },
      { headers: () => ({}) },
      { retry: {} },
      ...(t.browser && globalThis.EventSource.prototype !== t.EventSource.prototype ? [{ transport: 'native' }] : []),
    ]) {
      const source = t.source(url, { ...options, signal });
      equal([source.readyState, source.state], [2, 'closed']);
      for (const type of ['open', 'message', 'error']) {
        source.addEventListener(type, () => {
          throw new Error(type);
        });
      }
      source.reconnect();
      for await (const event of source) throw new Error(event.data);
    }
    await t.elapse(100);
    equal([await log(), asked], [[], 0]);
  },

  async 'a signal that is aborted while headers are asked for sends nothing'(t) {
    const { url, log } = t.play([{ chunks: [END], end: false }]);
    const controller = new AbortController();
    let asked = 0;
    const own = (...request) => {
      asked += 1;
      return fetch(...request);
    };
    t.source(url, {
      method: 'POST',
      fetch: own,
      signal: controller.signal,
      headers: async () => {
        controller.abort();
        return {};
      },
    });
    await t.elapse(100);
    equal([(await log()).length, asked], [0, 0]);
  },

  async 'many sources of one signal are closed by it, and no warning is heard'(t) {
    const warnings = [];
    const warned = (warning) => warnings.push(warning.name);
    globalThis.process?.on?.('warning', warned);
    const controller = new AbortController();
    const sources = Array.from({ length: 15 }, () => t.source('data:text/event-stream,', { signal: controller.signal, retry: { initialDelay: 10_000 } }));
    const target = sources[0];
    for (let number = 0; number < 15; number++) target.addEventListener(`x${number}`, () => number, { signal: controller.signal });
    await t.elapse(20);
    controller.abort();
    equal(sources.every(({ readyState }) => readyState === 2), true);
    globalThis.process?.off?.('warning', warned);
    equal(warnings, []);
  },

  async 'credentials in the URL'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 5\nid: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
    const secret = url.replace('//', '//us%C3%A9r:s%3Acret@');
    if (t.browser) {
      const source = t.source(secret, { retry: { initialDelay: 1 } });
      const { code, message, error } = await t.next(source, 'error');
      equal([code, source.readyState], ['url', 2]);
      ok(!/s%3Acret|s:cret/.test(message + error.stack), `no password in ${message}`);
      equal(await log(), []);
    } else {
      const source = t.source(secret);
      equal([await t.data(source), source.url], [['1'], secret]);
      const basic = `Basic ${btoa('us\xC3\xA9r:s:cret')}`;
      equal((await log()).map(({ headers }) => headers.authorization), [basic, basic]);
      const own = t.play([{ chunks: [END], end: false }]);
      await t.data(t.source(own.url.replace('//', '//user:password@'), { headers: { authorization: 'Bearer x' } }));
      equal((await own.log())[0].headers.authorization, 'Bearer x');
    }
  },

  async 'no error holds a password'(t) {
    const texts = [];
    const note = (error) => texts.push(String(error), error.stack);
    for (const bad of ['http://user:secret@[', 'http://user:secret@exa mple/']) {
      throws(() => new t.EventSource(bad), (error) => note(error) === texts.length, 'an error');
    }
    const refused = t.source('http://user:secret@127.0.0.1:2/', { retry: false });
    note((await t.next(refused, 'error')).error);
    const own = () => Promise.reject(undefined);
    const failed = t.source(t.say().replace('//', '//user:secret@'), { fetch: own });
    note((await t.next(failed, 'error')).error);
    ok(texts.length === 8 && !texts.join().includes('secret'), `no password in ${texts}`);
  },

  async 'headers that can\'t be sent are one error, and the end'(t) {
    for (const given of [{ 'a b': 'c' }, { a: 'b\nc' }, { a: '€' }]) {
      const judge = (error) => error instanceof TypeError && error.message.includes('`headers`');
      throws(() => new t.EventSource(t.server, { headers: given }), judge, 'a TypeError');
      const error = await futile(t, (...request) => fetch(...request), { headers: () => given, fetch: undefined }).catch((failure) => failure);
      // No request is sent, so `futile` counts zero.
      ok(/\[1,0,2\]/.test(error.message), error.message);
    }
  },

  async 'a body that is a stream is sent once'(t) {
    if (t.browser) return;
    const { url, log } = t.play([{ status: 503 }, { chunks: [END], end: false }]);
    const body = new Blob(['{"a":1}']).stream();
    const source = t.source(url, { method: 'POST', body, idempotent: true, retry: { initialDelay: 1 } });
    const first = await t.next(source, 'error');
    const second = await t.next(source, 'error');
    equal([first.status, second.code, source.readyState], [503, 'fetch', 2]);
    ok(second.message.includes('`body`'), second.message);
    equal((await log()).map(({ body }) => body), ['{"a":1}']);
    throws(() => new t.EventSource(url, { method: 'POST', body }), (error) => /`body`/.test(error.message), 'a TypeError');
  },

  async 'a request that can never be sent is one error, and the end'(t) {
    const results = {
      'a text': 'x',
      'a number': 5,
      'a URL that is none': { url: 'http://[' },
      'a method that is none': { method: 'BAD METHOD' },
      'a method that fetch forbids': { method: 'CONNECT' },
      'a body for GET': { body: 'x' },
      'a URL with a password': { url: 'http://user:secret@127.0.0.1:2/' },
      'a scheme that is not fetched': { url: 'ftp://127.0.0.1:2/' },
    };
    for (const [name, result] of Object.entries(results)) {
      const { url, log } = t.play([{ chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }]);
      const errors = async (options) => {
        const source = t.source(url, { retry: { initialDelay: 1, jitter: false }, ...options });
        const seen = [];
        source.addEventListener('error', ({ code, message, error }) => {
          seen.push(code);
          ok(!`${message}${error.stack}${error.cause}`.includes('secret'), message);
        });
        while (source.readyState !== 2) await t.next(source, 'error');
        await t.elapse(20);
        return seen;
      };
      const code = name.includes('scheme') ? 'url' : 'request';
      equal(await errors({ request: async () => result }), [code], name);
      equal((await log()).length, 0, name);
      equal((await errors({ method: 'POST', resume: () => result })).at(-1), code, name);
      equal((await log()).length, 1, name);
    }
    const headers = t.source(t.say(), { request: () => ({ headers: { 'a b': 'c' } }) });
    equal([(await t.next(headers, 'error')).code, headers.readyState], ['headers', 2]);
  },
};
