// Cases for many channels over one connection, against the library's own hub.

import { equal, ok, throws } from '../conformance/kit.js';
import { upTo } from './kit.js';

export const cases = {
  async 'each channel gets its own'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    equal([mux.state, mux.url], ['idle', hub.url]);
    const ticks = mux.channel('ticks');
    const chat = mux.channel('chat:42/päivä');
    const seen = [];
    ticks.onmessage = ({ data, type, lastEventId }) => seen.push(['ticks', type, data, lastEventId !== '']);
    chat.addEventListener('said', ({ data, type }) => seen.push(['chat', type, data]));
    await t.inForce(ticks, chat);
    equal([mux.state, ticks.readyState, chat.name], ['open', 1, 'chat:42/päivä']);
    const last = t.next(chat, 'left');
    await hub.publish({ channel: 'other', data: 'no' });
    await hub.publish({ channel: 'chat:42/päivä', type: 'said', data: 'hello' });
    await hub.publish({ channel: 'ticks', data: '1' });
    await hub.publish({ channel: 'chat:42/päivä', type: 'left', data: '' });
    const left = await last;
    ok(left instanceof MessageEvent && left.origin === new URL(hub.url).origin, 'a MessageEvent');
    equal(seen, [['chat', 'said', 'hello'], ['ticks', 'message', '1', true]]);
    const { open, opened } = await hub.report();
    equal([open, opened], [1, 1]);
  },

  async 'channels that come later cost one request'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    await t.inForce(mux.channel('first'));
    const names = upTo(100).map((number) => `channel:${number}`);
    const journals = names.map((name) => t.journal(mux.channel(name)));
    await t.inForce(mux.channel(names[99]));
    await hub.numbers(names, 3);
    for (const journal of journals) equal(await journal.first(3), upTo(3));
    const { opened, controls } = await hub.report();
    equal([opened, controls.length], [1, 1]);
    equal(JSON.parse(controls[0].body).channels.length, 101);
  },

  async 'counters and log of a multiplexer'(t) {
    const hub = await t.hub();
    const lines = [];
    const mux = t.mux(hub, { logger: { debug: (line) => lines.push(line) } });
    const before = mux.stats();
    equal([before.channels, before.attempts], [0, 0]);
    const [ticks, chat] = [mux.channel('ticks'), mux.channel('chat')];
    await t.inForce(ticks, chat);
    const last = t.next(chat);
    await hub.publish({ channel: 'ticks', data: '1' });
    await hub.publish({ channel: 'chat', data: '2' });
    await last;
    const { channels, connections, attempts, opened, bytes, silentFor } = mux.stats();
    // The connection's counters belong to the leading tab where tabs share one, so they are zero here.
    const own = mux.sharing ? [0, 0] : [1, 1];
    equal([channels, connections, attempts, opened], [2, mux.sharing?.role === 'follower' ? 0 : 1, ...own]);
    ok(bytes > 0 === !mux.sharing && silentFor >= 0, 'bytes and a time');
    chat.close();
    mux.close();
    const after = mux.stats();
    equal([after.channels, after.connections, after.attempts], [0, 0, own[0]]);
    const attempt = mux.sharing?.role === 'follower' ? ': open' : 'attempt 1 by fetch';
    for (const part of [attempt, 'channel `ticks`: in force', 'closed: by the caller']) {
      ok(lines.some((line) => line.includes(part)), `\`${part}\` in ${JSON.stringify(lines)}`);
    }
  },

  async 'without a control address the connection is replaced, and nothing is lost'(t) {
    const hub = await t.hub({ control: false });
    const mux = t.mux(hub);
    const ticks = mux.channel('ticks');
    const journal = t.journal(ticks);
    await t.inForce(ticks);
    await hub.numbers(['ticks'], 200, 2);
    for (let count = 20; count <= 200; count += 20) {
      await t.inForce(mux.channel(`other:${count}`));
      await journal.first(count);
    }
    equal(await journal.first(200), upTo(200));
    await hub.reported(({ open, opened }) => open === 1 && opened > 10);
  },

  async 'closed while it begins to connect, it leaves nothing open'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    mux.channel('ticks');
    await new Promise((resolve) => {
      mux.addEventListener('statechange', () => {
        mux.close();
        resolve();
      });
    });
    equal(mux.state, 'closed');
    // Any request that the first multiplexer has sent arrives before this one is in force.
    await t.inForce(t.mux(hub).channel('ticks'));
    await hub.reported(({ open }) => open === 1);
  },

  async 'a channel that another\'s listener closes stays closed'(t) {
    const mux = t.mux(await t.hub());
    const [one, two] = [mux.channel('same'), mux.channel('same')];
    const heard = [];
    one.onopen = () => two.close();
    two.onopen = () => heard.push('open');
    await t.inForce(one);
    equal([one.readyState, two.readyState, two.state, heard], [1, 2, 'closed', []]);
  },

  async 'a reconnect loses nothing'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const names = ['one', 'two', 'three'];
    const channels = names.map((name) => mux.channel(name));
    const journals = channels.map((channel) => t.journal(channel));
    const states = [];
    channels[0].addEventListener('error', ({ code }) => states.push([code, channels[0].readyState]));
    await t.inForce(...channels);
    await hub.numbers(names, 300, 2);
    for (let cut = 1; cut <= 5; cut += 1) {
      await journals[0].first(cut * 40);
      const { opened } = await hub.report();
      await hub.drop();
      await hub.reported((report) => report.opened > opened);
    }
    for (const journal of journals) equal(await journal.first(300), upTo(300));
    equal(states[0], ['disconnected', 0]);
    ok((await hub.report()).opens.at(-1).lastEventId, 'a position');
  },

  async 'a restart of the hub is told as a gap, on each channel'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const channels = ['one', 'two'].map((name) => mux.channel(name));
    const journals = channels.map((channel) => t.journal(channel));
    await t.inForce(...channels);
    await hub.numbers(['one', 'two'], 2);
    for (const journal of journals) await journal.first(2);
    const { opened } = await hub.report();
    await hub.restart();
    for (const journal of journals) await journal.until((lines) => lines.includes('gap'));
    await hub.reported((report) => report.opened > opened && report.connections[0]?.channels.length === 2);
    await hub.publish({ channel: 'one', data: 'later' }, { channel: 'two', data: 'later' });
    for (const journal of journals) {
      const lines = await journal.until(({ length, [length - 1]: last }) => last === 'later');
      // The hub reports the gap, and the first ID of the new log may report it once more.
      equal([...new Set(lines)], ['1', '2', 'gap', 'later']);
    }
  },

  async 'an event knows of the gap before it'(t) {
    const hub = await t.hub();
    const channel = t.mux(hub).channel('one');
    await t.inForce(channel);
    const seen = [];
    channel.onAny(({ data, gap }) => seen.push([data, gap]));
    const last = t.next(channel, 'last');
    await hub.raw('event: @gap\ndata: {"channels":["one"]}\n\n');
    await hub.raw('event: one\ndata: a\n\nevent: one last\ndata: b\n\n');
    await last;
    equal(seen, [['a', true], ['b', undefined]]);
  },

  async 'a channel that is complete ends, and may begin again'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const job = mux.channel('job');
    const lasting = t.journal(mux.channel('lasting'));
    const told = [];
    for (const type of ['complete', 'error', 'statechange']) {
      job.addEventListener(type, () => told.push(`${type} ${job.state}`));
    }
    const results = (async () => {
      const all = [];
      for await (const { data } of job) all.push(data);
      return all;
    })();
    await t.inForce(job);
    await hub.publish({ channel: 'job', data: '1' }, { channel: 'job', data: '2' });
    await hub.publish({ channel: 'job', complete: true });
    equal(await results, ['1', '2']);
    equal(job.readyState, 2);
    equal(told.slice(-2), ['complete open', 'statechange closed']);
    const again = mux.channel('job');
    const journal = t.journal(again);
    await t.inForce(again);
    await hub.publish({ channel: 'job', data: '3' }, { channel: 'lasting', data: '4' });
    equal(await journal.first(1), ['3']);
    equal(await lasting.first(1), ['4']);
  },

  async 'a channel that is refused ends with the reason, and the others go on'(t) {
    const hub = await t.hub({ refused: ['secret'] });
    const mux = t.mux(hub);
    const open = mux.channel('open');
    const journal = t.journal(open);
    for (const when of ['with the connection', 'later']) {
      const secret = mux.channel('secret');
      const { code, error } = await t.next(secret, 'error');
      equal([code, error.reason, secret.readyState], ['channel', 'forbidden', 2], when);
      ok(error.message.includes('secret'), 'its name in the message');
    }
    let thrown;
    try {
      for await (const _ of mux.channel('secret')) ok(false, 'no event');
    } catch (error) {
      thrown = error;
    }
    equal(thrown.code, 'channel');
    await t.inForce(open);
    await hub.publish({ channel: 'open', data: '1' });
    equal(await journal.first(1), ['1']);
  },

  async 'a set that is too large fails what was added alone'(t) {
    const hub = await t.hub({ maxChannels: 3 });
    const mux = t.mux(hub);
    const first = mux.channel('first');
    const journal = t.journal(first);
    await t.inForce(first);
    const more = upTo(5).map((number) => mux.channel(`more:${number}`));
    for (const { code, status, error } of await Promise.all(more.map((channel) => t.next(channel, 'error')))) {
      equal([code, status], ['response', 413]);
      ok(error.excerpt.length > 0, 'what the server says');
    }
    await hub.publish({ channel: 'first', data: '1' });
    equal(await journal.first(1), ['1']);
    await t.inForce(mux.channel('fits'));
  },

  async 'the last to leave gives a channel up, and the last channel the connection'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const one = mux.channel('one');
    const [two, same] = [mux.channel('two'), mux.channel('two')];
    const journal = t.journal(same);
    await t.inForce(one, two, same);
    two.close();
    equal([two.readyState, same.readyState], [2, 1]);
    await hub.publish({ channel: 'two', data: 'still' });
    equal(await journal.first(1), ['still']);
    equal((await hub.report()).controls.length, 0);
    same.close();
    const { controls } = await hub.reported((report) => report.controls.length === 1);
    equal(JSON.parse(controls[0].body).channels, ['one']);
    // Closing and reopening a channel in one turn changes nothing in the set.
    one.close();
    const again = mux.channel('one');
    await t.inForce(again);
    equal((await hub.report()).controls.length, 1);
    again.close();
    await hub.reported(({ open }) => open === 0);
    equal(mux.state, 'idle');
    await t.inForce(mux.channel('one'));
    equal((await hub.report()).opened, 2);
  },

  async 'leaving a loop gives the channel up'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const job = mux.channel('job');
    await t.inForce(mux.channel('lasting'), job);
    const seen = [];
    const loop = (async () => {
      for await (const { data } of job) if (seen.push(data) === 3) break;
    })();
    await hub.numbers(['job'], 5);
    await loop;
    equal([seen, job.readyState], [upTo(3), 2]);
    const { controls } = await hub.reported((report) => report.controls.length > 0);
    equal(JSON.parse(controls[0].body).channels, ['lasting']);
  },

  async 'a loop that is slow loses nothing'(t) {
    const hub = await t.hub({ queue: 100_000 });
    const mux = t.mux(hub);
    const [slow, quick] = [mux.channel('slow'), mux.channel('quick')];
    const journal = t.journal(quick);
    await t.inForce(slow, quick);
    const reading = slow[Symbol.asyncIterator]();
    await hub.numbers(['slow', 'quick'], 5000);
    for (let number = 1; number <= 5000; number += 1) equal((await reading.next()).value.data, String(number));
    equal(await journal.first(5000), upTo(5000));
  },

  async 'a channel begins behind a given event'(t) {
    const hub = await t.hub();
    const keep = t.mux(hub).channel('log');
    await t.inForce(keep);
    const head = await hub.numbers(['log'], 2);
    await hub.publish(...upTo(5, 3).map((data) => ({ channel: 'log', data })));
    const mux = t.mux(hub);
    await t.inForce(mux.channel('elsewhere'));
    const late = mux.channel('log', { lastEventId: head });
    equal(late.lastEventId, head);
    const journal = t.journal(late);
    equal(await journal.first(3), upTo(5, 3));
    throws(
      () => mux.channel('log', { lastEventId: head }),
      (error) => error instanceof TypeError,
      'a TypeError',
    );
  },

  async 'a position is kept over a reload'(t) {
    const hub = await t.hub();
    const before = t.mux(hub);
    const [one, two] = ['one', 'two'].map((name) => before.channel(name));
    const journals = [one, two].map((channel) => t.journal(channel));
    await t.inForce(one, two);
    const head = await hub.numbers(['one', 'two'], 2);
    for (const journal of journals) equal(await journal.first(2), upTo(2));
    equal(before.lastEventId, head);
    before.close();
    await hub.publish({ channel: 'one', data: 'a' }, { channel: 'two', data: 'b' });
    const after = t.mux(hub, { lastEventId: before.lastEventId });
    const [first, second] = ['one', 'two'].map((name) => t.journal(after.channel(name)));
    equal([await first.first(1), await second.first(1)], [['a'], ['b']]);
  },

  async 'data is decoded as the multiplexer or the channel says'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub, { json: true });
    const number = { '~standard': { validate: (value) => (typeof value === 'number' ? { value } : { issues: [{ message: 'no number' }] }) } };
    const [json, text, valid] = [
      mux.channel('json'),
      mux.channel('text', { json: false }),
      mux.channel('valid', { schemas: { message: number } }),
    ];
    await t.inForce(json, text, valid);
    const seen = Promise.all([t.next(json), t.next(text), t.next(valid, 'error'), t.next(valid)]);
    await hub.publish(
      { channel: 'json', data: '{"a":1}' },
      { channel: 'text', data: '{"a":1}' },
      { channel: 'valid', data: '"one"' },
      { channel: 'valid', data: '1' },
    );
    const [a, b, refused, c] = await seen;
    equal([a.data, b.data, refused.code, refused.error.data, c.data], [{ a: 1 }, '{"a":1}', 'invalid-data', '"one"', 1]);
    equal(valid.readyState, 1);
  },

  async 'headers go with every request'(t) {
    const hub = await t.hub();
    const asked = [];
    const headers = async ({ attempt }) => {
      asked.push(attempt);
      return { 'x-principal': 'ada' };
    };
    const mux = t.mux(hub, { headers });
    await t.inForce(mux.channel('one'));
    // The hub accepts a change of the set only from the principal that opened the stream.
    await t.inForce(mux.channel('two'));
    const { controls } = await hub.report();
    equal([controls.map(({ status }) => status), asked.length], [[202], 2]);
  },

  async 'the server\'s interval is the heartbeat'(t) {
    // The hub announces its interval and then falls silent.
    const hub = await t.hub({ heartbeatMs: 100, silentAfter: 1 });
    const mux = t.mux(hub);
    const channel = mux.channel('quiet');
    await t.inForce(channel);
    const failed = Promise.all([t.next(mux, 'error'), t.next(channel, 'error')]);
    for (const { code } of await failed) equal(code, 'heartbeat-timeout');
    await t.inForce(channel);
    ok((await hub.report()).opened > 1, 'another connection');
  },

  async 'what breaks the protocol is told, and harms nothing'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const channel = mux.channel('ticks');
    const journal = t.journal(channel);
    await t.inForce(channel);
    for (const [type, data] of [
      ['@subscribed', '{"revision":"three"}'],
      ['@subscribed', 'none'],
      ['@connected', '{"protocol":2}'],
      ['@connected', '{'],
    ]) {
      const told = t.next(mux, 'error');
      await hub.raw(`event: ${type}\ndata: ${data}\n\n`);
      const { code, error } = await told;
      equal([code, error.eventType, error.data], ['protocol', type, data]);
    }
    await hub.raw('event: @later\ndata: x\n\nevent: @complete nobody\ndata: {}\n\nevent: @gap\ndata: none\n\n');
    await hub.publish({ channel: 'ticks', data: '1' });
    equal(await journal.first(2), ['gap', '1']);
    equal([channel.readyState, mux.state], [1, 'open']);
  },

  async 'words of the protocol with all that JSON has'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const [channel, other] = [mux.channel('größe"\\'), mux.channel('other')];
    const journals = [t.journal(channel), t.journal(other)];
    await t.inForce(channel, other);
    await hub.raw('event: @gap\ndata: { "more": [1, {"a": null}], "channels": ["gr\\u00f6\\u00dfe\\"\\\\"] }\n\n');
    await journals[0].first(1);
    const failed = t.next(channel, 'error');
    await hub.raw('event: @error größe"\\\ndata: {"message":"wei\\u00df \\ud83d\\ude00\\nnicht","code":"a\\tb"}\n\n');
    const { error } = await failed;
    equal([error.reason, error.message.includes('weiß 😀\nnicht')], ['a\tb', true]);
    await hub.publish({ channel: 'other', data: '1' });
    equal(await journals[1].first(1), ['1']);
  },

  async 'a long query goes as a body'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const channels = upTo(700).map((number) => mux.channel(`a-rather-long-name:${number}`));
    await t.inForce(...channels);
    const { open, opens } = await hub.report();
    equal([open, opens[0].method, opens[0].query], [1, 'POST', '']);
  },

  async 'an event that is too large is skipped, with an error'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub, { maxEventSize: 2000 });
    const [one, two] = [mux.channel('one'), mux.channel('two')];
    const journals = [t.journal(one), t.journal(two)];
    await t.inForce(one, two);
    const failed = t.next(one, 'error');
    two.onerror = () => journals[1].note('error');
    await hub.publish({ channel: 'one', data: 'x'.repeat(3000) }, { channel: 'one', data: 'a' }, { channel: 'two', data: 'b' });
    equal((await failed).code, 'event-too-large');
    equal([await journals[0].first(1), await journals[1].first(1)], [['a'], ['b']]);
  },

  async 'close ends everything'(t) {
    const hub = await t.hub();
    const stop = new AbortController();
    for (const [mux, close] of [
      [t.mux(hub), (mux) => mux.close()],
      [t.mux(hub, { signal: stop.signal }), () => stop.abort()],
      [t.mux(hub), (mux) => mux[Symbol.asyncDispose ?? 'close']()],
    ]) {
      const [one, two] = [mux.channel('one'), mux.channel('two')];
      await t.inForce(one, two);
      const iteration = one[Symbol.asyncIterator]().next();
      close(mux);
      equal([mux.state, one.readyState, two.readyState, (await iteration).done], ['closed', 2, 2, true]);
      await hub.reported(({ open }) => open === 0);
      equal(mux.channel('three').readyState, 2);
    }
  },

  async 'nothing is delivered after close, not even what has arrived'(t) {
    const hub = await t.hub();
    for (const close of [(mux) => mux.close(), (_, ...channels) => channels.forEach((channel) => channel.close())]) {
      const mux = t.mux(hub);
      const [one, two] = [mux.channel('one'), mux.channel('one')];
      const seen = [];
      one.onAny(({ data }) => {
        seen.push(data);
        close(mux, one, two);
      });
      two.onAny(({ data }) => seen.push(data));
      await t.inForce(one, two);
      const closed = t.next(two, 'statechange');
      await hub.numbers(['one'], 3);
      await closed;
      await hub.reported(({ open }) => open === 0);
      equal([seen, one.readyState, two.readyState], [['1'], 2, 2]);
    }
  },

  async 'errors of the connection say when it is tried again, also those of its channels'(t) {
    const hub = await t.hub();
    // No server listens on this port.
    const mux = t.mux({ url: 'http://127.0.0.1:2/' }, { retry: { initialDelay: 7000, jitter: false } });
    equal(mux.retryIn, undefined);
    const channel = mux.channel('ticks');
    const [ofMux, ofChannel] = await Promise.all([t.next(mux, 'error'), t.next(channel, 'error')]);
    equal([ofMux.retryIn, ofChannel.retryIn, mux.retryIn, channel.retryIn], [7000, 7000, 7000, 7000]);
    equal([mux.state, channel.state], ['waiting', 'waiting']);
    mux.close();
    equal([mux.retryIn, channel.retryIn], [undefined, undefined]);

    const alive = t.mux(hub);
    const ticks = alive.channel('ticks');
    await t.inForce(ticks);
    const lost = t.next(ticks, 'error');
    await hub.drop();
    ok((await lost).retryIn >= 0, 'a time');
    await t.inForce(ticks);
    equal([alive.retryIn, ticks.retryIn], [undefined, undefined]);
  },

  async 'what ends the connection for good ends every channel'(t) {
    const hub = await t.hub();
    const mux = t.mux({ url: hub.url.replace('/stream', '/nowhere') });
    const [one, two] = [mux.channel('one'), mux.channel('two')];
    const events = await Promise.all([t.next(one, 'error'), t.next(two, 'error'), t.next(mux, 'error')]);
    for (const { code, status } of events) equal([code, status], ['response', 404]);
    equal([one.readyState, mux.state], [2, 'closed']);
  },

  async 'listeners may close and open channels meanwhile'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const [one, two] = [mux.channel('one'), mux.channel('two')];
    const seen = [];
    let three;
    one.onmessage = ({ data }) => {
      seen.push(`one ${data}`);
      one.close();
      two.close();
      three ??= mux.channel('three');
    };
    two.onmessage = ({ data }) => seen.push(`two ${data}`);
    await t.inForce(one, two);
    const closed = t.next(one, 'statechange');
    await hub.publish({ channel: 'one', data: '1' }, { channel: 'two', data: '2' }, { channel: 'one', data: '3' });
    await closed;
    await t.inForce(three);
    equal(seen.filter((line) => line !== 'two 2'), ['one 1']);
    await hub.reported(({ connections }) => JSON.stringify(connections[0]?.channels) === '["three"]');
  },

  async 'names and options that can\'t be'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const isTypeError = (error) => error instanceof TypeError;
    for (const name of ['', ' ', 'a b', 'a\nb', 'a\r', '\0', '@ping']) {
      throws(() => mux.channel(name), isTypeError, `a TypeError for ${JSON.stringify(name)}`);
    }
    for (const options of [{ method: 'POST' }, { body: 'x' }, { transport: 'native' }, { heartbeatTimeout: -1 }]) {
      throws(() => new t.Mux(hub.url, options), isTypeError, `a TypeError for ${JSON.stringify(options)}`);
    }
    throws(() => new t.Mux('http://['), (error) => error.name === 'SyntaxError', 'a SyntaxError');
    const isSaid = (error) => error instanceof TypeError && /options|URL/.test(error.message);
    for (const options of [5, 'json']) {
      // The shared suite's `Mux` spreads what it is given.
      if (!mux.sharing) throws(() => new t.Mux(hub.url, options), isSaid, `a TypeError for ${options}`);
      throws(() => mux.channel('a', options), isSaid, `a TypeError for ${options}`);
    }
    for (const url of [undefined, null]) throws(() => new t.Mux(url), isSaid, 'a TypeError for a missing URL');
    new t.Mux(hub.url, null).close();
    mux.channel('a', null).close();
    equal((await hub.report()).opened, 0);
  },

  async 'an option of a channel that is undefined is the multiplexer\'s'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub, { json: true });
    const channel = mux.channel('one', { json: undefined, schemas: undefined, lastEventId: undefined });
    await t.inForce(channel);
    const event = t.next(channel);
    await hub.publish({ channel: 'one', data: '{"a":1}' });
    equal((await event).data.a, 1);
  },

  async 'a clean end that no attempt follows is no error'(t) {
    const answer = (status, text) => async () => new Response(text, { status, headers: { 'content-type': 'text/event-stream' } });
    for (const [fetch, wanted] of [
      [answer(200, 'event: one\ndata: 1\n\n'), ['1', 'complete']],
      // Status 204 is told, since nothing else would say why the channels end.
      [answer(204, null), ['complete', 'multiplexer no-content']],
    ]) {
      const mux = t.mux({ url: 'http://127.0.0.1:2/' }, { retry: false, fetch });
      const channel = mux.channel('one');
      const told = [];
      channel.onmessage = ({ data }) => told.push(data);
      for (const type of ['complete', 'error']) channel.addEventListener(type, () => told.push(type));
      mux.addEventListener('error', ({ code }) => told.push(`multiplexer ${code}`));
      while (mux.state !== 'closed') await t.next(mux, 'statechange');
      // A tab that follows isn't told how the leader's stream ended.
      if (mux.sharing?.role !== 'follower') equal([told, channel.readyState], [wanted, 2]);
    }
  },

  async 'an EventSource beside it'(t) {
    const hub = await t.hub();
    const source = t.source(`${hub.url}?channel=plain`);
    const event = t.next(source, 'plain');
    await t.next(source, 'open');
    await hub.publish({ channel: 'plain', data: '1' });
    equal((await event).data, '1');
  },

  async 'a signal that is aborted already sends nothing'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub, { signal: AbortSignal.abort() });
    const channel = mux.channel('one');
    equal([mux.state, channel.readyState], ['closed', 2]);
    for await (const event of channel) throw new Error(event.data);
    await new Promise((resolve) => setTimeout(resolve, 100));
    equal((await hub.report()).opened, 0);
  },

  async 'names and options that are no such are refused at the call, by their names'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const refuses = (work, name) => {
      let thrown;
      try {
        work();
      } catch (error) {
        thrown = error;
      }
      equal(thrown instanceof TypeError && thrown.message.includes(`\`${name}\``), true, `${name}: ${thrown}`);
    };
    for (const name of [undefined, null, 7, {}]) refuses(() => mux.channel(name), String(name));
    refuses(() => mux.channel('a', { jsn: true }), 'jsn');
    refuses(() => mux.channel('a', { lastEventId: 7 }), 'lastEventId');
    refuses(() => mux.channel('a', { lastEventId: '1\n' }), 'lastEventId');
    refuses(() => mux.channel('a', { schemas: [] }), 'schemas');
    for (const option of ['method', 'body', 'resume', 'request', 'until', 'follows', 'end', 'idempotent']) {
      const value = { method: 'POST', body: 'x', resume: 'get', request: () => {}, until: 'x', follows: 'integers', end: 'close', idempotent: true };
      refuses(() => t.mux(hub, { [option]: value[option] }), option);
    }
    refuses(() => t.mux(hub, { heartbeatTimout: 1 }), 'heartbeatTimeout');
    const channel = mux.channel('a');
    for (const listener of [undefined, {}]) {
      try {
        channel.onAny(listener);
      } catch (error) {
        equal(error instanceof TypeError, true);
        continue;
      }
      throw new Error('accepted');
    }
  },

  async 'fields of any name change nothing, of a multiplexer and of a channel'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const channel = mux.channel('one');
    const { addEventListener, close } = channel;
    const names = ['state', 'lastEventId', 'sharing', 'url', 'name', 'stream', 'dispatchEvent', 'addEventListener', 'received', 'end', 'change', 'onAny'];
    const heard = new Promise((resolve) => addEventListener.call(channel, 'message', ({ data }) => resolve(data)));
    const open = new Promise((resolve) => addEventListener.call(channel, 'open', resolve));
    for (const holder of [mux, channel]) for (const name of names) holder[name] = 0;
    await open;
    await hub.publish({ channel: 'one', data: 'here' });
    equal(await heard, 'here');
    close.call(channel);
    for (const name of names) delete mux[name];
    equal(channel.readyState, 2);
  },
};
