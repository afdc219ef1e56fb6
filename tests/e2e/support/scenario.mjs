import { ORIGIN } from './environment.mjs';
import { eventually } from './eventually.mjs';

/** A stream of numbered events on the test server, which behaves as its script says. */
export class Scenario {
  #path;

  constructor(key) {
    this.#path = `/scenario/${key}`;
  }

  /** Creates a scenario from a script of the test server: see `server/testbed/src/scenario`. */
  static async create(script) {
    const { key } = await json('/scenario', { method: 'POST', body: JSON.stringify(script) });
    return new Scenario(key);
  }

  /** The path alone, so that the page asks its own origin. */
  get url() {
    return `${this.#path}/stream`;
  }

  /** Returns the requests that the server saw. */
  report() {
    return json(`${this.#path}/report`);
  }

  /** Returns approximately the number that the server sends next. */
  async sent() {
    const { attempts } = await this.report();
    const positions = attempts.map(({ lastEventId, sent }) => Number(lastEventId ?? 0) + sent);
    return Math.max(...positions);
  }

  /** Waits until the server's report fits. */
  until(what, fits) {
    return eventually(what, () => this.report(), fits);
  }

  /** Waits until the server has sent `events` events in all. */
  untilSent(events) {
    return this.until(`${events} events are sent`, ({ attempts }) =>
      attempts.reduce((sum, { sent }) => sum + sent, 0) >= events);
  }

  /** Waits until no client is connected. */
  untilLeft() {
    return this.until('every client has left', ({ active }) => active === 0);
  }
}

/** Takes the server down for two seconds, and resolves once it answers again. */
export async function restartServer() {
  await json('/demo/restart', { method: 'POST' });
  const answers = (path) => fetch(ORIGIN + path).then(({ ok }) => ok, () => false);
  await eventually('the server is down', () => answers('/health'), (up) => !up);
  await eventually('the server is up', () => answers('/health'), (up) => up);
}

async function json(path, request) {
  const response = await fetch(ORIGIN + path, request);
  if (!response.ok) {
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  }
  return response.json();
}
