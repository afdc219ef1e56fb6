/**
 * Counts what a page holds on to: by the browser's own counters where there are some.
 */
export class Census {
  #tab;
  #requests = new Set();

  /** Opens a page whose timers are counted, since the browser has no counter for them. */
  static async open(browser, test) {
    const census = new Census();
    census.#tab = await browser.open(test, { script: countTimers });
    const { page, devtools } = census.#tab;
    page.on('request', (request) => census.#requests.add(request));
    page.on('requestfinished', (request) => census.#requests.delete(request));
    page.on('requestfailed', (request) => census.#requests.delete(request));
    await devtools.send('Performance.enable');
    return census;
  }

  get tab() {
    return this.#tab;
  }

  /** What there is now, after a collection of garbage. */
  async take() {
    const { devtools } = this.#tab;
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    const metric = (wanted) => metrics.find(({ name }) => name === wanted).value;
    const [timers, wasm] = await this.#tab.evaluate(() => [
      liveTimers.size,
      everstream.memory.buffer.byteLength,
    ]);
    return {
      counts: {
        listeners: metric('JSEventListeners'),
        nodes: metric('Nodes'),
        documents: metric('Documents'),
        requests: this.#requests.size,
        timers,
        wasm,
      },
      heap: metric('JSHeapUsedSize'),
    };
  }
}

/** Runs in the page. */
function countTimers() {
  const { setTimeout, clearTimeout } = globalThis;
  const live = new Set();
  globalThis.liveTimers = live;
  globalThis.setTimeout = (callback, ...rest) => {
    const id = setTimeout((...given) => {
      live.delete(id);
      callback(...given);
    }, ...rest);
    live.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    live.delete(id);
    clearTimeout(id);
  };
}
