// The Solid adapter's framework for the cases, without Solid's compiler.

import { createComponent, createSignal, ErrorBoundary } from 'solid-js';
import { render as renderInto } from 'solid-js/web';
import { createChannel, createEventSource, useLive } from 'everstream/solid';

import { equal } from '../conformance/kit.js';

/** Presents the accessors as properties. */
const named = (stream) =>
  new Proxy(stream, {
    get(_, name) {
      if (name === 'type') return stream.event()?.type;
      return /^(reconnect|reopen|close)$/.test(name) ? stream[name] : stream[name]();
    },
  });

export const framework = {
  source: (url, options) => named(createEventSource(url, options)),
  channel: (mux, name, options) => named(createChannel(mux, name, options)),
  live(board) {
    const shown = useLive(board);
    return { get current() { return shown(); } };
  },
  cell(initial) {
    const [value, setValue] = createSignal(initial);
    return {
      get value() {
        return value();
      },
      set value(next) {
        setValue(() => next);
      },
    };
  },
  render(setup, container, caught) {
    const fallback = (error) => {
      queueMicrotask(() => caught(error));
      return '';
    };
    const Text = () => {
      const text = setup();
      return () => text();
    };
    return renderInto(
      () =>
        createComponent(ErrorBoundary, {
          fallback,
          get children() {
            return createComponent(Text, {});
          },
        }),
      container,
    );
  },
};

export const cases = {
  async 'options of an accessor are the latest at each attempt'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 10\ndata: 1\n\n'] }, { chunks: ['data: 2\n\n'], end: false }]);
    const page = t.mount(() => {
      const [account, setAccount] = createSignal('a');
      const onEvent = () => setAccount('b');
      const { data } = createEventSource(url, () => ({ headers: { 'x-account': account() }, retry: { initialDelay: 10 }, onEvent }));
      return () => `${data()}`;
    });
    await page.shows('2');
    equal((await log()).map(({ headers }) => headers['x-account']), ['a', 'b']);
    page.unmount();
  },
};
