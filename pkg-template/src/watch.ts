// One stream as it stands, and the views of it: stores, each with its own filter.

import { refuse } from "./check.js";
import type { Channel } from "./channel.js";
import type { EventSource } from "./event-source.js";
import type { EventSourceErrorEvent } from "./error-event.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import type { State } from "./stream.js";

/** What a store needs of a source or channel. Only sources can reconnect by themselves. */
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

/** Refuses an option that is none of these kinds. */
export function must(option: string, value: unknown, kinds: string): void {
  if (!kinds.includes(Array.isArray(value) ? "list" : typeof value)) refuse(option, `it must be a ${kinds}`);
}

/** What has passed when the stream is open, or has brought an event. */
export const GOOD = { error: undefined, retryIn: undefined };

export interface Watched {
  readonly stream: Stream;
  readonly facts: Facts;
  /** Those that are told. */
  readonly views: Set<View>;
  /** Closes the stream with its last view. */
  leave(view: View): void;
}

/**
 * `open` is given what the options are by then: those of the view that has been there longest. `onOver` is called
 * when the stream has closed or its last view has left, and perhaps again.
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
    // The error of an earlier event ends with the next good one, whether it is shown or not.
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
