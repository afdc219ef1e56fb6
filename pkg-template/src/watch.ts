// One stream as it stands, and the views of it: stores, each with its own filter.

import type { Channel } from "./channel.js";
import type { EventSource } from "./event-source.js";
import type { EventSourceErrorEvent } from "./error-event.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import type { State } from "./stream.js";

/** What a store needs of a source or channel. Only sources can reconnect by themselves. */
export type Stream = Pick<Channel, "state" | "readyState" | "lastEventId" | "addEventListener" | "onAny" | "close"> &
  Partial<Pick<EventSource, "reconnect">>;

export interface Facts {
  event: AnyEvent | undefined;
  lastEventId: string;
  state: State;
  readyState: number;
  error: EventSourceError | undefined;
  retryIn: number | undefined;
}

export interface View {
  changed(change: Partial<Facts>): void;
  received(event: AnyEvent): void;
  options(): Options;
}

export class Watched {
  readonly stream: Stream;
  readonly facts: Facts;
  /** Called once, when the stream has closed or its last view has left. */
  readonly #onOver: () => void;
  readonly #views = new Set<View>();

  /** `open` is given what the options are by then: those of the view that has been there longest. */
  constructor(open: (latest: () => Options | undefined) => Stream, onOver: () => void = () => {}) {
    this.#onOver = onOver;
    const stream = open(() => [...this.#views][0]?.options());
    this.stream = stream;
    const { state, readyState, lastEventId } = stream;
    this.facts = { event: undefined, lastEventId, state, readyState, error: undefined, retryIn: undefined };
    stream.addEventListener("statechange", () => {
      const { state, readyState } = stream;
      this.#change({ state, readyState, ...(state === "open" && { error: undefined, retryIn: undefined }) });
      if (state === "closed") this.#onOver();
    });
    stream.addEventListener("error", (event) => {
      // A server may name its own events `error`; these carry no `error`.
      if (!("error" in event)) return;
      const { error, retryIn } = event as EventSourceErrorEvent;
      this.#change({ error, retryIn });
    });
    stream.onAny((event) => {
      // The error of an earlier event ends with the next good one.
      if (this.facts.error) this.#change({ error: undefined, retryIn: undefined });
      Object.assign(this.facts, { event, lastEventId: event.lastEventId });
      for (const view of [...this.#views]) if (this.#views.has(view)) view.received(event);
    });
  }

  join(view: View): void {
    this.#views.add(view);
  }

  /** Closes the stream with its last view. */
  leave(view: View): void {
    this.#views.delete(view);
    if (this.#views.size) return;
    this.#onOver();
    this.stream.close();
  }

  #change(change: Partial<Facts>): void {
    Object.assign(this.facts, change);
    for (const view of [...this.#views]) view.changed(change);
  }
}
