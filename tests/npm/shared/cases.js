// Cases about sources that share a connection. All are on one page, which works like several tabs.

import { equal, ok, throws } from '../conformance/kit.js';

/** Sends one event every 10 ms. */
const again = (repeat, from = 1) => ({ chunks: [{ repeat, times: 3000, every: 10, from }], end: false });

/** A stream of events numbered from `from`. */
const stream = (from) => again('id: {n}\ndata: {n}\n\n', from);

/** Opens `count` sources of one URL and waits until each counts all. The leader is returned first. */
async function share(t, url, count = 2, options = {}) {
  const sources = Array.from({ length: count }, () => t.source(url, { shared: 'x', ...options }));
  for (const source of sources) {
    while (source.sharing.tabs !== count) await t.next(source, 'sharingchange');
  }
  const leads = ({ sharing }) => sharing.role === 'leader';
  return [...sources.filter(leads), ...sources.filter((source) => !leads(source))];
}

/** Records the numbers that a source receives. */
function record(source) {
  const all = [];
  source.onAny(({ data }) => all.push(Number(data)));
  return all;
}

/** Waits until each source has received a new event. */
async function goesOn(t, ...sources) {
  await Promise.all(sources.map((source) => t.next(source)));
}

function contiguous(all) {
  equal(all, all.map((_, at) => all[0] + at));
}

/** Returns the error of a source, and the source's ready state after it. */
async function failure(t, source) {
  const { code, status, error } = await t.next(source, 'error');
  return [code, status, error.excerpt ?? '', source.readyState];
}

export const cases = {
  async 'one connection, for all of them'(t) {
    const { url, log } = t.play([stream(1)]);
    const sources = await share(t, url, 3);
    equal(sources.map(({ sharing }) => sharing.role), ['leader', 'follower', 'follower']);
    const all = sources.map(record);
    await goesOn(t, ...sources);
    await goesOn(t, ...sources);
    all.forEach(contiguous);
    equal(sources.map(({ readyState, state }) => [readyState, state]), Array(3).fill([1, 'open']));
    equal((await log()).length, 1);
  },

  async 'who comes later is open at once'(t) {
    const [first] = await share(t, t.play([stream(1)]).url, 1);
    await goesOn(t, first);
    const late = t.source(first.url, { shared: 'x' });
    await t.next(late, 'open');
    equal(late.sharing, { role: 'follower', tabs: 2 });
    await goesOn(t, late);
  },

  async 'when the leader closes, another resumes'(t) {
    const { url, log } = t.play([stream(1), stream(5000)]);
    const [leader, follower] = await share(t, url);
    const all = record(follower);
    let gaps = 0;
    follower.addEventListener('gap', () => (gaps += 1));
    await goesOn(t, follower);
    leader.close();
    while (!all.includes(5000)) await goesOn(t, follower);
    const before = all.slice(0, all.indexOf(5000));
    contiguous(before);
    equal(follower.sharing, { role: 'leader', tabs: 1 });
    const [, second] = await log();
    equal(second.headers['last-event-id'], String(before.at(-1)));
    equal([gaps, leader.readyState], [0, 2]);
  },

  async 'two scopes, or two modes of credentials, do not meet'(t) {
    const { url, log } = t.play([stream(1)]);
    const sources = [
      t.source(url, { shared: 'one' }),
      t.source(url, { shared: 'two' }),
      t.source(url, { shared: 'one', withCredentials: true }),
    ];
    await goesOn(t, ...sources);
    equal(sources.map(({ sharing }) => sharing), Array(3).fill({ role: 'leader', tabs: 1 }));
    equal((await log()).length, 3);
  },

  async 'an end is that of all'(t) {
    for (const [answer, wanted] of [
      [{ status: 503, wait: 300, chunks: ['too busy'] }, ['response', 503, 'too busy', 2]],
      [{ status: 204, wait: 300 }, ['no-content', 204, '', 2]],
    ]) {
      const { url } = t.play([answer]);
      const sources = [0, 1].map(() => t.source(url, { shared: 'x' }));
      equal(await Promise.all(sources.map((source) => failure(t, source))), [wanted, wanted]);
    }
  },

  async 'a failure that is tried again too'(t) {
    const { url } = t.play([{ status: 503, wait: 300 }, stream(1)]);
    const options = { shared: 'x', retry: { initialDelay: 20 } };
    const sources = [0, 1].map(() => t.source(url, options));
    const failures = await Promise.all(sources.map((source) => failure(t, source)));
    equal(failures, Array(2).fill(['response', 503, '', 0]));
    await goesOn(t, ...sources);
  },

  async 'a message is what it is without sharing'(t) {
    const event = 'id: 7\nevent: price\ndata: {"n":1}\n\n';
    const { url } = t.play([again(event)]);
    const sources = await share(t, url, 2, { json: true });
    for (const source of sources) {
      const { type, data, lastEventId, origin, target } = await t.next(source, 'price');
      equal([type, data, lastEventId, origin], ['price', { n: 1 }, '7', t.server]);
      ok(target === source, 'the source to be the target');
      for await (const { data } of source) {
        equal(data, { n: 1 });
        break;
      }
      equal(source.readyState, 2);
    }
  },

  async 'who reads slowly holds nobody up'(t) {
    const count = 20_000;
    const few = { repeat: 'data: few\n\n', times: count };
    const { url } = t.play([{ chunks: [few, 'data: end\n\n'], end: false, wait: 500 }]);
    const sources = [0, 1, 2].map(() => t.source(url, { shared: 'x' }));
    const slow = sources.slice(0, 2).map((source) => source[Symbol.asyncIterator]());
    equal((await t.data(sources[2])).length, count);
    for (const reader of slow) {
      let events = 0;
      for await (const { data, gap } of reader) {
        ok(!gap, 'no gap: so much is kept');
        if (data === 'end') break;
        events += 1;
      }
      equal(events, count);
    }
  },

  async 'what can\'t be shared'(t) {
    const { url } = t.play([stream(1)]);
    for (const options of [
      { method: 'POST' },
      { transport: 'native' },
      { pauseWhenHidden: true },
      { shared: 7 },
      // An empty name identifies no user, so it can't share what belongs to one user alone.
      { shared: '', headers: { authorization: 'Bearer x' } },
      { shared: '', headers: () => ({}) },
      { shared: '', withCredentials: true },
    ]) {
      const refuses = () => t.source(url, { shared: 'x', ...options });
      throws(refuses, (error) => error instanceof TypeError && error.message.includes('`shared`'), JSON.stringify(options));
    }
    equal(t.source(url).sharing, undefined);
  },

  async 'a signal that is aborted already sends nothing'(t) {
    const { url, log } = t.play([stream(1)]);
    const source = t.source(url, { shared: 'x', signal: AbortSignal.abort() });
    equal([source.readyState, source.sharing], [2, undefined]);
    await t.elapse(100);
    equal(await log(), []);
  },
};
