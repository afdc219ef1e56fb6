// Cases about how the package's objects look to a user, and about fields that a user puts on them.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';

/** The names that a class of the package might plausibly use internally, and some that pages use. */
const NAMES = [
  ...['received', 'changed', 'opened', 'ended', 'fail', 'types', 'handler', 'listening', 'commented', 'gapped', 'setHandler'],
  ...['stream', 'driver', 'dispatch', 'listen', 'unlisten', 'observe', 'receive', 'open', 'end', 'gap', 'change', 'comment'],
  ...['state', 'lastEventId', 'sharing', 'name', 'options', 'settings', 'core', 'timer', 'data', 'status', 'error'],
  ...['onAny', 'onComment', 'reconnect', 'toJSON', 'addEventListener', 'removeEventListener', 'dispatchEvent', 'close'],
];

export const objects = {
  async 'a field of any name changes nothing'(t) {
    for (const name of NAMES) {
      const script = [{ chunks: ['retry: 5\nid: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }];
      const source = t.source(t.play(script).url);
      // The test keeps the methods that it needs, because a field may replace them.
      const { addEventListener, close } = source;
      const lines = [];
      const done = new Promise((resolve) => {
        const note = (line) => lines.push(line) && line === 'end' && resolve();
        addEventListener.call(source, 'open', () => note('open'));
        source.onmessage = ({ data }) => note(data);
        source.onerror = () => note('error');
      });
      source[name] = 0;
      equal(source[name], 0);
      await done;
      close.call(source);
      delete source[name];
      equal(lines, ['open', '1', 'error', 'open', 'end'], name);
    }
  },

  async 'a subclass may have methods and fields of any name'(t) {
    const called = [];
    class Mine extends t.EventSource {
      state = 'mine';
      stream = 7;
    }
    for (const name of NAMES.filter((name) => !['state', 'stream'].includes(name))) {
      Mine.prototype[name] = function () {
        called.push(name);
      };
    }
    const script = [{ chunks: ['retry: 5\nid: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }];
    const controller = new AbortController();
    const source = new Mine(t.play(script).url, { signal: controller.signal });
    const lines = await new Promise((resolve) => {
      const lines = [];
      source.onopen = () => lines.push('open');
      source.onerror = () => lines.push('error');
      source.onmessage = ({ data }) => lines.push(data) && data === 'end' && resolve(lines);
    });
    equal([lines, called, source.state], [['open', '1', 'error', 'open', 'end'], [], 'mine']);
    controller.abort();
    equal(source.readyState, 2);
  },

  async 'the class extends EventTarget, and its prototype has what is public'(t) {
    ok(Object.getPrototypeOf(t.EventSource.prototype) === EventTarget.prototype, 'EventTarget');
    equal(Object.getPrototypeOf(t.EventSource) === EventTarget, true);
    const known = [
      ...['CLOSED', 'CONNECTING', 'OPEN', 'addEventListener', 'close', 'constructor', 'lastEventId', 'onAny', 'onComment'],
      ...['onerror', 'onmessage', 'onopen', 'readyState', 'reconnect', 'removeEventListener', 'response', 'retryIn', 'sharing', 'state'],
      ...['stats', 'toJSON', 'url', 'when', 'withCredentials'],
    ];
    const unknown = Object.getOwnPropertyNames(t.EventSource.prototype).filter((name) => !known.includes(name));
    equal(unknown, []);
    equal(Object.getOwnPropertyNames(t.source(t.say())), []);
    equal(t.EventSource[Symbol.for('eventsource.supports-fetch-override')], true);
  },

  async 'a message is what it says: as JSON, cloned, compared, spread'(t) {
    const source = t.source(t.say('id: 1\nevent: tick\ndata: {"a":[1]}\n\n'), { json: true });
    const event = await t.next(source, 'tick');
    const wanted = { type: 'tick', data: { a: [1] }, lastEventId: '1', origin: t.server };
    equal(JSON.parse(JSON.stringify(event)), wanted);
    equal(structuredClone(event), wanted);
    equal({ ...event }, wanted);
    equal(event.constructor.name, 'MessageEvent');
    equal(Object.prototype.toString.call(event), '[object MessageEvent]');
    const copy = new MessageEvent(event.type, event);
    equal([copy.type, copy.data, copy.lastEventId, copy.origin], Object.values(wanted));
  },

  async 'every member of a message is what the platform\'s is, or absent'(t) {
    const source = t.source(t.say('data: x\n\n'));
    const platform = new MessageEvent('message', { data: 'x', origin: t.server });
    const event = await t.next(source);
    const names = new Set();
    for (const { prototype } of [MessageEvent, Event]) {
      for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
    }
    // The reference event was never dispatched, so these members differ.
    for (const name of ['isTrusted', 'target', 'srcElement', 'timeStamp', 'originalTarget', 'explicitOriginalTarget', 'composedTarget']) {
      names.delete(name);
    }
    for (const name of names) {
      const ours = event[name];
      if (ours === undefined) continue;
      if (typeof ours === 'function') equal(name === 'constructor' || String(event[name]()), name === 'constructor' || String(platform[name]()), name);
      else equal(ours, platform[name], name);
    }
    const { type, target, isTrusted } = event;
    equal([type, target === source, isTrusted], ['message', true, true]);
    // The loop has called `stopPropagation` after the dispatch, which sets the flag without further effect.
    // `preventDefault` never has one.
    equal([event.cancelBubble, event.defaultPrevented, event.returnValue], [true, false, true]);
  },

  async 'the time of a message is that of its arrival'(t) {
    const source = t.source(t.say('data: 1\n\ndata: 2\n\n', 200, 'data: end\n\n'));
    const [kept, read] = [[], []];
    await new Promise((resolve) => {
      source.onmessage = (event) => {
        kept.push(event);
        read.push(performance.now());
        if (event.data === 'end') resolve();
      };
    });
    await t.elapse(100);
    const stamps = kept.map(({ timeStamp }) => timeStamp);
    equal(stamps[0], stamps[1]);
    ok(stamps[2] - stamps[1] > 100, `apart: ${stamps}`);
    stamps.forEach((stamp, at) => ok(stamp <= read[at] && (!at || stamp >= stamps[at - 1]), `before it was read: ${stamp}, ${read[at]}`));
  },

  async 'errors have a name, and print and serialise with what they know'(t) {
    const source = t.source(t.play([{ status: 503, type: 'text/plain', chunks: ['busy'] }]).url, { retry: { initialDelay: 10_000, jitter: false } });
    const event = await t.next(source, 'error');
    const { error, retryIn } = event;
    equal([source.state, source.retryIn], ['waiting', 10_000]);
    equal([error.name, error.constructor.name, `${error}`], ['EventSourceError', 'EventSourceError', `EventSourceError: ${error.message}`]);
    ok(error instanceof Error && typeof error.stack === 'string', 'a stack');
    const { code, status, excerpt, message, name } = JSON.parse(JSON.stringify(error));
    equal([name, code, status, excerpt, message], ['EventSourceError', 'response', 503, 'busy', error.message]);
    equal(Object.keys(error).sort(), ['code', 'excerpt', 'headers', 'status']);
    equal([event.constructor.name, event.code, event.status, retryIn], ['EventSourceErrorEvent', 'response', 503, 10_000]);
    equal(JSON.parse(JSON.stringify(event)).status, 503);
    source.close();
    equal(source.retryIn, undefined);
  },

  async 'errors and their events can be made, for tests'(t) {
    const failing = t.source('http://127.0.0.1:2', { retry: false });
    const { error, constructor } = await t.next(failing, 'error');
    const made = new error.constructor('response', 'no', { status: 404, body: 'gone' });
    equal([made.code, made.message, made.status, made.body, made.cause], ['response', 'no', 404, 'gone', undefined]);
    const event = new constructor(made);
    equal([event.type, event.code, event.status, event.message, event.error === made], ['error', 'response', 404, 'no', true]);
    const heard = t.next(failing, 'error');
    failing.dispatchEvent(event);
    ok((await heard) === event, 'the event');
  },

  async 'a source as JSON and as a text'(t) {
    const source = t.source(t.say('id: 3\ndata: 1\n\n'));
    await t.next(source);
    equal(JSON.parse(JSON.stringify(source)), { url: source.url, readyState: 1, state: 'open', lastEventId: '3' });
    equal(String(source), '[object EventSource]');
    equal(JSON.stringify(t.source(t.say().replace('//', '//user:secret@'))).includes('secret'), false);
  },

  async 'a listener that listens once is used up when it was called'(t) {
    const source = t.source(t.say('data: 1\n\n', 50, 'data: 2\n\n', END));
    const heard = [];
    source.addEventListener('message', (event) => {
      if (event.data === 'stopped') event.stopImmediatePropagation();
    });
    source.addEventListener('message', ({ data }) => heard.push(data), { once: true });
    const object = { handleEvent: ({ data }) => heard.push(`object ${data}`) };
    source.addEventListener('message', object, { once: true });
    const gone = () => heard.push('gone');
    source.addEventListener('message', gone, { once: true });
    source.removeEventListener('message', gone);
    source.dispatchEvent(new MessageEvent('message', { data: 'stopped' }));
    throws(() => source.dispatchEvent({ type: 'message' }), (error) => error instanceof TypeError, 'a TypeError');
    await t.data(source);
    equal(heard, ['1', 'object 1']);
  },

  async 'Observables receive every event'(t) {
    if (!EventTarget.prototype.when) return;
    const source = t.source(t.say({ repeat: 'event: tick\ndata: x\n\n', times: 18 }, END));
    const [observed, heard] = [[], []];
    source.when('tick').subscribe(({ data }) => observed.push(data));
    source.addEventListener('tick', ({ data }) => heard.push(data));
    await t.data(source);
    equal([observed.length, heard.length], [18, 18]);
  },
};
