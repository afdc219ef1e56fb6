// Cases about requests that are sent once, continued answers, ends of streams, and gaps.

import { equal, ok, throws } from './kit.js';

const END = 'data: end\n\n';
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'post'];
const SAFE = ['GET', 'get', 'OPTIONS', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'];
const QUICK = { initialDelay: 1, jitter: false };

/** Collects a source's data by `for await`, and the code of the error that it throws. */
async function collect(source) {
  const seen = [];
  try {
    for await (const { data } of source) seen.push(data);
  } catch (error) {
    seen.push(`thrown ${error.code}`);
  }
  return seen;
}

/** Records everything that a source reports until it is closed. */
function story(source, types = ['message']) {
  return new Promise((resolve) => {
    const lines = [];
    source.addEventListener('gap', () => lines.push('gap'));
    source.addEventListener('error', ({ code }) => lines.push(code));
    source.addEventListener('end', ({ reason, unfinished }) => lines.push(`end ${reason}${unfinished ? ` ${unfinished.type} ${unfinished.data}` : ''}`));
    for (const type of types) source.addEventListener(type, ({ data }) => lines.push(data));
    source.addEventListener('statechange', () => source.readyState === 2 && resolve(lines));
  });
}

const requests = async (log) => (await log()).filter(({ method }) => method !== 'HEAD').length;

export const ends = {
  async 'what has side effects is sent once, whatever happens'(t) {
    const answers = {
      'a clean end': { chunks: ['data: 1\n\n'] },
      'a clean end, with an ID': { chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] },
      'a break, with an ID': { chunks: ['retry: 1\nid: 1\ndata: 1\n\n', 20], cut: 'after' },
      // Chromium itself repeats a request when a reused connection is cut before a response.
      ...(!t.browser && { nothing: { cut: 'before' } }),
      '503': { status: 503, headers: { 'retry-after': '0' } },
      '500': { status: 500 },
    };
    for (const [name, answer] of Object.entries(answers)) {
      for (const retry of [undefined, QUICK, () => 1, () => true]) {
        const { url, log } = t.play([answer]);
        const source = t.source(url, { method: 'POST', body: '{}', retry });
        const ended = answer.chunks && !answer.cut;
        equal((await story(source)).at(-1), ended ? 'end body' : answer.status ? 'response' : 'disconnected', name);
        await t.elapse(20);
        equal(await requests(log), 1, name);
      }
    }
    for (const method of UNSAFE) {
      const { url, log } = t.play([{ cors: '*', chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }]);
      equal(await story(t.source(url, { method, retry: QUICK })), ['1', 'end body'], method);
      await t.elapse(20);
      equal(await requests(log), 1, method);
    }
  },

  async 'what has none is asked for again'(t) {
    for (const method of SAFE) {
      if (method === 'OPTIONS') continue; // The test server takes it for a preflight.
      const { url } = t.play([{ chunks: ['retry: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
      equal(await t.data(t.source(url, { method })), ['1'], method);
    }
  },

  async 'what is idempotent is repeated, also after a clean end'(t) {
    const script = [{ status: 503 }, { status: 500 }, { chunks: ['id: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }];
    const { url, log } = t.play(script);
    const asked = [];
    const retry = ({ code }, { failures }) => {
      asked.push(`${code} ${failures}`);
      return 1;
    };
    equal(await t.data(t.source(url, { method: 'POST', body: '{"a":1}', idempotent: true, retry })), ['1']);
    equal(asked, ['response 1', 'response 2', 'ended 3']);
    const all = await log();
    equal(all.map(({ method, body }) => method + body), Array(4).fill('POST{"a":1}'));
    equal(all.at(-1).headers['last-event-id'], '1');
  },

  async 'an answer that breaks off is continued by GET: cut behind every event, it is whole'(t) {
    const tokens = Array.from({ length: 12 }, (_, at) => `t${at} `);
    const events = (from, to) => tokens.slice(from, to).map((data, at) => `id: ${from + at}\ndata: ${data}\n\n`).join('');
    for (let cut = 1; cut < tokens.length; cut++) {
      for (const how of [undefined, 'after']) {
        const { url, log } = t.play([
          // Browsers drop received but unread bytes when a connection breaks, so the pause lets the page read them
          // first.
          { chunks: [`retry: 1\n${events(0, cut)}`, 40], cut: how },
          { chunks: [`${events(cut, tokens.length)}data: [DONE]\n\n`] },
        ]);
        const headers = { 'content-type': 'application/json', authorization: 'Bearer x' };
        const source = t.source(url, { method: 'POST', body: '{}', headers, resume: 'get', until: '[DONE]' });
        equal((await collect(source)).join(''), tokens.join(''), `cut at ${cut}`);
        const [first, second, ...others] = await log();
        equal([first.method, second.method, second.body, others.length], ['POST', 'GET', '', 0]);
        const { authorization, 'last-event-id': id, 'content-type': type } = second.headers;
        equal([authorization, id, type], ['Bearer x', String(cut - 1), undefined]);
      }
    }
  },

  async 'a priming event, and a server that closes at will'(t) {
    const { url, log } = t.play([
      { chunks: ['id: p1\nretry: 1\ndata:\n\n'] },
      { chunks: ['id: p2\nretry: 1\ndata:\n\n'] },
      { chunks: ['id: p3\ndata: {"id":1}\n\n'] },
      { chunks: [] },
    ]);
    const source = t.source(url, { method: 'POST', body: '{}', json: true, resume: 'get' });
    equal(await collect(source), [undefined, undefined, { id: 1 }]);
    equal((await log()).map(({ method, headers }) => `${method} ${headers['last-event-id'] ?? ''}`), ['POST ', 'GET p1', 'GET p2', 'GET p3']);
  },

  async 'an answer is continued by the request that a function makes'(t) {
    const rest = t.play([{ chunks: ['id: 2\ndata: b\n\ndata: [DONE]\n\n'] }]);
    const { url, log } = t.play([{ headers: { 'x-job': '7' }, chunks: ['id: 1\ndata: a\n\n', 10], cut: 'after' }]);
    const contexts = [];
    const resume = async ({ lastEventId, response, attempt, signal }) => {
      contexts.push([lastEventId, response.status, response.headers.get('x-job'), response.url === url, attempt, signal.aborted]);
      return { url: rest.url, query: { starting_after: lastEventId }, headers: { 'x-more': '1' } };
    };
    const source = t.source(url, { method: 'POST', body: '{}', headers: { authorization: 'y' }, resume, until: '[DONE]', retry: QUICK });
    equal(await collect(source), ['a', 'b']);
    equal(contexts, [['1', 200, '7', true, 2, false]]);
    const [continued] = await rest.log();
    equal([continued.method, new URL(continued.target, t.server).searchParams.get('starting_after')], ['GET', '1']);
    equal([continued.headers.authorization, continued.headers['x-more'], continued.headers['last-event-id']], ['y', '1', undefined]);
    equal(await requests(log), 1);
  },

  async 'nothing continues it, where a function returns nothing or fails'(t) {
    const answer = { chunks: ['data: a\n\n', 10], cut: 'after' };
    const { url, log } = t.play([answer]);
    const gone = t.source(url, { method: 'POST', resume: () => undefined, retry: QUICK });
    equal(await story(gone), ['a', 'disconnected', 'disconnected']);
    equal(await requests(log), 1);
    const whole = t.source(t.play([{ chunks: ['data: a\n\n'] }]).url, { method: 'POST', resume: () => null, retry: QUICK });
    equal((await story(whole)).at(-1), 'end body');
    let asked = 0;
    const failing = t.source(t.play([answer]).url, {
      method: 'POST',
      retry: { ...QUICK, maxAttempts: 3 },
      resume: () => {
        asked += 1;
        throw new Error('no job');
      },
    });
    equal((await story(failing)).slice(0, 3), ['a', 'disconnected', 'headers']);
    ok(asked > 1, 'asked again');
  },

  async 'a position from before a reload continues, and nothing is sent again'(t) {
    const { url, log } = t.play([{ chunks: ['id: 8\ndata: b\n\ndata: [DONE]\n\n'] }]);
    const source = t.source(url, { method: 'POST', body: '{}', resume: 'get', lastEventId: '7', until: '[DONE]' });
    equal(await collect(source), ['b']);
    equal((await log()).map(({ method, headers }) => `${method} ${headers['last-event-id']}`), ['GET 7']);
  },

  async 'an end that is one: `end`, a complete loop, no error'(t) {
    const { url, log } = t.play([{ chunks: ['id: 1\ndata: 1\n\n'] }]);
    equal(await story(t.source(url, { end: 'close' })), ['1', 'end body']);
    equal(await collect(t.source(url, { end: 'close' })), ['1']);
    equal(await collect(t.source(url, { retry: false })), ['1']);
    equal(await requests(log), 3);
    const closed = t.source(url, { end: 'close' });
    const during = new Promise((resolve) => closed.addEventListener('end', () => resolve([closed.readyState, closed.state])));
    equal(await during, [2, 'closed']);
  },

  async 'status 204 ends a stream: a loop is complete, a drop-in has the standard\'s error besides'(t) {
    const script = [{ chunks: ['retry: 1\ndata: 1\n\n'] }, { status: 204 }];
    equal(await collect(t.source(t.play(script).url)), ['1']);
    equal(await story(t.source(t.play(script).url)), ['1', 'ended', 'gap', 'end no-content', 'no-content'].filter((line) => line !== 'gap'));
    equal(await story(t.source(t.play(script).url, { retry: QUICK })), ['1', 'ended', 'end no-content']);
  },

  async 'a stream ends at an event'(t) {
    const stream = ['data: 1\n\ndata: 2\n\n', 'event: done\nid: 3\ndata: last\n\ndata: never\n\n'];
    const play = () => t.play([{ chunks: stream, end: false }]);
    for (const [until, wanted] of [
      ['last', ['1', '2']],
      [({ data }) => data === '2', ['1']],
      [({ data }) => data === '2' && 'last', ['1', '2']],
      [({ type, data, lastEventId }) => type === 'done' && data === 'last' && lastEventId === '3' && 'last', ['1', '2', 'last']],
    ]) {
      const { url, log } = play();
      const source = t.source(url, { until });
      equal(await collect(source), wanted);
      equal([source.readyState, source.state], [2, 'closed']);
      await t.logged(log, ([entry]) => entry.closed);
    }
    equal((await story(t.source(play().url, { until: '2' }))).at(-1), 'end until');
    // The marker is never parsed as JSON.
    const done = t.play([{ chunks: ['data: {"a":1}\n\ndata: [DONE]\n\n'], end: false }]);
    equal(await collect(t.source(done.url, { json: true, until: '[DONE]' })), [{ a: 1 }]);
  },

  async 'an `until` that throws is reported, and the stream goes on'(t) {
    const { reportError } = globalThis;
    const reported = [];
    globalThis.reportError = (failure) => reported.push(failure.message);
    try {
      const until = () => {
        throw new Error('mine');
      };
      equal(await t.data(t.source(t.say('data: 1\n\n', END), { until })), ['1']);
      equal(reported, ['mine', 'mine']);
    } finally {
      globalThis.reportError = reportError;
    }
  },

  async 'an `until` that closes the source'(t) {
    const source = t.source(t.say('data: 1\n\ndata: 2\n\n'), { until: ({ data }) => data === '2' && source.close() });
    source.onmessage = () => {};
    while (source.readyState !== 2) await t.elapse(10);
  },

  async 'the unfinished event is told, or delivered'(t) {
    const script = [{ chunks: ['retry: 1\ndata: 1\n\nevent: x\nid: 9\ndata: 2\ndata: 3'] }];
    const told = t.source(t.play(script).url, { end: 'close' });
    equal(await story(told, ['message', 'x']), ['1', 'end body x 2\n3']);
    equal(told.lastEventId, '');
    const delivered = t.source(t.play(script).url, { end: 'close', deliverUnfinished: true });
    equal(await story(delivered, ['message', 'x']), ['1', '2\n3', 'end body']);
    equal(delivered.lastEventId, '9');
    const again = t.source(t.play(script).url);
    const { error } = await t.next(again, 'error');
    equal([error.code, error.unfinished], ['ended', { type: 'x', data: '2\n3' }]);
    const cut = t.source(t.play([{ ...script[0], chunks: [...script[0].chunks, 20], cut: 'after' }]).url, { method: 'POST' });
    equal((await t.next(cut, 'error')).error.unfinished, { type: 'x', data: '2\n3' });
    // A validator takes time, and the end of the stream must wait for it.
    const validate = async (value) => {
      await t.elapse(50);
      return { value };
    };
    const schemas = { x: { '~standard': { version: 1, vendor: 'test', validate } } };
    equal((await collect(t.source(t.play(script).url, { end: 'close', deliverUnfinished: true, schemas }))).at(-1), '2\n3');
  },

  async 'an answer of another type that was asked for is one event'(t) {
    const json = '{"jsonrpc":"2.0","id":1}';
    const { url, log } = t.play([{ type: 'application/json; charset=utf-8', chunks: [json.slice(0, 5), 10, json.slice(5)] }]);
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const source = t.source(url, { method: 'POST', body: '{}', headers, json: true });
    const opened = t.next(source, 'open');
    equal(await collect(source), [JSON.parse(json)]);
    equal([(await opened).status, await requests(log)], [200, 1]);
    for (const accept of [undefined, '*/*', 'application/json;q=0, text/event-stream']) {
      const refused = t.source(url, { headers: accept ? { accept } : {} });
      equal((await t.next(refused, 'error')).code, 'response', `${accept}`);
    }
  },

  async 'empty data is no error under `json`'(t) {
    const source = t.source(t.say('data:\n\n', 'data: 1\n\n'), { json: true });
    const seen = [];
    for await (const { data } of source) if (seen.push(data) === 2) break;
    equal(seen.map(String), ['undefined', '1']);
  },

  async 'base64 as bytes'(t) {
    const stream = ['data: AAH/\n\n', 'event: url\ndata: -_8=\n\n', 'event: text\ndata: plain\n\n', 'data: ***\n\n'];
    for (const [bytes, wanted] of [
      [true, [[0, 1, 255], [251, 255]]],
      [['message', 'url'], [[0, 1, 255], [251, 255], 'plain']],
    ]) {
      const source = t.source(t.say(...stream), { bytes });
      const seen = [];
      source.onAny(({ data }) => seen.push(data instanceof Uint8Array ? [...data] : data));
      const problems = [];
      source.addEventListener('error', ({ code, error }) => problems.push(`${code} ${error.data}`));
      while (problems.at(-1) !== 'invalid-data ***') await t.next(source, 'error');
      equal(seen.filter((data) => wanted.some((one) => JSON.stringify(one) === JSON.stringify(data))), wanted);
    }
  },

  async 'one function may change each attempt'(t) {
    const { url, log } = t.play([{ status: 401 }, { chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]);
    const asked = [];
    const request = async ({ attempt, unauthorized, lastEventId, headers, method, body, signal, url: draft }) => {
      asked.push([attempt, unauthorized, lastEventId, method, headers.Accept, headers['X-One'], body ?? '', draft === url, signal.aborted]);
      return { query: { attempt: String(attempt) }, headers: { authorization: `Bearer ${attempt}`, 'x-one': 'two' } };
    };
    equal(await t.data(t.source(url, { headers: { 'X-One': 'one' }, request })), ['1']);
    equal(asked, [
      [1, false, '', 'GET', 'text/event-stream', 'one', '', true, false],
      [2, true, '', 'GET', 'text/event-stream', 'one', '', true, false],
      [3, false, '1', 'GET', 'text/event-stream', 'one', '', true, false],
    ]);
    const all = await log();
    equal(all.map(({ target }) => new URL(target, t.server).searchParams.get('attempt')), ['1', '2', '3']);
    equal(all.map(({ headers }) => `${headers.authorization} ${headers['x-one']} ${headers['last-event-id'] ?? ''}`), ['Bearer 1 two ', 'Bearer 2 two ', 'Bearer 3 two 1']);
  },

  async 'it may change URL, method and body, fail, or leave everything'(t) {
    const { url, log } = t.play([{ chunks: [END], end: false }]);
    await t.data(t.source(t.server, { request: () => ({ url, method: 'POST', body: '{"n":1}', headers: { 'content-type': 'application/json' } }) }));
    await t.data(t.source(url, { request: () => undefined }));
    equal((await log()).map(({ method, body }) => method + body), ['POST{"n":1}', 'GET']);
    const failing = t.source(url, { request: () => Promise.reject(new Error('no token')) });
    const { code, message } = await t.next(failing, 'error');
    equal([code, failing.readyState], ['headers', 0]);
    ok(message.includes('no token'), message);
  },

  async 'what is known of the answer'(t) {
    const { url } = t.play([{ headers: { 'x-run': '7' }, chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }, { headers: { 'last-event-id': '1' }, chunks: [END], end: false }]);
    const source = t.source(url);
    equal(source.response, undefined);
    const first = await t.next(source, 'open');
    equal([first.status, first.headers.get('x-run'), first.url, first.resumed], [200, '7', url, 'no']);
    equal([source.response.status, source.response.url, source.response.resumed], [200, url, 'no']);
    equal((await t.next(source, 'open')).resumed, 'confirmed');
    const plain = t.source(t.play([{ chunks: ['retry: 1\nid: 1\ndata: 1\n\n'] }, { chunks: [END], end: false }]).url);
    await t.next(plain, 'open');
    equal((await t.next(plain, 'open')).resumed, 'asked');
  },

  async 'gaps: a server that keeps no log, IDs that do not follow, a position that is denied'(t) {
    const script = [{ chunks: ['retry: 1\nid: 1\ndata: 1\n\nid: 2\ndata: 2\n\n'] }, { chunks: ['id: 4\ndata: 4\n\n', END], end: false }];
    const told = async (options, second = {}) => {
      const source = t.source(t.play([script[0], { ...script[1], ...second }]).url, options);
      const lines = [];
      source.addEventListener('gap', () => lines.push('gap'));
      return new Promise((resolve) => {
        source.onmessage = ({ data }) => (data === 'end' ? resolve(lines) : lines.push(data));
      });
    };
    equal(await told({}), ['1', '2', '4']);
    equal(await told({ replays: false }), ['1', '2', 'gap', '4']);
    equal(await told({ follows: 'integers' }), ['1', '2', 'gap', '4']);
    equal(await told({ follows: (previous, next) => Number(next) - Number(previous) <= 2 }), ['1', '2', '4']);
    equal(await told({}, { headers: { 'last-event-id': '0' } }), ['1', '2', 'gap', '4']);
    // The event after a gap carries the mark `gap`.
    const source = t.source(t.play(script).url, { follows: 'integers' });
    for await (const { data, gap } of source) {
      equal(!!gap, data === '4', data);
      if (data === '4') break;
    }
  },

  async 'no limit for headers that are late, where nothing may be repeated or the standard holds'(t) {
    // Both sources wait out a late response in the same run. Another test measures the timeout with `retry`.
    const late = [{ wait: 1500, chunks: ['data: token\n\n'] }];
    equal(await collect(t.source(t.play(late).url, { method: 'POST', body: '{}', retry: QUICK })), ['token']);
    equal((await t.next(t.source(t.play(late).url))).data, 'token');
  },

  async 'ends and continuations that can\'t be are refused'(t) {
    for (const [name, given] of [
      ['end', { method: 'POST', end: 'reconnect' }],
      ['end', { end: 'sometimes' }],
      ['resume', { resume: 'post' }],
      ['resume', { resume: true }],
      ['request', { request: {} }],
      ['until', { until: 7 }],
      ['follows', { follows: 'letters' }],
      ['replays', { replays: 'no' }],
      ['deliverUnfinished', { deliverUnfinished: 1 }],
      ['idempotent', { idempotent: 'yes' }],
      ['bytes', { bytes: 'message' }],
    ]) {
      const judge = (error) => error instanceof TypeError && error.message.includes(`\`${name}\``);
      throws(() => new t.EventSource(t.server, given), judge, `a TypeError that names \`${name}\``);
    }
  },
};
