/** Counts the objects that a page holds, by the browser's own counters where those exist. */
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

  /** Returns the counts after a garbage collection. */
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

/** Replaces the page's timer functions; runs in the page. */
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
