import { channel as makeChannel, eventSource, live } from 'everstream/svelte';

export function cell(initial) {
  let value = $state.raw(initial);
  return {
    get value() {
      return value;
    },
    set value(next) {
      value = next;
    },
  };
}

/** Reads the properties of the current stream. */
const named = (stream) =>
  new Proxy({}, { get: (_, name) => (name === 'type' ? stream().event?.type : stream()[name]) });

export function source(url, options) {
  const stream = $derived(eventSource(url(), options));
  return named(() => stream);
}

export function channel(mux, name, options) {
  const stream = makeChannel(mux, name, options);
  return named(() => stream);
}

export { live };
