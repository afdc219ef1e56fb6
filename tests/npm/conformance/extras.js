// Cases about the package's additions to the standard.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';

/** Returns the headers that the server received. */
const echoed = async (t, source) => JSON.parse((await t.next(source)).data);

export const extras = {
  async 'headers, of all kinds'(t) {
    for (const headers of [
      { 'x-one': '1' },
      [['x-one', '1']],
      new Headers({ 'x-one': '1' }),
      () => ({ 'x-one': '1' }),
      async () => ({ 'x-one': '1' }),
    ]) {
      const entry = await echoed(t, t.source(t.say({ echo: true }), { headers }));
      equal([entry.headers['x-one'], entry.headers.accept], ['1', 'text/event-stream']);
    }
  },

  async 'headers are asked for anew after a 401, once'(t) {
    const { url, log } = t.play([{ status: 401 }, { chunks: [END], end: false }]);
    const asked = [];
    const headers = ({ attempt, unauthorized }) => {
      asked.push([attempt, unauthorized]);
      return { authorization: `Bearer ${attempt}` };
    };
    equal(await t.data(t.source(url, { headers })), []);
    equal(asked, [[1, false], [2, true]]);
    equal((await log()).map(({ headers }) => headers.authorization), ['Bearer 1', 'Bearer 2']);

    const refusing = t.source(t.play([{ status: 401 }]).url, { headers });
    const event = await t.next(refusing, 'error');
    equal([event.code, event.status, refusing.readyState], ['response', 401, 2]);
  },

  async 'headers that can\'t be had'(t) {
    const headers = () => Promise.reject(new Error('no token'));
    const source = t.source(t.say(), { headers });
    const event = await t.next(source, 'error');
    equal([event.code, source.readyState], ['headers', 0]);
    ok(event.message.includes('no token'), 'the reason');
  },

  async 'a POST with a body is sent once'(t) {
    const { url, log } = t.play([{ chunks: [{ echo: true }, 'data: [DONE]\n\n'] }]);
    const options = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    const source = t.source(url, options);
    const events = [];
    for await (const event of source) events.push(event.data);
    equal(events.length, 2);
    const { method, body, headers } = JSON.parse(events[0]);
    equal([method, body, headers['content-type']], ['POST', '{"a":1}', 'application/json']);
    equal(source.readyState, 2);
    equal((await log()).filter(({ method }) => method === 'POST').length, 1);
  },

  async 'iteration ends with a loop that is left'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\nid: 2\ndata: 2\n\ndata: 3\n\n'], end: false }]);
    const source = t.source(url);
    const seen = [];
    for await (const { type, data, lastEventId } of source) {
      seen.push([type, data, lastEventId]);
      if (data === '2') break;
    }
    equal(seen, [['message', '1', ''], ['message', '2', '2']]);
    equal([source.readyState, source.lastEventId], [2, '2']);
    await t.logged(log, ([entry]) => entry.closed);
  },

  async 'iteration throws what closes the source'(t) {
    const source = t.source(t.play([{ chunks: ['retry: 5\ndata: 1\n\n'] }, { status: 404 }]).url);
    const seen = [];
    let thrown;
    try {
      for await (const { data } of source) seen.push(data);
    } catch (error) {
      thrown = error;
    }
    equal([seen.join(), thrown.code, thrown.status, thrown.name], ['1', 'response', 404, 'EventSourceError']);
  },

  async 'an answer that is no stream is kept up to a limit, and is not in the message'(t) {
    const repeat = (repeat, times) => ({ chunks: [{ repeat, times }] });
    for (const [answer, wanted] of [
      [{ status: 500, type: 'text/plain', chunks: ['out of ', 'order'] }, 'out of order'],
      [{ type: 'text/html', chunks: ['<p>log in</p>'] }, '<p>log in</p>'],
      [{ status: 422, type: 'application/json', ...repeat('ö', 20_000) }, 'ö'.repeat(20_000)],
      [{ status: 404, type: 'text/plain', ...repeat('xy', 50_000) }, 'xy'.repeat(32 * 1024)],
      [{ status: 403, chunks: ['it goes on'], end: false }, 'it goes on'],
    ]) {
      const source = t.source(t.play([answer]).url);
      const { error, message } = await t.next(source, 'error');
      equal([error.code, error.body, error.excerpt, source.readyState], ['response', wanted, wanted.slice(0, 1024), 2]);
      ok(!message.includes(wanted.slice(0, 8)) && message === error.message, `no body in ${message}`);
    }
    const { error } = await t.next(t.source(t.play([{ status: 400 }]).url), 'error');
    equal([error.status, error.body], [400, undefined]);
  },

  async 'a slow loop slows the server down, and misses nothing'(t) {
    const source = t.source(t.say({ repeat: 'data: x\n\n', times: 5000 }, END));
    let seen = 0;
    for await (const { data } of source) {
      if (data === 'end') break;
      seen += 1;
      if (seen % 500 === 0) await t.elapse(1);
    }
    equal(seen, 5000);
  },

  async 'onAny sees every type, and can be taken back'(t) {
    const source = t.source(t.say('event: a\ndata: 1\n\nevent: __proto__\ndata: 2\n\n', END));
    const seen = [];
    source.onAny(() => seen.push('never'))();
    const done = new Promise((resolve) => source.onAny(({ type, data }) => seen.push(`${type} ${data}`) === 3 && resolve()));
    await done;
    equal(seen, ['a 1', '__proto__ 2', 'message end']);
  },

  async 'many types, more than are remembered'(t) {
    const types = Array.from({ length: 300 }, (_, number) => `type ${number % 150}`);
    const source = t.source(t.say(types.map((type) => `event: ${type}\ndata: ${type}\n\n`).join(''), END));
    const seen = [];
    for await (const { type, data } of source) {
      if (data === 'end') break;
      equal(type, data);
      seen.push(type);
    }
    equal(seen, types);
  },

  async 'onComment sees comments'(t) {
    const source = t.source(t.say(': one\n', ':two\n', ':\n'));
    const seen = [];
    await new Promise((resolve) => source.onComment((text) => seen.push(text) === 3 && resolve()));
    equal(seen, ['one', 'two', '']);
  },

  async 'states'(t) {
    const source = t.source(t.play([{ chunks: ['retry: 5\n\n'] }, { status: 404 }]).url);
    const states = [source.state];
    await new Promise((resolve) =>
      source.addEventListener('statechange', () => states.push(source.state) && source.state === 'closed' && resolve()),
    );
    equal([...new Set(states)], ['connecting', 'open', 'waiting', 'closed']);
  },

  async 'JSON, and what is none'(t) {
    const source = t.source(t.say('data: {"a":[1]}\n\n', 'event: x\ndata: {\n\n', 'data: 2\n\n'), { json: true });
    source.addEventListener('x', () => {});
    const first = (await t.next(source)).data;
    equal(first, { a: [1] });
    const problem = await t.next(source, 'error');
    equal([problem.code, problem.error.data, problem.error.eventType], ['invalid-data', '{', 'x']);
    equal(source.readyState, 1);
  },

  async 'data that a schema refuses'(t) {
    const validate = (value) =>
      typeof value.price === 'number' ? { value: value.price } : { issues: [{ message: 'no price' }] };
    const price = { '~standard': { version: 1, vendor: 'test', validate } };
    const later = { '~standard': { ...price['~standard'], validate: async (value) => validate(value) } };
    for (const schema of [price, later]) {
      const stream = 'event: p\ndata: {"price":1}\n\nevent: p\ndata: {}\n\nevent: p\ndata: {"price":3}\n\n';
      const source = t.source(t.say(stream, 'data: "end"\n\n'), { json: true, schemas: { p: schema } });
      const seen = [];
      source.addEventListener('error', ({ code, error }) => seen.push(`${code} ${error.data} ${error.issues[0].message}`));
      for await (const { data } of source) {
        if (data === 'end') break;
        seen.push(data);
      }
      // The loop reads events after the listeners have seen them.
      equal(seen.filter((value) => typeof value === 'number'), [1, 3]);
      equal(seen.filter((value) => typeof value === 'string'), ['invalid-data {} no price']);
    }
  },

  async 'a validator that says nothing is one that failed, and what comes behind it comes'(t) {
    for (const validate of [() => undefined, async () => null, () => Promise.reject(new Error('no'))]) {
      const schemas = { p: { '~standard': { version: 1, vendor: 'test', validate } } };
      const source = t.source(t.say('event: p\ndata: 1\n\n', 'data: 2\n\n', END), { schemas });
      source.addEventListener('p', () => {});
      const problems = [];
      source.addEventListener('error', ({ code, error }) => problems.push(`${code} ${error.data}`));
      equal(await t.data(source), ['2']);
      equal(problems, ['invalid-data 1']);
    }
  },

  async 'silence is noticed'(t) {
    const { url, log } = t.play([{ chunks: ['id: 1\n', END], end: false }, { chunks: ['data: back\n\n'], end: false }]);
    const source = t.source(url, { heartbeatTimeout: 200 });
    const problem = await t.next(source, 'error');
    equal([problem.code, source.readyState], ['heartbeat-timeout', 0]);
    source.reconnect();
    equal((await t.next(source)).data, 'back');
    equal((await log())[1].headers['last-event-id'], '1');
  },

  async 'a hung connect is given up'(t) {
    const source = t.source(t.play([{ wait: 10_000 }]).url, { openTimeout: 150 });
    const problem = await t.next(source, 'error');
    equal([problem.code, source.readyState], ['open-timeout', 0]);
  },

  async 'retry as an object: statuses, Retry-After, attempts'(t) {
    const script = [{ status: 503 }, { status: 429, headers: { 'retry-after': '1' } }, { status: 500 }];
    const { url, log } = t.play(script);
    const source = t.source(url, { retry: { initialDelay: 20, maxDelay: 20, maxAttempts: 3 } });
    const lines = await t.journal(source, 'error 2');
    equal(lines, ['error 0', 'error 0', 'error 0', 'error 2']);
    const [, second, third] = await log();
    ok(third.at - second.at >= 990, 'a second');
  },

  async 'retry as a function'(t) {
    const { url, log } = t.play([{ status: 404 }, { status: 404 }, { status: 418 }]);
    const asked = [];
    const retry = (error, { failures }) => {
      asked.push([error.status, failures]);
      return error.status === 404 ? 10 : false;
    };
    const source = t.source(url, { retry });
    const lines = await t.journal(source, 'error 2');
    equal(lines, ['error 0', 'error 0', 'error 2']);
    equal(asked, [[404, 1], [404, 2], [418, 3]]);
    equal((await log()).length, 3);
  },

  async 'a retry function that closes the source'(t) {
    const source = t.source(t.play([{ status: 404 }]).url, {
      retry: () => {
        source.close();
      },
    });
    await t.elapse(100);
    equal(source.readyState, 2);
  },

  async 'a retry function that throws is reported, and nothing else stops'(t) {
    const { reportError } = globalThis;
    const reported = [];
    globalThis.reportError = (failure) => reported.push(failure.message);
    try {
      const retry = () => {
        throw new Error('of the function');
      };
      const source = t.source(t.play([{ status: 404 }]).url, { retry });
      equal(await t.journal(source, 'error 2'), ['error 2']);
      equal(reported, ['of the function']);
    } finally {
      globalThis.reportError = reportError;
    }
    equal((await t.next(t.source(t.say(END)))).data, 'end');
  },

  async 'a function that answers later is reported, once, and is no answer'(t) {
    const { reportError } = globalThis;
    const reported = [];
    globalThis.reportError = (failure) => reported.push(`${failure.name} ${/`(.*?)` returned a promise/.exec(failure.message)?.[1]}`);
    try {
      const later = async () => true;
      const refused = t.source(t.play([{ status: 404 }]).url, { retry: later });
      equal(await t.journal(refused, 'error 2'), ['error 2']);
      const texts = 'id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n';
      equal(await t.data(t.source(t.say(texts, END), { until: later })), ['1', '2']);
      const source = t.source(t.say(texts, END), { follows: later });
      let gaps = 0;
      source.addEventListener('gap', () => (gaps += 1));
      equal(await t.data(source), ['1', '2']);
      equal(gaps, 1);
      equal(reported, ['TypeError retry', 'TypeError until', 'TypeError follows']);
    } finally {
      globalThis.reportError = reportError;
    }
  },

  async 'a wait of more than 24 days is told as it is, as far as a timer goes'(t) {
    const source = t.source(t.play([{ status: 503 }]).url, { retry: () => 3e9 });
    const { retryIn } = await t.next(source, 'error');
    equal([retryIn, source.retryIn, source.state], [2 ** 31 - 1, 2 ** 31 - 1, 'waiting']);
  },

  async 'what is to take for ever does'(t) {
    const { url, log } = t.play([{ chunks: [50, 'data: 1\n\n', 50, END], end: false }]);
    const source = t.source(url, { openTimeout: Infinity, heartbeatTimeout: Infinity });
    equal(await t.journal(source, 'message end'), ['open 1', 'message 1', 'message end']);
    equal((await log()).length, 1);
  },

  async 'who takes long to take an event is no dead connection'(t) {
    const alive = Array.from({ length: 20 }, () => [100, ':\n']).flat();
    const { url, log } = t.play([{ chunks: ['data: 1\n\n', ...alive, END], end: false }]);
    const validate = async (value) => {
      await t.elapse(1800);
      return { value };
    };
    const schemas = { message: { '~standard': { version: 1, vendor: 'test', validate } } };
    const source = t.source(url, { heartbeatTimeout: 600, schemas });
    equal(await t.journal(source, 'message end'), ['open 1', 'message 1', 'message end']);
    equal((await log()).length, 1);
  },

  async 'a signal takes away the listener that it came with, and no other'(t) {
    const source = t.source(t.say('data: 1\n\n', 50, END));
    const heard = [];
    const listener = ({ data }) => heard.push(data);
    const stop = new AbortController();
    source.addEventListener('message', listener, { signal: stop.signal });
    source.removeEventListener('message', listener);
    source.addEventListener('message', listener);
    stop.abort();
    await t.journal(source, 'message end');
    equal(heard, ['1', 'end']);
  },

  async 'retry: false'(t) {
    const broken = t.source(t.play([{ chunks: ['data: 1\n\n', 20], cut: 'after' }]).url, { retry: false });
    equal(await t.journal(broken, 'error 2'), ['open 1', 'message 1', 'error 2']);
    // A clean end reports no error.
    const ended = t.source(t.play([{ chunks: ['data: 1\n\n'] }]).url, { retry: false });
    ended.onerror = () => {
      throw new Error('an error');
    };
    equal((await t.next(ended, 'end')).reason, 'body');
  },

  async 'an event that is too large is skipped, and said'(t) {
    const source = t.source(t.say('data: 1\n\n', { repeat: 'data: x\n', times: 1000 }, '\n', END), { maxEventSize: 1000 });
    const lines = await t.journal(source, 'message end');
    equal(lines, ['open 1', 'message 1', 'error 1', 'message end']);
  },

  async 'a position to begin from'(t) {
    const source = t.source(t.say({ echo: true }), { lastEventId: '41' });
    const event = await t.next(source);
    equal([event.lastEventId, JSON.parse(event.data).headers['last-event-id']], ['41', '41']);
  },

  async 'a reconnect without a position is a gap'(t) {
    const source = t.source(t.play([{ chunks: ['retry: 5\ndata: 1\n\n'] }, { chunks: ['data: 2\n\ndata: 3\n\n'], end: false }]).url);
    let told = 0;
    source.addEventListener('gap', () => (told += 1));
    const gaps = [];
    for await (const { data, gap } of source) {
      gaps.push(gap ?? false);
      if (data === '3') break;
    }
    equal(gaps, [false, true, false]);
    equal(told, 1);
  },

  async 'a signal closes'(t) {
    const controller = new AbortController();
    const source = t.source(t.say(END), { signal: controller.signal });
    await t.next(source);
    controller.abort();
    equal(source.readyState, 2);
    equal(t.source(t.say(), { signal: AbortSignal.abort() }).readyState, 2);
  },

  async 'a signal keeps no source that is closed'(t) {
    const { signal } = new AbortController();
    const kept = new Set();
    signal.addEventListener = (type, listener) => kept.add(listener);
    signal.removeEventListener = (type, listener) => kept.delete(listener);
    const closed = t.source(t.say(END), { signal });
    const ended = t.source(t.play([{ status: 404 }]).url, { signal });
    // Both sources share one listener, because Node warns about a signal with many.
    equal(kept.size, 1);
    const failed = t.next(ended, 'error');
    await t.next(closed);
    closed.close();
    await failed;
    equal([ended.readyState, kept.size], [2, 0]);
  },

  async 'disposing closes'(t) {
    const source = t.source(t.say());
    await source[Symbol.asyncDispose]?.();
    if (Symbol.asyncDispose) equal(source.readyState, 2);
  },

  async 'a fetch of one\'s own'(t) {
    const asked = [];
    const own = (input, init) => {
      asked.push(typeof input, init.method);
      return fetch(input, init);
    };
    const source = t.source(t.say(END), { fetch: own });
    await t.next(source);
    equal(asked, ['string', 'GET']);
  },

  async 'where a zone wraps the platform\'s listeners they are called as wrapped'(t) {
    const { addEventListener } = EventTarget.prototype;
    let isInside = false;
    globalThis.Zone = class {};
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      const wrapped = (event) => {
        isInside = true;
        listener.call(this, event);
        isInside = false;
      };
      addEventListener.call(this, type, wrapped, options);
    };
    try {
      const source = t.source(t.say(END));
      const heard = await new Promise((resolve) => {
        source.addEventListener('message', ({ data }) => resolve([data, isInside]));
      });
      equal(heard, ['end', true]);
    } finally {
      delete globalThis.Zone;
      EventTarget.prototype.addEventListener = addEventListener;
    }
  },

  async 'options that make no sense are refused at once'(t) {
    for (const options of [
      { heartbeatTimeout: 0 },
      { openTimeout: '1' },
      { body: 'x' },
      { transport: 'carrier pigeon' },
      { transport: 'native', headers: { a: 'b' } },
      { lastEventId: 'a\nb' },
      { retry: { maxDelay: NaN } },
    ]) {
      throws(() => new t.EventSource(t.server, options), (error) => error instanceof TypeError, 'a TypeError');
    }
  },

  async 'the native transport, where there is one'(t) {
    if (!t.browser) return;
    const { url } = t.play([{ chunks: ['retry: 5\nid: 1\ndata: a\n\n', 30] }, { chunks: [{ echo: true }, END], end: false }]);
    const source = t.source(url, { transport: 'native' });
    const lines = await t.journal(source, 'message end');
    equal([lines[0], lines[1], lines[2], lines.at(-1)], ['open 1', 'message a', 'error 0', 'message end']);
    throws(() => source.onAny(() => {}), (error) => error instanceof TypeError, 'a TypeError');
  },

  async 'who takes long to take a native event is no dead connection'(t) {
    if (!t.browser) return;
    const alive = Array.from({ length: 20 }, () => [100, 'event: other\ndata: -\n\n']).flat();
    const { url, log } = t.play([{ chunks: ['data: 1\n\n', ...alive, END], end: false }]);
    const validate = async (value) => {
      await t.elapse(1800);
      return { value };
    };
    const schemas = { message: { '~standard': { version: 1, vendor: 'test', validate } } };
    const source = t.source(url, { transport: 'native', heartbeatTimeout: 600, schemas });
    source.addEventListener('other', () => {});
    equal(await t.journal(source, 'message end'), ['open 1', 'message 1', 'message end']);
    equal((await log()).length, 1);
  },

  async 'what the native transport brings keeps its order, however long a validator takes'(t) {
    if (!t.browser) return;
    const validate = async (value) => {
      // The first event takes longest to validate.
      await t.elapse(value === '1' ? 200 : 0);
      return { value };
    };
    const schemas = { message: { '~standard': { version: 1, vendor: 'test', validate } } };
    const source = t.source(t.say('data: 1\n\n', 'data: 2\n\n', END), { transport: 'native', schemas });
    equal(await t.data(source), ['1', '2']);
  },

  async 'a page that is hidden from the start sends nothing, where it is to pause'(t) {
    if (!globalThis.document) return;
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    let visibility = 'hidden';
    Object.defineProperty(document, 'visibilityState', { get: () => visibility, configurable: true });
    try {
      const source = t.source(url, { pauseWhenHidden: true });
      const other = t.source(url);
      equal((await t.next(other)).data, '1');
      equal([(await log()).length, source.state, source.readyState], [1, 'paused', 0]);
      visibility = 'visible';
      document.dispatchEvent(new Event('visibilitychange'));
      equal((await t.next(source)).data, '1');
      equal((await log()).length, 2);
    } finally {
      delete document.visibilityState;
    }
  },

  async 'a connection that is refused says why, where the platform does'(t) {
    const source = t.source('http://127.0.0.1:2/', { transport: 'fetch' });
    const { message, error } = await t.next(source, 'error');
    equal(error.code, 'disconnected');
    ok(error.cause !== undefined, 'what the platform threw');
    if (globalThis.process?.release?.name === 'node' && !globalThis.Bun) ok(/ECONNREFUSED/.test(message), message);
  },

  async 'what closes a source that nobody hears is said on the console, once'(t) {
    const { error } = console;
    const said = [];
    console.error = (problem) => said.push(problem.code ?? problem);
    try {
      const { url } = t.play([{ status: 404 }]);
      const unheard = t.source(url);
      while (unheard.readyState !== 2) await t.elapse(5);
      equal(said, ['response']);
      const heard = t.source(url);
      await t.next(heard, 'error');
      const looped = t.source(url);
      try {
        for await (const event of looped) throw event;
      } catch (thrown) {
        equal(thrown.code, 'response');
      }
      const ended = t.source(t.play([{ status: 204 }]).url);
      while (ended.readyState !== 2) await t.elapse(5);
      t.source(t.say()).close();
      equal(said, ['response']);
    } finally {
      console.error = error;
    }
  },
};
