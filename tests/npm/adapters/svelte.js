// The Svelte adapter's framework for the cases, with runes.

import { mount, unmount } from 'svelte';

import { equal } from '../conformance/kit.js';
import Legacy from './Legacy.svelte';
import Root from './Root.svelte';
import { shown } from './kit.js';
import { cell, channel, live, source } from './svelte.svelte.js';

export const framework = {
  source,
  channel,
  live,
  cell,
  render(setup, target, caught) {
    const component = mount(Root, { target, props: { setup, caught: (error) => queueMicrotask(() => caught(error)) } });
    return () => unmount(component);
  },
};

export const cases = {
  async 'it is a readable store too, which all its subscribers share'(t) {
    const { url, log } = t.play([{ chunks: ['data: 1\n\n'], end: false }]);
    const target = document.createElement('div');
    document.body.append(target);
    const component = mount(Legacy, { target, props: { url } });
    await shown(target, 'open 1 open 1');
    equal((await log()).length, 1);
    unmount(component);
    await t.logged(log, ([entry]) => entry.closed);
  },
};
