// The Vue adapter's framework for the cases. Each component renders a text.

import { createApp, effectScope, h, ref, shallowRef } from 'vue';
import { useChannel, useEventSource, useLive } from 'everstream/vue';

import { equal } from '../conformance/kit.js';

const NAMES = ['data', 'state', 'error', 'retryIn', 'lastEventId'];

/** Presents the refs under the names that the cases use. */
function named(refs, event = () => undefined) {
  const read = (name) => ({ get: () => refs[name].value ?? undefined, enumerable: true });
  return Object.defineProperties(
    { reconnect: refs.reconnect, reopen: refs.open, close: refs.close },
    {
      ...Object.fromEntries(NAMES.map((name) => [name, read(name)])),
      readyState: { get: () => ['CONNECTING', 'OPEN', 'CLOSED'].indexOf(refs.status.value) },
      type: read('event'),
      event: { get: event },
    },
  );
}

export const framework = {
  source: (url, options) => named(useEventSource(url, options)),
  channel: (mux, name, options) => named(useChannel(mux, name, options)),
  live(board) {
    const shown = useLive(board);
    return { get current() { return shown.value; } };
  },
  cell: (value) => shallowRef(value),
  render(setup, container, caught) {
    const app = createApp({
      setup() {
        const text = setup();
        return () => h('p', text());
      },
    });
    app.config.errorHandler = (error) => queueMicrotask(() => caught(error));
    app.mount(container);
    return () => app.unmount();
  },
};

export const cases = {
  async 'nothing is opened before `open()` where it is not immediate'(t) {
    const [one, two] = ['one', 'two'].map((name) => t.play([{ chunks: [`data: ${name}\n\n`], end: false }]));
    const url = ref(one.url);
    let refs;
    const page = t.mount(() => {
      refs = useEventSource(url, { immediate: false });
      return () => `${refs.status.value} ${refs.data.value}`;
    });
    await page.shows('CLOSED null');
    url.value = two.url;
    await page.shows('CLOSED null');
    equal((await one.log()).length + (await two.log()).length, 0);
    refs.open();
    await page.shows('OPEN two');
    refs.close();
    await page.shows('CLOSED two');
    await t.logged(two.log, ([entry]) => entry.closed);
    url.value = one.url;
    await page.shows('OPEN one');
    page.unmount();
  },

  async 'a list of events is that of VueUse: those are shown, and `message`'(t) {
    const events = ['event: a\nid: 1\ndata: 1\n\n', 'event: b\ndata: 2\n\n', 'data: 3\n\n', 'event: c\nid: 4\ndata: 4\n\n'];
    const { url } = t.play([{ chunks: [...events, 'event: b\ndata: 5\n\n'], end: false }]);
    const seen = [];
    const page = t.mount(() => {
      const { event, data, lastEventId, error } = useEventSource(url, ['a', 'c'], { onEvent: ({ data }) => seen.push(data) });
      return () => [event, data, lastEventId, error].map(({ value }) => value).join();
    });
    await page.shows('c,4,4,');
    equal(seen, ['1', '3', '4']);
    page.unmount();
  },

  async 'a scope that outlives the component keeps its source, as a store of Pinia does'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    const scope = effectScope(true);
    let refs;
    const page = t.mount(() => {
      refs = scope.run(() => useEventSource(url));
      return () => `${refs.data.value}`;
    });
    await page.shows('1');
    page.unmount();
    await t.turn();
    equal([refs.status.value, (await log())[0].closed], ['OPEN', undefined]);
    scope.stop();
    await t.logged(log, ([entry]) => entry.closed);
  },

  async 'options of a getter are the latest at each attempt'(t) {
    const { url, log } = t.play([{ chunks: ['retry: 10\ndata: 1\n\n'] }, { chunks: ['data: 2\n\n'], end: false }]);
    const account = ref('a');
    const page = t.mount(() => {
      const onEvent = () => (account.value = 'b');
      const { data } = useEventSource(url, () => ({ headers: { 'x-account': account.value }, retry: { initialDelay: 10 }, onEvent }));
      return () => `${data.value}`;
    });
    await page.shows('2');
    equal((await log()).map(({ headers }) => headers['x-account']), ['a', 'b']);
    page.unmount();
  },
};
