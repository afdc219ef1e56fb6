// What another origin allows: browsers only.

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
    const [, echo] = await t.data(t.source(t.play(script, t.other).url));
    equal(JSON.parse(echo).headers['last-event-id'], '1');
  },

  async 'and by a query parameter where it does not'(t) {
    const script = [
      { cors: '*', chunks: ['retry: 10\nid: a b\ndata: a\n\n'] },
      { cors: '*', chunks: [{ echo: true }, END], end: false },
    ];
    const [, echo] = await t.data(t.source(t.play(script, t.other).url));
    equal(new URL(JSON.parse(echo).target, t.other).searchParams.get('lastEventId'), 'a b');
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
