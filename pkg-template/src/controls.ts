// Sends the requests that change a multiplexer's channels.

import type { Session } from "./core.js";
import type { Driver } from "./driver.js";
import type { Companion, Company } from "./listener.js";
import { bodyOf } from "./excerpt.js";
import { type Planned, send } from "./request.js";
import { Output, SessionKind } from "./tables.js";

export class Controls implements Companion {
  readonly #driver: Driver;
  readonly #session: Session;
  /** Controllers that abort the requests under way, by number. */
  readonly #stops = new Map<number, AbortController>();

  constructor(driver: Driver, session: Session) {
    this.#driver = driver;
    this.#session = session;
  }

  perform(output: Output): void {
    const session = this.#session;
    const number = session.number(0);
    if (output === Output.Send) void this.#send(number, session.request(), !!session.number(1));
    else if (output === Output.Abort) {
      this.#stops.get(number)?.abort();
      this.#stops.delete(number);
    }
  }

  plan(link: number): Planned | undefined {
    const session = this.#session;
    return session.core.wasm.plan(session.id, link) ? session.request() : undefined;
  }

  close(): void {
    for (const stop of this.#stops.values()) stop.abort();
    this.#stops.clear();
  }

  async #send(number: number, planned: Planned, unauthorized: boolean): Promise<void> {
    const attempt = { number: 1, native: false, resume: 0, id: "", unauthorized, continues: false };
    let [status, body] = [0, ""];
    const stop = new AbortController();
    this.#stops.set(number, stop);
    try {
      const response = await send(this.#driver.settings, attempt, stop.signal, () => planned);
      body = await bodyOf(response.body);
      status = response.status;
    } catch {
      // The core retries after status 0.
    }
    // The core has aborted the request, and expects no answer.
    if (this.#stops.get(number) !== stop) return;
    this.#stops.delete(number);
    this.#driver.work(({ core, id }) => {
      core.write(body);
      core.wasm.answer(id, number, status, performance.now(), Date.now());
    });
  }
}

/** A multiplexer whose connection is not shared with other tabs. */
export const channels: Company = {
  core: 1,
  hasLocks: false,
  kind: () => SessionKind.Muxed,
  join: (driver, session) => new Controls(driver, session),
};
