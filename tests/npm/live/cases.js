// The cases of live states. `t.stream()` is a stream that a case plays; `t.server` is a server that writes.

import { EventSource } from 'everstream/no-wasm';
import { createLive, LiveError } from 'everstream/live';

import { equal, ok, throws } from '../conformance/kit.js';

/** A stream whose states, gaps and events a case decides on. */
class Stream extends EventTarget {
  state = 'connecting';
  readyState = 0;
  closed = 0;
  #any = new Set();

  onAny(listener) {
    this.#any.add(listener);
    return () => this.#any.delete(listener);
  }
  get listens() {
    return this.#any.size;
  }
  become(state) {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
  gap() {
    this.dispatchEvent(new Event('gap'));
  }
  refuse(code) {
    this.dispatchEvent(Object.assign(new Event('error'), { error: Object.assign(new Error('refused'), { code }) }));
  }
  say(data, lastEventId = '', more = {}) {
    for (const listener of this.#any) listener({ type: 'message', data, lastEventId, ...more });
  }
  close() {
    this.closed += 1;
  }
}

const QUICK = { minInterval: 1, backoff: 1, maxBackoff: 4, jitter: 0, openPatience: 1e6 };

/** Resolves once the store's snapshot is as wanted. */
const until = (live, wanted) =>
  new Promise((resolve) => {
    const look = () => {
      const now = live.getSnapshot();
      if (!wanted(now)) return;
      leave();
      resolve(now);
    };
    const leave = live.subscribe(look);
    queueMicrotask(look);
  });

/** Lets a store that has a new subscriber follow its stream. */
const turn = () => new Promise((resolve) => queueMicrotask(resolve));

const isLive = ({ freshness }) => freshness === 'live';

/** A live state of a list, over a stream that the case plays. `answers` are called for each load in turn. */
function list(answers, options = {}) {
  const stream = new Stream();
  const errors = [];
  const loads = [];
  const live = createLive({
    load: async (request) => {
      loads.push(request);
      return answers[Math.min(loads.length, answers.length) - 1](request);
    },
    source: stream,
    reduce: (state, { data }) => ({ ...state, items: [...state.items, data] }),
    onError: (error) => errors.push(error),
    ...QUICK,
    ...options,
  });
  return { stream, errors, loads, live, leave: live.subscribe(() => {}) };
}

const items = (...items) => () => ({ items, position: items.length });

export const cases = {
  async 'what came behind the snapshot is applied, and what came before is not'() {
    let answer;
    const { stream, live, leave } = list([() => new Promise((resolve) => (answer = resolve))], { position: (state) => state.position });
    equal([live.getSnapshot().freshness, live.getSnapshot() === live.getInitialSnapshot()], ['loading', true]);
    await turn();
    stream.become('open');
    await Promise.resolve();
    stream.say('a', '1');
    stream.say('b', '2');
    stream.say('c', '3');
    answer({ items: ['a', 'b'], position: 2 });
    const { state } = await until(live, isLive);
    equal(state.items, ['a', 'b', 'c']);
    stream.say('c', '3');
    stream.say('d', '4');
    equal(live.getSnapshot().state.items, ['a', 'b', 'c', 'd']);
    const same = live.getSnapshot();
    ok(same === live.getSnapshot() && same.reload === live.getInitialSnapshot().reload, 'the same object');
    leave();
  },

  async 'a gap, and the event that tells of it once more, cause one load'() {
    const { stream, loads, live, leave } = list([items('a'), items('a', 'b', 'c')], { position: ({ position }) => position });
    await turn();
    stream.become('open');
    await until(live, isLive);
    stream.become('waiting');
    const { freshness, since } = live.getSnapshot();
    equal([freshness, since instanceof Date], ['stale', true]);
    stream.become('open');
    stream.gap();
    stream.say('c', '3', { gap: true });
    equal((await until(live, isLive)).state.items, ['a', 'b', 'c']);
    equal(loads.length, 2);
    leave();
  },

  async 'an event that was refused is missing, and the state is loaded again'() {
    const { stream, loads, live, leave } = list([items('a'), items('a', 'b')]);
    await turn();
    stream.become('open');
    await until(live, isLive);
    stream.refuse('disconnected');
    equal(live.getSnapshot().freshness, 'live');
    stream.refuse('invalid-data');
    equal(live.getSnapshot().freshness, 'stale');
    equal((await until(live, isLive)).state.items, ['a', 'b']);
    equal(loads.length, 2);
    leave();
  },

  async 'loads that fail, answer nothing or in another shape are told and repeated'() {
    const wrong = [
      () => {
        throw new Error('down');
      },
      () => undefined,
      () => ({ rows: [] }),
      items('a'),
    ];
    const position = (state) => state.items.length;
    const { stream, errors, live, leave } = list(wrong, { position });
    await turn();
    stream.become('open');
    equal((await until(live, isLive)).state.items, ['a']);
    equal(errors.map(({ code }) => code), ['load', 'load', 'load']);
    ok(errors.every((error) => error instanceof LiveError && error instanceof Error), 'errors of the package');
    ok(errors[0].cause.message === 'down' && errors[0].message.includes('down'), 'the cause');
    equal(live.getSnapshot().error, undefined);
    leave();
  },

  async 'a slow load is aborted, told and repeated'() {
    const slow = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { stream, errors, loads, live, leave } = list([slow, items('a')], { loadTimeout: 20 });
    await turn();
    stream.become('open');
    equal((await until(live, isLive)).state.items, ['a']);
    equal([errors.map(({ code }) => code), loads[0].signal.aborted], [['slow'], true]);
    leave();
  },

  async 'an older answer is refused, told and asked for again'() {
    const { stream, errors, live, leave } = list([items('a', 'b'), items('a'), items('a', 'b', 'c')], { position: ({ position }) => position });
    await turn();
    stream.become('open');
    await until(live, isLive);
    stream.gap();
    equal(live.getSnapshot().state.items, ['a', 'b']);
    equal((await until(live, isLive)).state.items, ['a', 'b', 'c']);
    equal(errors.map(({ code }) => code), ['older']);
    leave();
  },

  async 'versions keep out what is older'() {
    const rows = (...versions) => () => new Map(versions.map((version, key) => [`${key}`, version]));
    const { stream, live, leave } = list([rows(5, 1)], {
      reduce: (state, { data: [key, version] }) => new Map(state).set(key, version),
      key: ({ data }) => data[0],
      version: ({ data }) => data[1],
      versions: (state) => state,
    });
    await turn();
    stream.become('open');
    stream.say(['0', 4]);
    stream.say(['1', 2]);
    await until(live, isLive);
    stream.say(['0', 6]);
    stream.say(['0', 5]);
    equal([...live.getSnapshot().state], [['0', 6], ['1', 2]]);
    leave();
  },

  async 'a reducer that throws is told, and the state is loaded again'() {
    const reduce = (state, { data }) => {
      if (data === 'x') throw new Error('mine');
      return { items: [...state.items, data] };
    };
    const { stream, errors, loads, live, leave } = list([items('a'), items('a', 'x', 'b')], { reduce });
    await turn();
    stream.become('open');
    await until(live, isLive);
    stream.say('x');
    equal([live.getSnapshot().freshness, live.getSnapshot().error.code], ['stale', 'reduce']);
    stream.say('b');
    equal((await until(live, isLive)).state.items, ['a', 'x', 'b']);
    equal([errors.map(({ code }) => code), errors[0].cause.message, loads.length], [['reduce'], 'mine', 2]);
    leave();
  },

  async 'listeners and `onError` that throw are reported, and stop nothing'() {
    const { reportError } = globalThis;
    const reported = new Set();
    globalThis.reportError = ({ message }) => reported.add(message);
    const toThrow = (message) => () => {
      throw new Error(message);
    };
    try {
      const { stream, live, leave } = list([toThrow('down'), items('a')], { onError: toThrow('of onError') });
      live.subscribe(toThrow('of a listener'));
      await turn();
      stream.become('open');
      equal((await until(live, isLive)).state.items, ['a']);
      equal([...reported].sort(), ['of a listener', 'of onError']);
      leave();
    } finally {
      globalThis.reportError = reportError;
    }
  },

  async '`retry` gives up, and `reload` tries again'() {
    const fail = () => {
      throw new Error('401');
    };
    const { stream, live, leave } = list([fail, fail, items('a')], { retry: (_, failures) => failures < 2 });
    await turn();
    stream.become('open');
    await until(live, ({ freshness }) => freshness === 'failed');
    live.reload();
    equal((await until(live, isLive)).state.items, ['a']);
    leave();
  },

  async 'the stream is opened with the first subscriber and closed with the last'() {
    const opened = [];
    const source = () => {
      opened.push(new Stream());
      return opened.at(-1);
    };
    const live = createLive({ load: items('a'), source, reduce: (state) => state, initial: { items: [] }, ...QUICK });
    live.subscribe(() => {})();
    const [one, two] = [live.subscribe(() => {}), live.subscribe(() => {})];
    equal(opened.length, 0);
    equal(live.getSnapshot().state.items, []);
    await Promise.resolve();
    equal(opened.length, 1);
    opened[0].become('open');
    await until(live, isLive);
    one();
    two();
    await Promise.resolve();
    equal([opened[0].closed, opened[0].listens, live.getSnapshot().freshness], [1, 0, 'loading']);
    equal(live.getSnapshot().state.items, ['a']);
  },

  async 'a stream that fails for good is told, and the state stays'() {
    const { stream, errors, live, leave } = list([items('a')]);
    await turn();
    stream.become('open');
    await until(live, isLive);
    stream.state = 'closed';
    stream.refuse('response');
    stream.become('closed');
    equal([live.getSnapshot().freshness, live.getSnapshot().state.items, errors[0].code], ['failed', ['a'], 'stream']);
    leave();
  },

  async 'options that are wrong are refused by name'() {
    const right = { load() {}, reduce() {}, source: new Stream() };
    for (const [name, options] of [
      ['load', { ...right, load: 1 }],
      ['reduce', { ...right, reduce: undefined }],
      ['source', { ...right, source: '/url' }],
      ['loadTimout', { ...right, loadTimout: 1 }],
      ['minInterval', { ...right, minInterval: '1s' }],
      ['version', { ...right, key() {} }],
      ['position', { ...right, position: 'id' }],
    ]) {
      throws(() => createLive(options), (error) => error instanceof TypeError && error.message.includes(`\`${name}\``), name);
    }
  },

  async 'a server without a log is killed 20 times under a writer, and the state heals each time'(t) {
    const { origin } = t;
    const read = () => fetch(`${origin}/rows`).then((response) => response.json());
    const seen = new Set();
    const live = createLive({
      load: ({ signal }) => fetch(`${origin}/rows`, { signal, cache: 'no-store' }).then((response) => response.json()),
      source: () => new EventSource(`${origin}/changes`, { json: true, retry: { initialDelay: 10, maxDelay: 50 } }),
      reduce: (state, { data: [key, version] }) => ({ ...state, [key]: version }),
      key: ({ data }) => data[0],
      version: ({ data }) => data[1],
      versions: (state) => Object.entries(state),
      ...QUICK,
      minInterval: 5,
    });
    const leave = live.subscribe(() => seen.add(live.getSnapshot().freshness));
    for (let kill = 0; kill < 20; kill += 1) {
      await until(live, isLive);
      // The kill answers before the client learns of it, so the state is stale before it is live again.
      const stale = until(live, ({ freshness }) => freshness === 'stale');
      await fetch(`${origin}/kill`);
      await stale;
    }
    await until(live, isLive);
    await fetch(`${origin}/stop`);
    const rows = JSON.stringify(await read());
    await until(live, ({ freshness, state }) => freshness === 'live' && JSON.stringify(state) === rows);
    ok(seen.has('stale') && seen.has('live') && !seen.has('failed'), 'stale in between');
    leave();
  },
};
