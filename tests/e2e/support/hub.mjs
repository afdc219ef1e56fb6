import { ORIGIN } from './environment.mjs';
import { eventually } from './eventually.mjs';

/** A hub on the test server; see `server/testbed/src/hub`. */
export class Hub {
  #path;

  static async create(settings = {}) {
    const hub = new Hub();
    const { id } = await post('/hub', settings);
    hub.#path = `/hub/${id}`;
    return hub;
  }

  /** The path alone, so that the page asks its own origin. */
  get url() {
    return `${this.#path}/stream`;
  }

  /** Has the hub publish the numbers from 1 on each of the channels. Resolves at once. */
  async publishNumbers(channels, count, intervalMs) {
    const data = '{"n":{n}}';
    await post(`${this.#path}/publish`, channels.map((channel) => ({ channel, type: 'tick', data, count, intervalMs })));
  }

  /** Returns the requests and streams that the hub has seen. */
  async report() {
    const response = await fetch(`${ORIGIN}${this.#path}/report`);
    return response.json();
  }

  /** Waits until the hub's report fits. */
  until(what, fits) {
    return eventually(what, () => this.report(), fits);
  }
}

async function post(path, body) {
  const response = await fetch(ORIGIN + path, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) {
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  }
  return response.status === 204 ? undefined : response.json();
}
