// The store alone, used as a custom adapter would use it.

import { EventSource } from 'everstream';
import { createChannelStore, createStore } from 'everstream/store';

import { equal, ok } from '../conformance/kit.js';

let present;

/** Stands in for a framework's effect, one per component. The URL that the effect reads is tracked by hand. */
function view(make, url = () => undefined) {
  const component = present;
  let store, leave, at;
  const follow = () => {
    leave?.();
    at = url();
    store = make(at);
    leave = store.subscribe(component.changed);
  };
  component.before.push(() => url() !== at && follow());
  follow();
  component.leaves.push(() => leave());
  const fact = (name) => ({ get: () => store.getSnapshot()[name], enumerable: true });
  return Object.defineProperties(
    { reconnect: () => store.reconnect(), reopen: () => store.reopen(), close: () => store.close() },
    {
      ...Object.fromEntries(['event', 'data', 'state', 'readyState', 'error', 'retryIn', 'lastEventId'].map((name) => [name, fact(name)])),
      type: { get: () => store.getSnapshot().event?.type },
    },
  );
}

export const framework = {
  source: (url, options) => view((at) => createStore(at, options), url),
  channel: (mux, name, options) => view(() => createChannelStore(mux, name, options)),
  live(board) {
    present.leaves.push(board.subscribe(present.changed));
    return { get current() { return board.getSnapshot(); } };
  },
  cell(value) {
    const component = present;
    return {
      get value() {
        return value;
      },
      set value(next) {
        value = next;
        component.changed();
      },
    };
  },
  render(setup, container, caught) {
    const component = { leaves: [], before: [], changed: () => draw() };
    present = component;
    const text = setup();
    const draw = () => {
      try {
        for (const work of component.before) work();
        container.textContent = text();
      } catch (error) {
        caught(error);
      }
    };
    draw();
    return () => component.leaves.forEach((leave) => leave());
  },
};

/** Resolves with a store's snapshot once it is as wanted. */
const until = (store, wanted) =>
  new Promise((resolve) => {
    const leave = store.subscribe(() => {
      if (!wanted(store.getSnapshot())) return;
      leave();
      resolve(store.getSnapshot());
    });
  });

export const cases = {
  async 'it takes whatever stream a function opens'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    class Mine extends EventSource {}
    let opened;
    const store = createStore(() => (opened = new Mine(url, { json: true })));
    equal([store.getSnapshot() === store.getInitialSnapshot(), opened], [true, undefined]);
    const kept = store.subscribe(() => {});
    const { data, state } = await until(store, ({ data }) => data !== undefined);
    equal([data, state, opened instanceof Mine, opened.readyState], [1, 'open', true, 1]);
    kept();
    await t.logged(log, ([entry]) => entry.closed);
    equal([opened.readyState, store.getSnapshot() === store.getInitialSnapshot()], [2, true]);
  },

  async 'a snapshot is the same object until something changes'(t) {
    const { url } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    const store = createStore(url);
    const kept = store.subscribe(() => {});
    const one = await until(store, ({ data }) => data === '1');
    ok(store.getSnapshot() === one, 'the same');
    store.close();
    ok(store.getSnapshot() !== one && store.getSnapshot().reopen === one.reopen, 'another, with the same functions');
    kept();
  },

  async 'a listener that throws is reported, and the others are called'(t) {
    const { url } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    const store = createStore(url);
    const reported = new Promise((resolve) =>
      addEventListener('error', (event) => (event.preventDefault(), resolve(event.error)), { once: true }),
    );
    const failure = new Error('mine');
    const leave = store.subscribe(() => {
      leave();
      throw failure;
    });
    equal((await until(store, ({ data }) => data === '1')).data, '1');
    ok((await reported) === failure, 'the failure is reported');
  },
};
