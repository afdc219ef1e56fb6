// Cases about requests to another origin, for browsers only.

import { equal } from './kit.js';

const END = 'data: end\n\n';

async function opens(t, answer, options) {
  const source = t.source(t.play([{ ...answer, chunks: [{ echo: true }], end: false }], t.other).url, options);
  const event = await t.next(source);
  equal(event.origin, t.other);
  return JSON.parse(event.data).headers;
}

async function fails(t, answer, options) {
  const source = t.source(t.play([{ ...answer, chunks: ['data: x\n\n'], end: false }], t.other).url, options);
  source.onopen = source.onmessage = () => {
    throw new Error('opened');
  };
  const event = await t.next(source, 'error');
  equal(source.readyState, 2);
  equal(event.code, 'cors');
}

export const cors = {
  'allowed for all': (t) => opens(t, { cors: '*' }),
  'allowed for this origin': (t) => opens(t, { cors: 'origin' }),
  'allowed with credentials': (t) => opens(t, { cors: 'origin', credentials: true }, { withCredentials: true }),
  'not allowed is the end': (t) => fails(t, {}),
  'allowed for another origin is the end': (t) => fails(t, { cors: 'http://example.org' }),
  'allowed for nobody is the end': (t) => fails(t, { cors: '' }),
  'allowed for all is not enough with credentials': (t) => fails(t, { cors: '*' }, { withCredentials: true }),

  async 'the first request causes no preflight'(t) {
    const { url, log } = t.play([{ cors: '*', chunks: [END], end: false }], t.other);
    await t.data(t.source(url));
    equal((await log()).map(({ method }) => method), ['GET']);
  },

  async 'a reconnect sends its position by the header where the preflight allows it'(t) {
    const script = [
      { cors: '*', preflight: 'last-event-id', chunks: ['retry: 10\nid: 1\ndata: a\n\n'] },
      { cors: '*', preflight: 'last-event-id', chunks: [{ echo: true }, END], end: false },
    ];
    const [, echo] = await t.data(t.source(t.play(script, t.other).url, { transport: 'fetch' }));
    equal(JSON.parse(echo).headers['last-event-id'], '1');
  },

  async 'and by a query parameter where it does not'(t) {
    const script = [
      { cors: '*', chunks: ['retry: 10\nid: a b\ndata: a\n\n'] },
      { cors: '*', chunks: [{ echo: true }, END], end: false },
    ];
    const { url, log } = t.play(script, t.other);
    const source = t.source(url, { transport: 'fetch' });
    let gaps = 0;
    source.addEventListener('gap', () => (gaps += 1));
    const [, echo] = await t.data(source);
    equal(new URL(JSON.parse(echo).target, t.other).searchParams.get('lastEventId'), 'a b');
    // The gap is reported because neither the caller nor the response confirms that the server reads the parameter.
    equal([gaps, (await log()).filter(({ method }) => method === 'OPTIONS').length], [1, 1]);
    const named = t.source(t.play(script, t.other).url, { transport: 'fetch', lastEventIdParam: 'lastEventId' });
    named.addEventListener('gap', () => {
      throw new Error('a gap');
    });
    await t.data(named);
  },

  async 'a drop-in resumes as the platform\'s own does: by the header, without a preflight'(t) {
    if (!globalThis.EventSource) return;
    const answer = (from) => ({
      cors: '*',
      chunks: [`retry: 100\n\n`, { repeat: 'id: {n}\ndata: {n}\n\n', times: 5, every: 5, from }],
    });
    const last = { cors: '*', chunks: ['id: 16\ndata: 16\n\n', END], end: false };
    const { url, log } = t.play([answer(1), answer(6), answer(11), last], t.other);
    const source = t.source(url, { json: false, retry: undefined });
    source.addEventListener('gap', () => {
      throw new Error('a gap');
    });
    equal(await t.data(source), Array.from({ length: 16 }, (_, at) => String(at + 1)));
    const seen = (await log()).map(({ method, headers }) => `${method} ${headers['last-event-id'] ?? ''}`);
    equal(seen, ['GET ', 'GET 5', 'GET 10', 'GET 15']);
    equal(source.response, undefined);
  },

  async 'options that need no fetch there leave the platform\'s own in use, also where they are undefined or what they are by default'(t) {
    if (!globalThis.EventSource) return;
    const undefineds = Object.fromEntries(['headers', 'method', 'body', 'fetch', 'heartbeatTimeout', 'until', 'shared', 'request'].map((name) => [name, undefined]));
    for (const given of [undefineds, { method: 'get', body: null, end: 'reconnect', redirect: 'follow', idempotent: true, deliverUnfinished: false }]) {
      const script = [{ cors: '*', chunks: ['retry: 10\nid: 1\ndata: 1\n\n'] }, { cors: '*', chunks: [END], end: false }];
      const { url, log } = t.play(script, t.other);
      await t.data(t.source(url, given));
      equal((await log()).map(({ method, headers }) => `${method} ${headers['last-event-id'] ?? ''}`), ['GET ', 'GET 1']);
    }
    // An inherited option needs fetch like any other.
    class WithHeaders {
      get headers() {
        return { authorization: 'x' };
      }
    }
    const answer = { cors: '*', preflight: 'authorization', chunks: [{ echo: true }, END], end: false };
    const [echo] = await t.data(t.source(t.play([answer], t.other).url, new WithHeaders()));
    equal(JSON.parse(echo).headers.authorization, 'x');
  },

  async 'what needs fetch there is asked for once, where it is wanted from the start'(t) {
    for (const want of [
      (source) => source.onAny(() => {}),
      (source) => source.onComment(() => {}),
      (source) => source[Symbol.asyncIterator](),
    ]) {
      const { url, log } = t.play([{ cors: '*', chunks: [':\n', END], end: false }], t.other);
      const source = t.source(url);
      want(source);
      await t.data(source);
      equal([source.response.status, (await log()).length], [200, 1]);
    }
  },

  async 'what needs fetch later replaces the connection, and nothing is lost'(t) {
    const { url } = t.play([
      { cors: '*', chunks: ['id: 1\ndata: 1\n\n'], end: false },
      { cors: '*', preflight: 'last-event-id', chunks: [{ echo: true }, END], end: false },
    ], t.other);
    const source = t.source(url);
    equal((await t.next(source)).data, '1');
    const comments = [];
    source.onComment((text) => comments.push(text));
    const { data } = await t.next(source);
    equal(JSON.parse(data).headers['last-event-id'], '1');
  },

  async 'with headers of one\'s own, and a preflight that is refused, no event is missing without a gap'(t) {
    const script = [
      { cors: '*', preflight: 'authorization', chunks: ['retry: 10\nid: 1\ndata: 1\n\n'] },
      { cors: '*', preflight: 'authorization', chunks: ['id: 5\ndata: 5\n\n', END], end: false },
    ];
    const source = t.source(t.play(script, t.other).url, { headers: { authorization: 'x' } });
    const lines = [];
    source.addEventListener('gap', () => lines.push('gap'));
    source.addEventListener('message', ({ data }) => lines.push(data));
    await t.data(source);
    equal(lines, ['1', 'gap', '5', 'end']);
  },

  async 'a position that is given from the start goes the same ways'(t) {
    const script = [{ cors: '*', chunks: [{ echo: true }, END], end: false }];
    const url = t.play(script, t.other).url;
    const [echo] = await t.data(t.source(url, { lastEventId: 'a b', retry: { initialDelay: 10 } }));
    equal(new URL(JSON.parse(echo).target, t.other).searchParams.get('lastEventId'), 'a b');
  },

  async 'cookies go only with credentials'(t) {
    const set = t.play([{ cors: 'origin', credentials: true, headers: { 'set-cookie': 'who=me' }, chunks: [END], end: false }], t.other);
    await t.data(t.source(set.url, { withCredentials: true }));
    equal((await opens(t, { cors: 'origin', credentials: true }, { withCredentials: true })).cookie, 'who=me');
    equal('cookie' in (await opens(t, { cors: 'origin', credentials: true })), false);
  },
};
