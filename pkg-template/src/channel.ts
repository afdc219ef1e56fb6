// One channel of a multiplexer, as one subscriber on the page holds it.

import { EventSource } from "./event-source.js";
import type { Schemas } from "./options.js";
import type { Held } from "./piece.js";
import { Target } from "./platform.js";
import type { EventSourceError } from "./problem.js";
import { present, replaceable, streamOf, streams } from "./receiver.js";
import { type State, Stream } from "./stream.js";

export interface ChannelOptions {
  lastEventId?: string;
  json?: boolean;
  bytes?: boolean | readonly string[];
  schemas?: Schemas;
}

/** Receives a channel's events and states from the multiplexer. */
export interface Subscriber {
  event(type: string, data: string, lastEventId: string): Held;
  problem(problem: EventSourceError): Held;
  /** Reports the state of the multiplexer's connection, as the channel sees it. */
  state(state: State, origin: string, problem?: EventSourceError, retryIn?: number): void;
  gap(): void;
  /** The server has completed the channel. */
  complete(): void;
  end(problem: EventSourceError | undefined): void;
}

type Common = "readyState" | "retryIn" | "lastEventId" | "onopen" | "onmessage" | "onerror" | "onAny" | typeof Symbol.asyncIterator;

export class Channel extends Target {
  readonly #name: string;
  readonly #leave: () => void;

  static {
    present<Channel>(this, "Channel", (channel) => {
      const { readyState, state, lastEventId } = streamOf(channel);
      return { name: channel.#name, readyState, state, lastEventId };
    });
  }

  /** `join` adds the channel to the multiplexer, and returns a function that removes it. */
  constructor(name: string, options: ChannelOptions, join: (subscriber: Subscriber) => () => void) {
    super();
    this.#name = name;
    const stream = new Stream(this, options, {
      close: () => this.#close(),
      // A channel receives every type, so no type has to be registered.
      listening: () => {},
      wantsAll: () => {},
    });
    streams.set(this, stream);
    // A listener of another channel may have closed this one.
    const unlessClosed = <T>(work: () => T) => (stream.isClosed ? undefined : work());
    this.#leave = join({
      event: (type, data, id) => unlessClosed(() => stream.receive(type, data, id)),
      problem: (problem) => unlessClosed(() => stream.fail(problem)),
      state: (...now) => unlessClosed(() => this.#become(...now)),
      gap: () => unlessClosed(() => stream.gap()),
      complete: () => {
        unlessClosed(() => stream.dispatch(new Event("complete")));
        unlessClosed(() => stream.end(undefined));
      },
      end: (problem) => unlessClosed(() => stream.end(problem)),
    });
  }

  get name(): string {
    return this.#name;
  }

  close(): void {
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    if (streamOf(this).isClosed) return;
    this.#leave();
    streamOf(this).end(undefined);
  }

  #become(state: State, origin: string, problem?: EventSourceError, retryIn?: number): void {
    const stream = streamOf(this);
    if (problem) stream.wait(problem, retryIn);
    else if (state === stream.state) return;
    else if (state === "open") stream.open(origin);
    else stream.change(state);
  }
}

// A channel takes these members from `EventSource`.
export interface Channel extends Pick<EventSource, Common> {
  readonly state: State;
}
const { prototype } = EventSource;
const common = [
  ...["addEventListener", "removeEventListener", "onAny", "when", "readyState", "state", "retryIn", "lastEventId"],
  ...["onopen", "onmessage", "onerror", Symbol.asyncIterator],
];
for (const name of common) {
  const member = Object.getOwnPropertyDescriptor(prototype, name);
  if (member) Object.defineProperty(Channel.prototype, name, member);
}
replaceable(Channel.prototype, "name");
