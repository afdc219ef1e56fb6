// The `EventSource` of the HTML standard, with the package's options and additions.

import { onAbort } from "./abort.js";
import { Driver } from "./driver.js";
import type { Listener } from "./listener.js";
import type { AnyEvent, Options } from "./options.js";
import type { EventSourceError } from "./problem.js";
import { Target } from "./platform.js";
import { present, replaceable, streamOf, streams } from "./receiver.js";
import { noStats, type SourceStats } from "./stats.js";
import { checkOptions, resolve, settle } from "./settings.js";
import { shown } from "./show.js";
import { share, type Sharing } from "./share.js";
import { type Answered, CLOSED, CONNECTING, type End, OPEN, type State, Stream } from "./stream.js";

type Handler = ((event: Event) => unknown) | null;
type Callback = EventListenerOrEventListenerObject | null;

export class EventSource extends Target {
  readonly #url: string;
  readonly #withCredentials: boolean;
  /** Undefined if the option `signal` was aborted before construction. */
  #driver: Driver | undefined;
  #sharing: Sharing | undefined;
  /** Removes the listener from the option `signal`. */
  #heedless: (() => void) | undefined;

  static {
    present<EventSource>(this, "EventSource", (source) => {
      const { readyState, state, lastEventId } = streamOf(source);
      return { url: shown(source.#url), readyState, state, lastEventId, ...(source.#sharing && { sharing: source.#sharing }) };
    });
  }

  constructor(url: string | URL, options: Options | null = {}) {
    // WebIDL throws for a missing URL.
    if (!arguments.length) throw new TypeError("EventSource needs a URL");
    const resolved = resolve(`${url}`);
    const given = checkOptions(options);
    const settings = settle(resolved, given);
    super();
    this.#url = resolved.href;
    this.#withCredentials = !!given.withCredentials;
    const stream = new Stream(this, given, {
      close: () => this.#close(),
      // A driver under construction asks for `types` itself, so early listeners need no call.
      listening: (type) => this.#driver?.listen(type),
      wantsAll: () => {
        if (settings.native === true) {
          throw new TypeError("the native EventSource shows neither comments nor types that it is not asked for by name");
        }
        this.#driver?.requireFetch();
      },
    });
    streams.set(this, stream);
    const listener: Listener = {
      connecting: () => stream.change("connecting"),
      open: (origin, answered, resumed) => stream.open(origin, answered, resumed),
      waiting: (problem, retryIn) => stream.wait(problem, retryIn),
      paused: () => stream.change("paused"),
      closed: (problem, end) => this.#end(problem, end),
      gap: () => stream.gap(),
      problem: (problem) => stream.fail(problem),
      comment: (text) => stream.comment(text),
      event: (type, data, id) => stream.receive(type, data, id),
      types: () => stream.types,
      sharing: (sharing) => {
        const before = this.#sharing;
        if (before?.role === sharing.role && before.tabs === sharing.tabs) return;
        this.#sharing = sharing;
        stream.dispatch(new Event("sharingchange"));
      },
    };
    const { shared, signal } = given;
    if (signal?.aborted) {
      this.#end(undefined);
      return;
    }
    const company = shared === undefined ? undefined : share(settings, shared, false, (sharing) => listener.sharing?.(sharing));
    this.#driver = new Driver(settings, listener, company);
    if (!signal) return;
    this.#heedless = onAbort(signal, () => this.#close());
    // A `headers` function that the driver called may have aborted the signal meanwhile.
    if (signal.aborted) this.#close();
  }

  get url(): string {
    return this.#url;
  }

  get withCredentials(): boolean {
    return this.#withCredentials;
  }

  get readyState(): number {
    return streamOf(this).readyState;
  }

  /** State of the connection, in more detail than `readyState`. */
  get state(): State {
    return streamOf(this).state;
  }

  /** Milliseconds between the last failure and the next attempt, while the source waits for it. */
  get retryIn(): number | undefined {
    return streamOf(this).retryIn;
  }

  /** Last event ID, as of the event delivered last. */
  get lastEventId(): string {
    return streamOf(this).lastEventId;
  }

  /** The answer in use, where the transport shows it. */
  get response(): Answered | undefined {
    return streamOf(this).response;
  }

  /** Role of this tab and number of tabs, if sharing was asked for. */
  get sharing(): Sharing | undefined {
    return this.#sharing;
  }

  override addEventListener(type: string, listener: Callback, options?: boolean | AddEventListenerOptions): void {
    streamOf(this).listen(`${type}`, listener, options);
  }

  override removeEventListener(type: string, listener: Callback, options?: boolean | EventListenerOptions): void {
    streamOf(this).unlisten(`${type}`, listener, options);
  }

  /** Calls `listener` with every event of every type, as a plain object. */
  onAny(listener: (event: AnyEvent) => void): () => void {
    return streamOf(this).onAny(listener);
  }

  /** Calls `listener` with every comment. */
  onComment(listener: (text: string) => void): () => void {
    return streamOf(this).onComment(listener);
  }

  /** Iterates over every event, in order. Slow reading slows the server down; leaving the loop closes the source. */
  [Symbol.asyncIterator](): AsyncIterableIterator<AnyEvent> {
    return streamOf(this).iterate();
  }

  /** Drops the connection and reconnects at once, resuming. Has no effect once closed. */
  reconnect(): void {
    this.#driver?.reconnect();
  }

  /** Returns the source's counters so far. */
  stats(): SourceStats {
    return this.#driver?.stats() ?? noStats();
  }

  close(): void {
    this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    if (streamOf(this).isClosed) return;
    this.#driver?.close();
    this.#end(undefined);
  }

  #end(problem?: EventSourceError, end?: End): void {
    this.#heedless?.();
    streamOf(this).end(problem, end);
  }
}

// The loop below defines these on the prototype.
export interface EventSource {
  onopen: Handler;
  onmessage: Handler;
  onerror: Handler;
}

const { prototype } = EventSource;
for (const type of ["open", "message", "error"]) {
  Object.defineProperty(prototype, `on${type}`, {
    get(this: EventSource) {
      return streamOf(this).handler(type);
    },
    set(this: EventSource, handler: unknown) {
      streamOf(this).setHandler(type, handler);
    },
    configurable: true,
  });
}
// Chromium's Observables are served from the platform's own list of listeners.
const { when } = Target.prototype as { when?: (type: string, options?: object) => unknown };
if (when) {
  const value = function (this: EventSource, type: string, options?: object) {
    streamOf(this).observe(`${type}`);
    return when.call(this, type, options);
  };
  Object.defineProperty(prototype, "when", { value, configurable: true, writable: true });
}
replaceable(prototype, "state", "retryIn", "lastEventId", "response", "sharing");
// WebIDL puts constants on the interface and its prototype, and makes members enumerable.
const constants = Object.fromEntries(
  Object.entries({ CONNECTING, OPEN, CLOSED }).map(([name, value]) => [name, { value, enumerable: true }]),
);
Object.defineProperties(EventSource, {
  ...constants,
  // Libraries look for this symbol before they pass a `fetch` of their own.
  [Symbol.for("eventsource.supports-fetch-override")]: { value: true },
});
Object.defineProperties(prototype, constants);
for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"]) {
  Object.defineProperty(prototype, name, { enumerable: true });
}
