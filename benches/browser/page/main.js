// A single measurement, in a page of its own.

import { readers } from './readers.js';
import { Ticker } from './ticker.js';

/**
 * Reads `warmUp`, if given, then measures the reading of `stream`. Both are URLs with the number of
 * their events.
 */
window.run = async ({ reader, type, warmUp, stream, ticker }) => {
  const { run, init, memoryBytes } = readers[reader];
  await init?.();
  if (warmUp) {
    await run(warmUp.url, type, warmUp.count);
  }
  const ticking = ticker ? new Ticker() : undefined;
  const began = performance.now();
  const seen = await run(stream.url, type, stream.count);
  const milliseconds = performance.now() - began;
  return {
    milliseconds,
    ...seen,
    latest: (await ticking?.stop()) ?? 0,
    memory: memoryBytes?.() ?? 0,
  };
};
