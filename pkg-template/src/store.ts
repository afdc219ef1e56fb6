// A stream as a component sees it: a snapshot, and a call whenever it has changed. The framework adapters build on it.
// Closures take the place of a class, because each adapter adds every byte of this to a page.

import { soon } from "./platform.js";
import type { AnyEvent, Options } from "./options.js";
import { report } from "./problem.js";
import { type Facts, GOOD, must, type View, type Watched } from "./watch.js";

/** A new object whenever something has changed; its functions are always the same. */
export interface Snapshot extends Facts {
  /** Type of the latest event. */
  type: string | undefined;
  data: unknown;
  lastEventId: string;
  reconnect(): void;
  reopen(): void;
  close(): void;
}

export interface ViewOptions {
  /** Type, or types, of the events that are shown. */
  type?: string | readonly string[];
  /** Called with every event that is shown, including those between two snapshots. */
  onEvent?: (event: AnyEvent) => void;
}

export interface Store {
  readonly initial: Snapshot;
  /**
   * Returns the snapshot. Throws what opening the stream threw, so that a framework treats it as the component's error.
   */
  getSnapshot(): Snapshot;
  /** Adds a subscriber. The stream is opened with the first and closed with the last, both a microtask later. */
  subscribe(notify: () => void): () => void;
}

/**
 * Makes a store. `reconnect` replaces the connection of a stream that has no such method; without it the stream is
 * reopened.
 */
export function makeStore(open: (() => Watched) | undefined, options: () => ViewOptions, reconnect?: () => void): Store {
  let watched: Watched | undefined;
  let isClosed = false;
  let isDue = false;
  /** The error that opening the stream threw. */
  let failure: { reason: unknown } | undefined;
  const listeners = new Set<{ notify: () => void }>();

  const initial: Snapshot = {
    type: undefined,
    event: undefined,
    data: undefined,
    lastEventId: "",
    state: open ? "connecting" : "closed",
    readyState: open ? 0 : 2,
    ...GOOD,
    reconnect() {
      if (!watched || isClosed) return;
      const { stream } = watched;
      if (reconnect) reconnect();
      else if (stream.reconnect) stream.reconnect();
      else initial.reopen();
    },
    /** Has no effect without subscribers. */
    reopen() {
      if (!listeners.size) return;
      leave();
      // The event that was shown stays until the next one.
      const { type: _type, event: _event, data: _data, lastEventId: _id, ...facts } = initial;
      change(facts);
      begin();
    },
    close() {
      if (!watched || isClosed) return;
      isClosed = true;
      watched.leave(view);
      change({ state: "closed", readyState: 2, retryIn: undefined });
    },
  };
  let snapshot = initial;

  const view: View = {
    changed(facts) {
      const { event } = facts;
      if (event && !shows(event)) return;
      change(facts);
      if (event) options().onEvent?.(event);
    },
    options: options as () => Options,
  };

  const shows = ({ type: name }: AnyEvent) => {
    const { type = name } = options();
    return [type].flat().includes(name);
  };

  const change = (facts: Partial<Facts>) => {
    const { event = snapshot.event } = facts;
    const { type, data, lastEventId = "" }: Partial<AnyEvent> = event ?? {};
    snapshot = { ...snapshot, ...facts, type, event, data, lastEventId };
    tell();
  };

  /** Notifies the listeners once for all changes of one turn. */
  const tell = () => {
    if (isDue) return;
    isDue = true;
    soon(() => {
      isDue = false;
      for (const listener of [...listeners]) {
        try {
          if (listeners.has(listener)) listener.notify();
        } catch (failure) {
          report(failure);
        }
      }
    });
  };

  const begin = () => {
    try {
      const { type = "", onEvent = must } = options();
      must("type", type, "string or list");
      must("onEvent", onEvent, "function");
      watched = open?.();
    } catch (reason) {
      failure = { reason };
      tell();
    }
    if (!watched) return;
    watched.views.add(view);
    // A stream may be closed from the start, and one that has other views is open already.
    const { event, ...facts } = watched.facts;
    if (facts.state !== "connecting") change(facts);
    if (event && shows(event)) change({ event });
  };

  const leave = () => {
    if (!isClosed) watched?.leave(view);
    watched = failure = undefined;
    isClosed = false;
  };

  const settle = () =>
    soon(() => {
      if (!listeners.size) {
        leave();
        snapshot = initial;
      } else if (!watched && !failure) begin();
    });

  return {
    initial,
    getSnapshot() {
      if (failure) throw failure.reason;
      return snapshot;
    },
    // React's StrictMode mounts, unmounts and mounts a component in one turn, which must open one stream.
    subscribe(notify) {
      const listener = { notify };
      listeners.add(listener);
      settle();
      return () => {
        listeners.delete(listener);
        settle();
      };
    },
  };
}
