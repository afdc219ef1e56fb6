// Cases about invalid options: the call throws an error that names them.

import { equal, throws } from './kit.js';

/** The invalid options, by the name that the error contains. */
const MISTAKES = [
  ['headers', { headers: null }],
  ['headers', { headers: 5 }],
  ['headers', { headers: 'a: b' }],
  ['method', { method: 5 }],
  ['method', { method: '' }],
  ['method', { method: 'GET ' }],
  ['method', { method: 'CONNECT' }],
  ['method', { method: 'trace' }],
  ['body', { body: 'x' }],
  ['body', { method: 'POST', body: { a: 1 } }],
  ['body', { method: 'POST', body: [1] }],
  ['body', { method: 'POST', body: 5 }],
  ['body', { method: 'POST', body: false }],
  ['fetch', { fetch: 5 }],
  ['fetch', { fetch: null }],
  ['fetch', { fetch: {} }],
  ['signal', { signal: {} }],
  ['signal', { signal: 'x' }],
  ['signal', { signal: new AbortController() }],
  ['shared', { shared: 7 }],
  ['transport', { transport: 'carrier pigeon' }],
  ['transport', { transport: null }],
  ['heartbeatTimeout', { heartbeatTimeout: 0 }],
  ['heartbeatTimeout', { heartbeatTimeout: '45s' }],
  ['heartbeatTimeout', { heartbeatTimeout: null }],
  ['openTimeout', { openTimeout: NaN }],
  ['openTimeout', { openTimeout: -1 }],
  ['maxEventSize', { maxEventSize: 0 }],
  ['pauseWhenHidden', { pauseWhenHidden: 1 }],
  ['json', { json: 'yes' }],
  ['schemas', { schemas: [] }],
  ['schemas', { schemas: { a: {} } }],
  ['schemas', { schemas: { a: null } }],
  ['schemas', { schemas: { a: () => true } }],
  ['retry', { retry: null }],
  ['retry', { retry: 5 }],
  ['retry', { retry: [] }],
  ['retry', { retry: true }],
  ['retry.maxDelay', { retry: { maxDelay: NaN } }],
  ['retry.initialDelay', { retry: { initialDelay: '1s' } }],
  ['retry.maxAttempts', { retry: { maxAttempts: -1 } }],
  ['retry.jitter', { retry: { jitter: 0.5 } }],
  ['retry.resetAfter', { retry: { resetAfter: -1 } }],
  ['lastEventId', { lastEventId: 7 }],
  ['lastEventId', { lastEventId: 'a\nb' }],
  ['lastEventIdParam', { lastEventIdParam: true }],
  ['logger', { logger: true }],
  ['logger', { logger: null }],
  ['logger', { logger: {} }],
  ['logger', { logger: () => {} }],
  ['transport', { transport: 'native', headers: { a: 'b' } }],
  ['transport', { transport: 'native', method: 'POST' }],
  ['transport', { transport: 'native', redirect: 'error' }],
  ['transport', { transport: 'native', end: 'close' }],
  ['transport', { transport: 'native', deliverUnfinished: true }],
  ['transport', { transport: 'native', maxEventSize: 100 }],
];

/** Misspelt names and the options that they are near to. */
const MISSPELT = [
  ['header', 'headers'],
  ['Headers', 'headers'],
  ['heartbeatTimout', 'heartbeatTimeout'],
  ['lastEventID', 'lastEventId'],
  ['retries', 'retry'],
  ['withCredential', 'withCredentials'],
  ['schema', 'schemas'],
  ['singal', 'signal'],
];

export const options = {
  async 'each option that is wrong is named'(t) {
    for (const [name, given] of MISTAKES) {
      const judge = (error) => error instanceof TypeError && error.message.includes(`\`${name}\``);
      throws(() => new t.EventSource(t.server, given), judge, `a TypeError that names \`${name}\` for ${JSON.stringify(given)}`);
    }
  },

  async 'where more than one kind of value is right, each is named'(t) {
    for (const [name, words] of [
      ['resume', /'get' or a function/],
      ['follows', /'integers' or a function/],
      ['until', /string or a function/],
      ['bytes', /boolean or a list/],
      ['retry', /object, a function or `false`/],
      ['logger', /method `debug`/],
    ]) {
      throws(() => new t.EventSource(t.server, { [name]: 5 }), ({ message }) => words.test(message), `${name}: ${words}`);
    }
  },

  async 'an option that does not exist is named, with the one that is meant'(t) {
    for (const [given, meant] of MISSPELT) {
      const judge = ({ message }) => message.includes(`\`${given}\``) && message.includes(`did you mean \`${meant}\``);
      throws(() => new t.EventSource(t.server, { [given]: {} }), judge, `a suggestion for ${given}`);
    }
    const judge = ({ message }) => message.includes('`colour`') && message.includes('heartbeatTimeout');
    throws(() => new t.EventSource(t.server, { colour: 'red' }), judge, 'a list');
    const nested = ({ message }) => message.includes('`retry.maxDelai`') && message.includes('`maxDelay`');
    throws(() => new t.EventSource(t.server, { retry: { maxDelai: 1 } }), nested, 'a suggestion');
  },

  async 'what is left out or turned off is not refused'(t) {
    const left = ['headers', 'method', 'body', 'fetch', 'signal', 'transport', 'retry', 'schemas', 'json', 'lastEventId', 'anything'];
    const undefineds = Object.fromEntries(left.map((name) => [name, undefined]));
    for (const given of [
      undefineds,
      { body: null, signal: null },
      { retry: { initialDelay: 0, maxAttempts: Infinity, resetAfter: 0 } },
      { heartbeatTimeout: Infinity, openTimeout: Infinity, lastEventIdParam: '' },
      { withCredentials: 'yes' },
      { method: 'REPORT' },
      { method: 'POST', body: new URLSearchParams('a=b') },
      { method: 'POST', body: new Uint8Array(2) },
      { method: 'POST', body: '' },
    ]) {
      equal(t.source(t.say(), given).readyState, 0);
    }
  },

  async 'no wait at first'(t) {
    const { url, log } = t.play([{ status: 503 }, { status: 503 }, { chunks: ['data: end\n\n'], end: false }]);
    const source = t.source(url, { retry: { initialDelay: 0, jitter: false } });
    equal(await t.journal(source, 'message end'), ['error 0', 'error 0', 'open 1', 'message end']);
    equal((await log()).length, 3);
  },

  async 'a listener that is no function'(t) {
    const source = t.source(t.say());
    for (const name of ['onAny', 'onComment']) {
      for (const listener of [undefined, null, {}]) {
        throws(() => source[name](listener), (error) => error instanceof TypeError, 'a TypeError');
      }
    }
  },

  async 'a relative URL where there is no page'(t) {
    if (t.browser) return;
    const judge = (error) => error.name === 'SyntaxError' && /\/prices.*scheme and host/s.test(error.message);
    throws(() => new t.EventSource('/prices'), judge, 'the remedy');
  },
};
