// Cases about the hooks in components, against real servers. `t` is the kit of the page or of Node.

import { equal, ok } from '../conformance/kit.js';

export const cases = {
  async 'a source lives as long as its component'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n', 'event: tick\nid: 7\ndata: 2\n\n'], end: false }]);
    const seen = [];
    function Prices() {
      const { data, event, state, readyState, error } = t.useEventSource(url, { onEvent: ({ data }) => seen.push(data) });
      return `${state} ${readyState} ${event?.type} ${data} ${error}`;
    }
    const page = await t.mount(Prices);
    await page.shows('open 1 tick 2 undefined');
    equal(seen, ['1', '2']);
    page.unmount();
    const requests = await t.logged(log, ([entry]) => entry?.closed);
    equal(requests.length, 1);
  },

  async 'under StrictMode one connection is opened'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    let mounts = 0;
    function Prices() {
      t.useEffect(() => void (mounts += 1), []);
      return t.useEventSource(url).data;
    }
    const page = await t.mount(Prices, { strict: true });
    await page.shows('1');
    equal(mounts, 2);
    page.unmount();
    equal((await t.logged(log, ([entry]) => entry?.closed)).length, 1);
  },

  async 'another URL is another source, and none is none'(t) {
    const [one, two] = ['one', 'two'].map((name) => t.play([{ chunks: [`data: ${name}\n\n`], end: false }]));
    let go;
    function Prices() {
      const [url, setUrl] = t.useState(null);
      go = setUrl;
      const { state, data } = t.useEventSource(url);
      return `${state} ${data}`;
    }
    const page = await t.mount(Prices);
    await page.shows('closed undefined');
    go(one.url);
    await page.shows('open one');
    go(two.url);
    await page.shows('open two');
    await t.logged(one.log, ([entry]) => entry?.closed);
    go(null);
    await page.shows('closed undefined');
    await t.logged(two.log, ([entry]) => entry?.closed);
    page.unmount();
  },

  async 'options that are written anew at each rendering open nothing anew'(t) {
    const { url, log } = t.play([{ chunks: ['data: {"n":1}\n\n'], end: false }]);
    let again;
    function Prices() {
      const [count, setCount] = t.useState(0);
      again = setCount;
      const { data } = t.useEventSource(url, { json: true, headers: { 'x-count': `${count}` }, key: count > 2 });
      return `${count} ${data?.n}`;
    }
    const page = await t.mount(Prices);
    await page.shows('0 1');
    again(1);
    await page.shows('1 1');
    equal((await log()).length, 1);
    again(3);
    const requests = await t.logged(log, (entries) => entries.length === 2);
    equal(requests.map(({ headers }) => headers['x-count']), ['0', '3']);
    page.unmount();
  },

  async 'errors are shown, and an end is'(t) {
    const { url } = t.play([{ status: 404 }]);
    function Prices() {
      const { state, error } = t.useEventSource(url);
      return `${state} ${error?.code} ${error?.status}`;
    }
    const page = await t.mount(Prices);
    await page.shows('closed response 404');
    page.unmount();
  },

  async 'a source that is closed from the start is shown as closed'(t) {
    const { url } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    function Prices() {
      const { state, readyState } = t.useEventSource(url, { signal: AbortSignal.abort() });
      return `${state} ${readyState}`;
    }
    const page = await t.mount(Prices);
    await page.shows('closed 2');
    page.unmount();
  },

  async 'an error boundary catches what the constructor throws'(t) {
    class Boundary extends t.Component {
      state = {};
      static getDerivedStateFromError = (error) => ({ error });
      render = () => (this.state.error ? this.state.error.name : this.props.children);
    }
    const Prices = () => t.useEventSource('https://exa mple/').state;
    const page = await t.mount(() => t.createElement(Boundary, null, t.createElement(Prices)));
    await page.shows('SyntaxError');
    page.unmount();
  },

  async 'only events of the type that is asked for are shown'(t) {
    const { url, log } = t.play([{ chunks: ['event: a\ndata: 1\n\n', 'event: b\ndata: 2\n\n'], end: false }, { chunks: [':\n\n'], end: false }]);
    let hold;
    function Prices() {
      const { data, state, close, reconnect } = t.useEventSource(url, { type: 'a' });
      hold = { close, reconnect };
      return `${state} ${data}`;
    }
    const page = await t.mount(Prices);
    await page.shows('open 1');
    const { reconnect, close } = hold;
    reconnect();
    await t.logged(log, (entries) => entries.length === 2);
    await page.shows('open 1');
    ok(hold.close === close && hold.reconnect === reconnect, 'the same functions at each rendering');
    close();
    await page.shows('closed 1');
    page.unmount();
  },

  async 'a burst is rendered a few times, and delivered whole'(t) {
    const { url } = t.play([{ chunks: [{ repeat: 'data: x\n\n', times: 5000 }, 'data: end\n\n'], end: false }]);
    let [renderings, events] = [0, 0];
    function Prices() {
      renderings += 1;
      return t.useEventSource(url, { onEvent: () => (events += 1) }).data;
    }
    const page = await t.mount(Prices);
    await page.shows('end');
    equal(events, 5001);
    ok(renderings < 500, `few renderings, not ${renderings}`);
    page.unmount();
  },

  async 'channels of components share a connection'(t) {
    const hub = await t.hub();
    const mux = t.mux(hub);
    function Channel({ name }) {
      const { state, data } = t.useChannel(mux, name);
      return `${name} ${state} ${data};`;
    }
    let show;
    function Page() {
      const [names, setNames] = t.useState(['one', 'two', 'two']);
      show = setNames;
      return names.map((name, at) => t.createElement(Channel, { key: at, name }));
    }
    const page = await t.mount(Page, { strict: true });
    await page.shows('one open undefined;two open undefined;two open undefined;');
    await hub.publish({ channel: 'one', data: '1' }, { channel: 'two', data: '2' });
    await page.shows('one open 1;two open 2;two open 2;');
    show(['one', 'two']);
    await page.shows('one open 1;two open 2;');
    show(['three', 'two']);
    await page.shows('three open undefined;two open 2;');
    const { opened, connections } = await hub.reported(({ connections }) => !connections[0]?.channels.includes('one'));
    equal([opened, connections[0].channels.sort()], [1, ['three', 'two']]);
    page.unmount();
    await hub.reported(({ open }) => open === 0);
  },

  async 'a multiplexer may be asked for on the client alone'(t) {
    const hub = await t.hub();
    let made = 0;
    let mux;
    const get = () => {
      made += 1;
      return (mux ??= t.mux(hub));
    };
    function Channel() {
      return t.useChannel(get, 'one').state;
    }
    equal(t.renderToString(Channel), 'connecting');
    equal(made, 0);
    const page = await t.mount(Channel);
    await page.shows('open');
    page.unmount();
  },

  async 'on the server nothing is opened'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    function Prices() {
      const { state, data } = t.useEventSource(url);
      return `${state} ${data}`;
    }
    const html = t.renderToString(Prices);
    equal(html, 'connecting undefined');
    equal((await log()).length, 0);
    const page = await t.mount(Prices, { html });
    await page.shows('open 1');
    equal([page.mistakes, (await log()).length], [[], 1]);
    page.unmount();
  },

  async 'a hook tries again by default, and says when; an error is over with the next good event'(t) {
    const { url } = t.play([
      { status: 503 },
      { chunks: ['data: {\n\n', 200, 'data: 1\n\n'], end: false },
    ]);
    const seen = [];
    function Prices() {
      const { data, error, retryIn } = t.useEventSource(url, { json: true });
      seen.push(`${error?.code} ${retryIn === undefined ? '' : retryIn >= 0 && retryIn <= 1000}`);
      return `${data} ${error?.code}`;
    }
    const page = await t.mount(Prices);
    await page.shows('1 undefined');
    ok(seen.includes('response true') && seen.includes('invalid-data '), JSON.stringify(seen));
    page.unmount();
  },

  async 'functions and headers are those of the latest rendering'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 10\ndata: 1\n\n'] }, { chunks: ['data: 2\n\n'] }, { chunks: ['data: 3\n\n'], end: false }]);
    let become;
    const used = [];
    function Prices() {
      const [account, setAccount] = t.useState('a');
      become = setAccount;
      const { data } = t.useEventSource(url, {
        headers: { 'x-account': account },
        request: () => ({ headers: { 'x-hook': account } }),
        retry: () => {
          used.push(account);
          return account === 'a' ? 600_000 : 1;
        },
        onEvent: () => become('b'),
      });
      return `${account} ${data}`;
    }
    const page = await t.mount(Prices);
    await page.shows('b 3');
    equal((await log()).map(({ headers }) => `${headers['x-account']} ${headers['x-hook']}`), ['a a', 'b b', 'b b']);
    ok(used.every((account) => account === 'b'), used.join());
    page.unmount();
  },

  async 'a stream that is over can be opened again'(t) {
    const { url, log } = t.play([{ status: 404 }, { chunks: ['data: 1\n\n'], end: false }]);
    let hold;
    function Prices() {
      const { state, data, error, reopen } = t.useEventSource(url);
      hold ??= reopen;
      ok(hold === reopen, 'the same function');
      return `${state} ${data} ${error?.status}`;
    }
    const page = await t.mount(Prices);
    await page.shows('closed undefined 404');
    hold();
    await page.shows('open 1 undefined');
    hold();
    await t.logged(log, (entries) => entries.length === 3);
    page.unmount();
    hold();
    equal((await t.logged(log, (entries) => entries.slice(1).every(({ closed }) => closed))).length, 3);
  },

  async 'options that are wrong are caught like other mistakes'(t) {
    class Boundary extends t.Component {
      state = {};
      static getDerivedStateFromError = (error) => ({ error });
      render = () => (this.state.error ? this.state.error.message : this.props.children);
    }
    const { url } = t.play([{}]);
    const Prices = () => t.useEventSource(url, { heartbeatTimout: 1 }).state;
    const page = await t.mount(() => t.createElement(Boundary, null, t.createElement(Prices)));
    await page.shows('the option `heartbeatTimout` is not usable: it does not exist; did you mean `heartbeatTimeout`?');
    page.unmount();
  },

  async 'identical sources are one, for those who ask for it, also under StrictMode'(t) {
    const { url, log } = t.play([{ chunks: ['event: a\ndata: 1\n\n'], end: false }]);
    const Prices = () => t.useEventSource(url, { dedupe: true, type: ['a'], onEvent: () => {} }).data;
    let show;
    function Page() {
      const [count, setCount] = t.useState(2);
      show = setCount;
      return Array.from({ length: count }, (_, at) => t.createElement(Prices, { key: at }));
    }
    const page = await t.mount(Page, { strict: true });
    await page.shows('11');
    show(4);
    await page.shows('1111');
    show(1);
    await page.shows('1');
    equal((await log()).map(({ closed }) => closed ?? 'open'), ['open']);
    page.unmount();
    await t.logged(log, ([entry]) => entry.closed);
  },
};
