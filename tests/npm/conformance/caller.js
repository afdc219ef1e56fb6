// Cases about what the caller gives: it is read once, used as given, and called no more after a close.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';
const QUICK = { initialDelay: 1, jitter: false };
const TYPE = { 'content-type': 'text/event-stream' };

/** Collects what a source reports until it is closed. */
function story(source) {
  return new Promise((resolve) => {
    const lines = [];
    for (const type of ['open', 'gap']) source.addEventListener(type, () => lines.push(type));
    source.addEventListener('error', ({ code }) => lines.push(code));
    source.addEventListener('end', ({ reason, unfinished }) => lines.push(`end ${reason}${unfinished ? ` ${unfinished.data}` : ''}`));
    source.addEventListener('message', ({ data }) => lines.push(data));
    source.addEventListener('statechange', () => source.readyState === 2 && resolve(lines));
  });
}

/** Creates a `fetch` whose answers ignore its signal, and counts those whose body was cancelled. */
function deaf(text) {
  const counts = { asked: 0, cancelled: 0 };
  const fetch = async () => {
    counts.asked += 1;
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      cancel: () => void (counts.cancelled += 1),
    });
    return { status: 200, headers: new Headers(TYPE), body };
  };
  return { counts, fetch };
}

export const caller = {
  async 'a request that `request` gives side effects is sent once'(t) {
    const post = () => ({ method: 'POST', body: '{"n":1}' });
    for (const [answer, wanted] of [
      [{ chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }, ['open', '1', 'end body']],
      [{ chunks: ['retry: 1\nid: 1\ndata: 1\n\n', 40], cut: 'after' }, ['open', '1', 'disconnected']],
      [{ status: 503 }, ['response']],
    ]) {
      for (const retry of [undefined, QUICK, () => 1]) {
        const { url, log } = t.play([answer]);
        equal(await story(t.source(url, { retry, request: post })), wanted);
        await t.elapse(30);
        equal((await log()).map(({ method }) => method), ['POST']);
      }
    }
    // What may be repeated is, and what is continued goes on.
    const again = t.play([{ status: 503 }, { chunks: [END], end: false }]);
    await t.data(t.source(again.url, { retry: QUICK, request: post, idempotent: true }));
    equal((await again.log()).map(({ method }) => method), ['POST', 'POST']);
    const broken = t.play([{ chunks: ['retry: 1\nid: 1\ndata: 1\n\n', 40], cut: 'after' }, { chunks: [END], end: false }]);
    const request = ({ attempt }) => (attempt === 1 ? post() : undefined);
    equal(await t.data(t.source(broken.url, { retry: QUICK, request, resume: 'get' })), ['1']);
    equal((await broken.log()).map(({ method }) => method), ['POST', 'GET']);
  },

  async 'a mark that no blank line closes ends the stream'(t) {
    for (const tail of ['data: [DONE]', 'data: [DONE]\n', 'id: 2\r\ndata:[DONE]\r\n']) {
      for (const options of [{}, { method: 'POST', resume: 'get' }, { method: 'POST' }, { json: true, retry: QUICK }]) {
        const { url, log } = t.play([{ chunks: [`retry: 1\nid: 1\ndata: 1\n\n${tail}`] }]);
        const lines = await story(t.source(url, { ...options, until: '[DONE]' }));
        equal(lines.map(String), ['open', '1', 'end until'], `${tail} ${JSON.stringify(options)}`);
        await t.elapse(20);
        equal((await log()).length, 1);
      }
    }
    const cut = t.source(t.play([{ chunks: ['data: [DON'] }]).url, { until: '[DONE]', end: 'close' });
    equal(await story(cut), ['open', 'end body [DON']);
  },

  async 'a listener of `open` that closes cancels the body of a fetch that does not listen'(t) {
    for (const type of ['open', 'message']) {
      for (const how of ['close', 'abort', 'reconnect']) {
        const { counts, fetch } = deaf('id: 1\ndata: 1\n\n');
        const stop = new AbortController();
        const source = t.source(t.server, { fetch, signal: stop.signal });
        source.addEventListener(type, () => (how === 'abort' ? stop.abort() : source[how]()), { once: true });
        source.addEventListener('message', () => {});
        while (!counts.cancelled) await t.elapse(5);
        equal([counts.asked, counts.cancelled, source.readyState], how === 'reconnect' ? [2, 1, 1] : [1, 1, 2], `${how} in ${type}`);
      }
    }
  },

  async 'a logger may close the source at each line, and nothing follows'(t) {
    const lines = [/^attempt 2/, /^status/, /^open/, /again in/, /^gap/, /^connection \d+ is dropped/];
    for (const line of lines) {
      const { url, log } = t.play([{ chunks: ['retry: 1\ndata: 1\n\n'] }, { chunks: ['data: 2\n\n'], end: false }]);
      let heard;
      const debug = (text) => {
        if (heard || !line.test(text.replace(/^everstream \S+: /, ''))) return;
        heard = [];
        source.close();
      };
      const source = t.source(url, { logger: { debug }, retry: QUICK });
      for (const type of ['open', 'message', 'error', 'gap', 'end']) source.addEventListener(type, ({ type }) => heard?.push(type));
      while (!heard) await t.elapse(5);
      await t.elapse(30);
      equal([heard, source.readyState, source.state], [[], 2, 'closed'], String(line));
      await t.logged(log, (entries) => entries.every(({ closed }) => closed));
      equal((await log()).length, line.test('gap') ? 2 : 1, String(line));
    }
  },

  async 'options are read once: also inherited ones, and what becomes of the object is nothing to the source'(t) {
    class Inherited {
      reads = 0;
      get method() {
        this.reads += 1;
        return this.reads > 1 ? 'BAD METHOD' : 'POST';
      }
      get body() {
        return '{}';
      }
    }
    const given = new Inherited();
    delete given.reads;
    Object.defineProperty(given, 'reads', { value: 0, writable: true });
    const echo = { chunks: [{ echo: true }, END], end: false };
    const first = t.play([echo]);
    await t.data(t.source(first.url, given));
    equal([(await first.log())[0].method, given.reads], ['POST', 1]);
    class Wrong {
      get heartbeatTimeout() {
        return '45s';
      }
    }
    throws(() => new t.EventSource(t.server, new Wrong()), ({ message }) => message.includes('`heartbeatTimeout`'), 'a TypeError');
    const { url, log } = t.play([{ chunks: ['retry: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
    const options = { headers: { 'x-one': 'as given' }, request: () => ({ headers: { 'x-two': 'as given' } }), until: 'never' };
    const source = t.source(url, options);
    options.headers['x-one'] = 'changed';
    options.request = () => ({ url: 'http://127.0.0.1:2/' });
    options.until = '1';
    options.method = 'DELETE';
    equal(await t.data(source), ['1']);
    equal((await log()).map(({ method, headers }) => [method, headers['x-one'], headers['x-two']].join()), Array(2).fill('GET,as given,as given'));
    equal(t.source(t.say(), Object.freeze({ retry: Object.freeze({ ...QUICK }), headers: Object.freeze({ a: 'b' }) })).readyState, 0);
  },

  async 'headers that can be read only once are sent with each attempt'(t) {
    function* pairs() {
      yield ['x-one', '1'];
    }
    for (const make of [pairs, () => new Headers({ 'x-one': '1' }).entries(), () => new Map([['x-one', '1']])]) {
      const { url, log } = t.play([{ chunks: ['retry: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
      equal(await t.data(t.source(url, { headers: make() })), ['1']);
      equal((await log()).map(({ headers }) => headers['x-one']), ['1', '1']);
    }
  },

  async 'a body is sent as given, whatever kind of stream it is, and once'(t) {
    async function* pieces() {
      yield new TextEncoder().encode('{"a"');
      yield new TextEncoder().encode(':1}');
    }
    const wrong = [new Map(), new Set(), Promise.resolve('x'), () => 'x', Object.create(null)];
    if (t.browser) wrong.push(pieces());
    for (const body of wrong) {
      throws(() => new t.EventSource(t.server, { method: 'POST', body }), ({ message }) => message.includes('`body`'), `a TypeError for ${Object.prototype.toString.call(body)}`);
    }
    for (const options of [{ request: () => ({ method: 'POST', body: { a: 1 } }) }, { method: 'POST', lastEventId: '1', resume: () => ({ method: 'POST', body: [1] }) }]) {
      const { url, log } = t.play([{ chunks: [END], end: false }]);
      const source = t.source(url, { retry: QUICK, ...options });
      const { code, message } = await t.next(source, 'error');
      equal([code, source.readyState, (await log()).length], ['request', 2, 0]);
      ok(message.includes('`body`'), message);
    }
    // A `fetch` of one's own may read what the platform's doesn't.
    let seen;
    const body = pieces();
    await t.next(t.source(t.server, { method: 'POST', body, fetch: (url, init) => ((seen = init.body), { status: 500, headers: new Headers() }) }), 'error');
    ok(seen === body, 'the same object');
    if (t.browser) return;
    const { Readable } = await import('node:stream');
    for (const make of [pieces, () => Readable.from(pieces()), () => new Blob(['{"a":1}']).stream()]) {
      const { url, log } = t.play([{ status: 503 }, { chunks: [END], end: false }]);
      const source = t.source(url, { method: 'POST', body: make(), idempotent: true, retry: QUICK });
      const codes = [(await t.next(source, 'error')).code, (await t.next(source, 'error')).code];
      equal([codes, source.readyState, (await log()).map(({ body }) => body)], [['response', 'fetch'], 2, ['{"a":1}']]);
    }
  },

  async 'a query may be whatever the platform takes for one'(t) {
    for (const query of [{ a: '1', b: 'ä &' }, new URLSearchParams({ a: '1', b: 'ä &' }), [['a', '1'], ['b', 'ä &']], 'a=1&b=%C3%A4%20%26']) {
      const { url, log } = t.play([{ chunks: [END], end: false }]);
      await t.data(t.source(url, { request: () => ({ query }) }));
      const { searchParams } = new URL((await log())[0].target, t.server);
      equal([searchParams.get('a'), searchParams.get('b')], ['1', 'ä &']);
    }
  },

  async 'a loop is told that an event was refused'(t) {
    for (const [options, bad] of [
      [{ json: true }, 'data: {\n\n'],
      [{ maxEventSize: 100 }, `data: ${'x'.repeat(200)}\n\n`],
      [{ schemas: { message: { '~standard': { version: 1, vendor: 'test', validate: (value) => (value === 'bad' ? { issues: [{ message: 'no' }] } : { value }) } } } }, 'data: bad\n\n'],
    ]) {
      const source = t.source(t.say(`data: 1\n\n${bad}data: 3\n\ndata: 4\n\n`), options);
      const seen = [];
      for await (const { data, gap } of source) if (seen.push(`${data}${gap ? ' behind a gap' : ''}`) === 3) break;
      equal(seen, ['1', '3 behind a gap', '4']);
    }
  },
};
