// The places besides the page itself in which the tests open a source.

/** Offers the methods of a `Watch` in a worker, as promises. */
class FarWatch {
  #port;
  #end;
  #waiting = [];

  static async open(port, end, url, options) {
    const watch = new FarWatch();
    watch.#port = port;
    watch.#end = end;
    port.onmessage = ({ data: { number, answer } }) => watch.#waiting[number](answer);
    await watch.#order('open', url, options);
    return watch;
  }

  #order(order, ...details) {
    return new Promise((resolve) => {
      const number = this.#waiting.push(resolve) - 1;
      this.#port.postMessage({ number, order, details });
    });
  }

  report = () => this.#order('report');
  stop = () => this.#order('stop');
  end = () => this.#end();
}

const WORKER = new URL('worker.js', import.meta.url);

/** Functions that open a source in a place and return its watch. `end` removes the place, where that is possible. */
export const places = {
  worker(url, options) {
    const worker = new Worker(WORKER, { type: 'module' });
    return FarWatch.open(worker, () => worker.terminate(), url, options);
  },

  sharedWorker(url, options) {
    const { port } = new SharedWorker(WORKER, { type: 'module' });
    return FarWatch.open(port, () => {}, url, options);
  },

  async frame(url, options) {
    const frame = document.createElement('iframe');
    frame.src = location.href;
    await new Promise((resolve) => {
      frame.onload = resolve;
      document.body.append(frame);
    });
    const { contentWindow } = frame;
    while (!contentWindow.everstream) await new Promise((resolve) => setTimeout(resolve, 1));
    const watch = new contentWindow.everstream.Watch(url, options);
    return {
      report: () => watch.report(),
      stop: () => watch.stop(),
      end: () => frame.remove(),
    };
  },
};
