// The benchmark's runs, in a page. Each run reads one burst to its end and parses the data of every event.

import { EventSource as Everstream } from '/pkg/index.js';
import { createParser } from '/parser/index.js';
import { EventSource as Package } from '/bundled/eventsource.js';

/** Sums the events' numbers, so that every event is parsed and none is missed. */
class Sum {
  constructor(types) {
    this.types = types;
    this.total = 0;
    this.count = 0;
  }
  add(text) {
    const { i } = JSON.parse(text);
    this.total += i;
    this.count += 1;
    return i < 0;
  }
}

const listen = (Class, options) => (url, sum) =>
  new Promise((resolve, reject) => {
    const source = new Class(url, options);
    const hear = ({ data }) => {
      if (!sum.add(data)) return;
      source.close();
      resolve();
    };
    for (const type of sum.types) source.addEventListener(type, hear);
    source.onerror = () => reject(new Error('the stream was lost'));
  });

const runs = {
  native: listen(globalThis.EventSource),
  // Fetch is the default on a page's own origin; on another origin the default is the platform's source.
  everstream: listen(Everstream, { transport: 'fetch' }),
  eventsource: listen(Package),
  onAny: (url, sum) =>
    new Promise((resolve) => {
      const source = new Everstream(url);
      source.onAny(({ data }) => {
        if (!sum.add(data)) return;
        source.close();
        resolve();
      });
    }),
  async 'for await'(url, sum) {
    for await (const { data } of new Everstream(url)) if (sum.add(data)) break;
  },
  async 'for await, bare'(url, sum, expected) {
    // Measures the loop and the parsing alone, because every value is available at once.
    const value = () => ({ data: `{"i":${sum.count === expected - 1 ? -1 : sum.count}}` });
    const there = { next: () => Promise.resolve({ done: false, value: value() }) };
    for await (const { data } of { [Symbol.asyncIterator]: () => there }) if (sum.add(data)) break;
  },
  async 'eventsource-parser'(url, sum) {
    const controller = new AbortController();
    const response = await fetch(url, { cache: 'no-store', signal: controller.signal });
    let done = false;
    const parser = createParser({ onEvent: ({ data }) => (done ||= sum.add(data)) });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    while (!done) {
      const { value, done: ended } = await reader.read();
      if (ended) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
    // Firefox keeps the connection of a body that is only cancelled.
    controller.abort();
  },
};

/** Measures the longest time for which the page was blocked. Returns a function that ends the measurement. */
function watch() {
  const { port1, port2 } = new MessageChannel();
  let [last, longest, watching] = [performance.now(), 0, true];
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    // A message arrives at once, whereas a timer would add its own four milliseconds.
    if (watching) port2.postMessage(0);
  };
  port2.postMessage(0);
  return () => {
    watching = false;
    port1.close();
    return Math.max(longest, performance.now() - last);
  };
}

globalThis.names = Object.keys(runs);

globalThis.measure = async ({ name, url, types, expected, watched }) => {
  const sum = new Sum(types);
  const stop = watched ? watch() : () => 0;
  const began = performance.now();
  await runs[name](url, sum, expected);
  const took = performance.now() - began;
  const blocked = stop();
  if (sum.count !== expected) throw new Error(`${name}: ${sum.count} events of ${expected}`);
  return { took, blocked };
};
