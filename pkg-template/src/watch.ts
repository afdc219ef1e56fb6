// A stream's current facts, and the views of it: stores, each with its own filter.

import { refuse } from "./check.js";
import type { Channel } from "./channel.js";
import type { EventSource } from "./event-source.js";
import type { EventSourceErrorEvent } from "./error-event.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import type { State } from "./stream.js";

/** The part of a source or channel that a store needs. Only sources can reconnect by themselves. */
export type Stream = Pick<Channel, "state" | "readyState" | "addEventListener" | "onAny" | "close"> &
  Partial<Pick<EventSource, "reconnect">>;

export interface Facts {
  event: AnyEvent | undefined;
  state: State;
  readyState: number;
  error: EventSourceError | undefined;
  retryIn: number | undefined;
}

export interface View {
  changed(change: Partial<Facts>): void;
  options(): Options;
}

/** Throws for an option that is of none of these kinds. */
export function must(option: string, value: unknown, kinds: string): void {
  if (!kinds.includes(Array.isArray(value) ? "list" : typeof value)) refuse(option, `it must be a ${kinds}`);
}

/** Clears the failure, once the stream is open or has brought an event. */
export const GOOD = { error: undefined, retryIn: undefined };

export interface Watched {
  readonly stream: Stream;
  readonly facts: Facts;
  /** Views that are called at each change. */
  readonly views: Set<View>;
  /** Removes a view, and closes the stream with the last one. */
  leave(view: View): void;
}

/**
 * Opens a stream. `open` receives a function for the current options, those of the view that has been there longest.
 * `onOver` is called when the stream has closed or its last view has left, and perhaps again.
 */
export function watch(open: (latest: () => Options | undefined) => Stream, onOver?: () => void): Watched {
  const views = new Set<View>();
  const stream = open(() => [...views][0]?.options());
  const { state, readyState } = stream;
  const facts: Facts = { ...GOOD, event: undefined, state, readyState };
  const change = (change: Partial<Facts>) => {
    Object.assign(facts, change);
    for (const view of [...views]) if (views.has(view)) view.changed(change);
  };
  stream.addEventListener("statechange", () => {
    const { state, readyState } = stream;
    change({ state, readyState, ...(state === "open" && GOOD) });
    if (state === "closed") onOver?.();
  });
  stream.addEventListener("error", (event) => {
    // A server may name its own events `error`; these carry no `error`.
    if (!("error" in event)) return;
    const { error, retryIn } = event as EventSourceErrorEvent;
    change({ error, retryIn });
  });
  stream.onAny((event) => {
    // The next good event clears the error of an earlier one, whether it is shown or not.
    if (facts.error) change(GOOD);
    change({ event });
  });
  return {
    stream,
    facts,
    views,
    leave(view) {
      views.delete(view);
      if (views.size) return;
      onOver?.();
      stream.close();
    },
  };
}
