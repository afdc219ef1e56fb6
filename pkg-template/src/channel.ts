// One channel of a multiplexer, as one part of a page holds it.

import type { Schemas } from "./options.js";
import type { Held } from "./piece.js";
import type { EventSourceError } from "./problem.js";
import { CLOSED, EventSourceErrorEvent, type State, Stream } from "./stream.js";

type Handler = ((event: Event) => unknown) | null;

export interface ChannelOptions {
  lastEventId?: string;
  json?: boolean;
  schemas?: Schemas;
}

/** What the multiplexer tells a channel. */
export interface Subscriber {
  event(type: string, data: string, lastEventId: string): Held;
  problem(problem: EventSourceError): Held;
  /** What the channel's connection has become, seen from the channel. */
  state(state: State, origin: string, problem?: EventSourceError): void;
  gap(): void;
  /** The server has ended the channel. */
  complete(): void;
  end(problem: EventSourceError | undefined): void;
}

export class Channel extends Stream {
  readonly #name: string;
  readonly #leave: () => void;

  /** `join` takes the channel in, and returns what takes it out. */
  constructor(name: string, options: ChannelOptions, join: (subscriber: Subscriber) => () => void) {
    super(options.lastEventId ?? "", !!options.json, options.schemas);
    this.#name = name;
    // A listener of another channel may have closed it.
    const unlessClosed = <T>(work: () => T) => (this.readyState === CLOSED ? undefined : work());
    this.#leave = join({
      event: (type, data, id) => unlessClosed(() => this.received(type, data, id)),
      problem: (problem) => unlessClosed(() => this.fail(problem)),
      state: (state, origin, problem) => unlessClosed(() => this.#become(state, origin, problem)),
      gap: () => unlessClosed(() => this.gapped()),
      complete: () => {
        unlessClosed(() => this.dispatchEvent(new Event("complete")));
        unlessClosed(() => this.ended(undefined));
      },
      end: (problem) => unlessClosed(() => this.ended(problem)),
    });
  }

  get name(): string {
    return this.#name;
  }

  override close(): void {
    if (this.readyState === CLOSED) return;
    this.#leave();
    this.ended(undefined);
  }

  #become(state: State, origin: string, problem: EventSourceError | undefined): void {
    if (problem) this.changed(state, new EventSourceErrorEvent(problem));
    else if (state === this.state) return;
    else if (state === "open") this.opened(origin);
    else this.changed(state);
  }

  protected override listening(): void {
    // Every type is received.
  }

  get onopen(): Handler {
    return this.handler("open");
  }
  set onopen(handler: Handler) {
    this.setHandler("open", handler);
  }
  get onmessage(): Handler {
    return this.handler("message");
  }
  set onmessage(handler: Handler) {
    this.setHandler("message", handler);
  }
  get onerror(): Handler {
    return this.handler("error");
  }
  set onerror(handler: Handler) {
    this.setHandler("error", handler);
  }
}
