// `everstream/react`: hooks. A component holds a stream from when it is mounted until it is unmounted.

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import type { Channel, ChannelOptions } from "./channel.js";
import { EventSource } from "./index.js";
import type { Mux } from "./mux.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import type { EventSourceErrorEvent, State } from "./stream.js";

/** What a component sees of a stream. It is another object whenever something has changed. */
interface Snapshot {
  event: AnyEvent | undefined;
  data: unknown;
  state: State;
  readyState: number;
  error: EventSourceError | undefined;
  reconnect(): void;
  close(): void;
}

interface HookOptions {
  /** Only events of this type are shown. */
  type?: string;
  /** Called with every event that is shown, also with those between two renderings. */
  onEvent?: (event: AnyEvent) => void;
  /** When it changes, another stream is opened. */
  key?: unknown;
}

type Stream = EventSource | Channel;

/** What is read during rendering, and opened by React's leave. */
class Store {
  readonly initial: Snapshot;
  #snapshot: Snapshot;
  #stream: Stream | undefined;
  #notify: (() => void) | undefined;
  #isDue = false;
  /** Why nothing could be opened. */
  #failure: { reason: unknown } | undefined;
  readonly #open: (() => Stream) | undefined;
  readonly #options: () => HookOptions;

  constructor(open: (() => Stream) | undefined, options: () => HookOptions, reconnect: (stream: Stream) => void) {
    this.#open = open;
    this.#options = options;
    this.initial = {
      event: undefined,
      data: undefined,
      state: open ? "connecting" : "closed",
      // By their numbers: the class is for the client alone.
      readyState: open ? 0 : 2,
      error: undefined,
      reconnect: () => this.#stream && reconnect(this.#stream),
      close: () => this.#stream?.close(),
    };
    this.#snapshot = this.initial;
  }

  /** During rendering, so that it is for an error boundary what it would be if the component had thrown it. */
  readonly snapshot = () => {
    if (this.#failure) throw this.#failure.reason;
    return this.#snapshot;
  };

  /** Under StrictMode a component is mounted, unmounted and mounted: that is to open one stream. */
  readonly subscribe = (notify: () => void) => {
    this.#notify = notify;
    queueMicrotask(() => this.#settle());
    return () => {
      this.#notify = undefined;
      queueMicrotask(() => this.#settle());
    };
  };

  #settle(): void {
    if (this.#notify && !this.#stream) this.#begin();
    if (!this.#notify && this.#stream) {
      const stream = this.#stream;
      this.#stream = undefined;
      stream.close();
      this.#snapshot = this.initial;
    }
  }

  #begin(): void {
    let stream: Stream | undefined;
    try {
      stream = this.#open?.();
    } catch (reason) {
      this.#failure = { reason };
      this.#notify?.();
    }
    if (!stream) return;
    this.#stream = stream;
    this.#hear(stream);
    // Such as of a signal that is aborted: of that nobody is told any more.
    const { state, readyState } = stream;
    if (state !== this.#snapshot.state) this.#change({ state, readyState });
  }

  #hear(stream: Stream): void {
    const changed = (change: Partial<Snapshot>) => {
      if (stream === this.#stream) this.#change(change);
    };
    stream.addEventListener("statechange", () => {
      const { state, readyState } = stream;
      changed({ state, readyState, ...(state === "open" && { error: undefined }) });
    });
    stream.addEventListener("error", (event) => {
      // A server's event may be called so too.
      if ("error" in event) changed({ error: (event as EventSourceErrorEvent).error });
    });
    stream.onAny((event) => {
      const { type, onEvent } = this.#options();
      if (stream !== this.#stream || (type !== undefined && type !== event.type)) return;
      this.#change({ event, data: event.data });
      onEvent?.(event);
    });
  }

  /** What comes together is rendered together. */
  #change(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#notify?.();
    });
  }
}

function useStream<Given extends HookOptions>(
  open: ((options: Given) => Stream) | undefined,
  reconnect: (stream: Stream) => void,
  options: Given,
  keys: readonly unknown[],
): Snapshot {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const store = useMemo(
    () => new Store(open && (() => open(latest.current)), () => latest.current, reconnect),
    [...keys, options.key],
  );
  return useSyncExternalStore(store.subscribe, store.snapshot, () => store.initial);
}

export function useEventSource(
  url: string | URL | null | undefined | false,
  options: Options & HookOptions = {},
): Snapshot {
  const target = url ? `${url}` : undefined;
  const open = (given: Options) => new EventSource(target!, given);
  return useStream(target === undefined ? undefined : open, (stream) => (stream as EventSource).reconnect(), options, [
    target,
  ]);
}

export function useChannel(
  mux: Mux | (() => Mux) | null | undefined,
  name: string | null | undefined | false,
  options: ChannelOptions & HookOptions = {},
): Snapshot {
  const found = () => (typeof mux === "function" ? mux() : mux!);
  const open = (given: ChannelOptions) => found().channel(name as string, given);
  // A connection that is shared is everybody's: it is not for one of them to drop it.
  return useStream(mux && name ? open : undefined, () => found().reconnect(), options, [
    typeof mux === "function" ? undefined : mux,
    name,
  ]);
}
