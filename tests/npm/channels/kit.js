// The kit that the cases about channels use, in browsers and in Node.

/** A list of lines whose growth others can await. */
export class Journal {
  lines = [];
  #wake = () => {};

  note(line) {
    this.lines.push(line);
    this.#wake();
  }

  /** Resolves with the lines once they are as wanted. */
  async until(wanted) {
    while (!wanted(this.lines)) await new Promise((resolve) => (this.#wake = resolve));
    return this.lines;
  }

  /** Resolves with the first `count` lines once there are so many. */
  async first(count) {
    return (await this.until((lines) => lines.length >= count)).slice(0, count);
  }
}

/** A hub on the library's test server, which a test may break. */
class Hub {
  #root;

  constructor(root) {
    this.#root = root;
    this.url = `${root}/stream`;
  }

  static async create(testbed, settings = {}) {
    const response = await fetch(`${testbed}/hub`, { method: 'POST', body: JSON.stringify(settings) });
    const { id } = await response.json();
    return new Hub(`${testbed}/hub/${id}`);
  }

  async #order(what, body) {
    const response = await fetch(`${this.#root}/${what}`, { method: 'POST', body });
    if (!response.ok) throw new Error(`${what}: ${await response.text()}`);
    return response;
  }

  /** Publishes the items, and resolves with the ID of the last event. */
  async publish(...items) {
    const response = await this.#order('publish', JSON.stringify(items));
    return (await response.json()).head;
  }

  /** Publishes `1` to `count` on each of the channels. */
  numbers(channels, count, intervalMs = 0) {
    return this.publish(...channels.map((channel) => ({ channel, data: '{n}', count, intervalMs })));
  }

  raw = (text) => this.#order('raw', text);
  drop = () => this.#order('drop', '{}');
  restart = () => this.#order('restart', '{}');

  report = async () => (await fetch(`${this.#root}/report`)).json();

  /** Resolves with the hub's report once it is as wanted. */
  async reported(wanted) {
    for (;;) {
      const report = await this.report();
      if (wanted(report)) return report;
    }
  }
}

export class Kit {
  #open = [];

  constructor({ Mux, EventSource, testbed }) {
    Object.assign(this, { Mux, EventSource, testbed });
  }

  hub(settings) {
    return Hub.create(this.testbed, settings);
  }

  /** Creates a multiplexer that retries quickly and closes with the case. */
  mux(hub, options) {
    const retry = { initialDelay: 20, maxDelay: 200 };
    const mux = new this.Mux(hub.url, { retry, ...options });
    this.#open.push(mux);
    return mux;
  }

  /** Creates a source that closes with the case. */
  source(url) {
    const source = new this.EventSource(url);
    this.#open.push(source);
    return source;
  }

  close() {
    for (const opened of this.#open) opened.close();
  }

  /** Resolves with the next event of a type. */
  next(target, type = 'message') {
    return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
  }

  /** Waits until the server sends the channels' events. */
  async inForce(...channels) {
    for (const channel of channels) {
      while (channel.state !== 'open') await this.next(channel, 'statechange');
    }
  }

  /** Records the data of a channel's events, and its gaps. */
  journal(channel) {
    const journal = new Journal();
    channel.addEventListener('gap', () => journal.note('gap'));
    channel.onAny(({ data }) => journal.note(data));
    return journal;
  }
}

/** Returns the numbers `from` to `count` as texts. */
export const upTo = (count, from = 1) => Array.from({ length: count - from + 1 }, (_, at) => String(at + from));
