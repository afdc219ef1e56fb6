// `everstream/react`: hooks. A component holds a stream from when it is mounted until it is unmounted.

import { soon } from "./platform.js";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import type { Channel, ChannelOptions } from "./channel.js";
import { EventSource } from "./event-source.js";
import { setFallback } from "./load.js";
import type { Mux } from "./mux.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import type { EventSourceErrorEvent } from "./error-event.js";
import type { State } from "./stream.js";

// Beside another entry there is a core already; alone, the first entry brings it.
setFallback(() => import("./index.js"));

/** What a component sees of a stream. It is another object whenever something has changed. */
interface Snapshot {
  event: AnyEvent | undefined;
  data: unknown;
  state: State;
  readyState: number;
  error: EventSourceError | undefined;
  retryIn: number | undefined;
  reconnect(): void;
  reopen(): void;
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
      retryIn: undefined,
      reconnect: () => this.#stream && reconnect(this.#stream),
      reopen: () => this.#reopen(),
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
    soon(() => this.#settle());
    return () => {
      this.#notify = undefined;
      soon(() => this.#settle());
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

  /** Another stream in the place of this one, as after an end. Without effect in a component that is not mounted. */
  #reopen(): void {
    if (!this.#notify) return;
    this.#stream?.close();
    this.#stream = this.#failure = undefined;
    const { state, readyState } = this.initial;
    this.#change({ state, readyState, error: undefined, retryIn: undefined });
    this.#begin();
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
      changed({ state, readyState, ...(state === "open" && { error: undefined, retryIn: undefined }) });
    });
    stream.addEventListener("error", (event) => {
      // A server's event may be called so too.
      if (!("error" in event)) return;
      const { error, retryIn } = event as EventSourceErrorEvent;
      changed({ error, retryIn });
    });
    stream.onAny((event) => {
      const { type, onEvent } = this.#options();
      if (stream !== this.#stream) return;
      // What went wrong with an event before is over.
      if (this.#snapshot.error) this.#change({ error: undefined, retryIn: undefined });
      if (type !== undefined && type !== event.type) return;
      this.#change({ event, data: event.data });
      onEvent?.(event);
    });
  }

  /** What comes together is rendered together. */
  #change(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    if (this.#isDue) return;
    this.#isDue = true;
    soon(() => {
      this.#isDue = false;
      this.#notify?.();
    });
  }
}

function useStream<Given extends HookOptions>(
  open: ((options: Given, latest: () => Given) => Stream) | undefined,
  reconnect: (stream: Stream) => void,
  options: Given,
  keys: readonly unknown[],
): Snapshot {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const store = useMemo(
    () => new Store(open && (() => open(latest.current, () => latest.current)), () => latest.current, reconnect),
    [...keys, options.key],
  );
  return useSyncExternalStore(store.subscribe, store.snapshot, () => store.initial);
}

type SourceOptions = Options & HookOptions;

/** What a component gives at each rendering anew is asked for when it is needed, so that it is the latest. */
function following({ type: _type, onEvent: _onEvent, key: _key, ...options }: SourceOptions, latest: () => SourceOptions): Options {
  const { headers, fetch: own, request, resume, retry } = options;
  return {
    ...options,
    // A component is there to be shown something: one 503 is no reason to give up.
    retry: {},
    ...(retry !== undefined && { retry }),
    ...(headers && {
      headers: (context) => {
        const now = latest().headers;
        return (typeof now === "function" ? now(context) : now) ?? {};
      },
    }),
    ...(request && { request: (context) => latest().request?.(context) }),
    ...(typeof resume === "function" && {
      resume: (context) => {
        const now = latest().resume;
        return typeof now === "function" ? now(context) : undefined;
      },
    }),
    ...(own && { fetch: ((input, init) => (latest().fetch ?? fetch)(input, init)) as typeof fetch }),
    ...(typeof retry === "function" && {
      retry: (...failure: Parameters<typeof retry>) => {
        const now = latest().retry;
        return typeof now === "function" ? now(...failure) : undefined;
      },
    }),
  };
}

export function useEventSource(url: string | URL | null | undefined | false, options: SourceOptions = {}): Snapshot {
  const target = url ? `${url}` : undefined;
  const open = (given: SourceOptions, latest: () => SourceOptions) => new EventSource(target!, following(given, latest));
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
  const open = ({ type: _type, onEvent: _onEvent, key: _key, ...given }: ChannelOptions & HookOptions) =>
    found().channel(name as string, given);
  // A connection that is shared is everybody's: it is not for one of them to drop it.
  return useStream(mux && name ? open : undefined, () => found().reconnect(), options, [
    typeof mux === "function" ? undefined : mux,
    name,
  ]);
}
