// What a component sees of a stream: a snapshot, and a call whenever it has changed. The adapters for frameworks
// are made of it.

import { soon } from "./platform.js";
import type { AnyEvent, Options } from "./options.js";
import { report } from "./problem.js";
import type { Facts, View, Watched } from "./watch.js";

/** Another object whenever something has changed; its functions are always the same. */
export interface Snapshot extends Facts {
  data: unknown;
  reconnect(): void;
  reopen(): void;
  close(): void;
}

export interface ViewOptions {
  /** Only events of this type, or of these types, are shown. */
  type?: string | readonly string[];
  /** Called with every event that is shown, also with those between two snapshots. */
  onEvent?: (event: AnyEvent) => void;
}

/** The stream is opened with the first subscriber and closed with the last, both a microtask later. */
export class Store implements View {
  readonly initial: Snapshot;
  #snapshot: Snapshot;
  #watched: Watched | undefined;
  #isClosed = false;
  readonly #listeners = new Set<{ notify: () => void }>();
  #isDue = false;
  /** What opening the stream threw. */
  #failure: { reason: unknown } | undefined;
  readonly #open: (() => Watched) | undefined;
  readonly #options: () => ViewOptions;

  /** `reconnect` replaces the connection of a stream that has no such method; without it the stream is reopened. */
  constructor(open: (() => Watched) | undefined, options: () => ViewOptions, reconnect?: () => void) {
    this.#open = open;
    this.#options = options;
    this.initial = {
      event: undefined,
      data: undefined,
      lastEventId: "",
      state: open ? "connecting" : "closed",
      readyState: open ? 0 : 2,
      error: undefined,
      retryIn: undefined,
      reconnect: () => {
        if (!this.#watched || this.#isClosed) return;
        const { stream } = this.#watched;
        if (reconnect) reconnect();
        else if (stream.reconnect) stream.reconnect();
        else this.#reopen();
      },
      reopen: () => this.#reopen(),
      close: () => this.#close(),
    };
    this.#snapshot = this.initial;
  }

  /** Throws what opening the stream threw, so that a framework treats it as if the component had thrown it. */
  readonly getSnapshot = (): Snapshot => {
    if (this.#failure) throw this.#failure.reason;
    return this.#snapshot;
  };

  /** React's StrictMode mounts, unmounts and mounts a component in one turn, which must open one stream. */
  readonly subscribe = (notify: () => void): (() => void) => {
    const listener = { notify };
    this.#listeners.add(listener);
    soon(() => this.#settle());
    return () => {
      this.#listeners.delete(listener);
      soon(() => this.#settle());
    };
  };

  #settle(): void {
    if (this.#listeners.size) {
      if (!this.#watched && !this.#failure) this.#begin();
    } else if (this.#watched || this.#failure) {
      this.#leave();
      this.#snapshot = this.initial;
    }
  }

  #leave(): void {
    const watched = this.#watched;
    const isOver = this.#isClosed;
    this.#watched = this.#failure = undefined;
    this.#isClosed = false;
    if (!isOver) watched?.leave(this);
  }

  /** Without effect where nobody has subscribed. */
  #reopen(): void {
    if (!this.#listeners.size) return;
    this.#leave();
    const { state, readyState } = this.initial;
    this.changed({ state, readyState, error: undefined, retryIn: undefined });
    this.#begin();
  }

  #close(): void {
    if (!this.#watched || this.#isClosed) return;
    this.#isClosed = true;
    this.#watched.leave(this);
    this.changed({ state: "closed", readyState: 2, retryIn: undefined });
  }

  #begin(): void {
    if (!this.#open) return;
    try {
      const { type, onEvent } = this.#options();
      if (type !== undefined && ![type].flat().every((name) => typeof name === "string")) {
        throw new TypeError("the option `type` is not usable: it must be a string or a list of strings");
      }
      if (onEvent !== undefined && typeof onEvent !== "function") {
        throw new TypeError("the option `onEvent` is not usable: it must be of type function");
      }
      this.#watched = this.#open();
    } catch (reason) {
      this.#failure = { reason };
      this.#tell();
      return;
    }
    this.#watched.join(this);
    // A stream may be closed from the start, and one that others look at is open already.
    const { event, ...facts } = this.#watched.facts;
    const initial: Partial<Record<string, unknown>> = this.#snapshot as never;
    if (Object.entries(facts).some(([name, value]) => initial[name] !== value)) this.changed(facts);
    if (event && this.#shows(event)) this.changed({ event });
  }

  #shows({ type: name }: AnyEvent): boolean {
    const { type } = this.#options();
    return type === undefined || [type].flat().includes(name);
  }

  received(event: AnyEvent): void {
    if (!this.#shows(event)) return;
    const { lastEventId } = event;
    this.changed({ event, lastEventId });
    this.#options().onEvent?.(event);
  }

  options(): Options {
    return this.#options() as Options;
  }

  changed(change: Partial<Facts>): void {
    this.#snapshot = { ...this.#snapshot, ...change, ...(change.event && { data: change.event.data }) };
    this.#tell();
  }

  /** What changes in one turn is told at once. */
  #tell(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    soon(() => {
      this.#isDue = false;
      for (const listener of [...this.#listeners]) {
        try {
          if (this.#listeners.has(listener)) listener.notify();
        } catch (failure) {
          report(failure);
        }
      }
    });
  }
}
