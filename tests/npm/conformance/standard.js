// Cases from the HTML standard's text on `EventSource`, and from the web platform tests.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';

export const standard = {
  async 'the constructor needs a URL and `new`'(t) {
    throws(() => new t.EventSource(), (error) => error instanceof TypeError, 'a TypeError');
    throws(() => t.EventSource(t.server), (error) => error instanceof TypeError, 'a TypeError');
    equal(t.EventSource.length, 1, 'length');
    equal(t.EventSource.name, 'EventSource', 'name');
  },

  async 'a URL that does not resolve is a SyntaxError'(t) {
    const judge = (error) => error instanceof DOMException && error.name === 'SyntaxError' && error.code === 12;
    throws(() => new t.EventSource('http://this is invalid/'), judge, 'a SyntaxError');
    throws(() => new t.EventSource('http://['), judge, 'a SyntaxError');
  },

  async 'a URL is made a string, and resolved'(t) {
    const url = t.say();
    equal(t.source({ toString: () => url }).url, url, 'an object');
    equal(t.source(new URL(url)).url, url, 'a URL');
    equal(t.source(`${t.server}/a/../play/x?[{}]#f`).url, `${t.server}/play/x?[{}]#f`, 'normalised');
    throws(() => new t.EventSource(Symbol('url')), (error) => error instanceof TypeError, 'a TypeError');
    if (t.base) {
      equal(t.source('').url, t.base, 'empty');
      equal(t.source('play/x?[{}]').url, new URL('play/x?[{}]', t.base).href, 'relative');
      equal(t.source(null).url, new URL('null', t.base).href, 'null');
      equal(t.source(undefined).url, new URL('undefined', t.base).href, 'undefined');
    }
  },

  async 'withCredentials is a boolean'(t) {
    const url = t.say();
    for (const init of [undefined, null, {}, { withCredentials: 0 }, { withCredentials: null }]) {
      equal(t.source(url, init).withCredentials, false);
    }
    for (const withCredentials of [true, 1, 'false', {}]) {
      equal(t.source(url, { withCredentials }).withCredentials, true);
    }
    throws(() => new t.EventSource(url, 1), (error) => error instanceof TypeError, 'a TypeError');
  },

  async 'constants on class, prototype and instance'(t) {
    const source = t.source(t.say());
    for (const holder of [t.EventSource, t.EventSource.prototype, source]) {
      equal([holder.CONNECTING, holder.OPEN, holder.CLOSED], [0, 1, 2]);
    }
    for (const holder of [t.EventSource, t.EventSource.prototype]) {
      const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(holder, 'OPEN');
      equal([value, writable, enumerable, configurable], [1, false, true, false]);
    }
  },

  async 'attributes are accessors of the prototype'(t) {
    for (const name of ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror']) {
      const descriptor = Object.getOwnPropertyDescriptor(t.EventSource.prototype, name);
      equal([typeof descriptor.get, descriptor.enumerable, descriptor.configurable], ['function', true, true], name);
      equal(typeof descriptor.set, name.startsWith('on') ? 'function' : 'undefined', name);
      throws(() => descriptor.get.call({}), (error) => error instanceof TypeError, 'a TypeError');
    }
    equal(t.EventSource.prototype.close.length, 0);
    const source = t.source(t.say());
    ok(source instanceof EventTarget, 'an EventTarget');
    equal(Object.prototype.toString.call(source), '[object EventSource]');
    ok(Object.getPrototypeOf(source) === t.EventSource.prototype, 'the prototype');
    equal([source.onopen, source.onmessage, source.onerror], [null, null, null]);
  },

  async 'the prototype can be extended'(t) {
    t.EventSource.prototype.answer = () => 42;
    equal(t.source(t.say()).answer(), 42);
    delete t.EventSource.prototype.answer;
    class Mine extends t.EventSource {}
    const mine = new Mine(t.say('data: x\n\n'));
    equal((await t.next(mine)).data, 'x');
    mine.close();
  },

  async 'handlers take functions and objects, and are called with the source'(t) {
    const source = t.source(t.say('data: x\n\n'));
    for (const nothing of [1, 'x', undefined, null, true]) {
      source.onmessage = nothing;
      equal(source.onmessage, null);
    }
    const object = {};
    source.onmessage = object;
    ok(source.onmessage === object, 'the object');
    const self = await new Promise((resolve) => {
      source.onmessage = function () {
        resolve(this);
      };
    });
    ok(self === source, 'the source as `this`');
  },

  async 'a handler keeps its place among the listeners'(t) {
    const source = t.source(t.say('data: x\n\n', 'data: end\n\n'));
    const order = [];
    source.onmessage = () => order.push('never');
    source.addEventListener('message', () => order.push('listener'));
    source.onmessage = () => order.push('handler');
    await new Promise((resolve) => source.addEventListener('message', ({ data }) => data === 'end' && resolve()));
    equal(order, ['handler', 'listener', 'handler', 'listener']);
  },

  async 'a handler that is taken away is not called'(t) {
    const source = t.source(t.say('data: x\n\n', 'data: end\n\n'));
    source.onmessage = () => {
      throw new Error('called');
    };
    source.onmessage = null;
    await t.data(source);
  },

  async 'listeners: once, objects, removal'(t) {
    const source = t.source(t.say('data: 1\n\n', 'data: 2\n\n', END));
    const heard = [];
    const removed = () => heard.push('removed');
    source.addEventListener('message', removed);
    source.removeEventListener('message', removed);
    source.addEventListener('message', ({ data }) => heard.push(`once ${data}`), { once: true });
    source.addEventListener('message', { handleEvent: ({ data }) => heard.push(`object ${data}`) });
    await t.data(source);
    equal(heard, ['once 1', 'object 1', 'object 2', 'object end']);
  },

  async 'listeners: order, capture, signals, changes on the way'(t) {
    const source = t.source(t.say('data: 1\n\n', 'data: 2\n\n', END));
    const heard = [];
    const note = (name) => ({ data }) => heard.push(`${name} ${data}`);
    const [controller, twice, late] = [new AbortController(), note('twice'), note('late')];
    source.addEventListener('message', note('first'));
    source.addEventListener('message', note('capture'), true);
    source.addEventListener('message', twice);
    source.addEventListener('message', twice, { capture: false, passive: true });
    source.addEventListener('message', note('signal'), { signal: controller.signal });
    source.addEventListener('message', note('aborted'), { signal: AbortSignal.abort() });
    source.addEventListener('message', ({ data }) => {
      if (data !== '1') return;
      controller.abort();
      source.removeEventListener('message', gone);
      source.addEventListener('message', late);
    });
    const gone = note('gone');
    source.addEventListener('message', gone);
    await t.data(source);
    const second = (data) => [`capture ${data}`, `first ${data}`, `twice ${data}`];
    equal(heard, [...second('1'), 'signal 1', ...second('2'), 'late 2', ...second('end'), 'late end']);
  },

  async 'a message event at its target'(t) {
    const source = t.source(t.say('data: x\n\n'));
    let kept;
    const during = await new Promise((resolve) => {
      source.addEventListener('message', function (event) {
        kept = event;
        event.preventDefault();
        resolve([this === source, event.target === source, event.currentTarget === source, event.eventPhase]);
        event.stopPropagation();
      });
      source.addEventListener('message', (event) => {
        ok(event.composedPath()[0] === source && event.cancelBubble, 'the path');
        event.stopImmediatePropagation();
      });
      source.addEventListener('message', () => {
        kept = undefined;
      });
    });
    equal(during, [true, true, true, 2]);
    const { isTrusted, defaultPrevented, composed, currentTarget, eventPhase, cancelBubble, target, timeStamp } = kept;
    equal([isTrusted, defaultPrevented, composed, currentTarget, eventPhase], [true, false, false, null, 0]);
    equal([target === source, cancelBubble, kept.composedPath().length, typeof timeStamp], [true, false, 0, 'number']);
    ok(kept instanceof Event && kept.constructor === MessageEvent, 'an event');
    equal(Object.prototype.toString.call(kept), '[object MessageEvent]');
    equal(new MessageEvent('copy', kept).data, 'x');
  },

  async 'a listener that throws disturbs no other'(t) {
    if (!t.browser) return;
    const source = t.source(t.say('data: 1\n\n', END));
    const scope = globalThis;
    const reported = new Promise((resolve) => {
      scope.addEventListener('error', (event) => {
        event.preventDefault();
        resolve(event.message);
      }, { once: true });
    });
    source.addEventListener('message', () => {
      throw new Error('on purpose');
    }, { once: true });
    equal(await t.data(source), ['1']);
    ok((await reported).includes('on purpose'), 'a report');
  },

  async 'events that are dispatched by the page'(t) {
    const source = t.source(t.say('data: 1\n\n', END));
    const heard = [];
    const again = ({ data }) => {
      heard.push(data);
      if (data === 'own') source.addEventListener('message', again, { once: true });
    };
    source.addEventListener('message', again, { once: true });
    source.dispatchEvent(new MessageEvent('message', { data: 'own' }));
    await t.data(source);
    equal(heard, ['own', '1']);
  },

  async 'opening'(t) {
    const source = t.source(t.say('data: x\n\n'));
    equal(source.readyState, 0, 'at first');
    const event = await t.next(source, 'open');
    equal(source.readyState, 1, 'readyState');
    equal([event.type, event.bubbles, event.cancelable, 'data' in event], ['open', false, false, false]);
    ok(event.target === source, 'the target');
  },

  async 'a message event'(t) {
    const source = t.source(t.say('id: 7\ndata: x\n\n'));
    const event = await t.next(source);
    ok(event instanceof MessageEvent, 'a MessageEvent');
    const { type, data, origin, lastEventId, bubbles, cancelable, ports } = event;
    equal([type, data, origin, lastEventId, bubbles, cancelable], ['message', 'x', t.server, '7', false, false]);
    equal(event.source, null);
    equal(ports.length, 0);
  },

  async 'events of other types do not reach onmessage'(t) {
    const source = t.source(t.say('event: other\ndata: 1\n\n', 'event: message\ndata: 2\n\n', 'event:\ndata: 3\n\n', END));
    equal(await t.data(source), ['2', '3']);
  },

  async 'events that are called like our own'(t) {
    const chunks = ['event: open\ndata: 1\n\n', 'event: error\ndata: 2\n\n', 'event: close\ndata: 3\n\n', END];
    const source = t.source(t.say(...chunks));
    const heard = [];
    for (const type of ['open', 'error', 'close']) {
      source.addEventListener(type, (event) => {
        if (event instanceof MessageEvent) heard.push(`${type} ${event.data} ${source.readyState}`);
      });
    }
    await t.data(source);
    equal(heard, ['open 1 1', 'error 2 1', 'close 3 1']);
  },

  async 'what is resolved by an event runs before the next'(t) {
    const source = t.source(t.say('data: 1\n\ndata: 2\n\ndata: 3\n\n'));
    const read = async () => (await t.next(source)).data;
    equal([await read(), await read(), await read()], ['1', '2', '3']);
  },

  async 'close() before it opens'(t) {
    const { url, log } = t.play([{ wait: 10_000 }]);
    const source = t.source(url);
    for (const type of ['open', 'message', 'error']) {
      source.addEventListener(type, () => {
        throw new Error(type);
      });
    }
    await t.logged(log, (entries) => entries.length === 1);
    source.close();
    equal(source.readyState, 2);
    source.close();
    equal(source.readyState, 2);
    await t.logged(log, ([entry]) => entry.closed);
  },

  async 'close() in the constructor\'s turn sends nothing that stays'(t) {
    const { url, log } = t.play([{ end: false }]);
    t.source(url).close();
    // A request already on its way may arrive, and is then closed.
    await t.elapse(100);
    await t.logged(log, (entries) => entries.every(({ closed }) => closed));
  },

  async 'close() while opening: no message'(t) {
    const { url, log } = t.play([{ chunks: ['data: x\n\n'], end: false }]);
    const source = t.source(url);
    source.onmessage = () => {
      throw new Error('message');
    };
    await new Promise((resolve) => {
      source.onopen = () => {
        source.close();
        resolve();
      };
    });
    equal(source.readyState, 2);
    await t.logged(log, ([entry]) => entry.closed);
  },

  async 'close() in a listener: nothing after it, also of the same chunk'(t) {
    const source = t.source(t.say('data: 1\n\ndata: 2\n\nevent: x\ndata: 3\n\n'));
    const heard = [];
    source.onmessage = ({ data }) => {
      heard.push(data);
      source.close();
    };
    source.addEventListener('x', ({ data }) => heard.push(data));
    await t.elapse(100);
    equal(heard, ['1']);
  },

  async 'a stream that ends is opened again'(t) {
    const script = [{ chunks: ['retry: 20\nid: 1\ndata: a\n\n'] }, { chunks: [END], end: false }];
    const { url, log } = t.play(script);
    const lines = await t.journal(t.source(url), 'message end');
    equal(lines, ['open 1', 'message a', 'error 0', 'open 1', 'message end']);
    const [first, second] = await log();
    equal(first.target, second.target, 'the URL');
    equal(first.headers['last-event-id'], undefined, 'at first');
    equal(second.headers['last-event-id'], '1', 'then');
  },

  async 'a stream that breaks is opened again'(t) {
    const script = [{ chunks: ['retry: 20\ndata: a\n\n', 20], cut: 'after' }, { chunks: [END], end: false }];
    const lines = await t.journal(t.source(t.play(script).url), 'message end');
    equal(lines, ['open 1', 'message a', 'error 0', 'open 1', 'message end']);
  },

  async 'a connection that breaks before the answer is tried again'(t) {
    const script = [{ chunks: ['retry: 20\n\n'] }, { cut: 'before' }, { chunks: [END], end: false }];
    const source = t.source(t.play(script).url);
    const lines = await t.journal(source, 'message end');
    equal(lines.at(-1), 'message end');
    ok(!lines.includes('error 2'), 'no end');
  },

  async 'the error event of a lost connection is plain'(t) {
    const source = t.source(t.play([{ chunks: ['data: a\n\n'] }]).url);
    const event = await t.next(source, 'error');
    equal([event.type, event.bubbles, event.cancelable, event instanceof MessageEvent], ['error', false, false, false]);
    ok(!Object.hasOwn(event, 'data'), 'no data');
    equal(source.readyState, 0);
  },

  async 'close() while waiting: no further attempt'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 20\n\n'] }]);
    const source = t.source(url);
    await t.next(source, 'error');
    source.close();
    await t.elapse(150);
    equal((await log()).length, 1);
  },

  async 'the reconnection time is kept to'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 600\n\n'] }, { chunks: [END], end: false }]);
    await t.data(t.source(url));
    const [first, second] = await log();
    const waited = second.at - first.at;
    ok(waited >= 590 && waited < 900, `about 600 ms, not ${waited}`);
  },

  async 'only digits make a reconnection time'(t) {
    const chunks = ['retry: 300\n', 'retry: 10x\nretry: -1\nretry: 1.5\nretry: 1e1\nretry\nretry:\nretry: ５\n\n'];
    const { url, log } = t.play([{ chunks }, { chunks: [END], end: false }]);
    await t.data(t.source(url));
    const [first, second] = await log();
    const waited = second.at - first.at;
    ok(waited >= 290 && waited < 600, `about 300 ms, not ${waited}`);
  },

  ...Object.fromEntries(
    [204, 205, 210, 299, 400, 404, 410, 500, 503].map((status) => [
      `status ${status} is the end`,
      async (t) => {
        const { url, log } = t.play([{ status }]);
        const source = t.source(url);
        source.onopen = source.onmessage = () => {
          throw new Error('opened');
        };
        await t.next(source, 'error');
        equal(source.readyState, 2);
        await t.elapse(50);
        equal((await log()).length, 1);
      },
    ]),
  ),

  async 'status 204 ends a stream that was open'(t) {
    const { url } = t.play([{ chunks: ['retry: 10\ndata: a\n\n'] }, { status: 204 }]);
    const lines = await t.journal(t.source(url), 'error 2');
    equal(lines, ['open 1', 'message a', 'error 0', 'error 2']);
  },

  ...Object.fromEntries(
    ['text/event-stream;charset=utf-8', 'TEXT/Event-Stream', 'text/event-stream; charset=windows-1252', 'text/event-stream;'].map(
      (type) => [
        `content type ${type} is fine, and the text UTF-8`,
        async (t) => equal(await t.data(t.source(t.play([{ type, chunks: ['data: ö\n\n', END], end: false }]).url)), ['ö']),
      ],
    ),
  ),

  ...Object.fromEntries(
    [null, 'text/plain', 'text/event-stream-foo', 'application/json', 'x bogus', 'text/event stream'].map((type) => [
      `content type ${type} is the end`,
      async (t) => {
        const source = t.source(t.play([{ type, chunks: ['data: x\n\n'] }]).url);
        source.onopen = source.onmessage = () => {
          throw new Error('opened');
        };
        await t.next(source, 'error');
        equal(source.readyState, 2);
      },
    ]),
  ),

  ...Object.fromEntries(
    ['ftp://example.not/', 'about:blank', 'mailto:whatwg@example.not', "javascript:alert('FAIL')"].map((url) => [
      `${url} is the end`,
      async (t) => {
        const source = t.source(url);
        equal(source.url, url);
        equal(source.readyState, 0);
        const event = await t.next(source, 'error');
        equal(source.readyState, 2);
        ok(!Object.hasOwn(event, 'data'), 'no data');
      },
    ]),
  ),

  async 'nobody listens on the port: tried again'(t) {
    // IANA reserves this port, and no browser blocks it.
    const source = t.source('http://127.0.0.1:2');
    await t.next(source, 'error');
    equal(source.readyState, 0);
  },

  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `a redirect by ${status} is followed, and the origin is the last one`,
      async (t) => {
        // Firefox keeps the connection of a redirected fetch that is aborted, so the server ends it.
        const target = t.play([{ chunks: ['data: x\n\n', 500], cors: '*' }], t.other).url;
        const { url } = t.play([{ status, headers: { location: target } }]);
        const source = t.source(url);
        const event = await t.next(source);
        equal(event.origin, t.other);
        equal(source.url, url);
      },
    ]),
  ),

  async 'what is asked for'(t) {
    const source = t.source(t.say({ echo: true }));
    const { method, headers } = JSON.parse((await t.next(source)).data);
    equal(method, 'GET');
    equal(headers.accept, 'text/event-stream');
    equal(headers['cache-control'], 'no-cache');
    equal('last-event-id' in headers, false);
  },

  // The format

  async 'line ends: LF, CR LF, CR'(t) {
    const source = t.source(t.say('data:1\r\rdata:2\n\ndata:3\r\n\r\ndata:4\r\ndata:5\n\rdata:6\r\r\n', END));
    equal(await t.data(source), ['1', '2', '3', '4\n5', '6']);
  },

  async 'a byte order mark, once'(t) {
    equal(await t.data(t.source(t.say('\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n', END))), ['1', '3']);
    equal(await t.data(t.source(t.say('\uFEFF\uFEFFdata:1\n\ndata:2\n\n', END))), ['2']);
  },

  async 'data that begins with a byte order mark'(t) {
    equal(await t.data(t.source(t.say('data:\uFEFF1\n\n', END))), ['\uFEFF1']);
  },

  async comments(t) {
    const long = 'x'.repeat(2 * 1024);
    const chunks = [`data:1\r:\0\n:\r\ndata:2\n:${long}\rdata:3\n:data:fail\r:${long}\ndata:4\n\n`, END];
    equal(await t.data(t.source(t.say(...chunks))), ['1\n2\n3\n4']);
  },

  async 'fields of data'(t) {
    const stream = 'data:\n\ndata\ndata\n\ndata:test\n\ndata: a\ndata:  b\ndata:\tc\ndata : no\n\n';
    equal(await t.data(t.source(t.say(stream, END))), ['', '\n', 'test', 'a\n b\n\tc']);
  },

  async 'fields that are none'(t) {
    const stream = 'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\nData: no\nDATA: no\n\n';
    equal(await t.data(t.source(t.say(stream, END))), ['test\n']);
  },

  async 'an event without data is none'(t) {
    const source = t.source(t.say('event: message\nid: 1\n\ndata: a\n\n', END));
    const event = await t.next(source);
    equal([event.data, event.lastEventId], ['a', '1']);
  },

  async 'a type is forgotten with its event'(t) {
    equal(await t.data(t.source(t.say('event: x\n\ndata: 1\n\n', END))), ['1']);
    equal(await t.data(t.source(t.say('event: x\nevent: message\ndata: 1\n\n', END))), ['1']);
  },

  async 'what has no blank line behind it is dropped'(t) {
    const script = [{ chunks: ['retry: 10\ndata: 1\n\nid: 9\ndata: lost'] }, { chunks: [{ echo: true }, END], end: false }];
    const source = t.source(t.play(script).url);
    const [first, second] = await t.data(source);
    equal(first, '1');
    equal(JSON.parse(second).headers['last-event-id'], undefined);
  },

  async 'NUL in data'(t) {
    equal(await t.data(t.source(t.say('data:\0\n\n', END))), ['\0']);
  },

  async 'UTF-8, well-formed and not'(t) {
    const source = t.source(t.say('data: ö😀€\n\n', { bytes: [0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 10, 10] }, END));
    equal(await t.data(source), ['ö😀€', '\uFFFD\uFFFD']);
  },

  async 'chunks of one byte'(t) {
    const bytes = [...new TextEncoder().encode('\uFEFFid:1\r\ndata: ö😀\r\ndata:x\r\n\r\n')];
    const source = t.source(t.say(...bytes.flatMap((byte) => [{ bytes: [byte] }, 1]), END));
    const event = await t.next(source);
    equal([event.data, event.lastEventId], ['ö😀\nx', '1']);
  },

  async 'a large event'(t) {
    const source = t.source(t.say({ repeat: 'data: ö\n', times: 200_000 }, '\n', END));
    const [data] = await t.data(source);
    equal(data.length, 2 * 200_000 - 1);
    ok(/^(ö\n)+ö$/.test(data), 'every line');
  },

  async 'many events at once, in order'(t) {
    const source = t.source(t.say({ repeat: 'data: x\n\n', times: 20_000 }, END));
    equal((await t.data(source)).length, 20_000);
  },

  // The last event ID

  async 'an ID stays until there is another'(t) {
    const source = t.source(t.say('id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid\ndata: d\n\ndata: e\n\n', END));
    const ids = [];
    source.addEventListener('message', ({ lastEventId }) => ids.push(lastEventId));
    await t.data(source);
    equal(ids, ['1', '1', '2', '', '', '']);
  },

  async 'an ID with a NUL is ignored'(t) {
    const source = t.source(t.say('id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n', END));
    const ids = [];
    source.addEventListener('message', ({ lastEventId }) => ids.push(lastEventId));
    await t.data(source);
    equal(ids, ['1', '1', '1']);
  },

  async 'an ID is sent as UTF-8'(t) {
    const script = [{ chunks: ['retry: 10\nid: …ö\ndata: a\n\n'] }, { chunks: [{ echo: true }, END], end: false }];
    const [, echo] = await t.data(t.source(t.play(script).url));
    const sent = JSON.parse(echo).headers['last-event-id'];
    equal(new TextDecoder().decode(Uint8Array.from(sent, (char) => char.charCodeAt(0))), '…ö');
  },

  async 'an empty ID is not sent'(t) {
    const script = [{ chunks: ['retry: 10\nid: 1\ndata: a\n\nid:\ndata: b\n\n'] }, { chunks: [{ echo: true }, END], end: false }];
    const [, , echo] = await t.data(t.source(t.play(script).url));
    equal('last-event-id' in JSON.parse(echo).headers, false);
  },

  async 'an ID survives a reconnect without one'(t) {
    const script = [{ chunks: ['retry: 10\nid: 1\ndata: a\n\n'] }, { chunks: ['data: b\n\n'], end: false }];
    const source = t.source(t.play(script).url);
    equal((await t.next(source)).lastEventId, '1');
    const event = await t.next(source);
    equal([event.data, event.lastEventId], ['b', '1']);
  },
};
