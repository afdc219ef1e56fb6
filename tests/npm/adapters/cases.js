// The cases that every adapter must pass, in components written once for all frameworks. `t` is the adapter's kit.
// `source` and `channel` are its functions, whose results have the same names everywhere; `cell` is the framework's
// reactive value.

import { equal, ok } from '../conformance/kit.js';

const play = (...chunks) => [{ chunks, end: false }];

export const cases = {
  async 'a live state is followed as long as its component lives'(t) {
    const { url, log } = t.play(play('id: 1\ndata: a\n\n', 'id: 2\ndata: b\n\n', 'id: 3\ndata: c\n\n'));
    const board = t.createLive({
      load: () => ({ text: 'ab', position: 2 }),
      source: () => new t.EventSource(url),
      reduce: ({ text }, { data, lastEventId }) => ({ text: text + data, position: lastEventId }),
      position: ({ position }) => position,
      initial: { text: 'before' },
    });
    const page = t.mount(() => {
      const live = t.live(board);
      return () => `${live.current.freshness} ${live.current.state.text}`;
    });
    await page.shows('live abc');
    equal(board.getInitialSnapshot().state.text, 'before');
    page.unmount();
    equal((await t.logged(log, ([entry]) => entry?.closed)).length, 1);
  },

  async 'a source lives as long as its component'(t) {
    const { url, log } = t.play(play('data: 1\n\n', 'event: tick\nid: 7\ndata: 2\n\n'));
    const seen = [];
    const page = t.mount(() => {
      const stream = t.source(() => url, { onEvent: ({ data }) => seen.push(data) });
      return () => `${stream.state} ${stream.readyState} ${stream.type} ${stream.data} ${stream.lastEventId} ${stream.error}`;
    });
    await page.shows('open 1 tick 2 7 undefined');
    equal(seen, ['1', '2']);
    page.unmount();
    equal((await t.logged(log, ([entry]) => entry?.closed)).length, 1);
  },

  async 'a component that goes in the turn in which it came opens nothing'(t) {
    const { url, log } = t.play(play('data: 1\n\n'));
    const setup = () => {
      const stream = t.source(() => url);
      return () => `${stream.data}`;
    };
    t.mount(setup).unmount();
    const page = t.mount(setup);
    await page.shows('1');
    equal((await log()).length, 1);
    page.unmount();
  },

  async 'another URL is another source, and none is none'(t) {
    const [one, two] = ['one', 'two'].map((name) => t.play(play(`data: ${name}\n\n`)));
    let cell;
    const page = t.mount(() => {
      cell = t.cell(null);
      const stream = t.source(() => cell.value);
      return () => `${stream.state} ${stream.data}`;
    });
    await page.shows('closed undefined');
    cell.value = one.url;
    await page.shows('open one');
    cell.value = two.url;
    await page.shows('open two');
    await t.logged(one.log, ([entry]) => entry?.closed);
    cell.value = null;
    await page.shows('closed undefined');
    await t.logged(two.log, ([entry]) => entry?.closed);
    page.unmount();
  },

  async 'errors are shown, and an end is'(t) {
    const { url } = t.play([{ status: 404 }]);
    const page = t.mount(() => {
      const stream = t.source(() => url);
      return () => `${stream.state} ${stream.error?.code} ${stream.error?.status}`;
    });
    await page.shows('closed response 404');
    page.unmount();
  },

  async 'a source that is closed from the start is shown as closed'(t) {
    const { url, log } = t.play(play('data: 1\n\n'));
    const page = t.mount(() => {
      const stream = t.source(() => url, { signal: AbortSignal.abort() });
      return () => `${stream.state} ${stream.readyState}`;
    });
    await page.shows('closed 2');
    page.unmount();
    equal((await log()).length, 0);
  },

  async 'the framework is told of what the constructor throws'(t) {
    const page = t.mount(() => {
      const stream = t.source(() => 'https://exa mple/');
      return () => stream.state;
    });
    await page.shows('caught SyntaxError');
    page.unmount();
  },

  async 'options that are wrong are told of like other mistakes'(t) {
    const { url } = t.play([{}]);
    for (const options of [{ heartbeatTimout: 1 }, { type: 5 }, { onEvent: 'x' }, { dedupe: 5 }]) {
      const page = t.mount(() => {
        const stream = t.source(() => url, options);
        return () => stream.state;
      });
      await page.shows('caught TypeError');
      ok(page.caught().includes(`\`${Object.keys(options)[0]}\``), page.caught());
      page.unmount();
    }
  },

  async 'only events of the types that are asked for are shown'(t) {
    const { url, log } = t.play([
      { chunks: ['event: a\ndata: 1\n\n', 'event: b\ndata: 2\n\n'], end: false },
      { chunks: ['event: c\ndata: 3\n\n', 'event: b\ndata: 4\n\n'], end: false },
    ]);
    let hold;
    const page = t.mount(() => {
      hold = t.source(() => url, { type: ['a', 'c'] });
      return () => `${hold.state} ${hold.data}`;
    });
    await page.shows('open 1');
    hold.reconnect();
    await t.logged(log, (entries) => entries.length === 2);
    await page.shows('open 3');
    hold.close();
    await page.shows('closed 3');
    await t.logged(log, (entries) => entries.every(({ closed }) => closed));
    page.unmount();
  },

  async 'a burst is rendered a few times, and delivered whole'(t) {
    const { url } = t.play(play({ repeat: 'data: x\n\n', times: 5000 }, 'data: end\n\n'));
    let [renderings, events] = [0, 0];
    const page = t.mount(() => {
      const stream = t.source(() => url, { onEvent: () => (events += 1) });
      return () => {
        renderings += 1;
        return `${stream.data}${stream.event ? '' : ''}`;
      };
    });
    await page.shows('end');
    equal(events, 5001);
    ok(renderings < 500, `few renderings, not ${renderings}`);
    page.unmount();
  },

  async 'channels of components share a connection'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    const mount = (name) =>
      t.mount(() => {
        const stream = t.channel(mux, name);
        return () => `${stream.state} ${stream.data}`;
      });
    const [one, two] = [mount('one'), mount('two')];
    for (const page of [one, two]) await page.shows('open undefined');
    await hub.publish({ channel: 'one', data: '1' }, { channel: 'two', data: '2' });
    await one.shows('open 1');
    await two.shows('open 2');
    one.unmount();
    const { opened, connections } = await hub.reported(({ connections }) => !connections[0]?.channels.includes('one'));
    equal([opened, connections[0].channels], [1, ['two']]);
    two.unmount();
    await hub.reported(({ open }) => open === 0);
  },

  async 'a multiplexer may be asked for when the channel is opened'(t) {
    const hub = await t.hub();
    let made = 0;
    const page = t.mount(() => {
      const stream = t.channel(() => {
        made += 1;
        return t.mux(hub);
      }, 'one');
      equal(made, 0);
      return () => stream.state;
    });
    await page.shows('open');
    equal(made, 1);
    page.unmount();
  },

  async 'it tries again by default, and says when; an error is over with the next good event'(t) {
    const { url } = t.play([{ status: 503 }, { chunks: ['data: {\n\n', 200, 'data: 1\n\n'], end: false }]);
    const seen = [];
    const page = t.mount(() => {
      const stream = t.source(() => url, { json: true, retry: { initialDelay: 50 } });
      return () => {
        const { error, retryIn } = stream;
        seen.push(`${error?.code} ${retryIn === undefined ? '' : retryIn >= 0 && retryIn <= 50}`);
        return `${stream.data} ${error?.code}`;
      };
    });
    await page.shows('1 undefined');
    ok(seen.includes('response true') && seen.includes('invalid-data '), JSON.stringify(seen));
    page.unmount();
    // A source without options retries as well.
    const again = t.play([{ status: 503, headers: { 'retry-after': '0' } }, ...play('data: 2\n\n')]);
    const other = t.mount(() => {
      const stream = t.source(() => again.url);
      return () => `${stream.data}`;
    });
    await other.shows('2');
    other.unmount();
  },

  async 'a stream that is over can be opened again'(t) {
    const { url, log } = t.play([{ status: 404 }, ...play('data: 1\n\n')]);
    let hold;
    const page = t.mount(() => {
      hold = t.source(() => url);
      return () => `${hold.state} ${hold.data} ${hold.error?.status}`;
    });
    await page.shows('closed undefined 404');
    hold.reopen();
    await page.shows('open 1 undefined');
    hold.reopen();
    await t.logged(log, (entries) => entries.length === 3);
    page.unmount();
    equal((await t.logged(log, (entries) => entries.slice(1).every(({ closed }) => closed))).length, 3);
  },

  async 'identical sources are one, for those who ask for it'(t) {
    const { url, log } = t.play([
      { chunks: ['event: a\ndata: 1\n\n', 'event: b\nid: 5\ndata: 2\n\n'], end: false },
      { chunks: ['event: a\ndata: 3\n\n', 'event: b\ndata: 4\n\n'], end: false },
    ]);
    const holds = {};
    const mount = (name, options) =>
      t.mount(() => {
        holds[name] = t.source(() => url, { headers: () => ({ 'x-name': name }), ...options });
        return () => `${holds[name].state} ${holds[name].data}`;
      });
    const first = mount('first', { dedupe: true });
    await first.shows('open 2');
    // A component that joins later shows the latest event if the event has the component's type.
    const second = mount('second', { dedupe: true, type: 'b' });
    await second.shows('open 2');
    const third = mount('third', { dedupe: true, type: 'a' });
    await third.shows('open undefined');
    equal((await log()).length, 1);
    // The first unmounts and the second closes, but the source stays open for the third.
    first.unmount();
    holds.second.close();
    await second.shows('closed 2');
    holds.third.reconnect();
    await third.shows('open 3');
    const requests = await log();
    equal(requests.map(({ headers }) => `${headers['x-name']} ${headers['last-event-id']}`), ['first undefined', 'third 5']);
    second.unmount();
    // Different options make a separate source, and so does a component that doesn't set `dedupe`.
    const others = [mount('fourth', { dedupe: 'apart' }), mount('fifth', {}), mount('sixth', { dedupe: true, json: true })];
    for (const other of others) await other.shows('open 4');
    equal((await log()).length, 5);
    for (const page of [third, ...others]) page.unmount();
    await t.logged(log, (entries) => entries.every(({ closed }) => closed));
  },
};
