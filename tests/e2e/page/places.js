// Where else than in the page itself a source can be, as the tests have them opened.

/** The methods of a `Watch` in a worker, which answer later. */
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

/** Each opens a source, and gives its watch; `end` takes its place away, where that can be done. */
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
