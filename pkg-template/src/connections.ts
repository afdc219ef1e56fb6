// The connections of a multiplexer: carries messages between its core and the platform.

import { soon } from "./platform.js";
import { Driver, type Listener, type Owner } from "./driver.js";
import { bodyOf } from "./excerpt.js";
import { type MuxCore, MuxOutput } from "./mux-core.js";
import { type EventSourceError, noContent } from "./problem.js";
import { type Planned, send } from "./request.js";
import type { Settings } from "./settings.js";
import type { State } from "./stream.js";
import { Timer } from "./timer.js";

/** That of a multiplexer's connection; without a channel there is none, and it is `idle`. */
export type MuxState = State | "idle";

/** How long a control request may take, in milliseconds: so long the core waits for it. */
const CONTROL_TIMEOUT = 10_000;

/** Whom the connections are for. */
export interface Host {
  /** Something is to be done, once the code that runs now is through: then `flush` is called. */
  flush(): void;
  /** The connection in use has become something. */
  become(state: MuxState, origin: string, problem?: EventSourceError): void;
  /** It is over. */
  closed(problem: EventSourceError | undefined): void;
  /** Takes what a piece has brought. */
  deliver(records: Int32Array, text: string): Promise<void> | undefined;
  /** What is still being delivered. */
  readonly delivering: Promise<void> | undefined;
}

export class Connections {
  readonly #core: MuxCore;
  readonly #settings: Settings;
  readonly #host: Host;
  #closed = false;
  #isTouched = false;
  #origin = "";
  /** By the numbers of their sources. */
  readonly #drivers = new Map<number, Driver>();
  readonly #timer = new Timer(() => this.#host.flush());
  /** What ends the control requests that are under way. */
  readonly #controls = new Set<AbortController>();
  /** Why the last source was closed. */
  #problem: EventSourceError | undefined;

  constructor(core: MuxCore, settings: Settings, host: Host) {
    this.#core = core;
    this.#settings = settings;
    this.#host = host;
  }

  subscribe(name: string, after: string): number {
    return this.#core.subscribe(name, after);
  }

  unsubscribe(name: string, number: number): void {
    this.#core.unsubscribe(name, number);
  }

  /** Goes on, with the channels that there are by now. */
  flush(): void {
    if (this.#closed) return;
    this.#core.flush();
    this.#settle();
  }

  /** Has the host flush. What is changed by the code that runs now is one change. */
  touch(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    soon(() => {
      this.#isTouched = false;
      if (!this.#closed) this.#host.flush();
    });
  }

  reconnect(): void {
    for (const driver of [...this.#drivers.values()]) driver.reconnect();
  }

  /** Drops everything. The host is told nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.clear();
    for (const stop of this.#controls) stop.abort();
    for (const driver of this.#drivers.values()) driver.close();
    this.#drivers.clear();
    this.#core.forget();
  }

  /** Does what the core wants done. */
  #settle(): void {
    const core = this.#core;
    for (let output; !this.#closed && (output = core.poll()); ) this.#perform(core, output);
    if (this.#closed) return;
    void this.#host.deliver(...core.tell());
    this.#timer.set(core.timeout());
  }

  #perform(core: MuxCore, output: MuxOutput): void {
    const source = core.core.word(3);
    switch (output) {
      case MuxOutput.Open:
        this.#open(core, source);
        break;
      case MuxOutput.Close:
        this.#drivers.get(source)?.close();
        this.#drivers.delete(source);
        if (!this.#drivers.size) this.#host.become("idle", this.#origin);
        break;
      case MuxOutput.Control:
        void this.#send(core, core.request(), core.core.word(6), !!core.core.word(7));
        break;
      case MuxOutput.Schedule:
        this.#drivers.get(source)?.reschedule();
        break;
      case MuxOutput.Closed:
        this.#host.closed(this.#problem);
    }
  }

  #open(core: MuxCore, source: number): void {
    const driver = new Driver(this.#settings, this.#listener(core, source), this.#owner(core, source));
    // Who has heard that it connects may have closed everything.
    if (this.#closed) driver.close();
    else this.#drivers.set(source, driver);
  }

  /** Sends a request that changes the set. */
  async #send(core: MuxCore, planned: Planned, number: number, unauthorized: boolean): Promise<void> {
    const attempt = { number: 1, native: false, resume: 0, id: "", unauthorized, continues: false };
    let [status, body] = [0, ""];
    // The core has given it up by then, and a connection is one of six.
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), CONTROL_TIMEOUT);
    this.#controls.add(stop);
    try {
      const response = await send(this.#settings, attempt, stop.signal, () => planned, undefined, false);
      body = await bodyOf(response.body);
      status = response.status;
    } catch {
      // The core tries again.
    }
    clearTimeout(timer);
    this.#controls.delete(stop);
    if (this.#closed) return;
    core.answer(number, status, body);
    this.touch();
  }

  #owner(core: MuxCore, source: number): Owner {
    const host = this.#host;
    return {
      core: core.core,
      source,
      request: () => core.requestOf(source),
      deliver: (records, text) => {
        this.touch();
        return host.deliver(records, text);
      },
      get delivering() {
        return host.delivering;
      },
    };
  }

  #listener(core: MuxCore, source: number): Listener {
    const become = (state: State, problem?: EventSourceError) => {
      this.touch();
      // The page sees the connection in use, not the one that is to replace it.
      if (core.isInUse(source)) this.#host.become(state, this.#origin, problem);
    };
    return {
      connecting: () => become("connecting"),
      open: (origin) => {
        this.#origin = origin;
        become("open");
      },
      waiting: (problem) => become("waiting", problem),
      paused: () => become("paused"),
      closed: (problem, end) => {
        this.#drivers.delete(source);
        // A server that ends the connection of channels for good gives them up.
        this.#problem = problem ?? (end && noContent());
        this.touch();
      },
      gap: () => this.touch(),
      // Events go through `deliver`.
      problem: () => undefined,
      comment: () => {},
      event: () => undefined,
      types: () => [],
    };
  }
}
