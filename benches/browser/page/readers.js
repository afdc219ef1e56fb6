// The competitors. Each reads `count` events of one type from `url`, decodes them, and returns its tally:
// `{ count, sum }`.

import init, { Events, Reader, memoryBytes, read } from './wasm/everstream_bench_browser.js';
import { createParser } from './eventsource-parser/index.js';
import { payloads } from './payloads.js';

/** Reads with the browser's own `EventSource` and `JSON.parse`. */
function native(url, type, count) {
  const weigh = payloads[type];
  return new Promise((resolve, reject) => {
    const seen = { count: 0, sum: 0 };
    const source = new EventSource(url);
    source.addEventListener(type, ({ data }) => {
      seen.count += 1;
      seen.sum += weigh(JSON.parse(data));
      if (seen.count === count) {
        source.close();
        resolve(seen);
      }
    });
    source.onerror = () => {
      source.close();
      reject(new Error(`the stream ended after ${seen.count} events`));
    };
  });
}

/** Reads over fetch, with eventsource-parser. */
async function eventsourceParser(url, type, count) {
  const weigh = payloads[type];
  const seen = { count: 0, sum: 0 };
  const parser = createParser({
    onEvent({ event = 'message', data }) {
      if (event === type) {
        seen.count += 1;
        seen.sum += weigh(JSON.parse(data));
      }
    },
  });
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  while (seen.count < count) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    parser.feed(decoder.decode(value, { stream: true }));
  }
  controller.abort();
  return seen;
}

/** Returns one of the readers in WebAssembly. */
function wasm(reader) {
  const events = { message: Events.Small, priceUpdate: Events.Price, snapshot: Events.Snapshot };
  const run = async (url, type, count) => {
    const seen = await read(reader, url, events[type], count);
    return { count: seen.count, sum: seen.sum };
  };
  return { run, init, memoryBytes };
}

/** The readers, by the names that the command uses. */
export const readers = {
  native: { run: native },
  everstream: wasm(Reader.Everstream),
  'everstream-enum': wasm(Reader.EverstreamEnum),
  'everstream-native': wasm(Reader.EverstreamNative),
  'gloo-net': wasm(Reader.GlooNet),
  'sse-stream': wasm(Reader.SseStream),
  'eventsource-parser': { run: eventsourceParser },
};
